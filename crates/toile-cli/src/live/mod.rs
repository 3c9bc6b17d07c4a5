//! Pages in which a model's network runs: made of a run's folder, and found beside the report again.

mod gather;
mod places;

pub use gather::page;
#[cfg(feature = "serve")]
pub(crate) use gather::page_of_server;
pub(crate) use places::{file_name, link, models_in};
