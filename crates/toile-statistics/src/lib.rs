//! What runs over seeds and test images say about a difference between models.
//!
//! One estimator serves every difference. A [`Sample`] is what one model did: a quantity for every seed and
//! test image. [`contrast()`] weighs samples into one number with its uncertainty over both seeds and images,
//! an [`Estimate`]. [`verdict()`] reads a claim from it, and nothing else does. Two models are a contrast
//! with the weights 1 and -1; main effects, interactions and Shapley values ([`factorial()`]) are others.
//!
//! The crate knows numbers: no networks, no files, no studies. It never prints.
//!
//! Probabilities and levels are in 0..1, never in percent. Unless said otherwise a level is two-sided.

pub mod calibration;
pub mod confident;
pub mod contrast;
pub mod cross_validation;
pub mod distributions;
pub mod estimate;
pub mod f1;
pub mod factorial;
pub mod fractional;
pub mod looks;
pub mod mcnemar;
pub mod nested;
pub mod over_seeds;
pub mod planning;
pub mod sample;
pub mod share;
pub mod verdict;
mod weighed;

pub use confident::{ConfidentError, ConfidentJoint, Ranking};
pub use contrast::{ContrastError, contrast, difference};
pub use estimate::{Components, Estimate, Interval, Scope, SeedBlock};
pub use factorial::{Attribution, FactorialError, factorial};
pub use mcnemar::mcnemar_exact;
pub use nested::{Nested, nested};
pub use over_seeds::{OverSeeds, mean};
pub use sample::{Folds, Sample, SampleError};
pub use share::wilson;
pub use verdict::{Reason, Rule, Verdict, verdict};
