//! Which levels of a factor are untuned: an optimizer at a rate that nobody looked for.

use super::sweep::Sweep;
use crate::factors::Factor;
use crate::numbers;
use crate::recipe::hexadecimal;
use crate::study::{Model, Study};
use crate::study_file;

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
        if let Some(why) = untuned(study, model, sweeps) {
            let rate = numbers::learning_rate(model.recipe.learning_rate.base);
            let (why, advice) = match why {
                Untuned::Never => ("untuned".to_owned(), None),
                Untuned::AtEdge => {
                    ("the best of its sweep, but the last rate tried in its direction".to_owned(), None)
                }
                Untuned::Shorter(epochs) => {
                    let own = numbers::counted(model.recipe.epochs as usize, "epoch");
                    (format!("tuned over {} of {own} only", numbers::count(epochs.into())), None)
                }
                Untuned::Best(best) => {
                    let best = numbers::learning_rate(best);
                    (
                        format!("not the rate of its sweep ({best})"),
                        Some(format!("A model at {best} beside it says how much.")),
                    )
                }
            };
            let advice = advice.unwrap_or_else(|| {
                let command = command(&model.name, &around(model.recipe.learning_rate.base));
                format!("Tune it on a validation split with: {command}")
            });
            warnings.push(format!(
                "{} at {rate} is {why}: \"{}\" then partly measures tuning. {advice}",
                model.recipe.optimizer.name(),
                factor.name
            ));
        }
    }
    warnings
}

/// Whether a sweep tuned the rate of this model, or of the same in all but its rate and its epochs.
fn is_of(sweep: &Sweep, study: &Study, model: &Model) -> bool {
    sweep.recipe == model.recipe.tuning_digest() || sweep.recipe == digest_before(study, model)
}

/// What sweeps were marked with before recipes had a digest: names were in it.
fn digest_before(study: &Study, model: &Model) -> String {
    let plain = Model { name: "model".into(), recipe: model.recipe.without_rate(), ..model.clone() };
    hexadecimal(study_file::resolved(study, &plain).as_bytes())
}

/// Why a model's rate does not count as tuned.
enum Untuned {
    /// Nobody looked for it.
    Never,
    /// It was the lowest or the highest of those asked for.
    AtEdge,
    /// The best of a sweep over so few epochs: less than half of the model's own, where other rates are best.
    Shorter(u32),
    /// Another one did better.
    Best(f64),
}

fn untuned(study: &Study, model: &Model, sweeps: &[Sweep]) -> Option<Untuned> {
    let rate = model.recipe.learning_rate.base;
    let of_recipe: Vec<&Sweep> = sweeps.iter().filter(|sweep| is_of(sweep, study, model)).collect();
    let best: Vec<&&Sweep> = of_recipe.iter().filter(|sweep| sweep.best == Some(rate)).collect();
    let within: Vec<u32> = best.iter().filter(|sweep| !sweep.at_edge).map(|sweep| sweep.epochs).collect();
    if let Some(&most) = within.iter().max() {
        return (2 * most < model.recipe.epochs).then_some(Untuned::Shorter(most));
    }
    Some(match of_recipe.iter().find_map(|sweep| sweep.best) {
        _ if !best.is_empty() => Untuned::AtEdge,
        Some(best) => Untuned::Best(best),
        None => Untuned::Never,
    })
}

/// Rates to try: the one there is, and factors of about 3 and 10 around it.
fn around(rate: f64) -> String {
    let around = |factor: f64| numbers::learning_rate(numbers::three_digits(factor * rate));
    let rates = [0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0].map(around);
    rates.join(",")
}
