//! Settings as a study file writes them: exact, so that they read back to the same bits.

use std::fmt::Write;

use toile_nn::average::Average;
use toile_nn::description::Layer;
use toile_nn::optimizer::Optimizer;
use toile_nn::schedule::Schedule;
use toile_pixels::augment::Transform;

use super::words::optimizer_settings;
use super::{ChannelScale, ClassWeights, Loss, Normalization, TestTimeAugmentation};
use crate::cross_validation::CrossValidation;

/// A list of layers, one a line.
pub(super) fn layers(layers: &[Layer]) -> String {
    let mut text = String::from("[\n");
    write_layers(&mut text, layers, 1);
    text + "]"
}

fn write_layers(out: &mut String, layers: &[Layer], depth: usize) {
    let indent = "  ".repeat(depth);
    for layer in layers {
        let settings: Vec<String> =
            layer.settings().iter().map(|setting| format!("{} = {}", setting.name, setting.value)).collect();
        let settings = settings.join(", ");
        // Writing to a string cannot fail.
        let _ = match layer {
            Layer::Residual(block) => {
                // An inline table may span lines since TOML 1.1 only; the list in it always may.
                let _ = writeln!(out, "{indent}{{ Residual = {{ {settings}, layers = [");
                write_layers(out, &block.layers, depth + 1);
                writeln!(out, "{indent}] }} }},")
            }
            _ if settings.is_empty() => writeln!(out, "{indent}\"{}\",", layer.name()),
            _ => writeln!(out, "{indent}{{ {} = {{ {settings} }} }},", layer.name()),
        };
    }
}

pub(super) fn normalization(normalization: &Normalization) -> String {
    match normalization {
        Normalization::Fixed(ChannelScale { mean, std }) => format!("{{ mean = {mean:?}, std = {std:?} }}"),
        Normalization::Dataset => "\"dataset\"".to_string(),
    }
}

/// A list of transforms, one a line, with all of their settings.
pub(crate) fn augment(transforms: &[Transform]) -> String {
    let lines = transforms.iter().map(|transform| {
        let settings = transform.settings().into_iter();
        let settings: Vec<String> =
            settings.map(|setting| format!("{} = {}", setting.name, setting.value)).collect();
        format!("  {{ {} = {{ {} }} }},\n", transform.name(), settings.join(", "))
    });
    match transforms {
        [] => "[]".to_string(),
        _ => format!("[\n{}]", lines.collect::<String>()),
    }
}

/// Without its repeats, which are as many runs more and change none.
pub(super) fn cross_validation(of: &CrossValidation) -> String {
    let group = of.group.as_ref().map_or(String::new(), |group| format!(", group = {}", string(group)));
    format!("{{ folds = {}{group} }}", of.folds)
}

/// `{ Adam = { lr = 0.001, ... } }`, all of its settings.
pub(super) fn optimizer_text(optimizer: &Optimizer, lr: f64) -> String {
    let mut settings = vec![format!("lr = {lr:?}")];
    settings.extend(optimizer_settings(optimizer).iter().map(|(key, value)| format!("{key} = {value}")));
    format!("{{ {} = {{ {} }} }}", optimizer.name(), settings.join(", "))
}

pub(super) fn schedule(schedule: &Schedule) -> String {
    match schedule {
        Schedule::Constant => "\"constant\"".to_string(),
        Schedule::Step { step_size, gamma } => {
            format!("{{ StepLR = {{ step_size = {step_size}, gamma = {gamma:?} }} }}")
        }
        Schedule::Cosine { eta_min } => format!("{{ CosineAnnealingLR = {{ eta_min = {eta_min:?} }} }}"),
        Schedule::OneCycle { pct_start, div_factor, final_div_factor } => format!(
            "{{ OneCycleLR = {{ pct_start = {pct_start:?}, div_factor = {div_factor:?}, final_div_factor = {final_div_factor:?} }} }}"
        ),
        Schedule::PiecewiseLinear { points } => {
            let points: Vec<String> =
                points.iter().map(|(share, factor)| format!("[{share:?}, {factor:?}]")).collect();
            format!("{{ PiecewiseLinear = {{ points = [{}] }} }}", points.join(", "))
        }
        Schedule::WarmupStableDecay { warmup, decay, shape } => format!(
            "{{ WarmupStableDecay = {{ warmup = {warmup:?}, decay = {decay:?}, shape = \"{}\" }} }}",
            shape.name()
        ),
    }
}

pub(super) fn average(average: Average) -> String {
    match average {
        Average::Ema { decay, every, warmup } => {
            format!("{{ decay = {decay:?}, every = {every}, warmup = {warmup} }}")
        }
        Average::Swa { start } => format!("{{ start = {start:?} }}"),
        Average::Lookahead { k, alpha, power } => {
            format!("{{ k = {k}, alpha = {alpha:?}, power = {power:?} }}")
        }
    }
}

pub(super) fn loss(loss: Loss) -> String {
    match loss {
        Loss::NllLoss => "\"nll_loss\"".to_string(),
    }
}

pub(super) fn test_time(TestTimeAugmentation { flip, shifts }: TestTimeAugmentation) -> String {
    format!("{{ flip = {flip}, shifts = {shifts} }}")
}

/// `None` where all count alike. Of a table all keys are quoted, so that equal tables are equal texts.
pub(super) fn class_weights(weights: &ClassWeights) -> Option<String> {
    match weights {
        ClassWeights::Equal => None,
        ClassWeights::Balanced => Some("\"balanced\"".to_string()),
        ClassWeights::Named(named) => {
            let entry = |(name, weight): (&String, &f64)| format!("{} = {weight:?}", string(name));
            Some(format!("{{ {} }}", named.iter().map(entry).collect::<Vec<_>>().join(", ")))
        }
    }
}

/// A TOML string.
pub(crate) fn string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
