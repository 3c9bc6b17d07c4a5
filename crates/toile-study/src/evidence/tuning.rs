//! Which levels of a factor are untuned: an optimizer at a rate that nobody looked for.

use super::sweep::Sweep;
use crate::factors::Factor;
use crate::findings;
use crate::study::Model;

/// A warning for each level of an optimizer whose rate is not the best of a sweep. `study` is what the user
/// called the study.
pub fn warnings(study: &str, factors: &[Factor], models: [&Model; 2], sweeps: &[Sweep]) -> Vec<String> {
    let Some(factor) = factors.iter().find(|factor| factor.is_optimizer) else { return Vec::new() };
    let mut warnings: Vec<String> = Vec::new();
    for model in models {
        if let Some(why) = untuned(model, sweeps) {
            let rate = findings::learning_rate(model.learning_rate.base);
            warnings.push(format!(
                "{} at {rate} is {why}: \"{}\" then partly measures tuning. Tune it on a validation split with: toile \
                 sweep {study} {} --lr {}",
                model.settings.optimizer,
                factor.name,
                model.name,
                around(model.learning_rate.base)
            ));
        }
    }
    warnings
}

/// Why a model's rate does not count as tuned.
fn untuned(model: &Model, sweeps: &[Sweep]) -> Option<String> {
    let settings = &model.settings;
    let same = |sweep: &&Sweep| {
        sweep.optimizer == settings.optimizer
            && sweep.optimizer_options == settings.optimizer_options
            && sweep.schedule == settings.schedule
    };
    let rate = model.learning_rate.base;
    let of_optimizer: Vec<&Sweep> = sweeps.iter().filter(same).collect();
    let found = of_optimizer.iter().find(|sweep| sweep.best == Some(rate));
    match (found, of_optimizer.iter().find_map(|sweep| sweep.best)) {
        (Some(sweep), _) if !sweep.at_edge => None,
        (Some(_), _) => Some("the best of its sweep, but the last rate tried in its direction".into()),
        (None, Some(best)) => Some(format!("not the rate of its sweep ({})", findings::learning_rate(best))),
        (None, None) => Some("untuned".into()),
    }
}

/// Rates to try: the one there is, and factors of about 3 and 10 around it.
fn around(rate: f64) -> String {
    // Three digits: 0.3 times 0.1 is not 0.030000000000000002 to anybody.
    let round = |rate: f64| format!("{rate:.2e}").parse().unwrap_or(rate);
    let rates =
        [0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0].map(|factor| findings::learning_rate(round(factor * rate)));
    rates.join(",")
}
