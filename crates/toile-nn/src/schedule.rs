//! Learning-rate schedules: a pure function of the step.

/// How the learning rate moves over a training.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Schedule {
    /// Always the base rate.
    #[default]
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
    /// Straight lines between points, moved step by step: `numpy.interp(step / steps, shares, factors)` times the base
    /// rate.
    PiecewiseLinear {
        /// (share of the training's steps, factor of the base rate), shares ascending. In front of the first and
        /// behind the last the rate stays what it is there.
        points: Vec<(f64, f64)>,
    },
    /// Up, along and down, moved step by step (Haegele et al. 2024, section 3): linearly up to the base rate, which
    /// stays until the decay begins.
    WarmupStableDecay {
        /// Share of the steps that go up; 0.
        warmup: f64,
        /// Share of the steps that go down, at the end; 0.2.
        decay: f64,
        /// How they do.
        shape: Decay,
    },
}

/// How a rate goes down to 0 while a share x of the decay's steps is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decay {
    /// 1 - x.
    Linear,
    /// 1 - sqrt(x) (Haegele et al. 2024, equation 1).
    #[default]
    OneMinusSqrt,
}

impl Decay {
    /// All of them with their names in a study file.
    pub const NAMED: [(Decay, &'static str); 2] =
        [(Decay::Linear, "linear"), (Decay::OneMinusSqrt, "1-sqrt")];

    /// Its name in a study file.
    pub fn name(self) -> &'static str {
        Decay::NAMED.into_iter().find(|(known, _)| *known == self).expect("all are in the list").1
    }
}

/// A schedule with its warm-up.
#[derive(Clone, Debug, PartialEq)]
pub struct LearningRate {
    /// The base rate: `lr`.
    pub base: f64,
    /// What follows the warm-up. Its epochs count from the start of the training, warm-up included.
    pub schedule: Schedule,
    /// Epochs over which the rate of the schedule is scaled linearly, step by step, from
    /// 1 / (warm-up steps) up to 1; 0 for none.
    pub warmup_epochs: u32,
}

impl LearningRate {
    /// Always this rate; to be changed as in `LearningRate { warmup_epochs: 2, ..LearningRate::constant(0.01) }`. There is
    /// no default: which rate is right depends on the optimizer.
    pub fn constant(base: f64) -> LearningRate {
        LearningRate { base, schedule: Schedule::default(), warmup_epochs: 0 }
    }

    /// Whether the rate of a step changes with the epochs of the whole training. Where it does not, a longer
    /// training passes through the end of a shorter one.
    pub fn depends_on_length(&self) -> bool {
        !matches!(self.schedule, Schedule::Constant | Schedule::Step { .. })
    }

    /// The rate of step `step` (from 0) of a training of `epochs` epochs of `steps_per_epoch` steps.
    pub fn at(&self, step: u64, steps_per_epoch: u64, epochs: u32) -> f64 {
        let epoch = step / steps_per_epoch.max(1);
        let steps = steps_per_epoch as f64 * f64::from(epochs);
        let scheduled = match &self.schedule {
            Schedule::Constant => self.base,
            Schedule::Step { step_size, gamma } => {
                // Factor by factor, as PyTorch does: a power would round differently.
                (0..epoch / u64::from((*step_size).max(1))).fold(self.base, |rate, _| rate * gamma)
            }
            Schedule::Cosine { eta_min } => {
                anneal(self.base, *eta_min, epoch as f64 / f64::from(epochs.max(1)))
            }
            Schedule::OneCycle { pct_start, div_factor, final_div_factor } => {
                let (top, last) = (pct_start * steps - 1.0, steps - 1.0);
                let start = self.base / div_factor;
                match step as f64 {
                    step if step <= top => anneal(start, self.base, step / top),
                    step => anneal(self.base, start / final_div_factor, (step - top) / (last - top)),
                }
            }
            Schedule::PiecewiseLinear { points } => self.base * interpolated(points, step as f64 / steps),
            Schedule::WarmupStableDecay { warmup, decay, shape } => {
                let (over, next) = (step as f64 / steps, (step + 1) as f64 / steps);
                let up = if next < *warmup { next / warmup } else { 1.0 };
                let into = (over - (1.0 - decay)) / decay;
                let down = match shape {
                    _ if into.is_nan() || into <= 0.0 => 1.0,
                    _ if into >= 1.0 => 0.0,
                    Decay::Linear => 1.0 - into,
                    Decay::OneMinusSqrt => 1.0 - into.sqrt(),
                };
                self.base * up * down
            }
        };
        let warmup_steps = u64::from(self.warmup_epochs) * steps_per_epoch;
        if step < warmup_steps { scheduled * ((step + 1) as f64 / warmup_steps as f64) } else { scheduled }
    }
}

/// The line through the points around `share`.
fn interpolated(points: &[(f64, f64)], share: f64) -> f64 {
    let behind = points.partition_point(|(at, _)| *at <= share);
    match (behind.checked_sub(1).map(|before| points[before]), points.get(behind)) {
        (Some((from, low)), Some((to, high))) => low + (high - low) * ((share - from) / (to - from)),
        (Some((_, factor)), None) | (None, Some(&(_, factor))) => factor,
        (None, None) => 1.0,
    }
}

/// Half a cosine from `start` to `end`; stays at the end from `share` = 1 on. A phase of no length (0 / 0)
/// has reached its end.
fn anneal(start: f64, end: f64, share: f64) -> f64 {
    if share >= 1.0 || share.is_nan() {
        return end;
    }
    // libm, because the standard library's cosine differs between machines.
    end + (start - end) / 2.0 * (1.0 + libm::cos(std::f64::consts::PI * share))
}
