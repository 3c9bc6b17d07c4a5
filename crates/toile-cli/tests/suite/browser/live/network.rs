//! Networks with a layer of every kind, and what the engine says of images by them.

use std::path::Path;

use toile_data::Dataset;
use toile_nn::engine::{Engine, EngineOptions};
use toile_nn::executor::{Executor, Pixels, Training};
use toile_store::weights::About;
use toile_study::images::Images;
use toile_study::recipe::{ChannelScale, Normalization};
use toile_study::study_file;
use toile_study::trained::{self, Trained};
use toile_testing::Chance;

/// The first model of a study of `bench/interop`, for images of this data set, with weights at random that are large
/// enough for its answers to differ from image to image.
pub(super) fn untrained(study: &str, data: &Dataset) -> Trained {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../bench/interop/{study}.toml"));
    let study = study_file::load(file.to_str().expect("a path")).expect("it is a study");
    let model = &study.models[0];
    let network = model.recipe.network(data.image_shape, data.class_names.len()).expect("it fits");
    let mut weights = engine(&network, &model.recipe).state_dict();
    let mut chance = Chance::new(42, 0);
    for (name, tensor) in &mut weights.entries {
        let share = |byte: u8| f32::from(byte) / 255.0;
        for value in &mut tensor.data {
            let byte = chance.bytes(1)[0];
            match name.rsplit('.').next() {
                Some("running_mean") => *value = share(byte) - 0.5,
                Some("running_var") => *value = 0.25 + share(byte),
                Some("bias") => *value += 0.2 * (share(byte) - 0.5),
                _ => *value *= 2.0,
            }
        }
    }
    let Normalization::Fixed(ChannelScale { mean, std }) = model.recipe.normalization.clone() else {
        panic!("the study states its normalization");
    };
    let about = About {
        study: study.name.clone(),
        dataset: study.source.name.clone(),
        model: model.name.clone(),
        seed: 0,
        epoch: 1,
        class_names: data.class_names.clone(),
        image_shape: data.image_shape,
        mean,
        std,
        config: study_file::resolved(&study, model),
        provenance: None,
        results: None,
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("last.safetensors");
    let mut bytes = Vec::new();
    toile_store::weights::write(&mut bytes, &about, &weights).expect("memory takes what is written");
    std::fs::write(&file, bytes).expect("it is written");
    trained::read(&file).expect("it is read back")
}

fn engine(network: &toile_nn::description::Network, recipe: &toile_study::recipe::Recipe) -> Engine {
    let options = EngineOptions::default();
    Engine::new(network, Training::new(recipe.optimizer, 0), options).expect("it has room")
}

/// Log-probabilities of the first images of a data set, `[image][class]`.
pub(super) fn log_probabilities(trained: &Trained, data: &Dataset, images: usize) -> Vec<Vec<f64>> {
    let mut engine = engine(&trained.network, &trained.recipe);
    engine.load_state_dict(&trained.weights).expect("they are its own");
    let indices: Vec<u32> = (0..images as u32).collect();
    let normalizer = trained.normalization.normalizer().expect("it is one");
    let mut out = vec![0.0; images * trained.class_names.len()];
    engine.log_probabilities(
        Pixels::Rows(&Images { dataset: data, indices: &indices, normalizer: &normalizer }),
        &mut out,
    );
    out.chunks_exact(trained.class_names.len())
        .map(|row| row.iter().map(|&v| f64::from(v)).collect())
        .collect()
}
