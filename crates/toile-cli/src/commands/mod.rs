//! The subcommands of `toile`, a file each.

pub mod ablate;
pub mod bench;
pub mod calibrate;
pub mod compare;
pub mod completions;
pub mod data;
mod decoded;
pub mod eval;
pub mod explain;
pub mod explain_image;
pub mod export;
pub mod import;
pub mod init;
mod inspect;
pub mod man;
mod named;
mod on_dataset;
mod opened;
pub mod predict;
pub mod report;
pub mod run;
mod shared;
pub mod show;
mod show_data;
pub mod studies;
mod suspects;
pub mod sweep;
