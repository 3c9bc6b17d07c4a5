//! What factors are called.

use crate::numbers;
use crate::study::Model;

/// What the factor `optimizer` is called, given the settings that differ in it.
pub(super) fn optimizer_label<'a>(
    settings: impl Iterator<Item = &'a str>,
    first: &Model,
    second: &Model,
) -> String {
    let settings: Vec<&str> = settings.collect();
    let (a, b) = (&first.recipe, &second.recipe);
    let same_optimizer = a.optimizer == b.optimizer;
    let mut with = Vec::new();
    if a.learning_rate.base != b.learning_rate.base {
        with.push("rate");
    }
    with.extend(settings.contains(&"parameter_groups").then_some("parameter groups"));
    with.extend(settings.contains(&"schedule").then_some("schedule"));
    with.extend(settings.contains(&"warmup_epochs").then_some("warm-up"));
    match (same_optimizer, with.as_slice()) {
        (true, ["rate"]) => "learning rate".into(),
        (true, ["rate", rest @ ..]) => format!("learning rate with its {}", numbers::joined(rest)),
        (true, with) => numbers::joined(with),
        (false, []) => "optimizer".into(),
        (false, with) => format!("optimizer with its {}", numbers::joined(with)),
    }
}
