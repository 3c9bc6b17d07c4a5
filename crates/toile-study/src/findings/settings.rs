//! What was set for each model, side by side.

use crate::numbers::learning_rate;
use crate::results::{ModelResults, ModelSettings};

/// One setting across the models.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingRow {
    /// `dropout`, `optimizer`, `learning rate`.
    pub name: String,
    /// One text a model, in the order of the models.
    pub values: Vec<String>,
    /// Belongs to the architecture rather than to the training.
    pub architecture: bool,
    /// Whether a model has something else than what a study file that says nothing about it comes to.
    pub is_set: bool,
}

impl SettingRow {
    /// Whether the models differ in it.
    pub fn differs(&self) -> bool {
        self.values.windows(2).any(|pair| pair[0] != pair[1])
    }
}

/// Settings that share a row with another: the warm-up with the schedule, label smoothing with the loss. The data
/// set is the study's.
const IN_OTHER_ROWS: [&str; 3] = ["warmup_epochs", "label_smoothing", "dataset"];

/// Every setting a reader may want to compare: the architecture and its variables first, then the settings of the
/// recipe in their order.
pub fn compared_settings(models: &[ModelResults]) -> Vec<SettingRow> {
    let row =
        |name: &str, architecture: bool, is_set: bool, value: &dyn Fn(&ModelSettings) -> String| SettingRow {
            name: name.to_string(),
            values: models.iter().map(|model| value(&model.settings)).collect(),
            architecture,
            is_set,
        };
    let mut rows = vec![row("architecture", true, true, &|s| s.architecture.clone())];
    for variable in variables(models) {
        let value = |s: &ModelSettings| {
            let found = s.variables.iter().find(|(name, _)| name == variable);
            found.map_or(NOTHING.to_string(), |(_, value)| value.clone())
        };
        rows.push(row(variable, true, true, &value));
    }
    rows.push(row("optimizer", false, true, &optimizer));
    rows.push(row("learning rate", false, true, &|s| learning_rate(s.learning_rate)));
    let scheduled = models.iter().any(|model| model.settings.schedule != "constant");
    rows.push(row("schedule", false, scheduled, &|s| s.schedule.clone()));
    rows.push(row("epochs", false, true, &|s| s.epochs.to_string()));
    rows.push(row("batch size", false, false, &|s| s.batch_size.to_string()));
    rows.push(row("loss", false, true, &loss));
    for key in other_keys(models) {
        let setting = |s: &ModelSettings| s.recipe.iter().find(|setting| setting.key == key).cloned();
        let is_set = models.iter().any(|m| setting(&m.settings).is_some_and(|setting| !setting.is_default));
        let words = |s: &ModelSettings| setting(s).map_or(NOTHING.to_string(), |setting| setting.words);
        rows.push(row(&key.replace('_', " "), false, is_set, &words));
    }
    rows
}

/// What stands where a model has no such setting.
const NOTHING: &str = "–";

fn variables(models: &[ModelResults]) -> Vec<&str> {
    let mut variables: Vec<&str> = Vec::new();
    for (name, _) in models.iter().flat_map(|model| &model.settings.variables) {
        if !variables.contains(&name.as_str()) {
            variables.push(name);
        }
    }
    variables
}

/// Keys of the recipes' settings that have no row yet.
fn other_keys(models: &[ModelResults]) -> Vec<String> {
    const WITH_ROWS: [&str; 5] = ["optimizer", "schedule", "epochs", "batch_size", "loss"];
    let mut keys: Vec<String> = Vec::new();
    for setting in models.iter().flat_map(|model| &model.settings.recipe) {
        let key = setting.key.as_str();
        if !WITH_ROWS.contains(&key)
            && !IN_OTHER_ROWS.contains(&key)
            && !keys.iter().any(|known| known == key)
        {
            keys.push(key.to_string());
        }
    }
    keys
}

/// Whether two models are trained alike but for the number of epochs.
pub fn same_recipe(a: &ModelResults, b: &ModelResults) -> bool {
    let any_epochs = |model: &ModelResults| {
        let mut settings = ModelSettings { epochs: 0, ..model.settings.clone() };
        settings.recipe.retain(|setting| setting.key != "epochs");
        settings
    };
    any_epochs(a) == any_epochs(b) && a.layers == b.layers
}

fn optimizer(settings: &ModelSettings) -> String {
    let options: Vec<String> =
        settings.optimizer_options.iter().map(|(name, value)| format!("{name} {value}")).collect();
    match options.is_empty() {
        true => settings.optimizer.clone(),
        false => format!("{} ({})", settings.optimizer, options.join(", ")),
    }
}

fn loss(settings: &ModelSettings) -> String {
    match settings.label_smoothing {
        0.0 => settings.loss.clone(),
        smoothing => format!("{}, label smoothing {smoothing}", settings.loss),
    }
}
