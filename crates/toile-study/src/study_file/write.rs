//! A study file with one model, every setting written out: what a run's folder keeps.

use toile_nn::schedule::Schedule;

use super::dataset;
use crate::numbers::learning_rate;
use crate::recipe::{Place, RecipeSetting, optimizer_options, string};
use crate::study::{Model, Study};

/// The study file of `model` alone: variables filled in, defaults written out.
///
/// Beside names it holds what decides the course of a run and nothing else: no title, no note, no seeds (the run's
/// folder names its own), neither `on_request` nor `published`. It parses to the same recipe.
pub fn resolved(study: &Study, model: &Model) -> String {
    let settings = model.recipe.settings();
    let lines = |place: Place| {
        let of_place = settings.iter().filter(move |setting| setting.place == place);
        // The recipe knows its data set by name; where it is, the study knows.
        let line = |setting: &RecipeSetting| match setting.key.as_str() {
            "dataset" => Some(format!("dataset = {}", dataset::text(&study.source))),
            _ => setting.line(),
        };
        of_place.filter_map(line).map(|line| line + "\n").collect::<String>()
    };
    let (name, architecture) = (string(&study.name), &model.architecture);
    format!(
        "# One model of a study, every setting written out. The run's folder names the seed.\n\
         name = {name}\n{}\n[architecture.{}]\n{}\n[model.{}]\narchitecture = {}\n{}",
        lines(Place::Study),
        key(architecture),
        lines(Place::Architecture),
        key(&model.name),
        string(architecture),
        lines(Place::Model),
    )
}

/// The table of a model as one would write it into the study's file: variables by name, no defaults.
pub fn model_table(study: &Study, model: &Model) -> String {
    let recipe = &model.recipe;
    let mut text = format!("[model.{}]\n", key(&model.name));
    let mut line = |text_of: String| text += &(text_of + "\n");
    line(format!("architecture = {}", string(&model.architecture)));
    for (name, value) in &model.variables {
        line(format!("{} = {value}", key(name)));
    }
    let written =
        |wanted: &str| recipe.settings().into_iter().find(|s| s.key == wanted).and_then(|s| s.line());
    // The study may have another one for all its models.
    if !study.models.iter().all(|model| model.recipe.normalization.is_none()) {
        written("normalization").into_iter().for_each(&mut line);
    }
    match &recipe.augment[..] {
        // The study may have a list for all its models.
        [] if study.models.iter().any(|model| !model.recipe.augment.is_empty()) => {
            line("augment = []".to_string());
        }
        _ => written("augment").into_iter().for_each(&mut line),
    }
    let mut settings = vec![format!("lr = {}", learning_rate(recipe.learning_rate.base))];
    settings
        .extend(optimizer_options(&recipe.optimizer).iter().map(|(key, value)| format!("{key} = {value}")));
    line(format!("optimizer = {{ {} = {{ {} }} }}", recipe.optimizer.name(), settings.join(", ")));
    for key in ["parameter_groups", "clip_grad_norm", "clip_grad_value"] {
        written(key).into_iter().for_each(&mut line);
    }
    if recipe.learning_rate.schedule != Schedule::Constant {
        written("schedule").into_iter().for_each(&mut line);
    }
    let shown = [
        "warmup_epochs",
        "ema",
        "swa",
        "lookahead",
        "epochs",
        "batch_size",
        "precision",
        "label_smoothing",
        "class_weights",
        "sampler",
        "early_stopping",
        "test_time_augmentation",
    ];
    for setting in recipe.settings().into_iter().filter(|setting| shown.contains(&setting.key.as_str())) {
        let is_required = ["epochs", "batch_size"].contains(&setting.key.as_str());
        if is_required || !setting.is_default {
            setting.line().into_iter().for_each(&mut line);
        }
    }
    text
}

/// A TOML key, in quotes where it needs them.
fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.chars().all(bare) { name.to_string() } else { string(name) }
}
