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
}

impl SettingRow {
    /// Whether the models differ in it.
    pub fn differs(&self) -> bool {
        self.values.windows(2).any(|pair| pair[0] != pair[1])
    }
}

/// Every setting a reader may want to compare: the architecture and its variables first.
pub fn compared_settings(models: &[ModelResults]) -> Vec<SettingRow> {
    let row = |name: &str, architecture: bool, value: &dyn Fn(&ModelSettings) -> String| SettingRow {
        name: name.to_string(),
        values: models.iter().map(|model| value(&model.settings)).collect(),
        architecture,
    };
    let mut rows = vec![row("architecture", true, &|s| s.architecture.clone())];
    let mut variables: Vec<&str> = Vec::new();
    for (name, _) in models.iter().flat_map(|model| &model.settings.variables) {
        if !variables.contains(&name.as_str()) {
            variables.push(name);
        }
    }
    for variable in variables {
        let value = |s: &ModelSettings| {
            let found = s.variables.iter().find(|(name, _)| name == variable);
            found.map_or("–".to_string(), |(_, value)| value.clone())
        };
        rows.push(row(variable, true, &value));
    }
    rows.push(row("optimizer", false, &optimizer));
    rows.push(row("learning rate", false, &|s| learning_rate(s.learning_rate)));
    rows.push(row("schedule", false, &|s| s.schedule.clone()));
    rows.push(row("epochs", false, &|s| s.epochs.to_string()));
    rows.push(row("batch size", false, &|s| s.batch_size.to_string()));
    rows.push(row("loss", false, &loss));
    rows
}

/// Whether two models are trained alike but for the number of epochs.
pub fn same_recipe(a: &ModelResults, b: &ModelResults) -> bool {
    let any_epochs = |model: &ModelResults| ModelSettings { epochs: 0, ..model.settings.clone() };
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
