//! What a run tells while it goes: this crate prints nothing, whoever starts a run draws these.

use serde::Serialize;
use toile_store::{EpochRow, Evaluation, RunId};

/// Something happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Everything is checked; a warm-up was measured.
    Planned {
        /// Runs to do.
        runs: usize,
        /// Runs found finished, left as they are.
        already_done: usize,
        /// Runs at the same time.
        jobs: usize,
        /// Threads of each.
        threads: usize,
        /// How long all will take, about.
        estimated_seconds: f64,
    },
    /// A run begins or goes on.
    Started {
        /// Which.
        #[serde(flatten)]
        run: RunId,
        /// Epochs it is to have.
        epochs: u32,
        /// Epochs it has from an earlier session.
        epochs_done: u32,
        /// Steps of the next epoch it has from an earlier session.
        steps_done: u64,
        /// Steps of an epoch.
        steps: u64,
    },
    /// A run goes on; a few times a second.
    Progress {
        /// Which.
        #[serde(flatten)]
        run: RunId,
        /// Epoch, from 1.
        epoch: u32,
        /// Epochs it is to have.
        epochs: u32,
        /// Steps done in it.
        step: u64,
        /// Steps of an epoch.
        steps: u64,
        /// Mean training loss of the epoch so far.
        train_loss: f64,
        /// Training accuracy of the epoch so far.
        train_accuracy: f64,
        /// Training images a second.
        images_per_second: f64,
        /// Until the run is finished, about.
        seconds_left: f64,
        /// Until all runs are, about.
        study_seconds_left: f64,
    },
    /// An epoch is done and evaluated.
    Epoch {
        /// Which run.
        #[serde(flatten)]
        run: RunId,
        /// Epochs it is to have.
        epochs: u32,
        /// Its row in `results.csv`.
        #[serde(flatten)]
        row: EpochRow,
        /// Training images a second.
        images_per_second: f64,
        /// Until the run is finished, about.
        seconds_left: f64,
        /// Until all runs are, about.
        study_seconds_left: f64,
    },
    /// A run is finished and its files are written.
    Finished {
        /// Which.
        #[serde(flatten)]
        run: RunId,
        /// What the finished model does.
        evaluation: Evaluation,
        /// Seconds of training.
        training_seconds: f64,
    },
    /// The loss was no longer finite; the run is over.
    Diverged {
        /// Which run.
        #[serde(flatten)]
        run: RunId,
        /// Epoch, from 1.
        epoch: u32,
        /// Step in the epoch, from 1.
        step: u64,
        /// What to try.
        advice: String,
    },
    /// Stopped at a checkpoint, by request.
    Interrupted {
        /// Which run.
        #[serde(flatten)]
        run: RunId,
        /// Whole epochs done.
        epochs_done: u32,
        /// Steps done of the next one.
        steps_done: u64,
    },
    /// Another process does the run.
    Held {
        /// Which run.
        #[serde(flatten)]
        run: RunId,
        /// Who.
        by: String,
    },
    /// Another process did the run, and has died; this one goes on with it.
    TakenOver {
        /// Which run.
        #[serde(flatten)]
        run: RunId,
        /// Who.
        by: String,
        /// How we know.
        why: String,
    },
    /// The run broke off; the others go on.
    Failed {
        /// Which run.
        #[serde(flatten)]
        run: RunId,
        /// Why.
        message: String,
    },
}

impl Event {
    /// Which run it is of; `None` for what is planned.
    pub fn run(&self) -> Option<&RunId> {
        match self {
            Event::Planned { .. } => None,
            Event::Started { run, .. }
            | Event::Progress { run, .. }
            | Event::Epoch { run, .. }
            | Event::Finished { run, .. }
            | Event::Diverged { run, .. }
            | Event::Interrupted { run, .. }
            | Event::Held { run, .. }
            | Event::TakenOver { run, .. }
            | Event::Failed { run, .. } => Some(run),
        }
    }
}

/// Who wants to know. Called from the threads of the runs.
pub trait Observer: Sync {
    /// Takes note. Should return quickly: the run waits.
    fn event(&self, event: &Event);
}

/// Nobody.
impl Observer for () {
    fn event(&self, _: &Event) {}
}
