//! How a study is going, from the files of its folder alone.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use toile_store::claims::{self, Fate, Holder, Process, Pulse, RunProgress};
use toile_store::{Failure, RunFolder, RunId, RunStatus, StoredRun};

use super::work_plan::WorkPlan;
use crate::run::process_words;

/// How a run is going.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RunState {
    /// Nobody has begun it.
    Waiting,
    /// A process has it, and has not told how far it is.
    Claimed {
        /// Which.
        by: String,
        /// Since when that process works, in seconds since 1970.
        since: u64,
    },
    /// It is being trained.
    Running {
        /// By which process.
        by: String,
        /// Since when that process works, in seconds since 1970.
        since: u64,
        /// How far it is.
        #[serde(flatten)]
        progress: RunProgress,
    },
    /// It was stopped at a checkpoint, or its process has died, and nobody goes on with it.
    Interrupted {
        /// Whose claim is still there, and how we know that it is dead.
        #[serde(skip_serializing_if = "Option::is_none")]
        died: Option<String>,
        /// The file that its standard error went to.
        #[serde(skip_serializing_if = "Option::is_none")]
        log: Option<String>,
    },
    /// It broke off.
    Failed {
        /// Why.
        message: String,
        /// In which process.
        by: String,
        /// The file that its standard error went to.
        #[serde(skip_serializing_if = "Option::is_none")]
        log: Option<String>,
    },
    /// Its loss was no longer finite, and it is over.
    Diverged,
    /// It is over.
    Done,
    /// Its files cannot be read.
    Unreadable {
        /// Why, and what to do.
        message: String,
    },
}

/// A run, and how it is going.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunStanding {
    /// Which.
    #[serde(flatten)]
    pub run: RunId,
    /// How it is going.
    #[serde(flatten)]
    pub state: RunState,
}

impl RunStanding {
    /// Whether nothing of it is left to do.
    pub fn is_over(&self) -> bool {
        matches!(self.state, RunState::Done | RunState::Diverged)
    }
}

/// How every run of a study's folder is going: those of its plans, as far as they can be read, and those that have a
/// folder. In the order of the plans, then of names. `dead_after` is how long a process on another machine may be silent.
pub fn status(out: &Path, dead_after: Option<Duration>) -> Vec<RunStanding> {
    let plans = WorkPlan::all(out).unwrap_or_default();
    let with_folder = models_of(out).into_iter().flat_map(|model| {
        let seeds = RunFolder::seeds(out, &model).into_iter();
        seeds.map(move |seed| RunId { model: model.clone(), seed })
    });
    let mut known = BTreeSet::new();
    let mut runs: Vec<RunId> = plans.iter().flat_map(|(_, plan)| plan.runs()).chain(with_folder).collect();
    runs.retain(|run| known.insert(run.clone()));
    standing(out, &runs, dead_after)
}

/// How these runs are going.
pub fn standing(out: &Path, runs: &[RunId], dead_after: Option<Duration>) -> Vec<RunStanding> {
    let me = Process::this(None, None);
    let dead_after = dead_after.unwrap_or(Pulse::default().dead_after);
    let standing = |run: &RunId| {
        let folder = RunFolder::new(out, &run.model, run.seed);
        RunStanding { state: state(&folder, out, &me, dead_after), run: run.clone() }
    };
    runs.iter().map(standing).collect()
}

/// Folders that have runs in them.
fn models_of(out: &Path) -> Vec<String> {
    let entries = fs::read_dir(out).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| !RunFolder::seeds(out, name).is_empty());
    names.sort();
    names
}

fn state(folder: &RunFolder, out: &Path, me: &Process, dead_after: Duration) -> RunState {
    if folder.evaluation().exists() {
        return match StoredRun::open(folder) {
            Ok(Some(run)) => match run.results.status {
                RunStatus::Finished => RunState::Done,
                RunStatus::Diverged { .. } => RunState::Diverged,
                RunStatus::Unfinished => RunState::Interrupted { died: None, log: None },
            },
            Ok(None) => RunState::Waiting,
            Err(error) => RunState::Unreadable { message: error.to_string() },
        };
    }
    match claims::read(folder, out, me, dead_after) {
        Some(Holder { process, record, fate: Fate::Alive, .. }) => {
            let (by, since) = (process_words(&process), process.since);
            let runs = record.map(|record| record.runs).unwrap_or_default();
            match runs.into_iter().find(|progress| progress.run == *folder.id()) {
                Some(progress) => RunState::Running { by, since, progress },
                None => RunState::Claimed { by, since },
            }
        }
        Some(Holder { process, fate: Fate::Dead(why), .. }) => {
            let died = Some(format!("{}: {why}", process_words(&process)));
            RunState::Interrupted { died, log: process.log }
        }
        None => match Failure::read(folder) {
            Ok(Some(Failure { message, process })) => {
                RunState::Failed { message, by: process_words(&process), log: process.log }
            }
            Err(error) => RunState::Unreadable { message: error.to_string() },
            Ok(None) if folder.checkpoint().exists() => RunState::Interrupted { died: None, log: None },
            Ok(None) => RunState::Waiting,
        },
    }
}
