//! What is simulated.

/// Machines and a file system.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// Runs at the same time: a node is what one run has.
    pub nodes: usize,
    /// Mean seconds between two failures of a node; infinite for none.
    pub node_fails_after_seconds: f64,
    /// Seconds until a failed node works again.
    pub repair_seconds: f64,
    /// Seconds until a run whose node failed is in the queue again.
    pub noticed_after_seconds: f64,
    /// Share of the nodes that are slow, and how many times longer they take.
    pub slow_share: f64,
    /// See `slow_share`.
    pub slow_factor: f64,
    /// Seconds between the scheduler's giving a run to a node and its first step.
    pub start_seconds: f64,
    /// Seconds of work between two checkpoints.
    pub checkpoint_every: f64,
    /// Checkpoints are at least so many times further apart than the last one took.
    pub checkpoints_apart: f64,
    /// Requests that a checkpoint makes of the file system: making, writing, syncing and renaming files.
    pub requests_per_checkpoint: f64,
    /// The same for the start and the end of a run.
    pub requests_per_run: f64,
    /// Requests that the file system serves in a second, of all nodes together.
    pub requests_per_second: f64,
    /// Bytes of a checkpoint.
    pub bytes_per_checkpoint: f64,
    /// Bytes that the file system writes in a second.
    pub bytes_per_second: f64,
}

/// A cluster on which nothing goes wrong and nothing is waited for.
impl Default for Cluster {
    fn default() -> Self {
        Cluster {
            nodes: 1,
            node_fails_after_seconds: f64::INFINITY,
            repair_seconds: 0.0,
            noticed_after_seconds: 0.0,
            slow_share: 0.0,
            slow_factor: 1.0,
            start_seconds: 0.0,
            checkpoint_every: f64::INFINITY,
            checkpoints_apart: 0.0,
            requests_per_checkpoint: 0.0,
            requests_per_run: 0.0,
            requests_per_second: f64::INFINITY,
            bytes_per_checkpoint: 0.0,
            bytes_per_second: f64::INFINITY,
        }
    }
}

impl Cluster {
    /// Seconds that the file system takes for a checkpoint where nothing else asks for it.
    pub(super) fn checkpoint_seconds(&self) -> f64 {
        self.requests_per_checkpoint / self.requests_per_second
            + self.bytes_per_checkpoint / self.bytes_per_second
    }

    /// The same for the start or the end of a run.
    pub(super) fn run_seconds(&self) -> f64 {
        self.requests_per_run / 2.0 / self.requests_per_second
    }
}
