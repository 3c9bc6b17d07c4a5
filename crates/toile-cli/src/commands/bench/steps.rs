//! Steps of training or evaluation, as a training loop makes them.

use std::time::{Duration, Instant};

use toile_data::Dataset;
use toile_kernels::isa::Isa;
use toile_nn::description::Network;
use toile_nn::engine::{Engine, EngineOptions};
use toile_nn::executor::{Executor, Pixels, StepSettings};
use toile_pixels::Normalizer;
use toile_pixels::augment::Augmenter;
use toile_study::images::{Images, TrainingBatch};
use toile_study::run::Setup;
use toile_study::study::Model;

use super::images::{Draw, dataset};
use super::mode::Mode;

/// A model with images to train it on.
pub(super) struct Steps {
    pub(super) engine: Engine,
    dataset: Dataset,
    normalizer: Normalizer,
    batch_size: usize,
    draw: Draw,
    batch: TrainingBatch,
    /// A batch as numbers: what inference is handed.
    pixels: Vec<f32>,
    log_probabilities: Vec<f32>,
}

impl Steps {
    /// Makes the engine and images for it.
    ///
    /// # Errors
    /// More memory than there is, a thread that is refused, and a recipe that does not fit the images.
    pub(super) fn new(
        model: &Model,
        network: &Network,
        batch_size: usize,
        threads: usize,
        isa: Isa,
    ) -> anyhow::Result<Steps> {
        // As a run of the first seed trains.
        let setup = Setup { network, training: model.recipe.training(0, None), batch_size, threads };
        setup.check_memory(&model.name, 0)?;
        let dataset = dataset(network)?;
        let normalizer = model.recipe.normalization.on(&dataset, &[0]).normalizer()?;
        let augmenter = Augmenter::new(&model.recipe.augment, dataset.image_shape)?;
        let options = EngineOptions { batch_size, threads, isa: Some(isa) };
        let mut draw = Draw::new(dataset.len());
        let mut pixels = vec![0.0; batch_size * dataset.image_len()];
        let images = pixels.chunks_exact_mut(dataset.image_len()).zip(draw.next(batch_size));
        images.for_each(|(image, &id)| normalizer.apply(dataset.image(id), image));
        Ok(Steps {
            engine: Engine::new(network, setup.training, options)?,
            normalizer,
            batch_size,
            draw,
            batch: TrainingBatch::new(augmenter, 0),
            pixels,
            log_probabilities: vec![0.0; batch_size * dataset.class_names.len()],
            dataset,
        })
    }

    /// A step; its number of images.
    pub(super) fn one(&mut self, mode: Mode) -> usize {
        match mode {
            Mode::Train => self.train(),
            Mode::Infer => self.infer(),
        }
        self.batch_size
    }

    /// Images a second over at least this time.
    pub(super) fn images_per_second(&mut self, mode: Mode, time: Duration) -> f64 {
        let start = Instant::now();
        let mut images = 0;
        while start.elapsed() < time || images == 0 {
            images += self.one(mode);
        }
        images as f64 / start.elapsed().as_secs_f64()
    }

    /// A step as a training loop makes it.
    fn train(&mut self) {
        let epoch = self.draw.epoch;
        let ids = self.draw.next(self.batch_size);
        let images = Images { dataset: &self.dataset, indices: ids, normalizer: &self.normalizer };
        // A small rate: what the network learns must not make zeros of its activations.
        self.batch.step((images, ids), StepSettings { epoch, learning_rate: 1e-5 }, &mut self.engine);
    }

    fn infer(&mut self) {
        self.engine.log_probabilities(Pixels::Values(&self.pixels), &mut self.log_probabilities);
    }
}

#[cfg(test)]
mod tests {
    use toile_nn::description::{Flatten, Linear, LogSoftmax, resolve};
    use toile_study::study_file::load;

    use super::*;
    use crate::commands::shared;
    use toile_study::recipe::Normalization;

    #[test]
    fn a_step_is_measured_stage_by_stage() {
        let study = load("baseline-vs-better").unwrap();
        let isa = Isa::best();
        let network = shared::network(&study, &study.models[1]).unwrap();
        let mut steps = Steps::new(&study.models[1], &network, 8, 1, isa).unwrap();
        steps.engine.start_stopwatch();
        steps.train();
        let stages = steps.engine.stop_stopwatch();
        let names: Vec<&str> = stages.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names[0], "Conv2d + ReLU + MaxPool2d");
        assert_eq!((names.len(), names[5]), (6, "LogSoftmax + NLL"));
        assert!(stages.iter().all(|s| s.forward_seconds > 0.0), "{stages:?}");
        assert!(stages[..5].iter().all(|s| s.backward_seconds > 0.0), "{stages:?}");
    }

    #[test]
    fn images_of_other_sizes_are_made_up() {
        let mut model = load("baseline-vs-better").unwrap().models.remove(0);
        let layers = toile_nn::layers![Flatten, Linear::new(3), LogSoftmax];
        let network = resolve([2, 5, 7], &layers, 3).unwrap();
        let made_up = dataset(&network).unwrap();
        assert_eq!((made_up.image_shape, made_up.pixels.len()), ([2, 5, 7], made_up.len() * 70));
        assert!(made_up.class_counts().iter().all(|&count| count > 0), "{:?}", made_up.class_counts());
        model.recipe.normalization = Normalization::fixed(vec![0.5; 2], vec![0.5; 2]);
        let mut steps = Steps::new(&model, &network, 1000, 2, Isa::best()).unwrap();
        steps.train();
        steps.infer();
        let sum: f32 = steps.log_probabilities[..3].iter().map(|p| p.exp()).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{sum}");
    }
}
