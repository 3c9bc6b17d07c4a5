//! What more seeds would bring.
//!
//! The parts of an estimate's variance are taken for the truth. With S_g seeds now, V_g falls as 1/S_g when
//! seeds are added, and V_image - V_seed×image stays: only more test images would lower it. With three seeds
//! the parts are known to a factor of three or so, and the difference itself is no better known than its
//! interval says; what follows is a plan, not a promise.
//!
//! Power is computed, not looked up. The estimate is normal around the truth with variance V = Σ V_g + W, and
//! the interval's half-width is h = sqrt(T X + c²), with T = Σ t_g² V_g, c² = t²(I - 1) W and X a chi-square
//! over its degrees of freedom ν, independent of the estimate. The probabilities given X are normal ones;
//! Simpson's rule integrates them over sqrt(X). For one block of seeds (all models share theirs) this is
//! exact, and without W it is the power of Student's test from the noncentral t. For several blocks ν is
//! Satterthwaite's, (Σ T_g)² / Σ T_g²/ν_g. W counts as known.

use crate::cross_validation;
use crate::distributions::{ln_gamma, normal_above, student_two_sided};
use crate::estimate::{Estimate, Scope, SeedBlock};
use crate::verdict::{Rule, SEEDS_MIN};

/// What "probably" means: the probability with which a plan is to come to a verdict.
pub const POWER: f64 = 0.8;

/// No plan goes further than this many more seeds.
pub const SEEDS_MORE_MAX: usize = 1000;

/// The variance of a difference, by what it depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    /// Blocks of models with the same seeds: how many, and the variance of one.
    blocks: Vec<(usize, f64)>,
    /// What endless seeds leave of a block's variance, as a share of the variance of one seed.
    kept: f64,
    /// Seeds that one more adds: in a cross-validation the folds of a repeat.
    step: usize,
    image_alone: f64,
    images: usize,
}

impl Spread {
    /// The spread behind an estimate; `None` where a model has one run, since nothing is known of seeds then.
    pub fn of(estimate: &Estimate) -> Option<Spread> {
        if estimate.scope == Scope::Networks {
            return None;
        }
        let blocks = &estimate.components.blocks;
        let (kept, step) = match estimate.scope {
            Scope::DataSets { folds } => (cross_validation::overlap(folds), folds),
            Scope::Networks | Scope::Recipes => (0.0, 1),
        };
        let of_one = |block: &SeedBlock| block.seed / factor(block.seeds, kept);
        Some(Spread {
            blocks: blocks.iter().map(|block| (block.seeds, of_one(block))).collect(),
            kept,
            step,
            image_alone: estimate.components.image_alone(),
            images: estimate.images,
        })
    }

    /// The same with as many more seeds for every model; in a cross-validation, with as many more repeats.
    pub fn with_more_seeds(&self, more: usize) -> Spread {
        let more = more * self.step;
        let blocks = self.blocks.iter().map(|&(seeds, variance)| (seeds + more, variance)).collect();
        Spread { blocks, ..self.clone() }
    }

    /// The same with this many seeds of every model.
    ///
    /// # Panics
    /// If that is fewer than 2.
    pub fn with_seeds(&self, seeds: usize) -> Spread {
        assert!(seeds >= 2, "a spread over seeds needs two");
        let blocks = self.blocks.iter().map(|&(_, variance)| (seeds, variance)).collect();
        Spread { blocks, ..self.clone() }
    }

    /// The same with endless seeds: images alone.
    pub fn with_endless_seeds(&self) -> Spread {
        let left: f64 = self.blocks.iter().map(|&(_, variance)| variance * self.kept).sum();
        // What endless trainings leave is known as well as what they were.
        let images = if self.kept > 0.0 { usize::MAX } else { self.images };
        Spread { blocks: Vec::new(), image_alone: self.image_alone + left, images, ..self.clone() }
    }

    /// sqrt(V).
    pub fn standard_error(&self) -> f64 {
        let seeds: f64 =
            self.blocks.iter().map(|&(seeds, variance)| variance * factor(seeds, self.kept)).sum();
        (seeds + self.image_alone).sqrt()
    }

    /// The probability that the interval at level 1 - alpha excludes 0, if the difference is `truth`.
    pub fn power(&self, truth: f64, alpha: f64) -> f64 {
        self.over_half_widths(alpha, |half, deviation| {
            normal_above((half - truth) / deviation) + normal_above((half + truth) / deviation)
        })
    }

    /// The probability of any verdict: that the interval at level 1 - alpha excludes 0 or lies inside the
    /// margins.
    pub fn decides(&self, truth: f64, alpha: f64, margin: Option<f64>) -> f64 {
        if self.standard_error() == 0.0 {
            // The interval is the difference itself: no difference is seen only where there is a margin.
            return if truth != 0.0 || margin.is_some() { 1.0 } else { 0.0 };
        }
        self.over_half_widths(alpha, |half, deviation| {
            // Undecided: the estimate's distance from 0 is at most the half-width, yet with the half-width
            // added it reaches the margin.
            let inside = margin.map_or(0.0, |margin| (margin - half).max(0.0));
            if inside >= half {
                return 1.0;
            }
            let between = |low: f64, high: f64| {
                normal_above((low - truth) / deviation) - normal_above((high - truth) / deviation)
            };
            let undecided = if inside > 0.0 {
                between(-half, -inside) + between(inside, half)
            } else {
                between(-half, half)
            };
            1.0 - undecided
        })
    }

