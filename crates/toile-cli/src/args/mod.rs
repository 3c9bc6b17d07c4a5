//! What commands have in common on the command line: data, running, seeds, and values with bounds.

mod seeds;
mod shared;
mod sharing;
pub mod values;

pub use seeds::Seeds;
pub use shared::{DataPlace, Format, OtherData, ProgressMode, RunningArgs};
pub use sharing::{ClusterArgs, Scheduler, SharingArgs};
