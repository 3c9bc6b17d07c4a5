//! The thread that computes for one version of a model: what has queued while it computed is its next batch.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

use toile::{Ensemble, Images, Predictor};
use toile_protocol::Pixels;
use tokio::sync::{mpsc, oneshot};

use crate::error::ServeError;
use crate::metrics::Metrics;
use crate::queue::{Answer, Batch, Job, Queue};

/// Answers of one batch on their way back to the thread that speaks HTTP, which is woken once for all of them.
pub(crate) type Answers = Vec<(oneshot::Sender<Answer>, Answer)>;

/// Images that are computed at once, about: enough for the kernels (with 64 they are a hundredth faster), and so few that
/// the answers to a sudden crowd do not all wait for its last image.
const BATCH_IMAGES: usize = 32;

/// What a worker is made of.
pub(crate) struct Worker {
    pub(crate) ensemble: Arc<Ensemble>,
    pub(crate) threads: usize,
    pub(crate) queue: Arc<Queue>,
    pub(crate) answers: mpsc::UnboundedSender<Answers>,
    pub(crate) metrics: Arc<Metrics>,
}

/// Pixels of a batch, whose memory is used again.
#[derive(Default)]
struct Buffers {
    bytes: Vec<u8>,
    values: Vec<f32>,
}

impl Worker {
    /// Starts the thread, and waits until the network is ready in its memory.
    ///
    /// # Errors
    /// There is no memory for the network, or a thread is refused.
    pub(crate) fn start(self) -> Result<(), ServeError> {
        let (ready, is_ready) = sync_channel(1);
        thread::Builder::new().name("toile-worker".into()).spawn(move || {
            // First of all: the threads that help a predictor are as polite as the one that makes it.
            give_way();
            match self.ensemble.predictor_on(self.threads) {
                Ok(predictor) => {
                    let _ = ready.send(Ok(()));
                    self.run(predictor);
                }
                Err(error) => drop(ready.send(Err(error))),
            }
        })?;
        let made = is_ready.recv().map_err(|_| io::Error::other("a network could not be made ready"))?;
        Ok(made?)
    }

    fn run(self, mut predictor: Predictor) {
        let (mut batch, mut buffers) = (Vec::new(), Buffers::default());
        while self.queue.take(BATCH_IMAGES, &mut batch) {
            // Bytes and values are computed apart; a batch seldom holds both.
            let jobs = batch.drain(..).partition(|job| matches!(job.pixels, Pixels::Bytes(_)));
            let (of_bytes, of_values): (Vec<Job>, Vec<Job>) = jobs;
            for jobs in [of_bytes, of_values].into_iter().filter(|jobs| !jobs.is_empty()) {
                let images: usize = jobs.iter().map(|job| job.images).sum();
                let computing = AssertUnwindSafe(|| compute(&mut predictor, jobs, &mut buffers));
                match catch_unwind(computing) {
                    Ok(answers) => {
                        self.metrics.batch(images);
                        // Nobody listens once the server has stopped.
                        let _ = self.answers.send(answers);
                    }
                    // Those who wait are told by the senders that were dropped. Nobody knows what state a network
                    // is in that panicked.
                    Err(_) => match self.ensemble.predictor_on(self.threads) {
                        Ok(anew) => predictor = anew,
                        Err(_) => return self.queue.fail(),
                    },
                }
            }
        }
    }
}

/// Lets the thread that speaks HTTP go first where both want the same core: it needs microseconds where a batch needs
/// milliseconds, and whoever waits for it would wait for the batch.
fn give_way() {
    #[cfg(target_os = "linux")]
    // Of this thread and those that it starts. Refused nowhere: it asks for less.
    let _ = rustix::process::nice(10);
}

fn compute(predictor: &mut Predictor, jobs: Vec<Job>, buffers: &mut Buffers) -> Answers {
    let Buffers { bytes, values } = buffers;
    bytes.clear();
    values.clear();
    for job in &jobs {
        match &job.pixels {
            Pixels::Bytes(of_job) => bytes.extend_from_slice(of_job),
            Pixels::Normalized(of_job) => values.extend_from_slice(of_job),
        }
    }
    let images = if values.is_empty() { Images::Bytes(bytes) } else { Images::Normalized(values) };
    let answers = predictor.answers_of(images);
    let (probabilities, classes) = answers.expect("the routes let whole images in only");
    let batch = Arc::new(Batch { probabilities, classes });
    let mut end = 0;
    jobs.into_iter()
        .map(|Job { images, answer, .. }| {
            let start = end;
            end += images;
            (answer, Answer::new(&batch, start..end))
        })
        .collect()
}
