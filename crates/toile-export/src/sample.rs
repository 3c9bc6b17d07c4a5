//! Networks for tests: of every kind of layer, with weights of which no two are alike, as no training leaves them but
//! in no time.

use std::path::Path;

use toile_data::source::{DataSource, Location};
use toile_nn::description::Network;
use toile_nn::engine::{Engine, EngineOptions};
use toile_nn::executor::{Executor as _, Training};
use toile_nn::state::StateDict;
use toile_picture::Preprocessing;
use toile_study::recipe::{ChannelScale, Normalization, Recipe};
use toile_study::run::RunId;
use toile_study::study_file;
use toile_study::trained::Trained;
use toile_testing::Chance;

/// The studies of `bench/interop`, which have every kind of layer between them.
pub(crate) const EVERY_LAYER: &str = include_str!("../../../bench/interop/every-layer.toml");
pub(crate) const NEWER_LAYERS: &str = include_str!("../../../bench/interop/newer-layers.toml");
pub(crate) const MODERN_LAYERS: &str = include_str!("../../../bench/interop/modern-layers.toml");
pub(crate) const INGREDIENTS: &str = include_str!("../../../bench/interop/ingredients.toml");

/// What they leave out: windows over the edge in all ways, means that need no matrices, blocks in blocks.
pub(crate) const CORNERS: &str = include_str!("../../../bench/interop/corners.toml");

/// The first model of a study, on images of so many channels.
pub(crate) fn trained(study: &str, channels: usize) -> Trained {
    of(study, 0, channels)
}

/// A model of a study, with the weights that a training of it would start from; but the statistics are as above, and the
/// last layer's weights are larger.
pub(crate) fn started(study: &str, model: usize) -> Trained {
    let mut trained = of(study, model, 1);
    let options = EngineOptions::default();
    let engine = Engine::new(&trained.network, Training::none(1), options).unwrap();
    let starts = engine.state_dict();
    for (name, tensor) in &mut trained.weights.entries {
        if !name.contains("running_") {
            tensor.data.clone_from(&starts.get(name).unwrap().data);
        }
    }
    // Starting networks know nothing: all classes are as probable to them.
    let last = trained.weights.entries.iter_mut().rfind(|(name, _)| name.ends_with("weight")).unwrap();
    last.1.data.iter_mut().for_each(|weight| *weight *= 30.0);
    trained
}

/// The network of a study's first model, which nobody gives weights to.
pub(crate) fn network(study: &str, channels: usize) -> Network {
    let parsed = study_file::parse(study, "study.toml").unwrap();
    parsed.study().models[0].recipe.network([channels, 28, 28], 10).unwrap()
}

fn of(study: &str, model: usize, channels: usize) -> Trained {
    let parsed = study_file::parse(study, "study.toml").unwrap();
    let (name, model) = (&parsed.study().name, &parsed.study().models[model]);
    let scale = ChannelScale { mean: vec![0.5, 0.25, 0.125], std: vec![0.5, 0.3, 0.2] };
    let cut = |values: &[f32]| values[..channels].to_vec();
    let normalization = ChannelScale { mean: cut(&scale.mean), std: cut(&scale.std) };
    let recipe =
        Recipe { normalization: Normalization::Fixed(normalization.clone()), ..model.recipe.clone() };
    let network = recipe.network([channels, 28, 28], 10).unwrap();
    let (mut weights, mut chance) = (StateDict::default(), Chance::new(1, 0));
    for parameter in &network.parameters {
        // Deviations are above 0; the rest is about as large as training leaves it.
        let (least, width) = if parameter.name.ends_with("running_var") { (0.5, 1.0) } else { (-0.5, 1.0) };
        let value = |_| least + width * chance.below(1000) as f32 / 1000.0;
        weights.push(&parameter.name, parameter.shape.clone(), (0..parameter.len()).map(value).collect());
    }
    Trained {
        study: name.clone(),
        run: RunId { model: model.name.clone(), seed: 3 },
        epoch: 2,
        recipe,
        network,
        weights,
        preprocessing: Preprocessing {
            channels,
            size: [28, 28],
            resize: parsed.study().source.resize,
            background: [255, 250, 0],
        },
        normalization,
        image_shape: [channels, 28, 28],
        class_names: (0..10).map(|class| format!("class \"{class}\" é")).collect(),
        dataset: "fashion-mnist-small".into(),
        provenance: None,
        notes: Vec::new(),
        source: DataSource {
            location: Location::Folders(vec!["pictures".into()]),
            background: [255, 250, 0],
            ..parsed.study().source.clone()
        },
    }
}

/// Compares with a file under `tests/golden`, as [`toile_testing::check_kept`] does.
#[track_caller]
pub(crate) fn check_kept(name: &str, found: &str) {
    toile_testing::check_kept(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name), found);
}
