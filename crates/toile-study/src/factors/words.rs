//! Levels of factors in words.

use toile_nn::schedule::LearningRate;

use crate::numbers;
use crate::study::Model;
use crate::study_file::schedule_words;

/// `SGD, lr 0.1, momentum 0.9`.
pub(super) fn optimizer(model: &Model) -> String {
    let settings = &model.settings;
    let mut text = format!("{}, lr {}", settings.optimizer, numbers::learning_rate(settings.learning_rate));
    for (key, value) in &settings.optimizer_options {
        text += &format!(", {key} {value}");
    }
    text
}

/// The schedule without its warm-up, which is a setting of its own.
pub(super) fn schedule(model: &Model) -> String {
    schedule_words(&LearningRate { warmup_epochs: 0, ..model.learning_rate })
}

pub(super) fn normalization(model: &Model) -> String {
    let list = |values: &[f32]| values.iter().map(f32::to_string).collect::<Vec<_>>().join(", ");
    format!("mean {}, std {}", list(&model.normalization.mean), list(&model.normalization.std))
}

pub(super) fn early_stopping(model: &Model) -> String {
    model.early_stopping.map_or("none".into(), |patience| format!("patience {patience}"))
}

/// What the factor `optimizer` is called, given the settings that differ in it.
pub(super) fn optimizer_label<'a>(
    settings: impl Iterator<Item = &'a str>,
    first: &Model,
    second: &Model,
) -> String {
    let settings: Vec<&str> = settings.collect();
    let (a, b) = (&first.settings, &second.settings);
    let same_optimizer = a.optimizer == b.optimizer && a.optimizer_options == b.optimizer_options;
    let mut with = Vec::new();
    if a.learning_rate != b.learning_rate {
        with.push("rate");
    }
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
