//! A study file with one model, every setting written out: what a run's folder keeps.

use super::dataset;
use crate::numbers::learning_rate;
use crate::recipe::{Recipe, RecipeSetting, SettingPlace, optimizer_options, string};
use crate::study::{Model, Study};

/// The study file of `model` alone: variables filled in, defaults written out.
///
/// Beside names it holds what decides the course of a run and nothing else: no title, no note, no seeds (the run's
/// folder names its own), neither `on_request` nor `published`. It parses to the same recipe.
pub fn resolved(study: &Study, model: &Model) -> String {
    let names = [&study.name[..], &model.architecture, &model.name];
    written(&model.recipe, names, &dataset::text(&study.source))
}

/// The same of a recipe that belongs to no study. Of its data set it has the name alone, or any where it has none.
pub(super) fn alone(recipe: &Recipe) -> String {
    let dataset = if recipe.dataset.is_empty() { "data" } else { &recipe.dataset };
    written(recipe, ["study", "network", "model"], &string(dataset))
}

/// A study file of one model by the names of study, architecture and model. A recipe knows its data set by name; where
/// it is, somebody else does.
fn written(recipe: &Recipe, [study, architecture, model]: [&str; 3], dataset: &str) -> String {
    let settings = recipe.settings();
    let lines = |place: SettingPlace| {
        let of_place = settings.iter().filter(move |setting| setting.place == place);
        let line = |setting: &RecipeSetting| match setting.key.as_str() {
            "dataset" => Some(format!("dataset = {dataset}")),
            _ => setting.line(),
        };
        of_place.filter_map(line).map(|line| line + "\n").collect::<String>()
    };
    format!(
        "# One model of a study, every setting written out. The run's folder names the seed.\n\
         name = {}\n{}\n[architecture.{}]\n{}\n[model.{}]\narchitecture = {}\n{}",
        string(study),
        lines(SettingPlace::Study),
        key(architecture),
        lines(SettingPlace::Architecture),
        key(model),
        string(architecture),
        lines(SettingPlace::Model),
    )
}

/// The table of a model as one would write it into the study's file: variables by name, no defaults.
pub fn model_table(study: &Study, model: &Model) -> String {
    let mut text = format!("[model.{}]\narchitecture = {}\n", key(&model.name), string(&model.architecture));
    for (name, value) in &model.variables {
        text += &format!("{} = {value}\n", key(name));
    }
    for setting in model.recipe.settings().iter().filter(|setting| setting.place == SettingPlace::Model) {
        text.extend(model_line(study, &model.recipe, setting).map(|line| line + "\n"));
    }
    text
}

/// The line of a model's setting; `None` where nothing need be said of it.
fn model_line(study: &Study, recipe: &Recipe, setting: &RecipeSetting) -> Option<String> {
    // What the study may have for all its models has to be said though it is what no study at all would come to.
    let of_all = |is_none: fn(&Recipe) -> bool| !study.models.iter().all(|model| is_none(&model.recipe));
    match setting.key.as_str() {
        "optimizer" => Some(short_optimizer(recipe)),
        "normalization" if of_all(|recipe| recipe.normalization.is_none()) => setting.line(),
        "augment" if recipe.augment.is_empty() && of_all(|recipe| recipe.augment.is_empty()) => {
            Some("augment = []".to_string())
        }
        _ if setting.is_default && !setting.kind().is_required => None,
        _ => setting.line(),
    }
}

/// The optimizer without its defaults, its rate as one would say it.
fn short_optimizer(recipe: &Recipe) -> String {
    let mut settings = vec![format!("lr = {}", learning_rate(recipe.learning_rate.base))];
    settings
        .extend(optimizer_options(&recipe.optimizer).iter().map(|(key, value)| format!("{key} = {value}")));
    format!("optimizer = {{ {} = {{ {} }} }}", recipe.optimizer.name(), settings.join(", "))
}

/// A TOML key, in quotes where it needs them.
fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.chars().all(bare) { name.to_string() } else { string(name) }
}
