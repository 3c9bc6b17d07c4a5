//! Which of many differences between two models the gain is due to, from a part of the combinations.
//!
//! With k factors there are 2^k combinations. A regular fraction of them trains 2^p: p base factors take all of their
//! combinations, and each further factor follows a generator, the product of the signs of some base factors (Box, Hunter
//! and Hunter 2005, "Statistics for experimenters", chapter 6). Every generator here is a product of an odd number of
//! base factors, three at least. That has three consequences:
//!
//! - With all base factors at their first level so are all others, and likewise at the second: both models are among the
//!   combinations, and the gain is their difference.
//! - Every word of the defining relation has an even number of factors, four at least: the resolution is IV. Main effects
//!   are aliased with interactions of three factors and more, never with those of two; interactions of two are aliased
//!   with each other, and are told as sums.
//! - The gain is the sum of the estimates of all columns with an odd number of base factors: the main effects, and where
//!   there are fewer factors than such columns, interactions of three alone.
//!
//! An effect is coded as in [`mod@crate::factorial`]: E = Σ_x y(x) χ(x) / 2^(p-1), with χ the column's sign.

use std::borrow::Borrow;
use std::ops::RangeInclusive;

use crate::contrast::{ContrastError, contrast};
use crate::estimate::Estimate;
use crate::factorial::FACTORS_MAX;
use crate::sample::Sample;

/// How many factors a fraction is for: more than a full factorial takes, and as many as 32 combinations can tell apart.
pub const FRACTION_FACTORS: RangeInclusive<usize> = FACTORS_MAX + 1..=16;

/// A regular fraction of resolution IV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fraction {
    factors: usize,
    base: usize,
    /// Of each factor the base factors whose signs its own is the product of: itself, of a base factor.
    columns: Vec<u32>,
}

/// The estimate of a column: the sum of the effects of all sets of factors in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Aliased {
    /// The smallest of these sets, bit j for factor j; all of them are of one size.
    pub sets: Vec<u32>,
    /// What they come to together.
    pub estimate: Estimate,
}

/// The gain and what it is due to, as far as a fraction tells.
#[derive(Clone, Debug, PartialEq)]
pub struct FractionalAttribution {
    /// The last combination less the first.
    pub gain: Estimate,
    /// By column: main effects in the order of the factors, then sums of interactions of two, then of three.
    pub effects: Vec<Aliased>,
}

impl Fraction {
    /// The fraction for so many factors: 16 combinations for up to 8, 32 for up to 16; `None` for other numbers.
    pub fn new(factors: usize) -> Option<Fraction> {
        if !FRACTION_FACTORS.contains(&factors) {
            return None;
        }
        let base = if factors <= 8 { 4 } else { 5 };
        let is_generator = |set: &u32| set.count_ones() >= 3 && set.count_ones() % 2 == 1;
        let mut generators: Vec<u32> = (0..1u32 << base).filter(is_generator).collect();
        // Those of three factors first.
        generators.sort_by_key(|set| set.count_ones());
        let columns = (0..base).map(|factor| 1 << factor).chain(generators).take(factors).collect();
        Some(Fraction { factors, base, columns })
    }

    /// The combinations, bit j set where factor j is at its second level: the first model first, the second last.
    pub fn cells(&self) -> Vec<u32> {
        let cell = |run: u32| {
            let at_second = |column: &u32| (column & !run).count_ones().is_multiple_of(2);
            let set = self.columns.iter().enumerate().filter(|(_, column)| at_second(column));
            set.map(|(factor, _)| 1u32 << factor).sum()
        };
        (0..1u32 << self.base).map(cell).collect()
    }

    /// The generators as (factor, the factors whose signs its own is the product of).
    pub fn generators(&self) -> Vec<(usize, Vec<usize>)> {
        let members = |column: u32| (0..self.base).filter(|factor| column >> factor & 1 == 1).collect();
        (self.base..self.factors).map(|factor| (factor, members(self.columns[factor]))).collect()
    }

    /// The defining relation: sets of factors whose signs have the product 1 in every combination.
    pub fn words(&self) -> Vec<u32> {
        (1..1u32 << self.factors).filter(|set| self.column(*set) == 0).collect()
    }

    /// The column of a set of factors.
    fn column(&self, set: u32) -> u32 {
        let of = self.columns.iter().enumerate().filter(|(factor, _)| set >> factor & 1 == 1);
        of.fold(0, |sum, (_, column)| sum ^ column)
    }

    /// The smallest sets of factors in a column.
    fn smallest(&self, column: u32) -> Vec<u32> {
        let bits = || (0..self.factors).map(|factor| 1u32 << factor);
        let grown = |sets: &[u32]| -> Vec<u32> {
            sets.iter().flat_map(|set| bits().filter(|bit| *bit > *set).map(|bit| *set | bit)).collect()
        };
        let mut sets: Vec<u32> = bits().collect();
        loop {
            let found: Vec<u32> = sets.iter().copied().filter(|set| self.column(*set) == column).collect();
            if !found.is_empty() {
                return found;
            }
            // Every column is that of one factor, of two, or of three.
            sets = grown(&sets);
        }
    }

    /// Attributes the gain of the last combination over the first; `cells` are in the order of [`Fraction::cells`].
    ///
    /// # Errors
    /// Cells that cannot be compared.
    ///
    /// # Panics
    /// Another number of cells.
    pub fn attribute<S: Borrow<Sample>>(&self, cells: &[S]) -> Result<FractionalAttribution, ContrastError> {
        assert_eq!(cells.len(), 1 << self.base, "a sample a combination");
        let estimate = |weight: &dyn Fn(u32) -> f64| {
            let terms: Vec<(f64, &Sample)> =
                (0u32..).map(weight).zip(cells.iter().map(Borrow::borrow)).collect();
            contrast(&terms)
        };
        let last = cells.len() as u32 - 1;
        let gain = estimate(&|cell| f64::from(u8::from(cell == last)) - f64::from(u8::from(cell == 0)))?;
        let half = f64::from(1u32 << (self.base - 1));
        let mut effects = Vec::new();
        for column in 1..1u32 << self.base {
            let sign = |cell: u32| {
                let is_plus = (column & !cell).count_ones().is_multiple_of(2);
                if is_plus { 1.0 / half } else { -1.0 / half }
            };
            effects.push(Aliased { sets: self.smallest(column), estimate: estimate(&sign)? });
        }
        effects.sort_by_key(|of| (of.sets[0].count_ones(), of.sets[0]));
        Ok(FractionalAttribution { gain, effects })
    }
}
