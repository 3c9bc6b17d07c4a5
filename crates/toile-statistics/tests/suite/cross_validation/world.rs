//! Simulated cross-validations of two models whose trainings depend on each other through the images they share.
//!
//! Model m, trained on the images T with a seed of its own, is right on image i where
//!
//! μ_m + τ b_m(i) + γ c_m(T) + σ a_m + η e_m(T, i) + ε > 0
//!
//! with a difficulty b an image (correlated between the models), a quality a a training, chance ε, all standard
//! normal, and two effects of the training images: c_m(T) = Σ_{t in T} g_m(t) / sqrt(|T|), what they do to every
//! image alike, so that two trainings correlate by the share of images that they have in common, (k - 2)/(k - 1)
//! within a repeat; and e_m(T, i), what they do to one image, which two repeats share but for a k-th of the
//! variance. Everything is a function of the key.

use toile_statistics::Sample;

use crate::simulation::normals::{Normals, both_below, quantile};

/// What is cross-validated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Folded {
    pub(crate) images: usize,
    pub(crate) folds: usize,
    pub(crate) repeats: usize,
    /// Of both models, over data sets.
    pub(crate) accuracy: [f64; 2],
    /// What other training images change of the difference in all folds alike, in the variance that other test images
    /// make with one repeat.
    pub(crate) training: f64,
}

/// τ, η and σ of both models, and the correlation of their difficulties.
const DIFFICULTY: f64 = 1.5;
const OF_IMAGE: f64 = 0.5;
const SEED: f64 = 0.1;
const ALIKE: f64 = 0.5;

impl Folded {
    /// γ, and the scale of the latent sum.
    fn latent(&self) -> (f64, f64) {
        let others = 1.0 + DIFFICULTY.powi(2) + OF_IMAGE.powi(2) + SEED.powi(2);
        let p = 0.5 * (self.accuracy[0] + self.accuracy[1]);
        let h = quantile(p);
        // Both models right on an image, and from it the variance of the difference on one.
        let both = both_below(h, h, ALIKE * DIFFICULTY.powi(2) / others);
        let of_images = 2.0 * (p - both) / self.images as f64;
        // A shift of the latent sum by γ c moves the accuracy by density γ c; the mean of c over the folds has the
        // variance (k - 1)/k.
        let density = (-0.5 * h * h).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let shared = (self.folds as f64 - 1.0) / self.folds as f64;
        let square = self.training * of_images / (2.0 * shared * density * density);
        let gamma = (square * others / (1.0 - square)).sqrt();
        (gamma, (others + gamma * gamma).sqrt())
    }

    /// The two models, cross-validated.
    pub(crate) fn draw(&self, normals: &Normals, key: [u32; 2]) -> [Sample; 2] {
        let (gamma, scale) = self.latent();
        let images = self.images;
        let numbers = |place: [u32; 3]| {
            let mut out = vec![0.0f32; images];
            normals.fill(key, place, &mut out);
            out
        };
        let shared = numbers([0, 0, SHARED]);
        let folds: Vec<Vec<u32>> = (0..self.repeats as u32)
            .map(|repeat| {
                let order = numbers([0, repeat, ORDER]);
                let mut places: Vec<usize> = (0..images).collect();
                places.sort_by(|&a, &b| order[a].total_cmp(&order[b]).then(a.cmp(&b)));
                let mut fold = vec![0; images];
                places.iter().enumerate().for_each(|(n, &image)| fold[image] = (n % self.folds) as u32);
                fold
            })
            .collect();
        [0, 1u32].map(|model| {
            let mu = quantile(self.accuracy[model as usize]) * scale;
            let (own, influence) = (numbers([0, model, OWN]), numbers([0, model, INFLUENCE]));
            let kept = numbers([0, model, KEPT]);
            let rows: Vec<Vec<bool>> = folds
                .iter()
                .enumerate()
                .map(|(repeat, fold)| {
                    let repeat = repeat as u32;
                    let (new, chance) = (numbers([repeat, model, NEW]), numbers([repeat, model, CHANCE]));
                    let of_fold: Vec<f64> = (0..self.folds as u32)
                        .map(|f| {
                            let outside = |(_, fold): &(&f32, &u32)| **fold != f;
                            let trained: Vec<f64> = influence
                                .iter()
                                .zip(fold)
                                .filter(outside)
                                .map(|(g, _)| f64::from(*g))
                                .collect();
                            let c = trained.iter().sum::<f64>() / (trained.len() as f64).sqrt();
                            let seed = normals.one(key, [repeat * 64 + f, model, TRAINING]);
                            mu + gamma * c + SEED * seed
                        })
                        .collect();
                    let part = 1.0 / self.folds as f64;
                    (0..images)
                        .map(|i| {
                            let b = ALIKE.sqrt() * f64::from(shared[i])
                                + (1.0 - ALIKE).sqrt() * f64::from(own[i]);
                            let e =
                                (1.0 - part).sqrt() * f64::from(kept[i]) + part.sqrt() * f64::from(new[i]);
                            let sum = of_fold[fold[i] as usize] + DIFFICULTY * b + OF_IMAGE * e;
                            sum + f64::from(chance[i]) > 0.0
                        })
                        .collect()
                })
                .collect();
            let repeats: Vec<u64> = (0..self.repeats as u64).collect();
            let of: Vec<(u64, &[u32])> = repeats.iter().copied().zip(folds.iter().map(|f| &f[..])).collect();
            Sample::of_correctness(&repeats, &rows).unwrap().in_folds(self.folds, &of).unwrap()
        })
    }
}

const SHARED: u32 = 10;
const ORDER: u32 = 11;
const OWN: u32 = 12;
const INFLUENCE: u32 = 13;
const KEPT: u32 = 14;
const NEW: u32 = 15;
const CHANCE: u32 = 16;
const TRAINING: u32 = 17;
