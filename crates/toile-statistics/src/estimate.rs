//! A difference with its uncertainty, and the interval and p-values that belong to it.
//!
//! # Which interval, and why not Student's t with Satterthwaite's degrees of freedom
//!
//! The variance has parts that are known unequally well: V_g of each block of seeds with few degrees of
//! freedom ν_g = S_g - 1, and W = V_image - V_seed×image with thousands. Satterthwaite's ν = V² / Σ V_k²/ν_k
//! (1946, Biometrics Bulletin 2, 110) takes the estimates V_g for what they estimate. With three seeds V_g is
//! less than a tenth of its expectation once in ten times; then V is too small *and* ν too large, both
//! towards claiming a difference. Where the seeds hold 80 % of the variance, a test at 0.05 errs in 0.076 of
//! cases with 3 seeds, 0.058 with 5 and 0.052 with 10. At the small levels that several pairs and looks ask
//! for it is worse: 0.020 for 0.0042 with 3 seeds, 0.009 with 5. (`tests/suite/small_samples.rs` measures
//! it.) With that interval put into the crate, the simulated studies of `tests/suite/coverage.rs` called
//! 5.9 % of equally good pairs different after one look with three seeds, where 2.5 % are allowed, and found a
//! difference among three equally good models after up to four looks in 10.4 %, where 5 % are.
//!
//! The remedy gives each part its own quantile before they are added (Banerjee 1960, Sankhyā 22, 357):
//!
//! h² = Σ_g t²(ν_g) V_g + t²(I - 1) W
//!
//! At level 1 - alpha the interval D ± h holds the truth with at least that probability, for any number of
//! seeds and any true shares λ_k of the variance. For P(Z² <= x) is concave in x, so that by Jensen's
//! inequality P(Z² <= Σ λ_k t_k² X_k) >= Σ λ_k P(Z² <= t_k² X_k) = 1 - alpha, with X_k independent
//! chi-squares over their degrees of freedom. It is exact where one part holds all the variance, as seeds do
//! where a recipe is compared with itself.
//!
//! Others were tried. The mean of the quantiles weighed by the variances (Cochran and Cox 1957, "Experimental
//! designs") is narrower by up to 6 % with three seeds at 0.05 but has no guarantee. t(S - 1) for the whole
//! variance is wider by up to the ratio of the two quantiles, 2.2. Between two models with seeds of their own
//! Welch's test errs as Satterthwaite's does (0.058 of cases at 0.05, 0.009 at 0.0042, with three seeds each
//! and variances as 50 to 1), so there too each block has its quantile. That costs: with equal variances it
//! errs in 0.013 of cases at 0.05, where models that share their seeds have the whole level to spend.
//!
//! ν is kept as a description. A p-value is the level at which the interval ends at the value asked about,
//! so that p < alpha says the same as the interval.

use crate::distributions::student_two_sided;

/// A weighed sum of models, estimated.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// D, in the metric's unit.
    pub value: f64,
    /// sqrt(V_seed + [`Components::image_alone`]), in the metric's unit.
    pub standard_error: f64,
    /// Satterthwaite's, for description: no interval and no verdict uses it. Infinite without any variance.
    pub degrees_of_freedom: f64,
    /// The parts of the variance.
    pub components: Components,
    /// Seeds of each model, in the order of the contrast's terms whose weight is not 0; in [`Scope::DataSets`] its
    /// trainings, one a fold of each repeat.
    pub seeds: Vec<usize>,
    /// Test images.
    pub images: usize,
    /// What the interval speaks of.
    pub scope: Scope,
}

/// The parts of the variance of D, in the square of the metric's unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Components {
    /// V_seed: what other seeds would change, the interaction included.
    pub seed: f64,
    /// V_image: what other images would change, the interaction included.
    pub image: f64,
    /// V_seed×image: what both of these hold.
    pub interaction: f64,
    /// V_seed and V_seed×image by blocks of models with the same seeds; empty in [`Scope::Networks`].
    pub blocks: Vec<SeedBlock>,
}

/// Models with the same seeds; in [`Scope::DataSets`] with the same folds, each counted as a seed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeedBlock {
    /// How many seeds, at least 2.
    pub seeds: usize,
    /// The block's part of V_seed.
    pub seed: f64,
    /// The block's part of V_seed×image.
    pub interaction: f64,
}

impl Components {
    /// V_image - V_seed×image, not below 0: what endless seeds would leave.
    ///
    /// Where that leaves no variance at all although images differ, as a handful of test images may, it is V_image with
    /// the interaction in it: too much rather than nothing, which would take the difference for certain.
    pub fn image_alone(&self) -> f64 {
        let alone = (self.image - self.interaction).max(0.0);
        if alone == 0.0 && self.seed == 0.0 { self.image } else { alone }
    }
}

