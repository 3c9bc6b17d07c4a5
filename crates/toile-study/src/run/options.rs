//! How a study is to be run.

use std::path::PathBuf;
use std::time::Duration;

use super::presence::Presence;
use super::units::Share;

/// How a study is to be run. Nothing here changes a bit of its results.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The study's folder of results.
    pub out: PathBuf,
    /// Models to run; without, all that are not on request.
    pub models: Option<Vec<String>>,
    /// Threads of a run; without, the processor's cores shared out over the jobs.
    pub threads: Option<usize>,
    /// Runs at the same time; without, as many as there are runs and cores for.
    pub jobs: Option<usize>,
    /// Go on from checkpoints, instead of refusing to start over.
    pub resume: bool,
    /// Longest time without a checkpoint; there is one after each epoch anyway, but where writing them takes so long that
    /// a run would do little else.
    pub checkpoint_every: Duration,
    /// For the receipt.
    pub command: String,
    /// Compare the models when all of their runs are over. Without, the comparison that is there stays as it is,
    /// and no look is spent: combinations of settings are not the contenders of a study.
    pub compares: bool,
    /// The part of the study's runs that this process does.
    pub share: Share,
    /// What other processes in the same folder are told of this one.
    pub presence: Presence,
}

impl Options {
    /// The usual ones, for this folder.
    pub fn new(out: impl Into<PathBuf>) -> Self {
        Options {
            out: out.into(),
            models: None,
            threads: None,
            jobs: None,
            resume: false,
            checkpoint_every: Duration::from_secs(60),
            command: String::new(),
            compares: true,
            share: Share::All,
            presence: Presence::default(),
        }
    }
}
