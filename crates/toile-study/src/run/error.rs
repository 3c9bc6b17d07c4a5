//! What can keep a study from running, each with its remedy.

use std::path::PathBuf;

use toile_nn::engine::EngineError;
use toile_nn::state::StateError;
use toile_store::StoreError;

use crate::atomic::WriteError;
use crate::memory::TooMuch;
use toile_store::RunId;

/// A run, or the whole study, cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// `--models` names a model that the study does not have.
    #[error("the study {study} has no model {name:?}; it has {}", known.join(", "))]
    UnknownModel {
        /// Name of the study.
        study: String,
        /// What was asked for.
        name: String,
        /// Models it has.
        known: Vec<String>,
    },
    /// The study does not fit its data.
    #[error("the model {model} does not fit the data set {dataset}: {problem}")]
    Unfit {
        /// Name of the model.
        model: String,
        /// Name of the data set.
        dataset: String,
        /// What does not fit, and the remedy.
        problem: String,
    },
    /// There is not enough memory for the model.
    #[error("the model {model} is too large: {problem}")]
    TooLarge {
        /// Name of the model.
        model: String,
        /// How much, and the remedy.
        problem: TooMuch,
    },
    /// There is not enough memory here for what is not to be trained here.
    #[error("the model {model} is too large for {what}: {}; do this where there is as much", problem.shortage())]
    NoRoom {
        /// Name of the model.
        model: String,
        /// `its pace to be measured`.
        what: &'static str,
        /// How much.
        problem: TooMuch,
    },
    /// A setting that cannot be run.
    #[error("{0}")]
    Setting(String),
    /// The folder holds a run of another configuration.
    #[error(
        "{} holds a run of {run} with other settings:\n{difference}\nChoose another folder for these \
         results with --out, or move that one away{advice}",
        folder.display()
    )]
    OtherConfiguration {
        /// Which run.
        run: RunId,
        /// Its folder.
        folder: PathBuf,
        /// Lines that differ.
        difference: String,
        /// What else can be done, as the end of the sentence; may be empty.
        advice: String,
    },
    /// The folder holds weights that were trained elsewhere.
    #[error(
        "{} holds weights that were imported for {run}, not trained here; choose other seeds, another folder for \
         these results with --out, or move that one away",
        folder.display()
    )]
    Imported {
        /// Which run.
        run: RunId,
        /// Its folder.
        folder: PathBuf,
    },
    /// The folder holds a run that was interrupted, and nobody asked to resume it.
    #[error(
        "{} holds an unfinished run of {run}, stopped in epoch {epoch} after {steps_done} steps; continue it \
         with --resume, or choose another folder with --out",
        folder.display()
    )]
    Unfinished {
        /// Which run.
        run: RunId,
        /// Its folder.
        folder: PathBuf,
        /// Epoch it is in, from 1.
        epoch: u32,
        /// Steps done in it.
        steps_done: u64,
    },
    /// Another process works in this folder.
    #[error("another process is running a study in {}; wait for it, or choose another folder", folder.display())]
    Busy {
        /// The folder.
        folder: PathBuf,
    },
    /// A file that a run left cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Saved weights do not fit the network.
    #[error("saved weights do not fit the network: {0}")]
    State(#[from] StateError),
    /// What is known of the study could not be brought up to date.
    #[error(transparent)]
    Kept(Box<dyn std::error::Error + Send + Sync>),
    /// The machine does not give what a run needs.
    #[error("{0}; choose a smaller batch_size, or fewer --jobs or --threads")]
    Engine(#[from] EngineError),
    /// A bug of Toile.
    #[error("a bug in Toile: {0}; please report it with the study file")]
    Panic(String),
}
