//! What a user asks of Slurm.

/// What a user asks of Slurm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slurm {
    /// `--partition`; Slurm's own default where there is none.
    pub partition: Option<String>,
    /// `--account`.
    pub account: Option<String>,
    /// Processors of a task, and threads of each run.
    pub cpus_per_run: usize,
    /// How long a task may take, as Slurm writes it: `30`, `2:00:00`, `1-12`. Where it is not enough, tasks save what
    /// they have, and go on when Slurm starts them again.
    pub time: Option<String>,
    /// Tasks at the same time, at most.
    pub max_running: Option<usize>,
    /// Further arguments of `sbatch`, each a whole one: `--qos=low`.
    pub sbatch_args: Vec<String>,
}
