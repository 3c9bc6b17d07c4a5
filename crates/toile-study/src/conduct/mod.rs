//! Conducting a study: its runs are done, what they prove is gathered, and the files of its folder are written.
//!
//! This stands above [`crate::run`], which trains, and [`crate::evidence`], which judges; neither knows the other.

mod ahead;
mod collect;
mod ensembles;
mod error;
mod renderer;
mod reread;
mod restore;
mod share;
mod status;
mod study;
mod work_plan;

pub use ahead::run_ready;
pub use collect::Collected;
pub use error::ConductError;
pub use renderer::{Renderer, StudyView};
pub use reread::{Reread, reread};
pub use share::{ShareOutcome, run_share};
pub use status::{RunStanding, RunState, standing, status};
pub use study::{Outcome, StudyHooks, known, redraw, run};
pub use work_plan::{WorkPlan, agree};