/// What other data an interval speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// These trained networks on other images: a model has one run only.
    Networks,
    /// Other seeds and other images.
    Recipes,
    /// Other data sets of this size, to train on and to test on, and other seeds: a cross-validation.
    DataSets {
        /// Folds of a repeat.
        folds: usize,
    },
}

/// From `low` to `high`, both included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Whether the value lies in the interval.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

impl Estimate {
    pub(crate) fn new(
        value: f64,
        components: Components,
        seeds: Vec<usize>,
        images: usize,
        scope: Scope,
    ) -> Estimate {
        let variance = components.seed + components.image_alone();
        let degrees_of_freedom = satterthwaite(&components, images);
        let standard_error = variance.sqrt();
        Estimate { value, standard_error, degrees_of_freedom, components, seeds, images, scope }
    }

    /// The interval at level 1 - alpha.
    ///
    /// # Panics
    /// If alpha is not between 0 and 1.
    pub fn interval(&self, alpha: f64) -> Interval {
        let half = self.half_width(alpha);
        Interval { low: self.value - half, high: self.value + half }
    }

    /// Half the interval's width.
    ///
    /// # Panics
    /// If alpha is not between 0 and 1.
    pub fn half_width(&self, alpha: f64) -> f64 {
        assert!(alpha > 0.0 && alpha < 1.0, "alpha = {alpha}");
        let mut square = 0.0;
        let mut add = |variance: f64, degrees_of_freedom: usize| {
            if variance > 0.0 {
                square += variance * student_two_sided(alpha, degrees_of_freedom as f64).powi(2);
            }
        };
        for block in &self.components.blocks {
            add(block.seed, block.seeds - 1);
        }
        add(self.components.image_alone(), self.images - 1);
        square.sqrt()
    }

    /// How surprising this estimate is if the truth is 0: the level at which the interval ends there. 1 if
    /// the estimate is 0, and 0 if it is not and nothing varies.
    pub fn p_value(&self) -> f64 {
        self.p_value_at(0.0)
    }

    /// How surprising this estimate is if the truth is `truth`.
    pub fn p_value_at(&self, truth: f64) -> f64 {
        let distance = (self.value - truth).abs();
        if distance == 0.0 {
            return 1.0;
        }
        if self.standard_error == 0.0 {
            return 0.0;
        }
        // The half-width falls as the level grows. Halving the logarithm's range: from no surprise to the
        // smallest normal number.
        let (mut low, mut high) = (f64::MIN_POSITIVE.ln(), 0.0f64);
        if self.half_width(f64::MIN_POSITIVE) < distance {
            return 0.0;
        }
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if middle == low || middle == high {
                break;
            }
            // exp(middle) may round to 1, where the half-width is 0.
            let level = middle.exp();
            if level < 1.0 && self.half_width(level) > distance {
                low = middle;
            } else {
                high = middle;
            }
        }
        (0.5 * (low + high)).exp()
    }

    /// The p-values of the two one-sided tests at a margin (Schuirmann 1987, Journal of Pharmacokinetics and
    /// Biopharmaceutics 15, 657). Models are equivalent at a two-sided level alpha, and the interval lies
    /// inside the margins, where both are below alpha / 2.
    ///
    /// # Panics
    /// If the margin is not above 0.
    pub fn equivalence(&self, margin: f64) -> Equivalence {
        assert!(margin > 0.0, "margin = {margin}");
        let one_sided = |truth: f64, is_inside: bool| {
            let half = self.p_value_at(truth) / 2.0;
            if is_inside { half } else { 1.0 - half }
        };
        Equivalence {
            above_lower: one_sided(-margin, self.value > -margin),
            below_upper: one_sided(margin, self.value < margin),
        }
    }
}

/// One-sided p-values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Equivalence {
    /// How surprising the estimate is if the truth is -margin or less.
    pub above_lower: f64,
    /// How surprising it is if the truth is margin or more.
    pub below_upper: f64,
}

impl Equivalence {
    /// The larger of the two.
    pub fn p_value(&self) -> f64 {
        self.above_lower.max(self.below_upper)
    }
}

/// ν = V² / Σ V_k²/ν_k over all mean squares that V is made of: S_g - 1 for a block's seeds, I - 1 for
/// images, (S_g - 1)(I - 1) for a block's interaction, also where it is subtracted (Gaylor and Hopper 1969,
/// Technometrics 11, 691). Where V_image - V_seed×image was taken as 0, seeds alone count.
fn satterthwaite(components: &Components, images: usize) -> f64 {
    let others = images as f64 - 1.0;
    let variance = components.seed + components.image_alone();
    let mut below: f64 =
        components.blocks.iter().map(|block| block.seed.powi(2) / (block.seeds as f64 - 1.0)).sum();
    if components.image_alone() > 0.0 {
        below += components.image.powi(2) / others;
        below += components
            .blocks
            .iter()
            .map(|block| block.interaction.powi(2) / ((block.seeds as f64 - 1.0) * others))
            .sum::<f64>();
    }
    if below > 0.0 { variance * variance / below } else { f64::INFINITY }
}
