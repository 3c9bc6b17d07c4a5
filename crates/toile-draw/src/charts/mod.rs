//! Each chart of Toile, described once.

pub mod ablation;
pub mod attribution;
pub mod confusion;
pub mod confusion_table;
pub mod costs;
pub mod curves;
pub mod forest;
mod frame;
pub mod heat;
pub mod images;
mod labels;
pub mod lines;
mod marks;
pub mod network;
pub mod reliability;
pub mod search;
mod series;
pub mod strip;
