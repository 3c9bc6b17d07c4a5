//! One run: the training loop from its first step, or from its checkpoint, to its last.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use toile_data::{Dataset, Normalizer, batches};
use toile_nn::executor::{Batch, Executor, Pixels, StepSettings, Training};

use super::chain::Shorter;
use super::collect::Collector;
use super::error::RunError;
use super::evaluate::{self, Score};
use super::event::{Event, Observer};
use super::executors::{Built, Executors, Setup};
use super::finish;
use super::outlook::Outlook;
use super::pace::{Pace, Work};
use super::{Options, Renderer};
use crate::images::Images;
use crate::results::EpochRow;
use crate::study::{Model, Study};
use toile_store::RunFolder;
use toile_store::RunId;
use toile_store::{Checkpoint, Position};

/// The data of a study.
#[derive(Clone, Copy, Debug)]
pub struct Data<'a> {
    /// Images to train on, and to hold out from.
    pub train: &'a Dataset,
    /// Images to test on.
    pub test: &'a Dataset,
    /// (file, SHA-256) of the uncompressed files.
    pub digests: &'a [(String, String)],
}

/// One run to do.
pub(super) struct Job<'a> {
    pub(super) study: &'a Study,
    pub(super) model: &'a Model,
    pub(super) id: RunId,
    pub(super) folder: RunFolder,
    pub(super) normalizer: Normalizer,
    pub(super) checkpoint: Option<Checkpoint>,
    /// Without a checkpoint: the run it goes on from.
    pub(super) shorter: Option<Shorter>,
    /// Images to train on, and those held out.
    pub(super) train: Vec<u32>,
    pub(super) validation: Vec<u32>,
}

/// What all runs of a study share.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    pub(super) data: Data<'a>,
    pub(super) options: &'a Options,
    pub(super) executors: &'a Executors<'a>,
    pub(super) observer: &'a dyn Observer,
    pub(super) renderer: &'a dyn Renderer,
    pub(super) collector: &'a Collector<'a>,
    pub(super) outlook: &'a Outlook,
    pub(super) stop: &'a AtomicBool,
    pub(super) threads: &'a Threads,
}

/// Threads shared out over the workers that have something to do. Where the user has set no number, those
/// that are left at the end get the others' share, from their next epoch on.
#[derive(Debug)]
pub(super) struct Threads {
    /// At the start.
    pub(super) each: usize,
    /// To be shared out; `each` stays as it is without.
    pub(super) all: Option<usize>,
    /// Workers with something to do.
    pub(super) workers: AtomicUsize,
}

impl Threads {
    fn now(&self) -> usize {
        let share = self.all.map_or(0, |all| all / self.workers.load(Ordering::Relaxed).max(1));
        share.max(self.each)
    }
}

/// How a run ended, errors apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Finished,
    Diverged,
    Interrupted,
}

/// A few reports a second are enough for any eye.
const REPORT_EVERY: Duration = Duration::from_millis(100);

impl Job<'_> {
    pub(super) fn setup(&self, threads: usize) -> Setup<'_> {
        let training = Training {
            optimizer: self.model.optimizer,
            label_smoothing: self.model.label_smoothing,
            seed: self.id.seed,
        };
        Setup { network: &self.model.network, training, batch_size: self.model.batch_size, threads }
    }

    pub(super) fn steps(&self) -> u64 {
        self.train.len().div_ceil(self.model.batch_size) as u64
    }

    /// Learning rate of a step of an epoch, both from 0.
    pub(super) fn learning_rate(&self, epoch: u32, step: u64) -> f64 {
        let steps = self.steps();
        self.model.learning_rate.at(u64::from(epoch) * steps + step, steps, self.model.epochs)
    }

    /// Where it starts, as far as that is known before the first run: what it goes on from may yet have to end.
    pub(super) fn start(&self) -> Position {
        match (&self.checkpoint, &self.shorter) {
            (Some(checkpoint), _) => checkpoint.position.clone(),
            (None, Some(shorter)) => Position { epoch: shorter.epochs, ..Position::default() },
            (None, None) => Position::default(),
        }
    }

    /// What is left to do from a position.
    pub(super) fn work_left(&self, position: &Position, test_images: usize) -> Work {
        let (train, test) = (self.train.len() as u64, test_images as u64);
        let epochs = u64::from(self.model.epochs.saturating_sub(position.epoch));
        Work {
            train_images: (epochs * train).saturating_sub(position.images),
            // Each epoch's rows, and the last measurement on the training images.
            evaluated_images: epochs * (test + self.validation.len() as u64) + train + test,
        }
    }
}

