//! Muon (Jordan et al. 2024): momentum, orthogonalised matrix by matrix.

use toile_kernels::muon::{MuonStep, Size};
use toile_kernels::optimizer::{DirectionStep, Rule};
use toile_kernels::real::Real;

use super::kind::Kind;
use crate::setting::{Absent, Bound, ReadSettings, Setting};

/// Muon (Jordan et al. 2024): momentum, orthogonalised matrix by matrix. For weights of `Conv2d` (as `[out, in * kh *
/// kw]`) and `Linear`. Matrices are multiplied in the engine's precision, where PyTorch's `Muon` takes bfloat16.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Muon {
    /// Share of a parameter that is taken off in each step, times the learning rate; 0.1.
    pub weight_decay: f64,
    /// Decay of the mean of the gradients; 0.95.
    pub momentum: f64,
    /// Nesterov's look-ahead; true.
    pub nesterov: bool,
    /// Of the polynomial that moves the singular values towards 1; (3.4445, -4.775, 2.0315).
    pub ns_coefficients: (f64, f64, f64),
    /// The matrix is divided by its norm, or by this where that is less; 1e-7.
    pub eps: f64,
    /// How often the polynomial is applied; 5.
    pub ns_steps: usize,
    /// How the learning rate follows the shape of a matrix; original.
    pub adjust_lr_fn: AdjustLr,
    /// Bring each weight to the norm sqrt(outputs) before its step, as airbench does (not PyTorch's); false.
    pub normalize_weights: bool,
}

/// The factor of the learning rate for a matrix of r rows (outputs) and c columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AdjustLr {
    /// sqrt(max(1, r / c)) (Jordan et al. 2024).
    #[default]
    Original,
    /// 0.2 sqrt(max(r, c)): steps as large as AdamW's (Liu et al. 2025, equation 4).
    MatchRmsAdamw,
    /// sqrt(r / c).
    SpectralUnclamped,
}

impl AdjustLr {
    const WORDS: [(AdjustLr, &'static str); 3] = [
        (AdjustLr::Original, "original"),
        (AdjustLr::MatchRmsAdamw, "match_rms_adamw"),
        (AdjustLr::SpectralUnclamped, "spectral_unclamped"),
    ];

    fn word(self) -> &'static str {
        AdjustLr::WORDS.into_iter().find(|(known, _)| *known == self).expect("all are in the list").1
    }

    fn factor(self, Size { rows, columns }: Size) -> f64 {
        let (r, c) = (rows as f64, columns as f64);
        match self {
            AdjustLr::Original => (r / c).max(1.0).sqrt(),
            AdjustLr::MatchRmsAdamw => 0.2 * r.max(c).sqrt(),
            AdjustLr::SpectralUnclamped => (r / c).sqrt(),
        }
    }
}

impl Default for Muon {
    fn default() -> Self {
        Muon {
            weight_decay: 0.1,
            momentum: 0.95,
            nesterov: true,
            ns_coefficients: (3.4445, -4.775, 2.0315),
            eps: 1e-7,
            ns_steps: 5,
            adjust_lr_fn: AdjustLr::Original,
            normalize_weights: false,
        }
    }
}

impl Kind for Muon {
    const NAME: &'static str = "Muon";
    const KEYS: &'static [&'static str] = &[
        "weight_decay",
        "momentum",
        "nesterov",
        "ns_coefficients",
        "eps",
        "ns_steps",
        "adjust_lr_fn",
        "normalize_weights",
    ];
    const LEARNING_RATE: f64 = 1e-3;

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        let default = Muon::default();
        let words = AdjustLr::WORDS.map(|(_, word)| word);
        let word = settings.word("adjust_lr_fn", &words)?;
        let known = AdjustLr::WORDS.into_iter().find(|(_, known)| Some(*known) == word);
        Ok(Muon {
            weight_decay: settings.number("weight_decay", Bound::DECAY, default.weight_decay)?,
            momentum: settings.number("momentum", Bound::BELOW_ONE, default.momentum)?,
            nesterov: settings.boolean("nesterov", default.nesterov)?,
            ns_coefficients: settings.triple("ns_coefficients", default.ns_coefficients)?,
            eps: settings.number("eps", Bound::POSITIVE, default.eps)?,
            ns_steps: settings.integer("ns_steps", 1..=99, Absent::Default(default.ns_steps))?,
            adjust_lr_fn: known.map_or(default.adjust_lr_fn, |(known, _)| known),
            normalize_weights: settings.boolean("normalize_weights", default.normalize_weights)?,
        })
    }

    fn settings(&self) -> Vec<Setting> {
        vec![
            Setting::new("weight_decay", self.weight_decay),
            Setting::new("momentum", self.momentum),
            Setting::new("nesterov", self.nesterov),
            Setting::new("ns_coefficients", self.ns_coefficients),
            Setting::new("eps", self.eps),
            Setting::new("ns_steps", self.ns_steps),
            Setting::new("adjust_lr_fn", self.adjust_lr_fn.word()),
            Setting::new("normalize_weights", self.normalize_weights),
        ]
    }

    fn states(&self) -> &'static [&'static str] {
        &["momentum_buffer"]
    }

    fn weight_decay(&mut self) -> &mut f64 {
        &mut self.weight_decay
    }

    fn rule<T: Real>(&self, _learning_rate: f64, _step: u64) -> Rule<T> {
        Rule::Muon(DirectionStep {
            momentum: T::from_f64(self.momentum),
            one_minus_momentum: T::from_f64(1.0 - self.momentum),
            nesterov: self.nesterov,
        })
    }

    fn matrix_step(&self, learning_rate: f64, size: Size) -> Option<MuonStep> {
        Some(MuonStep {
            coefficients: self.ns_coefficients,
            iterations: self.ns_steps,
            eps: self.eps,
            rate: learning_rate * self.adjust_lr_fn.factor(size),
            shrink: 1.0 - learning_rate * self.weight_decay,
            normalize_weights: self.normalize_weights,
        })
    }
}
