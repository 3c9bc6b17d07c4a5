//! A run under way: its executor, where it stands, and what it tells and leaves on the way.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use toile_nn::average::Average;
use toile_nn::executor::Executor;
use toile_nn::state::StateDict;
use toile_store::{Checkpoint, EpochRow, Position};

use super::course::Step;
use super::data::Data;
use super::error::RunError;
use super::evaluate;
use super::event::{Event, Observer};
use super::executors::{Built, Executors};
use super::job::Job;
use super::keeper::Keeper;
use super::options::Options;
use super::outlook::Outlook;
use super::pace::Pace;
use crate::images::{Images, TrainingBatch};
use crate::recipe::{JudgedBy, TestTimeAugmentation};
use crate::renewal::{Renewal, renew_statistics};
use crate::score::Score;

/// What all runs of a study share.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    pub(super) data: Data<'a>,
    pub(super) options: &'a Options,
    pub(super) executors: &'a Executors<'a>,
    pub(super) observer: &'a dyn Observer,
    pub(super) keeper: &'a dyn Keeper,
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
    pub(super) fn now(&self) -> usize {
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

/// A run under way.
pub(super) struct Running<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) shared: Shared<'a>,
    pub(super) executor: Box<dyn Executor>,
    /// What its training steps are handed.
    pub(super) batch: TrainingBatch,
    pub(super) isa: String,
    pub(super) threads: usize,
    pub(super) position: Position,
    /// Of this session alone: what came before may have run on another machine.
    pub(super) pace: Pace,
    pub(super) reported: Option<Instant>,
    pub(super) saved: Saved,
}

/// When the last checkpoint was written, and how long that took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Saved {
    at: Instant,
    took: Duration,
}

/// Checkpoints are so many times further apart than they take to write: where thousands of runs share a slow file system,
/// they would keep each other waiting with nothing but checkpoints (see docs/scaling.md).
const APART: u32 = 20;

impl Saved {
    /// Before the first checkpoint.
    pub(super) fn at_the_start() -> Saved {
        Saved { at: Instant::now(), took: Duration::ZERO }
    }

    /// Whether it is time for one that is due after so long.
    pub(super) fn is_past(&self, due: Duration) -> bool {
        self.at.elapsed() >= due.max(self.took * APART)
    }
}

