//! What was set for each model, side by side.

use std::collections::BTreeMap;

use crate::numbers::learning_rate;
use crate::recipe::{RecipeSetting, Row, Wording};
use crate::results::{ModelResults, ModelSettings};

/// One setting across the models.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingRow {
    /// `dropout`, `optimizer`, `learning rate`.
    pub name: String,
    /// What is shown of it, one a model in the order of the models: words, where these tell the models apart.
    pub values: Vec<String>,
    /// What it is in each of them.
    exact: Vec<String>,
    /// Belongs to the architecture rather than to the training.
    pub architecture: bool,
    /// Whether a model has something else than what a study file that says nothing about it comes to.
    pub is_set: bool,
}

impl SettingRow {
    /// Whether the models differ in it.
    pub fn differs(&self) -> bool {
        self.exact.windows(2).any(|pair| pair[0] != pair[1])
    }
}

/// Every setting a reader may want to compare: the architecture and its variables first, then the settings of the
/// recipe as their kinds say ([`Row`]), each in their order.
pub fn compared_settings(models: &[ModelResults]) -> Vec<SettingRow> {
    let of_architecture = |name: &str, value: &dyn Fn(&ModelSettings) -> Option<String>| SettingRow {
        architecture: true,
        ..row(models, (name, true), &|settings| value(settings).map(Wording::of_exact))
    };
    let mut rows = vec![of_architecture("architecture", &|settings| Some(settings.architecture.clone()))];
    for variable in variables(models) {
        let value = |settings: &ModelSettings| {
            let found = settings.variables.iter().find(|(name, _)| name == variable);
            found.map(|(_, value)| value.clone())
        };
        rows.push(of_architecture(variable, &value));
    }
    let (mut first, mut later) = (Vec::new(), Vec::new());
    for (key, kind) in settings(models) {
        let wording = |settings: &ModelSettings| settings.wording(key);
        let name = key.replace('_', " ");
        match kind {
            Row::Optimizer => {
                let method = |settings: &ModelSettings| Some(Wording::of_exact(optimizer(settings)));
                first.push(row(models, (&name, true), &method));
                let rate = |of: &ModelSettings| Some(Wording::of_exact(learning_rate(of.learning_rate())));
                first.push(row(models, ("learning rate", true), &rate));
            }
            Row::First { always } => {
                let is_set = always || is_set(models, key);
                first.push(row(models, (&name, is_set), &wording));
            }
            Row::Later => later.push(row(models, (&name, is_set(models, key)), &wording)),
            Row::Behind { .. } | Row::Nowhere => {}
        }
    }
    rows.into_iter().chain(first).chain(later).collect()
}

/// What stands where a model has no such setting.
const NOTHING: &str = "–";

fn row(
    models: &[ModelResults],
    (name, is_set): (&str, bool),
    value: &dyn Fn(&ModelSettings) -> Option<Wording>,
) -> SettingRow {
    let nothing = || Wording::of_exact(NOTHING.to_string());
    // Results of before there were recipes know some settings in words alone, beside which texts say nothing.
    let has_words_alone = models.iter().any(|model| model.settings.is_incomplete());
    let of = |model: &ModelResults| {
        let found = value(&model.settings).unwrap_or_else(nothing);
        if has_words_alone { Wording::of_exact(found.words) } else { found }
    };
    let found: Vec<Wording> = models.iter().map(of).collect();
    SettingRow {
        name: name.to_string(),
        values: found.iter().map(|one| one.beside(&found)).collect(),
        exact: found.into_iter().map(|one| one.exact).collect(),
        architecture: false,
        is_set,
    }
}

/// Whether a model has no default in the row of this setting: in itself, or in what stands behind it.
fn is_set(models: &[ModelResults], key: &str) -> bool {
    let is_in_row = |setting: &RecipeSetting| setting.key == key || setting.is_behind(key);
    let mut settings = models.iter().flat_map(|model| &model.settings.recipe);
    settings.any(|setting| !setting.is_default && is_in_row(setting))
}

fn variables(models: &[ModelResults]) -> Vec<&str> {
    let mut variables: Vec<&str> = Vec::new();
    for (name, _) in models.iter().flat_map(|model| &model.settings.variables) {
        if !variables.contains(&name.as_str()) {
            variables.push(name);
        }
    }
    variables
}

/// Keys of the models' settings and where a table shows them, in the order in which they come.
fn settings(models: &[ModelResults]) -> Vec<(&str, Row)> {
    let mut found: Vec<(&str, Row)> = Vec::new();
    for setting in models.iter().flat_map(|model| &model.settings.recipe) {
        if found.iter().all(|(key, _)| *key != setting.key) {
            found.push((&setting.key, setting.kind().row));
        }
    }
    found
}

/// Whether two models are trained alike but for the number of epochs, whatever their architectures and variables are
/// called. In results of before there were recipes in them variables count too: they may be all that tells two models
/// apart.
pub fn same_recipe(a: &ModelResults, b: &ModelResults) -> bool {
    let decides = |model: &ModelResults| -> BTreeMap<String, String> {
        let settings = model.settings.recipe.iter().filter(|setting| setting.key != "epochs");
        settings.filter_map(|setting| Some((setting.key.clone(), setting.text.clone()?))).collect()
    };
    // Without a recipe, rows of layers have no settings either: what is not in a row's description, the variables tell.
    let by_variables = a.settings.is_incomplete() || b.settings.is_incomplete();
    let variables_agree = !by_variables || a.settings.variables == b.settings.variables;
    decides(a) == decides(b) && a.layers == b.layers && variables_agree
}

/// `SGD (momentum 0.9)`.
fn optimizer(settings: &ModelSettings) -> String {
    let options = settings.optimizer_options().iter().map(|(name, value)| format!("{name} {value}"));
    let options = options.collect::<Vec<_>>().join(", ");
    let name = settings.optimizer_name();
    if options.is_empty() { name.to_string() } else { format!("{name} ({options})") }
}
