//! A study as data, for programs.

use serde_json::{Value, json as object};
use toile_study::results::{LayerRow, ModelSettings};
use toile_study::study::{Model, Study};

use crate::commands::shared;

/// The study's data and, for each model, its settings and its layers with their shapes and costs.
pub(super) fn json(study: &Study) -> Value {
    let data = &study.data;
    object!({
        "study": study.name,
        "title": study.title,
        "note": study.note,
        "dataset": {
            "name": study.dataset(),
            "train_images": data.train_images,
            "test_images": data.test_images,
            "image_shape": data.image_shape,
            "class_names": data.class_names,
        },
        "seeds": study.seeds,
        "models": study.models.iter().map(|of| model(study, of)).collect::<Vec<_>>(),
    })
}

fn model(study: &Study, model: &Model) -> Value {
    let layers = shared::network(study, model).map_or_else(|_| Vec::new(), |network| LayerRow::of(&network));
    let settings = ModelSettings::of(model);
    let multiply_adds: usize = layers.iter().map(|layer| layer.multiply_adds).sum();
    object!({
        "name": model.name,
        "on_request": model.on_request,
        "layers": layers,
        "parameters": layers.iter().map(|layer| layer.parameters).sum::<usize>(),
        "multiply_adds": multiply_adds * settings.passes(),
        "settings": settings,
    })
}
