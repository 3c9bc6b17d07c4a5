//! Matrices drawn from the process.

use toile_statistics::Sample;

use super::latent::Latent;
use super::normals::Normals;

/// Models that are tested together, and how their difficulties correlate (each with each).
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    pub(crate) models: Vec<Latent>,
    pub(crate) correlation: f64,
}

/// One study: everything in it is a function of `key`.
pub(crate) struct World<'a> {
    scenario: &'a Scenario,
    normals: &'a Normals,
    key: [u32; 2],
    images: usize,
    /// Difficulty of each image for each model, the mean included.
    difficulty: Vec<Vec<f32>>,
}

const SHARED: u32 = 0;
const IMAGES: u32 = 1;
const SEEDS: u32 = 2;
const CHANCE: u32 = 3;

impl<'a> World<'a> {
    pub(crate) fn new(
        scenario: &'a Scenario,
        normals: &'a Normals,
        key: [u32; 2],
        images: usize,
    ) -> World<'a> {
        let mut shared = vec![0.0; images];
        normals.fill(key, [0, 0, SHARED], &mut shared);
        let difficulty = scenario
            .models
            .iter()
            .enumerate()
            .map(|(number, model)| {
                let mut own = vec![0.0; images];
                normals.fill(key, [0, number as u32, IMAGES], &mut own);
                let shared_part = (model.image * scenario.correlation.sqrt()) as f32;
                let own_part = (model.image * (1.0 - scenario.correlation).sqrt()) as f32;
                let both = shared.iter().zip(&own);
                both.map(|(s, o)| model.mu as f32 + shared_part * s + own_part * o).collect()
            })
            .collect();
        World { scenario, normals, key, images, difficulty }
    }

    /// Whether this seed of this model is right, by image.
    pub(crate) fn run(&self, model: usize, seed: u32) -> Vec<bool> {
        let quality = self.normals.one(self.key, [seed, model as u32, SEEDS]);
        let quality = (self.scenario.models[model].seed * quality) as f32;
        let mut chance = vec![0.0; self.images];
        self.normals.fill(self.key, [seed, model as u32, CHANCE], &mut chance);
        self.difficulty[model].iter().zip(&chance).map(|(b, chance)| b + quality + chance > 0.0).collect()
    }

    /// The model's runs with the seeds `first..first + count`.
    pub(crate) fn sample(&self, model: usize, first: u32, count: usize) -> Sample {
        let seeds: Vec<u64> = (0..count as u64).map(|seed| u64::from(first) + seed).collect();
        let runs: Vec<Vec<bool>> = seeds.iter().map(|&seed| self.run(model, seed as u32)).collect();
        Sample::of_correctness(&seeds, &runs).unwrap()
    }
}
