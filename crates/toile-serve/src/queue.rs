//! Images that wait for one version of a model.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use toile_protocol::{Answers, Pixels};
use tokio::sync::oneshot;

/// What a network makes of the images of a batch.
#[derive(Debug)]
pub(crate) struct Batch {
    /// `[image][class]`.
    pub(crate) probabilities: Vec<f32>,
    /// `[image]`.
    pub(crate) classes: Vec<usize>,
}

/// What it makes of a job's images.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    batch: Arc<Batch>,
    images: Range<usize>,
}

impl Answer {
    pub(crate) fn new(batch: &Arc<Batch>, images: Range<usize>) -> Answer {
        Answer { batch: Arc::clone(batch), images }
    }

    pub(crate) fn of_job(&self) -> Answers<'_> {
        let (Batch { probabilities, classes }, Range { start, end }) = (&*self.batch, self.images.clone());
        let count = probabilities.len() / classes.len();
        Answers { probabilities: &probabilities[start * count..end * count], classes: &classes[start..end] }
    }
}

/// The images of one request, and who waits for their probabilities. Where the worker fails, the sender is dropped.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) pixels: Pixels,
    pub(crate) images: usize,
    pub(crate) answer: oneshot::Sender<Answer>,
}

/// Jobs in the order in which they came.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    work: Condvar,
    images_max: usize,
}

#[derive(Debug, Default)]
struct State {
    jobs: VecDeque<Job>,
    images: usize,
    /// The worker sleeps, and nobody is about to wake it.
    is_asleep: bool,
    is_closed: bool,
}

/// There is no room for more.
#[derive(Debug)]
pub(crate) struct Full {
    /// Images that wait already.
    pub(crate) waiting: usize,
}

impl Queue {
    pub(crate) fn new(images_max: usize) -> Queue {
        Queue { state: Mutex::default(), work: Condvar::new(), images_max }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that could panic runs while it is locked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Images that wait.
    pub(crate) fn len(&self) -> usize {
        self.state().images
    }

    /// Lets images wait for their probabilities.
    ///
    /// A worker that sleeps is woken only after the requests that came together with this one have been read, so that
    /// they are one batch; that takes no longer than reading them.
    ///
    /// # Errors
    /// There is no room.
    pub(crate) async fn ask(&self, pixels: Pixels, images: usize) -> Result<oneshot::Receiver<Answer>, Full> {
        let (answer, answered) = oneshot::channel();
        if self.push(Job { pixels, images, answer })? {
            // Also where this future is dropped meanwhile, because its client has gone: others may have come behind it.
            let _wake = WakeOnDrop(self);
            tokio::task::yield_now().await;
        }
        Ok(answered)
    }

    /// Adds a job; whether the worker has to be woken for it.
    fn push(&self, job: Job) -> Result<bool, Full> {
        let mut state = self.state();
        if state.is_closed {
            // Whoever waits learns it from the sender, which is dropped here.
            return Ok(false);
        }
        // One request always fits: it is no larger than a batch may be.
        if state.images > 0 && state.images + job.images > self.images_max {
            return Err(Full { waiting: state.images });
        }
        state.images += job.images;
        state.jobs.push_back(job);
        Ok(std::mem::take(&mut state.is_asleep))
    }

    /// Waits for jobs, and takes those there are, up to about so many images, into `batch`. Those that nobody waits for
    /// any more are left out. False once there will be no more.
    pub(crate) fn take(&self, images_max: usize, batch: &mut Vec<Job>) -> bool {
        let mut state = self.state();
        loop {
            while state.jobs.is_empty() {
                if state.is_closed {
                    return false;
                }
                state.is_asleep = true;
                state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            state.is_asleep = false;
            let mut images = 0;
            while let Some(next) = state.jobs.front()
                && (images == 0 || images + next.images <= images_max)
                && let Some(job) = state.jobs.pop_front()
            {
                state.images -= job.images;
                if !job.answer.is_closed() {
                    images += job.images;
                    batch.push(job);
                }
            }
            if images > 0 {
                return true;
            }
        }
    }

    /// Lets the worker end once it has done what waits.
    pub(crate) fn close(&self) {
        self.state().is_closed = true;
        self.work.notify_one();
    }

    /// Nobody will compute any more: who waits is told, and who comes.
    pub(crate) fn fail(&self) {
        let mut state = self.state();
        state.is_closed = true;
        state.images = 0;
        state.jobs.clear();
    }
}

struct WakeOnDrop<'a>(&'a Queue);

impl Drop for WakeOnDrop<'_> {
    fn drop(&mut self) {
        self.0.work.notify_one();
    }
}
