//! What an exported file says of the network in it.

use serde_json::json;
use toile_study::trained::Trained;

/// (key, text), in an order that stays. Lists and tables are JSON.
///
/// `weights_sha256` is of the tensors' values alone: 32 bit floats, little-endian, one tensor behind the other in the
/// order of the state dict, whose names are `weights`. It is the same in every format.
pub fn facts(trained: &Trained) -> Vec<(String, String)> {
    let Trained { run, normalization, preprocessing, image_shape, class_names, .. } = trained;
    let names: Vec<&str> = trained.weights.entries.iter().map(|(name, _)| name.as_str()).collect();
    let mut facts: Vec<(&str, String)> = vec![
        ("class_names", json!(class_names).to_string()),
        ("image_shape", json!(image_shape).to_string()),
        ("mean", json!(normalization.mean).to_string()),
        ("std", json!(normalization.std).to_string()),
        ("resize", preprocessing.resize.name().into()),
        ("background", json!(preprocessing.background).to_string()),
        ("study", trained.study.clone()),
        ("model", run.model.clone()),
        ("seed", run.seed.to_string()),
        ("epoch", trained.epoch.to_string()),
        ("dataset", trained.dataset.clone()),
        ("weights", json!(names).to_string()),
        ("weights_sha256", trained.weights_sha256()),
    ];
    if let Some(provenance) = &trained.provenance {
        let files: serde_json::Map<_, _> =
            provenance.data.iter().map(|(file, digest)| (file.clone(), json!(digest))).collect();
        facts.push(("recipe_sha256", provenance.recipe.clone()));
        facts.push(("data_sha256", json!(files).to_string()));
    }
    let settings = trained.recipe.settings();
    let views = settings.iter().find(|setting| setting.key == "test_time_augmentation");
    if let Some(text) = views.and_then(|views| views.text.clone()) {
        // What the run's figures were measured with, and the file does not do.
        facts.push(("test_time_augmentation", text));
    }
    facts.push(("producer", concat!("toile ", env!("CARGO_PKG_VERSION")).into()));
    facts.into_iter().map(|(key, text)| (key.to_owned(), text)).collect()
}
