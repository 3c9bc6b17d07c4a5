//! The networks whose speed is compared (`bench/networks.toml`), trained on real images: the same bits for every
//! number of threads and every instruction set, and for an image in any batch.

use sha2::{Digest, Sha256};
use toile_data::batches::epoch_order;
use toile_data::{Dataset, LoadOptions};
use toile_kernels::isa::Isa;
use toile_nn::engine::{Engine, EngineOptions};
use toile_nn::executor::{Batch, Executor, Pixels, StepSettings, Training};
use toile_pixels::Normalizer;
use toile_study::images::Images;
use toile_study::recipe::Recipe;
use toile_study::study::{Model, Study};
use toile_study::study_file;

/// Two whole groups of images and a part of one; the last batch is smaller than a group.
const BATCHES: [usize; 3] = [20, 20, 7];
/// Ten times the arithmetic: where instructions are one number wide, that takes seconds an image.
const FEW: [usize; 2] = [12, 5];

fn study() -> Study {
    study_file::load(concat!(env!("CARGO_MANIFEST_DIR"), "/../../bench/networks.toml")).unwrap()
}

/// A network with real images.
struct Trial {
    model: Model,
    dataset: Dataset,
    normalizer: Normalizer,
}

impl Trial {
    fn new(name: &str) -> Trial {
        let model = study().models.into_iter().find(|model| model.name == name).expect(name);
        let dataset =
            toile_data::load("fashion-mnist-small", &LoadOptions::default(), &mut |_| ()).unwrap().train;
        let normalizer = model.recipe.normalization.on(&dataset, &[0]).normalizer().unwrap();
        Trial { model, dataset, normalizer }
    }

    fn engine(&self, batch_size: usize, threads: usize, isa: Isa) -> Engine {
        let Recipe { optimizer, label_smoothing, .. } = self.model.recipe;
        let training = Training { label_smoothing, ..Training::new(optimizer, 3) };
        let network = self.model.recipe.network([1, 28, 28], 10).unwrap();
        Engine::new(&network, training, EngineOptions { batch_size, threads, isa: Some(isa) })
            .expect("memory and threads")
    }

    fn images<'a>(&'a self, indices: &'a [u32]) -> Images<'a> {
        Images { dataset: &self.dataset, indices, normalizer: &self.normalizer }
    }

    /// A step a batch, over the images in the order of an epoch.
    fn train(&self, engine: &mut Engine, batches: &[usize]) {
        let order = epoch_order(3, 1, self.dataset.len());
        let mut rest = &order[..];
        for (step, &images) in batches.iter().enumerate() {
            let (ids, later) = rest.split_at(images);
            rest = later;
            let mut labels = vec![0; images];
            self.dataset.gather_labels(ids, &mut labels);
            let batch = Batch {
                images: Pixels::Rows(&self.images(ids)),
                labels: &labels,
                image_ids: ids,
                mixed: None,
            };
            let learning_rate = self.model.recipe.learning_rate.at(step as u64, batches.len() as u64, 1);
            let result = engine.train_step(batch, StepSettings { epoch: 0, learning_rate });
            assert!(result.loss_sum.is_finite(), "{}: {result:?}", self.model.name);
        }
    }

    fn log_probabilities(&self, engine: &mut Engine, indices: &[u32]) -> Vec<u32> {
        let mut out = vec![f32::NAN; indices.len() * self.dataset.class_names.len()];
        engine.log_probabilities(Pixels::Rows(&self.images(indices)), &mut out);
        out.into_iter().map(f32::to_bits).collect()
    }
}

