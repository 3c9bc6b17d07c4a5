//! Trained networks that answer over HTTP.
//!
//! ```text
//! socket -> connections -> service (who may ask) -> routes -> queue -> worker (batches) -> routes -> socket
//! ```
//!
//! One thread speaks HTTP. Each version of a model has a thread of its own, which computes what has queued while it
//! computed the batch before: nothing waits for a batch to fill. No path from a request reaches the file system; runs are
//! named when the server starts, and read then and when it reloads.

mod access;
mod body;
mod connections;
mod discarded;
mod error;
mod event;
mod metrics;
mod models;
mod options;
mod queue;
mod reload;
mod reply;
mod room;
mod routes;
mod server;
mod service;
mod sockets;
mod wire;
mod worker;

pub use error::ServeError;
pub use event::Event;
pub use options::{Limits, Options, PageOf};
pub use server::{Handle, Server};
