//! Averages of the weights over a training, which are evaluated in their place: pure functions of the step.

use crate::executor::AverageStep;

/// An average of all parameters and of BatchNorm's running statistics, kept beside them. From its first step on it is
/// what is evaluated, kept and exported; training goes on with the weights themselves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Average {
    /// An exponential moving average: average = decay average + (1 - decay) weights, the first time the weights
    /// themselves (`torch.optim.swa_utils.get_ema_multi_avg_fn`, with `use_buffers=True`).
    Ema {
        /// Weight of what was there, from 0 to below 1.
        decay: f64,
        /// Steps between two averagings.
        every: u64,
        /// Whether the decay of averaging n is at most (1 + n) / (10 + n), as TensorFlow's `num_updates` has it: a short
        /// training then does not remember how it began.
        warmup: bool,
    },
    /// Stochastic weight averaging (Izmailov et al. 2018): the mean of the weights at the ends of the epochs behind the
    /// start. Running statistics are made anew from the training images before each evaluation.
    Swa {
        /// Share of the epochs that come before, from 0 to below 1.
        start: f64,
    },
    /// Lookahead (Zhang et al. 2019): every k steps the slow weights go a share of the way to the fast ones, which go
    /// on from there. They start where the fast ones start; running statistics go with them, as in airbench (Jordan
    /// 2024).
    Lookahead {
        /// Steps between two of them.
        k: u64,
        /// That share at the end of the training.
        alpha: f64,
        /// How the share comes to be alpha: 1 - (1 - alpha) t^power at the share t of the steps. With 0 it is alpha from
        /// the start; airbench has alpha = 1 - 0.95^5 and power = 3.
        power: f64,
    },
}

/// A place in a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepsDone {
    /// Steps done, over all epochs.
    pub done: u64,
    /// Steps of an epoch.
    pub steps: u64,
    /// Epochs of the training.
    pub epochs: u32,
}

/// Which decays and shares an average can start with, in words.
pub const BELOW_ONE: &str = "a number from 0 up to, but not including, 1";
/// Which shares Lookahead can go, in words.
pub const ALPHA_BOUND: &str = "a number more than 0, up to 1, as 0.5";
/// Which powers there are, in words.
pub const POWER_BOUND: &str = "0, or a positive number up to 100, as 3";
/// Which numbers of steps there are, in words.
pub const STEPS_BOUND: &str = "1 to 4294967295 steps";

/// Whether it is a share that is never the whole.
pub fn is_below_one(share: f64) -> bool {
    (0.0..1.0).contains(&share)
}

/// Whether Lookahead can go so far.
pub fn is_alpha(alpha: f64) -> bool {
    alpha > 0.0 && alpha <= 1.0
}

/// Whether Lookahead's share can follow this power.
pub fn is_power(power: f64) -> bool {
    (0.0..=100.0).contains(&power)
}

impl Average {
    /// What the average does when so many steps are done; `None` where nothing.
    pub fn step(&self, at: StepsDone) -> Option<AverageStep> {
        let share = match *self {
            Average::Ema { decay, every, warmup } => {
                let number = at.due(every)?;
                let most = (1.0 + number as f64) / (10.0 + number as f64);
                let decay = if warmup { decay.min(most) } else { decay };
                if number == 1 { 1.0 } else { 1.0 - decay }
            }
            Average::Swa { start } => {
                let epoch = at.due(at.steps)?;
                1.0 / epoch.checked_sub(first_epoch(start, at.epochs) - 1).filter(|&number| number > 0)?
                    as f64
            }
            Average::Lookahead { k, alpha, power } => {
                at.due(k)?;
                let all = at.steps * u64::from(at.epochs);
                1.0 - (1.0 - alpha) * libm::pow(at.done as f64 / all as f64, power)
            }
        };
        Some(AverageStep { share, resets_weights: matches!(self, Average::Lookahead { .. }) })
    }

    /// Whether it has moved before, so that it is the average that is evaluated.
    pub fn has_begun(&self, at: StepsDone) -> bool {
        let first = match *self {
            Average::Ema { every, .. } => every,
            Average::Swa { start } => first_epoch(start, at.epochs) * at.steps,
            Average::Lookahead { k, .. } => k,
        };
        at.done >= first
    }

    /// Whether running statistics have to be made anew before it is evaluated: those of SWA are of weights that are
    /// far apart.
    pub fn renews_statistics(&self) -> bool {
        matches!(self, Average::Swa { .. })
    }

    /// Whether a longer training averages otherwise from the start.
    pub fn depends_on_length(&self) -> bool {
        match self {
            Average::Ema { .. } => false,
            Average::Swa { .. } => true,
            Average::Lookahead { power, .. } => *power != 0.0,
        }
    }
}

impl StepsDone {
    /// Which of the times it is, from 1, where something is due every so many steps.
    fn due(self, every: u64) -> Option<u64> {
        (self.done > 0 && self.done.is_multiple_of(every)).then(|| self.done / every)
    }
}

/// The first epoch, from 1, behind this share of them.
fn first_epoch(start: f64, epochs: u32) -> u64 {
    (start * f64::from(epochs)).floor() as u64 + 1
}
