//! Runs: from a checked study and its data to folders of results, `<out>/<model>/seed-<n>/`.
//!
//! A run's bits depend on the study, the data and the seed alone: not on threads, on jobs, on the
//! instruction set, or on where it was interrupted. What does differ is in `receipt.json`. What runs prove is not
//! known here: whoever conducts a study gathers it.

mod batch_split;
mod chain;
mod cost;
mod course;
mod data;
mod error;
pub(crate) mod evaluate;
mod event;
mod executors;
mod finish;
pub(crate) mod guard;
pub(crate) mod hooks;
mod import;
mod int8;
mod job;
pub(crate) mod jobs;
mod keeper;
mod options;
mod order;
mod outlook;
mod pace;
mod parts;
pub(crate) mod plan;
mod presence;
mod queue;
pub(crate) mod ready;
mod receipt;
mod running;
mod sharing;
mod start;
mod train;
mod unit_cost;
mod units;
mod untrained;

pub use batch_split::BatchSplit;
pub use cost::{Cost, cost};
pub use course::{Course, Step};
pub use data::Data;
pub use error::RunError;
pub use event::{Event, Observer};
pub use executors::{Built, Executors, Setup, engine};
pub use import::{Import, ImportedRun, import};
pub use int8::{Int8Run, keep_int8};
pub use jobs::share_out;
pub use keeper::{Draw, Keeper, RunView};
pub use options::Options;
pub use order::EpochOrder;
pub use parts::held_out;
pub use plan::select;
pub use presence::Presence;
pub use ready::Ready;
pub use receipt::rfc3339;
pub use sharing::{HeldRun, process_words};
pub use toile_store::{RunFolder, RunId};
pub use unit_cost::{UnitCost, unit_costs};
pub use units::{Share, WorkUnit, units};
