//! What differs between two models, as factors that can be varied one by one, and the models in between.
//!
//! A factor is a group of settings that belong together: an optimizer with its learning rate, its schedule and
//! its warm-up is one, because a rate that suits one optimizer does not suit another. A study file's `[factors]`
//! groups others.

mod cells;
mod error;
mod words;

pub use cells::{Cell, cells, second_level};
pub use error::FactorsError;
pub use toile_statistics::factorial::FACTORS_MAX;
use toile_statistics::fractional::FRACTION_FACTORS;

use crate::recipe::{factor_settings, goes_with_the_optimizer};
use crate::study::{Model, Study};

/// Settings that differ between two models and are varied together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    /// `optimizer`, `dropout`, `epochs`, or the name of a group: part of the names of cells.
    pub name: String,
    /// In a sentence: `optimizer with its rate`.
    pub label: String,
    /// Keys of `[model.NAME]` that differ.
    pub keys: Vec<String>,
    /// What the first model sets, in words where these tell it from the second: `SGD, lr 0.001`.
    pub first: String,
    /// What the second model sets.
    pub second: String,
    /// Whether the optimizer itself, not its rate alone, is among them.
    pub is_optimizer: bool,
}

/// One setting in which two models differ.
struct Difference {
    setting: String,
    keys: Vec<String>,
    first: String,
    second: String,
}

/// The factors in which two models of a study differ, in the order of [`factor_settings`], variables in the order of
/// the architecture.
///
/// # Errors
/// None at all, or more than even a fraction of all combinations tells apart.
pub fn find(study: &Study, first: &Model, second: &Model) -> Result<Vec<Factor>, FactorsError> {
    let mut factors: Vec<(String, Vec<Difference>)> = Vec::new();
    for difference in differences(first, second) {
        let name = group_of(study, &difference.setting);
        match factors.iter_mut().find(|(known, _)| *known == name) {
            Some((_, members)) => members.push(difference),
            None => factors.push((name, vec![difference])),
        }
    }
    let factors: Vec<Factor> = factors
        .into_iter()
        .map(|(name, members)| {
            let is_group = study.factors.iter().any(|group| group.name == name);
            factor(name, is_group, &members, first, second)
        })
        .collect();
    let models = || (first.name.clone(), second.name.clone());
    match factors.len() {
        0 => Err(FactorsError::Alike { models: models() }),
        number if number <= *FRACTION_FACTORS.end() => Ok(factors),
        _ => {
            let names = factors.into_iter().map(|factor| factor.name).collect();
            Err(FactorsError::TooMany { models: models(), factors: names, seeds: study.seeds.len() })
        }
    }
}

/// Name of the factor that a setting belongs to.
fn group_of(study: &Study, setting: &str) -> String {
    let explicit = |setting: &str| {
        let holds = |known: &String| known == setting;
        study.factors.iter().find(|group| group.settings.iter().any(holds)).map(|group| group.name.clone())
    };
    let follows = goes_with_the_optimizer(setting).then_some("optimizer");
    explicit(setting).or_else(|| explicit(follows?)).unwrap_or_else(|| follows.unwrap_or(setting).to_string())
}

fn differences(first: &Model, second: &Model) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut compare = |setting: &str, keys: Vec<String>, first: String, second: String| {
        if first != second {
            found.push(Difference { setting: setting.to_string(), keys, first, second });
        }
    };
    let key = |key: &str| vec![key.to_string()];
    let variable = |of: &Model, name: &str| {
        let set = of.variables.iter().find(|(known, _)| known == name);
        set.map(|(_, value)| value.clone())
    };
    // A variable that one architecture alone has comes and goes with it.
    let mut with_architecture = key("architecture");
    let names = |of: &Model| of.variables.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    for (here, there) in [(first, second), (second, first)] {
        with_architecture.extend(names(here).into_iter().filter(|name| variable(there, name).is_none()));
    }
    compare("architecture", with_architecture, first.architecture.clone(), second.architecture.clone());
    for (name, value) in &first.variables {
        if let Some(other) = variable(second, name) {
            compare(name, key(name), value.clone(), other);
        }
    }
    let differing = first.recipe.differences(&second.recipe);
    for setting in factor_settings() {
        if let Some((here, there)) = differing.iter().find(|(here, _)| here.key == setting) {
            let levels = [here.wording(), there.wording()];
            let [first, second] = levels.each_ref().map(|level| level.beside(&levels));
            found.push(Difference { setting: setting.to_string(), keys: key(setting), first, second });
        }
    }
    found
}

fn factor(name: String, is_group: bool, members: &[Difference], first: &Model, second: &Model) -> Factor {
    let is_optimizer = first.recipe.optimizer != second.recipe.optimizer;
    let is_optimizer = is_optimizer && members.iter().any(|member| member.setting == "optimizer");
    // Where the optimizer is the same, its factor goes by what differs.
    let name = match members {
        [only] if !is_group => only.setting.clone(),
        _ => name,
    };
    let label = match name.as_str() {
        "optimizer" if !is_group => {
            words::optimizer_label(members.iter().map(|m| &*m.setting), first, second)
        }
        name => name.to_string(),
    };
    let level = |of: fn(&Difference) -> &String| {
        let words = members.iter().map(|member| match member.setting.as_str() {
            // Says by itself what it is.
            "optimizer" => of(member).clone(),
            _ if members.len() == 1 => of(member).clone(),
            setting => format!("{setting} {}", of(member)),
        });
        words.collect::<Vec<_>>().join(", ")
    };
    Factor {
        label,
        keys: members.iter().flat_map(|member| member.keys.clone()).collect(),
        first: level(|member| &member.first),
        second: level(|member| &member.second),
        name,
        is_optimizer,
    }
}
