//! Why a server does not start.

use std::net::SocketAddr;

/// Why a server does not start, and what would help.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A run that cannot be loaded.
    #[error(transparent)]
    Run(#[from] toile::Error),
    /// Runs that cannot be served side by side.
    #[error("{0}")]
    Together(String),
    /// The address is taken, or not this machine's.
    #[error(
        "cannot listen on {address}: {source}; choose another with --host and --port (--port 0 takes a free one)"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The system refuses threads or timers.
    #[error("the system refuses what a server needs: {0}")]
    System(#[from] std::io::Error),
}
