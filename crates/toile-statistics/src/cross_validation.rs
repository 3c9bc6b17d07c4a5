//! A contrast from repeated cross-validation, where networks are trained on overlapping parts of the same images.
//!
//! # The estimator
//!
//! In each of R repeats the images are split into k folds; for each fold a network is trained on all others and
//! tested on it: J = k R trainings of every model, and every image tested R times. With d_j what the contrast is on
//! the images of training j, D is the mean over images and repeats, and
//!
//! V = (1/J + n_test/n_train) s²,  s² = Σ_j (d_j - d̄)² / (J - 1),  D ± t(J - 1) sqrt(V)
//!
//! (Nadeau and Bengio 2003, Machine Learning 52, 239, section 3: the corrected resampled t-test; for repeated k-fold
//! cross-validation Bouckaert and Frank 2004, PAKDD, LNAI 3056, 3, section 3.2). n_test/n_train = 1/(k - 1). Where
//! folds differ in size, which groups of images that stay together make them do, d_j counts by its images: D is then
//! still the mean over images that was measured. Metrics that are no means over images put the fold's mean of their
//! pseudo-values in the place of d_j.
//!
//! # What it holds for
//!
//! Trainings share images, so that their results are not independent, and no unbiased estimate of the variance of
//! k-fold cross-validation exists (Bengio and Grandvalet 2004, Journal of Machine Learning Research 5, 1089). The
//! correction takes the correlation between two trainings to be n_test / (n_test + n_train) = 1/k. What other
//! *test* images and other seeds would change is then overestimated (twice with one repeat, by k/(k - 1) or less
//! with many), and this leaves room for what other *training* images would change in all folds alike, of which the
//! folds show next to nothing.
//!
//! In the simulated cross-validations of `tests/suite/cross_validation`, of 60, 200 and 500 images, a level of 0.025
//! called equally good models different in these shares of 4,000 studies, the worst of the three sizes:
//!
//! | what other training images change, in what other test images do | 5 folds x1 | x2 | x5 | 10 folds x1 | x2 | x5 |
//! |---|---|---|---|---|---|---|
//! | 0    | 0.007 | 0.001 | 0.001 | 0.004 | 0.002 | 0.001 |
//! | half | 0.015 | 0.010 | 0.009 | 0.012 | 0.011 | 0.013 |
//! | as much | 0.019 | 0.022 | 0.025 | 0.021 | 0.026 | 0.036 |
//! | twice | 0.033 | 0.053 | 0.075 | 0.051 | 0.074 | 0.105 |
//! | four times | 0.057 | 0.115 | 0.155 | 0.106 | 0.167 | 0.219 |
//!
//! and intervals at level 0.95 missed the truth in up to 0.028 with half, 0.068 with as much (0.053 without ten folds
//! in five repeats). So the level holds while what other training images change is less than what other test images
//! do. Beyond that it does not, and more repeats make it worse: they make sure of these images alone. On 200
//! images of Fashion-MNIST they changed 0.05 to 0.12 of it, between a linear model, a network with one hidden layer
//! and a small convolutional one (`bench/training_share.py`).
//!
//! Others were tried. A t-test that takes folds for independent (V = s²/J) has no room for it at all. The two-way
//! estimator of [`crate::contrast`](mod@crate::contrast), with repeats in the place of seeds, needs two repeats, has
//! one degree of freedom with two, and does not see the training images at all.

use crate::estimate::{Components, Estimate, Scope, SeedBlock};
use crate::sample::Sample;
use crate::weighed::{cells, per_seed};

/// n_test/n_train: what is added to 1/J.
pub(crate) fn overlap(folds: usize) -> f64 {
    1.0 / (folds as f64 - 1.0)
}

/// The weighed sum of samples that were all tested in the same folds; `None` where they have no folds, or images in
/// fewer than two of them.
pub(crate) fn estimate(terms: &[(f64, &Sample)]) -> Option<Estimate> {
    let (_, first) = terms.first()?;
    let folds = first.folds()?.count();
    let images = first.images();
    let per_repeat = per_seed(terms);
    let cells = cells(terms);
    let mut trainings: Vec<Tested> = Vec::new();
    for (repeat, row) in cells.chunks_exact(images).enumerate() {
        let mut of_repeat = vec![Tested::default(); folds];
        for (value, &fold) in row.iter().zip(first.folds_of_row(repeat)) {
            of_repeat[fold as usize].add(*value);
        }
        trainings.extend(of_repeat.into_iter().filter(|tested| tested.images > 0.0));
    }
    if trainings.len() < 2 {
        return None;
    }
    let count = trainings.len() as f64;
    let variance = (1.0 / count + overlap(folds)) * between(&trainings);
    let block = SeedBlock { seeds: trainings.len(), seed: variance, interaction: 0.0 };
    let components = Components { seed: variance, image: 0.0, interaction: 0.0, blocks: vec![block] };
    let value = per_repeat.iter().sum::<f64>() / per_repeat.len() as f64;
    let trainings = vec![trainings.len(); terms.len()];
    Some(Estimate::new(value, components, trainings, images, Scope::DataSets { folds }))
}

/// The test images of one training.
#[derive(Clone, Copy, Default)]
struct Tested {
    images: f64,
    sum: f64,
}

impl Tested {
    fn add(&mut self, value: f64) {
        self.images += 1.0;
        self.sum += value;
    }

    fn mean(&self) -> f64 {
        self.sum / self.images
    }
}

/// s²: the variance of the trainings' means, each weighed by its images.
fn between(trainings: &[Tested]) -> f64 {
    let count = trainings.len() as f64;
    let images: f64 = trainings.iter().map(|tested| tested.images).sum();
    let mean = trainings.iter().map(|tested| tested.sum).sum::<f64>() / images;
    let squares =
        trainings.iter().map(|tested| tested.images * count / images * (tested.mean() - mean).powi(2));
    squares.sum::<f64>() / (count - 1.0)
}