/// Over the bits of all weights, of what BatchNorm remembers, and of the optimizer's memory.
fn digest(engine: &Engine) -> String {
    let mut hash = Sha256::new();
    for (name, tensor) in engine.state_dict().entries.iter().chain(&engine.optimizer_state().tensors.entries)
    {
        hash.update(name);
        tensor.data.iter().for_each(|value| hash.update(value.to_bits().to_le_bytes()));
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every number of threads on the widest instruction set, alone and in company on the others.
fn threads_and_instruction_sets_do_not_change_a_bit(trial: &Trial, batches: &[usize]) {
    bits_are_the_same(trial, batches, [&[2, 3, 5, 8], &[1, 3]]);
}

/// For these numbers of threads on the widest instruction set and on the others.
fn bits_are_the_same(trial: &Trial, batches: &[usize], [widest, others]: [&[usize]; 2]) {
    let digest_of = |threads: usize, isa: Isa| {
        let mut engine = trial.engine(batches[0], threads, isa);
        let before = digest(&engine);
        trial.train(&mut engine, batches);
        let after = digest(&engine);
        assert_ne!(after, before, "{}: nothing was learnt", trial.model.name);
        after
    };
    let expected = digest_of(1, Isa::best());
    for isa in Isa::available() {
        for &threads in if isa == Isa::best() { widest } else { others } {
            assert_eq!(digest_of(threads, isa), expected, "{} {threads} threads {isa:?}", trial.model.name);
        }
    }
}

fn an_image_has_the_same_bits_in_any_company(trial: &Trial, batches: &[usize]) {
    let classes = trial.dataset.class_names.len();
    let mut large = trial.engine(100, 2, Isa::best());
    trial.train(&mut large, batches);
    let all: Vec<u32> = (0..1000).map(|i| i % trial.dataset.len() as u32).collect();
    let expected = trial.log_probabilities(&mut large, &all);
    for isa in Isa::available() {
        let mut small = trial.engine(1, 1, isa);
        small.load_state_dict(&large.state_dict()).unwrap();
        let widest = isa == Isa::best();
        for (first, count) in [(0, 1), (63, 1), (999, 1), (0, 7), (101, 7), (993, 7)] {
            // One of each elsewhere: where instructions are one number wide, images take long.
            if widest || matches!((first, count), (63, 1) | (101, 7)) {
                let got = trial.log_probabilities(&mut small, &all[first..first + count]);
                let expected = &expected[first * classes..(first + count) * classes];
                assert_eq!(got, expected, "{} {isa:?}: {count} images from {first}", trial.model.name);
            }
        }
    }
}

/// A test a network.
macro_rules! networks {
    ($($test:ident = $name:literal, $batches:ident;)*) => {
        const NAMES: &[&str] = &[$($name),*];

        $(mod $test {
            use super::*;

            #[test]
            fn threads_and_instruction_sets_do_not_change_a_bit() {
                super::threads_and_instruction_sets_do_not_change_a_bit(&Trial::new($name), &$batches);
            }

            #[test]
            fn an_image_has_the_same_bits_in_any_company() {
                super::an_image_has_the_same_bits_in_any_company(&Trial::new($name), &$batches);
            }
        })*
    };
}

networks! {
    baseline = "baseline", BATCHES;
    better = "better", BATCHES;
    wide = "wide", BATCHES;
    tutorial = "tutorial", BATCHES;
    ignite = "ignite", BATCHES;
    residual_16 = "residual-16", BATCHES;
    residual_32 = "residual-32", FEW;
    depthwise_separable = "depthwise-separable", FEW;
    airbench = "airbench", FEW;
}

/// In bf16, which is trained in alone: images are evaluated by the kernels of f32.
macro_rules! trained_in_bf16 {
    ($($test:ident = $name:literal;)*) => {
        const OF_BF16: &[&str] = &[$($name),*];

        $(#[test]
        fn $test() {
            bits_are_the_same(&Trial::new($name), &FEW, [&[3], &[1]]);
        })*
    };
}

trained_in_bf16! {
    residual_16_bf16 = "residual-16-bf16";
    residual_32_bf16 = "residual-32-bf16";
    depthwise_separable_bf16 = "depthwise-separable-bf16";
    airbench_bf16 = "airbench-bf16";
}

#[test]
fn no_network_is_left_out() {
    let study = study();
    let names = study.models.iter().map(|model| model.name.as_str());
    // The same network with other batches.
    let names: Vec<&str> = names.filter(|&name| name != "better-128").collect();
    assert_eq!(names, [NAMES, OF_BF16].concat());
}