/// A run under way.
pub(super) struct Running<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) shared: Shared<'a>,
    pub(super) executor: Box<dyn Executor>,
    pub(super) isa: String,
    pub(super) threads: usize,
    pub(super) position: Position,
    /// Of this session alone: what came before may have run on another machine.
    pace: Pace,
    reported: Option<Instant>,
    saved: Instant,
}

/// Does a run, or the rest of it.
pub(super) fn run(job: &Job<'_>, shared: Shared<'_>) -> Result<Ended, RunError> {
    let threads = shared.threads.now();
    let Built { mut executor, isa } = (shared.executors)(job.setup(threads));
    let mut position = Position::default();
    let end_of_shorter = match &job.shorter {
        Some(shorter) => shorter.end(shared.data)?,
        None => None,
    };
    if let Some(checkpoint) = job.checkpoint.as_ref().or(end_of_shorter.as_ref()) {
        executor.load_state_dict(&checkpoint.weights)?;
        executor.load_optimizer_state(&checkpoint.optimizer)?;
        position = checkpoint.position.clone();
    }
    crate::atomic::create_folder(job.folder.path())?;
    crate::atomic::write(&job.folder.config(), job.model.resolved.as_bytes())?;
    // Also where rows were written after the checkpoint: they are dropped, and will be made again.
    job.folder.write_rows(&position.rows)?;
    let pace = Pace::default();
    // The first step is reported at once: it tells how long the start took.
    let (reported, saved) = (None, Instant::now());
    let mut running = Running { job, shared, executor, isa, threads, position, pace, reported, saved };
    running.tell(Event::Started {
        run: job.id.clone(),
        epochs: job.model.epochs,
        epochs_done: running.position.epoch,
        steps_done: running.position.step,
        steps: job.steps(),
    });
    let ended = running.train_and_finish()?;
    if ended == Ended::Interrupted {
        running.tell(Event::Interrupted {
            run: job.id.clone(),
            epochs_done: running.position.epoch,
            steps_done: running.position.step,
        });
    }
    Ok(ended)
}

