//! `toile serve`: trained networks that answer over HTTP.

mod args;
#[cfg(feature = "serve")]
mod server;

pub use args::{LimitArgs, ServeArgs};

use std::process::ExitCode;

/// Serves until it is told to stop.
///
/// # Errors
/// Runs that are not there, an address that is not to be had or that everybody could reach unasked.
#[cfg(feature = "serve")]
pub fn run(args: &ServeArgs) -> anyhow::Result<ExitCode> {
    server::run(args)
}

/// Says how one gets a build that serves.
///
/// # Errors
/// Always.
#[cfg(not(feature = "serve"))]
pub fn run(_args: &ServeArgs) -> anyhow::Result<ExitCode> {
    anyhow::bail!(
        "this build has no server\n  build one that has it: cargo install --path crates/toile-cli --features serve"
    )
}
