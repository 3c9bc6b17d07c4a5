//! Which of several differences between two models the gain is due to.
//!
//! With k factors every combination of their two levels was trained: 2^k cells. Cell x has bit j set where
//! factor j stands at its second level; cell 0 is the first model, the last cell the second, and the gain
//! what the last has more than the first. With y(x) a cell's mean and s_j = ±1 for factor j at its second or
//! first level:
//!
//! **Effects**, effect coding. The effect of a set T of factors is E_T = Σ_x y(x) Π_{j in T} s_j(x) / 2^(k-1)
//! (Box, Hunter and Hunter 2005, "Statistics for experimenters", chapter 5). For one factor it is the mean
//! with the factor at its second level less the mean at its first, over all other levels alike. For two it is
//! *half* the difference between one's effect at the other's second level and at its first; so on. The gain
//! is the sum of E_T over the sets with an odd number of factors.
//!
//! **Shapley values**: the gain of switching factor j to its second level, averaged over all orders in which
//! the factors can be switched (Shapley 1953). They sum to the gain, exactly as weights and but for rounding
//! as numbers. Without interactions they are the main effects; otherwise they share odd interactions, Σ_{T
//! with j, |T| odd} E_T / |T|.
//!
//! All of these are contrasts, and [`contrast()`] gives each its interval. The intervals are not
//! simultaneous: who names several effects divides the level among them.

use std::borrow::Borrow;

use thiserror::Error;

use crate::contrast::{ContrastError, contrast};
use crate::estimate::Estimate;
use crate::sample::Sample;

/// More factors are refused: 2^5 cells are 32 models, each over several seeds.
pub const FACTORS_MAX: usize = 5;

/// The gain and what it is due to.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribution {
    /// How many factors.
    pub factors: usize,
    /// The last cell less the first.
    pub gain: Estimate,
    /// Main effects and interactions: all non-empty sets of factors, the smallest first.
    pub effects: Vec<Effect>,
    /// By factor; their values sum to the gain's.
    pub shapley: Vec<Estimate>,
}

/// The effect of a set of factors.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// The set: bit j for factor j.
    pub factors: u32,
    /// E_T.
    pub estimate: Estimate,
}

/// Why there is no attribution.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FactorialError {
    /// The cells are not those of 1 to [`FACTORS_MAX`] factors.
    #[error("1 to {FACTORS_MAX} factors have 2, 4, ... or 32 cells: got {cells}")]
    Cells {
        /// Cells given.
        cells: usize,
    },
    /// The cells cannot be compared.
    #[error(transparent)]
    Contrast(#[from] ContrastError),
}

/// Attributes the gain of the last cell over the first.
pub fn factorial<S: Borrow<Sample>>(cells: &[S]) -> Result<Attribution, FactorialError> {
    let factors = cells.len().checked_ilog2().unwrap_or(0) as usize;
    if !(1..=FACTORS_MAX).contains(&factors) || cells.len() != 1 << factors {
        return Err(FactorialError::Cells { cells: cells.len() });
    }
    let estimate = |weights: Vec<f64>| {
        let terms: Vec<(f64, &Sample)> = weights.into_iter().zip(cells.iter().map(Borrow::borrow)).collect();
        contrast(&terms)
    };
    let mut sets: Vec<u32> = (1..cells.len() as u32).collect();
    sets.sort_by_key(|set| set.count_ones());
    Ok(Attribution {
        factors,
        gain: estimate(gain_weights(factors))?,
        effects: sets
            .into_iter()
            .map(|set| Ok(Effect { factors: set, estimate: estimate(effect_weights(factors, set))? }))
            .collect::<Result<_, ContrastError>>()?,
        shapley: (0..factors)
            .map(|factor| estimate(shapley_weights(factors, factor)))
            .collect::<Result<_, ContrastError>>()?,
    })
}

impl Attribution {
    /// Each factor's share of the gain, 1 for all of it. Shares can be negative or above 1. `None` where the
    /// gain's own interval at level 1 - alpha holds 0: a share of what may be nothing means nothing.
    pub fn shares(&self, alpha: f64) -> Option<Vec<f64>> {
        if self.gain.interval(alpha).contains(0.0) {
            return None;
        }
        Some(self.shapley.iter().map(|factor| factor.value / self.gain.value).collect())
    }
}

/// The weights of the gain: 1 for the last cell, -1 for the first.
pub fn gain_weights(factors: usize) -> Vec<f64> {
    let mut weights = vec![0.0; 1 << factors];
    weights[0] = -1.0;
    weights[(1 << factors) - 1] = 1.0;
    weights
}

/// The weights of E_T.
///
/// # Panics
/// If the set is empty or holds a factor there is not.
pub fn effect_weights(factors: usize, set: u32) -> Vec<f64> {
    assert!(set > 0 && set < 1 << factors, "a non-empty set of {factors} factors: {set:b}");
    let size = f64::from(1u32 << (factors - 1));
    // The sign is Π s_j: negative where an odd number of the set's factors stand at their first level.
    let sign = |cell: u32| if (set & !cell).count_ones().is_multiple_of(2) { 1.0 } else { -1.0 };
    (0..1u32 << factors).map(|cell| sign(cell) / size).collect()
}

/// The weights of a factor's Shapley value: over the sets without it, |S|! (k - 1 - |S|)! / k! times what
/// adding it changes.
///
/// # Panics
/// If there is no such factor.
pub fn shapley_weights(factors: usize, factor: usize) -> Vec<f64> {
    assert!(factor < factors, "factor {factor} of {factors}");
    let factorial = |n: usize| (1..=n).product::<usize>() as f64;
    (0..1u32 << factors)
        .map(|cell| {
            let others = (cell & !(1 << factor)).count_ones() as usize;
            let share = factorial(others) * factorial(factors - 1 - others) / factorial(factors);
            if cell >> factor & 1 == 1 { share } else { -share }
        })
        .collect()
}
