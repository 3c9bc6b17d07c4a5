//! Work beside the thread that speaks HTTP, for which everybody else would have to wait.

use toile_protocol::Refusal;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::reply::bug;

/// Bytes of a body that are read where HTTP is spoken: more take milliseconds.
pub(super) const SMALL: usize = 256 << 10;

/// Does work there. What has not begun when nobody waits for it any more is not done.
pub(super) async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    let mut task = Abandoned(spawn_blocking(work));
    (&mut task.0).await.map_err(|_| bug())
}

/// A task that does not begin once this is dropped.
struct Abandoned<T>(JoinHandle<T>);

impl<T> Drop for Abandoned<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
