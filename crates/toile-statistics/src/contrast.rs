//! Any weighed sum of models, with its uncertainty over seeds and images.
//!
//! # The model
//!
//! With y_m(s, i) what model m did with seed s on image i, the contrast is D = Σ_m c_m ȳ_m. Another set of
//! seeds and another test set would have given another D. Seeds and images are crossed: every run sees every
//! image, so y_m(s, i) = μ_m + a_m(s) + b_m(i) + e_m(s, i), and neither is nested in the other.
//!
//! # The variance
//!
//! Two-way clustering: V = V_seed + V_image - V_seed×image (Cameron, Gelbach and Miller 2011, Journal of
//! Business & Economic Statistics 29, 238, section 2.2). Models that share their list of seeds form one
//! block g: the contrast z_g(s, i) = Σ_m∈g c_m y_m(s, i) is taken for each seed and image first, so that
//! whatever a seed or an image does to all models cancels. Blocks are taken as independent in their seeds,
//! also where lists overlap in part, and share their images. With S_g seeds in block g and I images:
//!
//! - V_seed = Σ_g var_s(z̄_g(s, ·)) / S_g, with S_g - 1 below the sum of squares;
//! - V_image = var_i(Σ_g z̄_g(·, i)) / I, with I - 1 below;
//! - V_seed×image = Σ_g R_g / (S_g I), with R_g = Σ (z_g(s, i) - z̄_g(s, ·) - z̄_g(·, i) + z̄_g)² /
//!   (S_g - 1)(I - 1).
//!
//! The factors S/(S - 1) and I/(I - 1) are those of Cameron, Gelbach and Miller, section 2.3. In one thing
//! this differs from their general formula: there V_seed×image is the variance over single cells around the
//! grand mean, ((S - 1) A + (I - 1) B + (S - 1)(I - 1) R) / (S I)² with the mean squares A of seeds, B of
//! images and R. Its expectation holds the seeds' and the images' own variance too, and what is subtracted
//! too much is 1/S of the images' variance: a third with three seeds. Here R alone is subtracted, which
//! leaves V unbiased for crossed random effects, whatever S and I (Searle, Casella and McCulloch 1992,
//! chapter 4). The two agree as S and I grow.
//!
//! V_image - V_seed×image estimates a variance and is taken as 0 where it is negative.
//!
//! # One seed
//!
//! Where a model has one run, seeds cannot be told from models. Then each model's runs are averaged, V is
//! V_image alone, and [`Scope::Networks`] says that nothing but these networks on other images is meant.
//!
//! # Cross-validation
//!
//! Where samples have [folds](Sample::in_folds), networks are trained on overlapping parts of the same images: see
//! [`crate::cross_validation`], which takes the place of all this.
//!
//! # Metrics that are no means
//!
//! Their samples hold jackknife pseudo-values. D and V_seed use the metric itself, V_image and R the
//! pseudo-values.

use std::borrow::Borrow;

use thiserror::Error;

use crate::cross_validation;
use crate::estimate::{Components, Estimate, Scope, SeedBlock};
use crate::sample::Sample;
use crate::weighed::{cells, per_seed};

/// Why samples cannot be weighed against each other.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ContrastError {
    /// There is no term with a weight other than 0.
    #[error("a contrast needs a term with a weight other than 0")]
    Empty,
    /// A weight is NaN or infinite.
    #[error("the weight of term {term} is not finite")]
    Weight {
        /// The term's place.
        term: usize,
    },
    /// Models must have been tested on the same images.
    #[error("term {term} must cover the same images as the others: expected {expected}, got {got}")]
    Images {
        /// The term's place.
        term: usize,
        /// Images of the first term.
        expected: usize,
        /// Images of this one.
        got: usize,
    },
    /// Models of a cross-validation must have been tested in the same folds.
    #[error("term {term} must be tested in the same folds of the same repeats as the others")]
    Folds {
        /// The term's place among those whose weight is not 0.
        term: usize,
    },
}

/// What `second` has more than `first`: the contrast with the weights -1 and 1.
pub fn difference(first: &Sample, second: &Sample) -> Result<Estimate, ContrastError> {
    contrast(&[(-1.0, first), (1.0, second)])
}

