//! What a simulated study came to.

/// What a simulated study came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Seconds until the last run was over.
    pub makespan_seconds: f64,
    /// Seconds of nodes' time that went into work that counts, at the speed of the node that did it.
    pub useful_seconds: f64,
    /// Seconds of work that failures took away.
    pub lost_seconds: f64,
    /// Seconds that nodes waited for the file system.
    pub waited_seconds: f64,
    /// Failures that hit a run.
    pub failures: usize,
    /// Checkpoints written.
    pub checkpoints: usize,
    /// The share of the time until the end in which the file system was busy.
    pub file_system_busy: f64,
}
