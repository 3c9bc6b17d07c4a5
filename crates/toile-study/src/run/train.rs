//! One run: the training loop from its first step, or from its checkpoint, to its last.

use std::time::{Duration, Instant};

use toile_nn::state::StateDict;
use toile_store::{EpochRow, Position, atomic};

use super::course::Step;
use super::data::Data;
use super::error::RunError;
use super::event::Event;
use super::executors::Built;
use super::finish;
use super::job::Job;
use super::order::EpochOrder;
use super::pace::Pace;
use super::parts::Parts;
use super::running::{Ended, Running, Saved, Shared};
use crate::images::{Images, TrainingBatch};
use crate::initial::initial_state;
use crate::recipe::JudgedBy;
use crate::study_file::resolved;

/// Does a run, or the rest of it.
pub(super) fn run(job: &Job<'_>, shared: Shared<'_>) -> Result<Ended, RunError> {
    let threads = shared.threads.now();
    let Built { mut executor, isa } = (shared.executors)(job.setup(threads))?;
    let mut position = Position::default();
    let end_of_shorter = job.shorter.as_ref().and_then(|shorter| shorter.end(shared.data));
    if let Some(trained) = &job.trained {
        executor.load_state_dict(&trained.weights)?;
        position = trained.position.clone();
    } else if let Some(checkpoint) = job.checkpoint.as_ref().or(end_of_shorter.as_ref()) {
        executor.load_state_dict(&checkpoint.weights)?;
        executor.load_optimizer_state(&checkpoint.optimizer)?;
        if job.model.recipe.average.is_some() {
            executor.load_average_state(checkpoint.average.as_ref().unwrap_or(&StateDict::default()))?;
        }
        position = checkpoint.position.clone();
    } else {
        let images = Images {
            dataset: shared.data.train,
            indices: &job.parts.train,
            normalizer: &job.fitted.normalizer,
        };
        if let Some(initial) = initial_state(&job.fitted.network, job.id.seed, images) {
            executor.load_state_dict(&initial)?;
        }
    }
    atomic::create_folder(job.folder.path())?;
    atomic::write(&job.folder.config(), resolved(job.study, job.model).as_bytes())?;
    // Also where rows were written after the checkpoint: they are dropped, and will be made again.
    job.folder.write_epoch_rows(&position.rows)?;
    let pace = Pace::default();
    // The first step is reported at once: it tells how long the start took.
    let (reported, saved) = (None, Saved::at_the_start());
    let batch = TrainingBatch::new(job.fitted.augmenter.clone(), job.id.seed);
    let mut running = Running { job, shared, executor, batch, isa, threads, position, pace, reported, saved };
    running.tell(Event::Started {
        run: job.id.clone(),
        epochs: job.model.recipe.epochs,
        epochs_done: running.position.epoch,
        steps_done: running.position.step,
        steps: job.course().steps(),
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

    /// The rest of an epoch with its evaluation; says so where the run does not go on.
    fn epoch(&mut self) -> Result<Option<Ended>, RunError> {
        let Job { model, id, parts, .. } = self.job;
        let recipe = &model.recipe;
        let (epoch, steps) = (self.position.epoch, self.job.course().steps());
        let order =
            EpochOrder::new(recipe.sampler, (id.seed, epoch + 1), self.shared.data.train, &parts.train);
        while self.position.step < steps {
            if self.stopped() {
                self.save()?;
                return Ok(Some(Ended::Interrupted));
            }
            if !self.step(&order) {
                return finish::diverge(self, self.position.step).map(Some);
            }
            self.report();
            if self.saved.is_past(self.shared.options.checkpoint_every) {
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
        let epochs = recipe.epochs;
        let position = &mut self.position;
        position.rows.push(row.clone());
        (position.epoch, position.step, position.images) = (epoch + 1, 0, 0);
        (position.loss_sum, position.weight_sum, position.correct) = (0.0, None, 0);
        if self.best().is_some_and(|best| best.epoch == row.epoch) {
            finish::write_weights(self, "best", row.epoch)?;
        }
        self.job.folder.write_epoch_rows(&self.position.rows)?;
        // Where the run goes on from if its last measurement is stopped, there has to be one.
        if self.is_over() || self.saved.is_past(Duration::ZERO) {
            self.save()?;
        }
        let (seconds_left, study_seconds_left) = self.outlook();
        self.tell(Event::Epoch {
            run: id.clone(),
            epochs,
            row,
            images_per_second: self.pace.images_per_second(),
            seconds_left,
            study_seconds_left,
        });
        self.shared.keeper.epoch_done();
        Ok(None)
    }

    /// One step; false where its loss is not finite.
    fn step(&mut self, order: &EpochOrder) -> bool {
        let start = Instant::now();
        let at = Step { epoch: self.position.epoch, step: self.position.step };
        let images = (self.shared.data.train, &self.job.fitted.normalizer);
        let course = self.job.course();
        let (result, count) = course.step(at, order, images, (&mut self.batch, &mut *self.executor));
        self.position.step += 1;
        self.position.loss_sum += result.loss_sum;
        if self.job.fitted.class_weights.is_some() {
            *self.position.weight_sum.get_or_insert(0.0) += result.weight_sum;
        }
        self.position.correct += result.correct as u64;
        self.position.images += count as u64;
        let seconds = start.elapsed().as_secs_f64();
        self.position.training_seconds += seconds;
        self.pace.train_seconds += seconds;
        self.pace.train_images += count as u64;
        result.loss_sum.is_finite()
    }

    /// The epoch's row, and whether a loss in it is not finite; `None` when stopped on the way. Where weights are
    /// averaged, it is the average that is measured.
    fn evaluate(&mut self) -> Option<(EpochRow, bool)> {
        let is_averaged = self.is_averaged();
        if is_averaged {
            self.executor.exchange_average();
        }
        let row = if self.renewed() { self.row() } else { None };
        if is_averaged {
            self.executor.exchange_average();
        }
        row
    }

    fn row(&mut self) -> Option<(EpochRow, bool)> {
        let Job { fitted, parts: Parts { validation, test: tested, .. }, .. } = self.job;
        let normalizer = &fitted.normalizer;
        let Data { test, .. } = self.shared.data;
        let dataset = self.job.validation_data(self.shared.data);
        let held_out = Images { dataset, indices: validation, normalizer };
        let validation = if validation.is_empty() { None } else { Some(self.score(held_out)?) };
        let tested = Images { dataset: test, indices: tested, normalizer };
        let test = match self.job.model.recipe.judged_by {
            JudgedBy::Test => Some(self.score(tested)?),
            // They have just been measured.
            JudgedBy::HeldOut | JudgedBy::HeldOutLast => None,
        };
        let Position { epoch, step, correct, images, .. } = self.position;
        let row = EpochRow {
            epoch: epoch + 1,
            learning_rate: self.job.course().learning_rate(Step { epoch, step: step - 1 }),
            train_loss: self.position.mean_loss(),
            train_accuracy: correct as f64 / images as f64,
            validation_loss: validation.map(|score| score.loss),
            validation_accuracy: validation.map(|score| score.accuracy),
            test_loss: test.map(|score| score.loss),
            test_accuracy: test.map(|score| score.accuracy),
        };
        let losses = [Some(row.train_loss), row.validation_loss, row.test_loss];
        let diverged = losses.into_iter().flatten().any(|loss| !loss.is_finite());
        Some((row, diverged))
    }
}