/// The weighed sum of the samples' means, with its uncertainty. Terms with the weight 0 are left out; a
/// sample may stand in several terms.
pub fn contrast<S: Borrow<Sample>>(terms: &[(f64, S)]) -> Result<Estimate, ContrastError> {
    let mut live: Vec<(f64, &Sample)> = Vec::new();
    for (place, (weight, sample)) in terms.iter().enumerate() {
        let sample = sample.borrow();
        if !weight.is_finite() {
            return Err(ContrastError::Weight { term: place });
        }
        let expected = terms[0].1.borrow().images();
        if sample.images() != expected {
            return Err(ContrastError::Images { term: place, expected, got: sample.images() });
        }
        if *weight != 0.0 {
            live.push((*weight, sample));
        }
    }
    let Some((_, first)) = live.first() else {
        return Err(ContrastError::Empty);
    };
    if let Some(term) = live.iter().position(|(_, sample)| !tested_alike(first, sample)) {
        return Err(ContrastError::Folds { term });
    }
    if let Some(estimate) = cross_validation::estimate(&live) {
        return Ok(estimate);
    }
    let images = first.images();
    let seeds: Vec<usize> = live.iter().map(|(_, sample)| sample.seeds().len()).collect();
    let scope = if seeds.contains(&1) { Scope::Networks } else { Scope::Recipes };

    let blocks: Vec<Block> = by_seeds(&live).iter().map(|models| Block::new(models)).collect();
    let value = blocks.iter().map(|block| block.value).sum();
    let mut over_images = vec![0.0; images];
    for block in &blocks {
        for (sum, mean) in over_images.iter_mut().zip(&block.image_means) {
            *sum += mean;
        }
    }
    let image = variance(&over_images) / images as f64;
    let components = match scope {
        Scope::Networks => Components { seed: 0.0, image, interaction: 0.0, blocks: Vec::new() },
        _ => Components {
            seed: blocks.iter().map(|block| block.seed).sum(),
            image,
            interaction: blocks.iter().map(|block| block.interaction).sum(),
            blocks: blocks
                .iter()
                .map(|block| SeedBlock {
                    seeds: block.seeds,
                    seed: block.seed,
                    interaction: block.interaction,
                })
                .collect(),
        },
    };
    Ok(Estimate::new(value, components, seeds, images, scope))
}

/// Whether both are whole runs, or the same folds of the same repeats.
fn tested_alike(first: &Sample, other: &Sample) -> bool {
    first.folds() == other.folds() && (first.folds().is_none() || first.seeds() == other.seeds())
}

/// Models with the same seeds together, in the order in which their seeds first appear.
fn by_seeds<'a>(terms: &[(f64, &'a Sample)]) -> Vec<Vec<(f64, &'a Sample)>> {
    let mut groups: Vec<Vec<(f64, &Sample)>> = Vec::new();
    for &(weight, sample) in terms {
        match groups.iter_mut().find(|group| group[0].1.seeds() == sample.seeds()) {
            Some(group) => group.push((weight, sample)),
            None => groups.push(vec![(weight, sample)]),
        }
    }
    groups
}

/// The contrast within the models that share their seeds.
struct Block {
    seeds: usize,
    /// Σ c_m of the models' means.
    value: f64,
    /// Mean over the seeds, for each image.
    image_means: Vec<f64>,
    /// This block's part of V_seed; 0 for one seed.
    seed: f64,
    /// This block's part of V_seed×image; 0 for one seed.
    interaction: f64,
}

impl Block {
    fn new(models: &[(f64, &Sample)]) -> Block {
        let (seeds, images) = (models[0].1.seeds().len(), models[0].1.images());
        let per_seed = per_seed(models);
        let cells = cells(models);
        let mut image_means = vec![0.0; images];
        for row in cells.chunks_exact(images) {
            for (mean, cell) in image_means.iter_mut().zip(row) {
                *mean += cell / seeds as f64;
            }
        }
        let value = per_seed.iter().sum::<f64>() / seeds as f64;
        if seeds == 1 {
            return Block { seeds, value, image_means, seed: 0.0, interaction: 0.0 };
        }
        let grand = image_means.iter().sum::<f64>() / images as f64;
        let mut residual = 0.0;
        for row in cells.chunks_exact(images) {
            let shift = row.iter().sum::<f64>() / images as f64 - grand;
            residual +=
                row.iter().zip(&image_means).map(|(cell, mean)| (cell - mean - shift).powi(2)).sum::<f64>();
        }
        let (s, i) = (seeds as f64, images as f64);
        Block {
            seeds,
            value,
            image_means,
            seed: variance(&per_seed) / s,
            interaction: residual / ((s - 1.0) * (i - 1.0)) / (s * i),
        }
    }
}

/// Sample variance, with one less than there are values below the squares.
fn variance(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (n - 1.0)
}
