//! How a model evens out classes of unequal size.

use toile_data::DatasetInfo;

use super::error::{Problem, did_you_mean, list_of};
use super::value::{Fields, Value};
use crate::recipe::{ClassWeights, Sampler};

const WEIGHTS: &str = "class_weights = \"balanced\", or class_weights = { NAME = 2.0 } with names of classes";
const BALANCED: &str = "balanced";
/// More names than this are not listed.
const LISTED_MAX: usize = 20;

/// A weight a class: balanced, or by the names of classes, which [`check_classes`] compares with the data set's.
pub(super) fn weights(value: &Value) -> Result<ClassWeights, Problem> {
    if let Some(word) = value.as_str() {
        return match word {
            BALANCED => Ok(ClassWeights::Balanced),
            _ => Err(value
                .problem(format!("there are no class weights `{word}`"))
                .help(format!("write {WEIGHTS}"))),
        };
    }
    let entries = Fields::named(value, "class_weights", WEIGHTS)?.entries();
    if entries.is_empty() {
        return Err(value
            .problem("`class_weights` names no class")
            .help(format!("write {WEIGHTS}, or leave it out")));
    }
    // Checked as f32, in which losses are computed.
    let allowed = |x: f64| x as f32 > 0.0 && (x as f32).is_finite();
    let weight = |(name, _, value): &(&str, _, Value)| {
        Ok((name.to_string(), value.float(allowed, "a number more than 0, up to 3.4e38")?))
    };
    Ok(ClassWeights::Named(entries.iter().map(weight).collect::<Result<_, Problem>>()?))
}

/// Refuses weights of classes that the data set does not have.
pub(super) fn check_classes(value: &Value, data: &DatasetInfo) -> Result<(), Problem> {
    if value.as_str().is_some() {
        return Ok(());
    }
    for (name, span, _) in Fields::named(value, "class_weights", WEIGHTS)?.entries() {
        let known = || data.class_names.iter().map(String::as_str);
        if known().all(|class| class != name) {
            let help = did_you_mean(name, known()).unwrap_or_else(|| match known().count() {
                0..=LISTED_MAX => format!("the classes are {}", list_of(known())),
                classes => format!("write one of the names of its {classes} classes"),
            });
            return Err(Problem::new(span, format!("{} has no class `{name}`", data.name)).help(help));
        }
    }
    Ok(())
}

/// Which images an epoch draws.
pub(super) fn sampler(value: &Value) -> Result<Sampler, Problem> {
    match value.string()? {
        "shuffle" => Ok(Sampler::Shuffle),
        BALANCED => Ok(Sampler::Balanced),
        other => {
            let help = "write \"balanced\", or \"shuffle\", which is what happens without the key";
            Err(value.problem(format!("there is no sampler `{other}`")).help(help))
        }
    }
}