    /// The smallest difference, either way, whose interval at level 1 - alpha excludes 0 with this
    /// probability.
    ///
    /// # Panics
    /// If the power is not between alpha and 1.
    pub fn resolvable(&self, alpha: f64, power: f64) -> f64 {
        assert!(power > alpha && power < 1.0, "power = {power}");
        let unit = self.standard_error();
        if unit == 0.0 {
            return 0.0;
        }
        let (mut low, mut high) = (0.0, unit);
        while self.power(high, alpha) < power {
            (low, high) = (high, 2.0 * high);
        }
        while high - low > 1e-10 * high {
            let middle = 0.5 * (low + high);
            if self.power(middle, alpha) < power {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }

    /// The mean of `probability(h, sqrt(V))` over the half-widths h.
    fn over_half_widths(&self, alpha: f64, probability: impl Fn(f64, f64) -> f64) -> f64 {
        let deviation = self.standard_error();
        if deviation == 0.0 {
            // Any difference is seen, and none is none.
            return probability(0.0, f64::MIN_POSITIVE).min(1.0);
        }
        let others = self.images as f64 - 1.0;
        let fixed = student_two_sided(alpha, others).powi(2) * self.image_alone;
        let (mut scale, mut below) = (0.0, 0.0);
        for &(seeds, variance) in &self.blocks {
            let nu = seeds as f64 - 1.0;
            let term = student_two_sided(alpha, nu).powi(2) * variance * factor(seeds, self.kept);
            scale += term;
            below += term * term / nu;
        }
        if scale == 0.0 {
            return probability(fixed.sqrt(), deviation);
        }
        let nu = scale * scale / below;
        // The density of w = sqrt(X) is 2 (ν/2)^(ν/2) / Γ(ν/2) w^(ν-1) exp(-ν w²/2), around 1 with a standard
        // deviation below 1/sqrt(2ν).
        let ln_factor = 2f64.ln() + nu / 2.0 * (nu / 2.0).ln() - ln_gamma(nu / 2.0);
        let reach = 12.0 / (2.0 * nu).sqrt();
        let (start, end) = ((1.0 - reach).max(1e-12), 1.0 + reach);
        let step = (end - start) / STEPS as f64;
        let (mut sum, mut whole) = (0.0, 0.0);
        for i in 0..=STEPS {
            let w = start + i as f64 * step;
            let weight = if i == 0 || i == STEPS { 1.0 } else { 2.0 + 2.0 * (i % 2) as f64 };
            let density = weight * (ln_factor + (nu - 1.0) * w.ln() - nu * w * w / 2.0).exp();
            whole += density;
            sum += density * probability((scale * w * w + fixed).sqrt(), deviation);
        }
        // The weights are made to sum to one: the ends that were cut count with the rest.
        sum / whole
    }
}

/// V_g for so many seeds, as a share of the variance of one.
fn factor(seeds: usize, kept: f64) -> f64 {
    1.0 / seeds as f64 + kept
}

/// Simpson's rule, an even number of steps. At 160 the power of Student's test agrees with the noncentral t
/// to better than 1e-6.
const STEPS: usize = 160;

/// What would probably decide an undecided comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeedsMore {
    /// This many more seeds for every model; in a cross-validation, repeats.
    Seeds(usize),
    /// More than [`SEEDS_MORE_MAX`].
    TooMany,
    /// Not even endless seeds: this test set is too small, or the difference too near 0 or the margin.
    TestSet,
    /// A model has one run: how much seeds matter is not known yet.
    Unknown,
}

/// How many more seeds would decide the comparison with probability [`POWER`] under the rule of the look that
/// they are for, if the true difference is what was estimated.
pub fn seeds_more(estimate: &Estimate, next: &Rule) -> SeedsMore {
    let Some(spread) = Spread::of(estimate) else {
        return SeedsMore::Unknown;
    };
    let level = next.level();
    let decides = |spread: &Spread| spread.decides(estimate.value, level, next.margin) >= POWER;
    if !decides(&spread.with_endless_seeds()) {
        return SeedsMore::TestSet;
    }
    let fewest = estimate.seeds.iter().copied().min().unwrap_or(0);
    let least = SEEDS_MIN.saturating_sub(fewest).max(1);
    let enough = |more: usize| decides(&spread.with_more_seeds(more));
    let mut high = least;
    while !enough(high) {
        if high >= SEEDS_MORE_MAX {
            return SeedsMore::TooMany;
        }
        high = (2 * high).min(SEEDS_MORE_MAX);
    }
    let mut low = least.max(high / 2);
    if enough(low) {
        return SeedsMore::Seeds(low);
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if enough(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    SeedsMore::Seeds(high)
}
