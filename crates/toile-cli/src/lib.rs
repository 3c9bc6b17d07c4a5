//! The face of Toile: what the binary shows and writes.

pub mod args;
pub mod charts;
pub mod commands;
pub mod plots;
pub mod progress;
pub mod report;
pub mod seeds;
pub mod table;
