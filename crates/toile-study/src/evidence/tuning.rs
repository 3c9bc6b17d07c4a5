//! Which levels of a factor are untuned: an optimizer at a rate that nobody looked for.

use super::sweep::Sweep;
use crate::factors::Factor;
use crate::findings;
use crate::study::{Model, Study};
use crate::sweep::recipe;

/// What is asked of whom.
#[derive(Clone, Copy, Debug)]
pub struct Levels<'a> {
    /// The study of the two models.
    pub study: &'a Study,
    /// In what they differ.
    pub factors: &'a [Factor],
    /// Both of them.
    pub models: [&'a Model; 2],
}

/// A warning for each level of an optimizer whose rate is not the best of a sweep. `command` makes the command that
/// tunes a model (its name) over rates.
pub fn warnings(levels: Levels<'_>, sweeps: &[Sweep], command: &dyn Fn(&str, &str) -> String) -> Vec<String> {
    let Levels { study, factors, models } = levels;
    let Some(factor) = factors.iter().find(|factor| factor.is_optimizer) else { return Vec::new() };
    let mut warnings: Vec<String> = Vec::new();
    for model in models {
        if let Some(why) = untuned(model, &recipe(study, model), sweeps) {
            let rate = findings::learning_rate(model.learning_rate.base);
            warnings.push(format!(
                "{} at {rate} is {why}: \"{}\" then partly measures tuning. Tune it on a validation split with: {}",
                model.settings.optimizer,
                factor.name,
                command(&model.name, &around(model.learning_rate.base))
            ));
        }
    }
    warnings
}

/// Why a model's rate does not count as tuned.
fn untuned(model: &Model, recipe: &str, sweeps: &[Sweep]) -> Option<String> {
    let rate = model.learning_rate.base;
    let of_recipe: Vec<&Sweep> = sweeps.iter().filter(|sweep| sweep.recipe == recipe).collect();
    let best: Vec<&&Sweep> = of_recipe.iter().filter(|sweep| sweep.best == Some(rate)).collect();
    if best.iter().any(|sweep| !sweep.at_edge) {
        return None;
    }
    Some(match of_recipe.iter().find_map(|sweep| sweep.best) {
        _ if !best.is_empty() => "the best of its sweep, but the last rate tried in its direction".into(),
        Some(best) => format!("not the rate of its sweep ({})", findings::learning_rate(best)),
        None => "untuned".into(),
    })
}

/// Rates to try: the one there is, and factors of about 3 and 10 around it.
fn around(rate: f64) -> String {
    // Three digits: 0.3 times 0.1 is not 0.030000000000000002 to anybody.
    let round = |rate: f64| format!("{rate:.2e}").parse().unwrap_or(rate);
    let rates =
        [0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0].map(|factor| findings::learning_rate(round(factor * rate)));
    rates.join(",")
}
