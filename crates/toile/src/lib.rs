//! The face of Toile: what the binary shows and writes.

pub mod args;
pub mod commands;
pub mod plots;
pub mod progress;
pub mod report;
pub mod table;
