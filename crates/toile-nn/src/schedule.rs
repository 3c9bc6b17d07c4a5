//! Learning-rate schedules: a pure function of the step.

/// How the learning rate moves over a training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Schedule {
    /// Always the base rate.
    Constant,
    /// Times `gamma` every `step_size` epochs (PyTorch's `StepLR`).
    Step {
        /// Epochs between two drops.
        step_size: u32,
        /// Factor of a drop.
        gamma: f64,
    },
    /// Half a cosine from the base rate to `eta_min` over all epochs, moved once an epoch
    /// (PyTorch's `CosineAnnealingLR` with T_max = epochs).
    Cosine {
        /// Rate at the end.
        eta_min: f64,
    },
    /// One cycle over all steps (PyTorch's `OneCycleLR`, cosine, two phases, momentum left alone): from
    /// base / `div_factor` up to the base rate, then down to the start's / `final_div_factor`.
    OneCycle {
        /// Share of the steps that go up; 0.3.
        pct_start: f64,
        /// 25.
        div_factor: f64,
        /// 1e4.
        final_div_factor: f64,
    },
}

/// A schedule with its warm-up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LearningRate {
    /// The base rate: `lr`.
    pub base: f64,
    /// What follows the warm-up. Its epochs count from the start of the training, warm-up included.
    pub schedule: Schedule,
    /// Epochs over which the rate of the schedule is scaled linearly, step by step, from
    /// 1 / (warm-up steps) up to 1; 0 for none.
    pub warmup_epochs: u32,
}
