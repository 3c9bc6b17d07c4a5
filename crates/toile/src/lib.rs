//! The face of Toile: what the binary shows and writes.

pub mod report;
pub mod table;
