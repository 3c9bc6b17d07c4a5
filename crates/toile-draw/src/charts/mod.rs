//! Each chart of Toile, described once.

pub mod attribution;
pub mod confusion;
pub mod curves;
pub mod forest;
mod labels;
pub mod lines;
mod marks;
pub mod network;
pub mod reliability;
pub mod silencing;
pub mod strip;
