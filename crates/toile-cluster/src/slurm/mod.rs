//! Slurm: a job array that does a study's units, and a job after it that gathers them.

mod command;
mod error;
mod limits;
mod options;
mod queue;
mod script;
mod submit;

pub use error::SlurmError;
pub use limits::tasks_max;
pub use options::Slurm;
pub use queue::{QueuedTask, cancel, queued};
pub use script::{Submission, array_script, gather_script};
pub use submit::{Submitted, submit};