impl Running<'_> {
    fn train_and_finish(&mut self) -> Result<Ended, RunError> {
        while !self.is_over() {
            self.take_idle_threads()?;
            if let Some(ended) = self.epoch()? {
                return Ok(ended);
            }
        }
        finish::finish(self)
    }

    /// Moves to an executor with more threads where other runs have left some.
    fn take_idle_threads(&mut self) -> Result<(), RunError> {
        let threads = self.shared.threads.now();
        if threads > self.threads {
            let Built { mut executor, isa } = (self.shared.executors)(self.job.setup(threads));
            executor.load_state_dict(&self.executor.state_dict())?;
            executor.load_optimizer_state(&self.executor.optimizer_state())?;
            (self.executor, self.isa, self.threads) = (executor, isa, threads);
        }
        Ok(())
    }

    pub(super) fn tell(&self, event: Event) {
        self.shared.observer.event(&event);
    }

    pub(super) fn stopped(&self) -> bool {
        self.shared.stop.load(Ordering::Relaxed)
    }

    /// All epochs are done, or patience is at its end.
    fn is_over(&self) -> bool {
        let rows = &self.position.rows;
        let waited = |best: &EpochRow| rows.last().map_or(0, |last| last.epoch - best.epoch);
        let patience = self.job.model.early_stopping;
        self.position.epoch >= self.job.model.epochs
            || patience.zip(best(rows)).is_some_and(|(patience, best)| waited(best) >= patience)
    }

    /// The rest of an epoch with its evaluation; says so where the run does not go on.
    fn epoch(&mut self) -> Result<Option<Ended>, RunError> {
        let Job { model, id, train, .. } = self.job;
        let (epoch, steps) = (self.position.epoch, self.job.steps());
        let order = batches::epoch_order(id.seed, epoch + 1, train.len());
        let mut buffers = Buffers::default();
        while self.position.step < steps {
            if self.stopped() {
                self.save()?;
                return Ok(Some(Ended::Interrupted));
            }
            let from = self.position.step as usize * model.batch_size;
            let places = &order[from..train.len().min(from + model.batch_size)];
            if !self.step(places, &mut buffers) {
                return finish::diverge(self, self.position.step).map(Some);
            }
            self.report();
            if self.saved.elapsed() >= self.shared.options.checkpoint_every {
                self.save()?;
            }
        }
        let Some((row, diverged)) = self.evaluate() else {
            // The steps are saved; the evaluation is made again.
            self.save()?;
            return Ok(Some(Ended::Interrupted));
        };
        if diverged {
            return finish::diverge(self, steps).map(Some);
        }
        let epochs = model.epochs;
        let position = &mut self.position;
        position.rows.push(row.clone());
        (position.epoch, position.step, position.images) = (epoch + 1, 0, 0);
        (position.loss_sum, position.correct) = (0.0, 0);
        if best(&self.position.rows).is_some_and(|best| best.epoch == row.epoch) {
            finish::write_weights(self, "best", row.epoch)?;
        }
        self.job.folder.write_rows(&self.position.rows)?;
        self.save()?;
        let (seconds_left, study_seconds_left) = self.outlook();
        self.tell(Event::Epoch {
            run: id.clone(),
            epochs,
            row,
            images_per_second: self.pace.images_per_second(),
            seconds_left,
            study_seconds_left,
        });
        self.shared.collector.refresh(self.shared.renderer);
        Ok(None)
    }

    /// One step; false where its loss is not finite.
    fn step(&mut self, places: &[u32], buffers: &mut Buffers) -> bool {
        let start = Instant::now();
        let dataset = self.shared.data.train;
        buffers.ids.clear();
        buffers.ids.extend(places.iter().map(|&place| self.job.train[place as usize]));
        buffers.labels.resize(places.len(), 0);
        dataset.gather_labels(&buffers.ids, &mut buffers.labels);
        let images = Images { dataset, indices: &buffers.ids, normalizer: &self.job.normalizer };
        let batch = Batch { images: Pixels::Rows(&images), labels: &buffers.labels, image_ids: &buffers.ids };
        let epoch = self.position.epoch;
        let learning_rate = self.job.learning_rate(epoch, self.position.step);
        let result = self.executor.train_step(batch, StepSettings { epoch, learning_rate });
        self.position.step += 1;
        self.position.loss_sum += result.loss_sum;
        self.position.correct += result.correct as u64;
        self.position.images += places.len() as u64;
        let seconds = start.elapsed().as_secs_f64();
        self.position.training_seconds += seconds;
        self.pace.train_seconds += seconds;
        self.pace.train_images += places.len() as u64;
        result.loss_sum.is_finite()
    }

    /// The epoch's row, and whether a loss in it is not finite; `None` when stopped on the way.
    fn evaluate(&mut self) -> Option<(EpochRow, bool)> {
        let Job { normalizer, validation, .. } = self.job;
        let Data { train, test, .. } = self.shared.data;
        let held_out = Images { dataset: train, indices: validation, normalizer };
        let validation = if validation.is_empty() { None } else { Some(self.score(held_out)?) };
        let indices: Vec<u32> = (0..test.len() as u32).collect();
        let test = self.score(Images { dataset: test, indices: &indices, normalizer })?;
        let Position { epoch, step, loss_sum, correct, images, .. } = self.position;
        let row = EpochRow {
            epoch: epoch + 1,
            learning_rate: self.job.learning_rate(epoch, step - 1),
            train_loss: loss_sum / images as f64,
            train_accuracy: correct as f64 / images as f64,
            validation_loss: validation.map(|score| score.loss),
            validation_accuracy: validation.map(|score| score.accuracy),
            test_loss: test.loss,
            test_accuracy: test.accuracy,
        };
        let losses = [Some(row.train_loss), row.validation_loss, Some(row.test_loss)];
        let diverged = losses.into_iter().flatten().any(|loss| !loss.is_finite());
        Some((row, diverged))
    }

    fn score(&mut self, images: Images<'_>) -> Option<Score> {
        Some(evaluate::score(images, &self.measured(images)?))
    }

    /// Log-probabilities of the images, the time taken noted; `None` when stopped on the way.
    pub(super) fn measured(&mut self, images: Images<'_>) -> Option<Vec<f32>> {
        let start = Instant::now();
        let stop = self.shared.stop;
        let out = evaluate::log_probabilities(&mut *self.executor, images, &|| stop.load(Ordering::Relaxed))?;
        let seconds = start.elapsed().as_secs_f64();
        self.position.evaluation_seconds += seconds;
        self.pace.evaluation_seconds += seconds;
        self.pace.evaluated_images += images.indices.len() as u64;
        Some(out)
    }

    /// Replaces the checkpoint.
    fn save(&mut self) -> Result<(), RunError> {
        self.save_at(self.position.clone())?;
        self.saved = Instant::now();
        Ok(())
    }

    /// Leaves the end of the run for a longer one to go on from, without what differs between two honest runs.
    pub(super) fn save_end(&self) -> Result<(), RunError> {
        let position = Position { training_seconds: 0.0, evaluation_seconds: 0.0, ..self.position.clone() };
        self.save_at(Position { continued_from: None, ..position })
    }

    fn save_at(&self, position: Position) -> Result<(), RunError> {
        let checkpoint = Checkpoint {
            position,
            data_digests: self.shared.data.digests.to_vec(),
            weights: self.executor.state_dict(),
            optimizer: self.executor.optimizer_state(),
        };
        Ok(checkpoint.write(&self.job.folder)?)
    }

    fn report(&mut self) {
        if self.reported.is_some_and(|reported| reported.elapsed() < REPORT_EVERY) {
            return;
        }
        self.reported = Some(Instant::now());
        let Position { epoch, step, loss_sum, correct, images, .. } = self.position;
        let (seconds_left, study_seconds_left) = self.outlook();
        self.tell(Event::Progress {
            run: self.job.id.clone(),
            epoch: epoch + 1,
            step,
            steps: self.job.steps(),
            train_loss: loss_sum / images as f64,
            train_accuracy: correct as f64 / images as f64,
            images_per_second: self.pace.images_per_second(),
            seconds_left,
            study_seconds_left,
        });
    }

    /// Seconds until this run is over, and until all are.
    fn outlook(&self) -> (f64, f64) {
        let left = self.pace.seconds(self.job.work_left(&self.position, self.shared.data.test.len()));
        let done = self.pace.train_seconds + self.pace.evaluation_seconds;
        (left, self.shared.outlook.update(&self.job.id, done, left))
    }
}

/// The row with the lowest validation loss, the first of equals; `None` without a validation split.
pub(super) fn best(rows: &[EpochRow]) -> Option<&EpochRow> {
    let mut best: Option<&EpochRow> = None;
    for row in rows {
        let loss = row.validation_loss?;
        if best.and_then(|b| b.validation_loss).is_none_or(|lowest| loss < lowest) {
            best = Some(row);
        }
    }
    best
}

/// A batch, reused from step to step.
#[derive(Default)]
struct Buffers {
    labels: Vec<u32>,
    ids: Vec<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_workers_get_the_threads_of_those_that_left() {
        let threads = |each, all, workers| Threads { each, all, workers: AtomicUsize::new(workers) };
        for (each, all, workers, expected) in [
            (1, Some(2), 2, 1),
            (1, Some(2), 1, 2),
            (2, Some(8), 3, 2),
            (2, Some(8), 2, 4),
            (1, Some(1), 3, 1),
            // What the user asked for stays.
            (3, None, 1, 3),
        ] {
            let threads = threads(each, all, workers);
            assert_eq!(threads.now(), expected, "{threads:?}");
        }
    }
}