impl Running<'_> {
    /// Moves to an executor with more threads where other runs have left some.
    pub(super) fn take_idle_threads(&mut self) -> Result<(), RunError> {
        let threads = self.shared.threads.now();
        if threads > self.threads {
            let Built { mut executor, isa } = (self.shared.executors)(self.job.setup(threads))?;
            executor.load_state_dict(&self.executor.state_dict())?;
            executor.load_optimizer_state(&self.executor.optimizer_state())?;
            if let Some(average) = self.executor.average_state() {
                executor.load_average_state(&average)?;
            }
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
    pub(super) fn is_over(&self) -> bool {
        let rows = &self.position.rows;
        let waited = |best: &EpochRow| rows.last().map_or(0, |last| last.epoch - best.epoch);
        let patience = self.job.model.recipe.early_stopping;
        self.position.epoch >= self.job.model.recipe.epochs
            || patience.zip(lowest(rows)).is_some_and(|(patience, best)| waited(best) >= patience)
    }

    /// The row of the epoch that counts by now, where images held out choose it; `None` where the last one does.
    pub(super) fn best(&self) -> Option<&EpochRow> {
        match self.job.model.recipe.judged_by {
            JudgedBy::Test | JudgedBy::HeldOut => lowest(&self.position.rows),
            JudgedBy::HeldOutLast => None,
        }
    }

    /// Whether it is an average of the weights that counts by now. Where the run only has to be measured again, its
    /// weights are that average.
    pub(super) fn is_averaged(&self) -> bool {
        let Position { epoch, step, .. } = self.position;
        let has_begun = |average: Average| average.has_begun(self.job.course().before(Step { epoch, step }));
        self.job.trained.is_none() && self.job.model.recipe.average.is_some_and(has_begun)
    }

    /// The parameters and buffers that count by now.
    pub(super) fn evaluated_state(&self) -> StateDict<f32> {
        let average = if self.is_averaged() { self.executor.average_state() } else { None };
        average.unwrap_or_else(|| self.executor.state_dict())
    }

    /// Makes the running statistics of averaged weights anew, where that is needed before they are measured; false when
    /// stopped on the way.
    pub(super) fn renewed(&mut self) -> bool {
        let recipe = &self.job.model.recipe;
        let renews = recipe.average.is_some_and(|average| average.renews_statistics());
        if !(renews && self.is_averaged() && self.job.fitted.network.has_statistics()) {
            return true;
        }
        let start = Instant::now();
        let (dataset, normalizer) = (self.shared.data.train, &self.job.fitted.normalizer);
        let images = Images { dataset, indices: &self.job.parts.train, normalizer };
        let (stop, epoch) = (self.shared.stop, self.position.epoch);
        let renewal = Renewal { images, batch_size: recipe.batch_size, epoch };
        let done = renew_statistics(&mut *self.executor, renewal, &|| stop.load(Ordering::Relaxed));
        self.position.evaluation_seconds += start.elapsed().as_secs_f64();
        done
    }

    pub(super) fn score(&mut self, images: Images<'_>) -> Option<Score> {
        Some(evaluate::score(images, &self.measured(images, None)?))
    }

    /// Log-probabilities of the images, the time taken noted; `None` when stopped on the way.
    pub(super) fn measured(
        &mut self,
        images: Images<'_>,
        augmentation: Option<TestTimeAugmentation>,
    ) -> Option<Vec<f32>> {
        let start = Instant::now();
        let stop = self.shared.stop;
        let stopped = || stop.load(Ordering::Relaxed);
        let out = evaluate::log_probabilities(&mut *self.executor, images, augmentation, &stopped)?;
        let seconds = start.elapsed().as_secs_f64();
        self.position.evaluation_seconds += seconds;
        self.pace.evaluation_seconds += seconds;
        let passes = augmentation.map_or(1, TestTimeAugmentation::passes);
        self.pace.evaluated_images += (images.indices.len() * passes) as u64;
        Some(out)
    }

    /// Replaces the checkpoint.
    pub(super) fn save(&mut self) -> Result<(), RunError> {
        let start = Instant::now();
        self.save_at(self.position.clone())?;
        self.saved = Saved { at: Instant::now(), took: start.elapsed() };
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
            provenance: Some(self.job.provenance.clone()),
            data_digests: self.shared.data.digests.to_vec(),
            weights: self.executor.state_dict(),
            optimizer: self.executor.optimizer_state(),
            average: self.executor.average_state(),
        };
        Ok(checkpoint.write(&self.job.folder)?)
    }

    pub(super) fn report(&mut self) {
        if self.reported.is_some_and(|reported| reported.elapsed() < REPORT_EVERY) {
            return;
        }
        self.reported = Some(Instant::now());
        let Position { epoch, step, correct, images, .. } = self.position;
        let (seconds_left, study_seconds_left) = self.outlook();
        self.tell(Event::Progress {
            run: self.job.id.clone(),
            epoch: epoch + 1,
            epochs: self.job.model.recipe.epochs,
            step,
            steps: self.job.course().steps(),
            train_loss: self.position.mean_loss(),
            train_accuracy: correct as f64 / images as f64,
            images_per_second: self.pace.images_per_second(),
            seconds_left,
            study_seconds_left,
        });
    }

    /// Seconds until this run is over, and until all are.
    pub(super) fn outlook(&self) -> (f64, f64) {
        let left = self.pace.seconds(self.job.work_left(&self.position));
        let done = self.pace.train_seconds + self.pace.evaluation_seconds;
        (left, self.shared.outlook.update(&self.job.id, done, left))
    }
}

/// The row with the lowest validation loss, the first of equals; `None` without a validation split.
fn lowest(rows: &[EpochRow]) -> Option<&EpochRow> {
    let mut lowest: Option<&EpochRow> = None;
    for row in rows {
        let loss = row.validation_loss?;
        if lowest.and_then(|lowest| lowest.validation_loss).is_none_or(|least| loss < least) {
            lowest = Some(row);
        }
    }
    lowest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_keep_their_distance() {
        for (ago, took, due, expected) in [
            (3, 0, 0, true),
            (3, 0, 60, false),
            (60, 0, 60, true),
            (19, 1, 0, false),
            (21, 1, 0, true),
            (61, 4, 60, false),
        ] {
            let [ago, took, due] = [ago, took, due].map(Duration::from_secs);
            let saved = Saved { at: Instant::now().checked_sub(ago).unwrap(), took };
            assert_eq!(saved.is_past(due), expected, "{saved:?} {due:?}");
        }
    }

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
