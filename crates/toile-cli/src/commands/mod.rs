//! The subcommands of `toile`, a file each.

pub mod ablate;
pub mod bench;
pub mod compare;
pub mod data;
pub mod explain;
mod inspect;
pub mod report;
pub mod run;
mod shared;
pub mod show;
pub mod studies;
mod suspects;
pub mod sweep;
