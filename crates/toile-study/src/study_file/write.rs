//! A study file with one model, every setting written out: what a run's folder keeps.

use std::fmt::Write;

use toile_nn::description::Layer;
use toile_nn::schedule::Schedule;

use super::words::{optimizer_options, optimizer_settings};
use crate::numbers::learning_rate;
use crate::study::{Model, Normalization, Study};

/// The study file of `model` alone: variables filled in, defaults written out.
///
/// It holds what decides the course of a run and nothing else, so that two texts are equal exactly where a
/// run may be continued: no title, no note, no seeds (the run's folder names its own), neither `on_request` nor
/// `published`. It parses to the same model but for those, and for [`ModelSettings::variables`], which have
/// become numbers.
///
/// [`ModelSettings::variables`]: crate::results::ModelSettings::variables
pub fn resolved(study: &Study, model: &Model) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_study(&mut text, study, model);
    text
}

fn write_study(out: &mut String, study: &Study, model: &Model) -> std::fmt::Result {
    writeln!(out, "# One model of a study, every setting written out. The run's folder names the seed.")?;
    writeln!(out, "name = {}", string(&study.name))?;
    writeln!(out, "dataset = {}", string(&study.dataset))?;
    if let Some(validation) = study.validation {
        writeln!(out, "validation = {validation:?}")?;
    }
    let architecture = key(&model.settings.architecture);
    writeln!(out, "\n[architecture.{architecture}]\nlayers = [")?;
    write_layers(out, &model.network.layers, 1)?;
    writeln!(out, "]")?;

    writeln!(out, "\n[model.{}]", key(&model.name))?;
    writeln!(out, "architecture = {}", string(&model.settings.architecture))?;
    writeln!(
        out,
        "normalization = {{ mean = {:?}, std = {:?} }}",
        model.normalization.mean, model.normalization.std
    )?;
    let mut settings = vec![format!("lr = {:?}", model.learning_rate.base)];
    settings
        .extend(optimizer_settings(&model.optimizer).iter().map(|(key, value)| format!("{key} = {value}")));
    writeln!(out, "optimizer = {{ {} = {{ {} }} }}", model.optimizer.name(), settings.join(", "))?;
    writeln!(out, "schedule = {}", schedule(&model.learning_rate.schedule))?;
    writeln!(out, "warmup_epochs = {}", model.learning_rate.warmup_epochs)?;
    writeln!(out, "epochs = {}", model.epochs)?;
    writeln!(out, "batch_size = {}", model.batch_size)?;
    writeln!(out, "loss = \"nll_loss\"")?;
    writeln!(out, "label_smoothing = {:?}", model.label_smoothing)?;
    if let Some(patience) = model.early_stopping {
        writeln!(out, "early_stopping = {{ patience = {patience} }}")?;
    }
    Ok(())
}

/// The table of a model as one would write it into the study's file: variables by name, no defaults.
pub fn model_table(study: &Study, model: &Model) -> String {
    let mut text = format!("[model.{}]\n", key(&model.name));
    let mut line = |text_of: String| text += &(text_of + "\n");
    line(format!("architecture = {}", string(&model.settings.architecture)));
    for (name, value) in &model.settings.variables {
        line(format!("{} = {value}", key(name)));
    }
    let is_plain = |model: &Model| {
        let Normalization { mean, std } = &model.normalization;
        mean.iter().all(|&x| x == 0.0) && std.iter().all(|&x| x == 1.0)
    };
    // The study may have another one for all its models.
    if !study.models.iter().all(is_plain) {
        let Normalization { mean, std } = &model.normalization;
        line(format!("normalization = {{ mean = {mean:?}, std = {std:?} }}"));
    }
    let mut settings = vec![format!("lr = {}", learning_rate(model.learning_rate.base))];
    settings
        .extend(optimizer_options(&model.optimizer).iter().map(|(key, value)| format!("{key} = {value}")));
    line(format!("optimizer = {{ {} = {{ {} }} }}", model.optimizer.name(), settings.join(", ")));
    if model.learning_rate.schedule != Schedule::Constant {
        line(format!("schedule = {}", schedule(&model.learning_rate.schedule)));
    }
    if model.learning_rate.warmup_epochs > 0 {
        line(format!("warmup_epochs = {}", model.learning_rate.warmup_epochs));
    }
    line(format!("epochs = {}", model.epochs));
    line(format!("batch_size = {}", model.batch_size));
    if model.label_smoothing > 0.0 {
        line(format!("label_smoothing = {}", model.label_smoothing));
    }
    if let Some(patience) = model.early_stopping {
        line(format!("early_stopping = {{ patience = {patience} }}"));
    }
    text
}

fn write_layers(out: &mut String, layers: &[Layer], depth: usize) -> std::fmt::Result {
    let indent = "  ".repeat(depth);
    for layer in layers {
        if let Layer::Residual(block) = layer {
            // An inline table may span lines since TOML 1.1 only; the list in it always may.
            writeln!(out, "{indent}{{ Residual = {{ projection = {}, layers = [", block.projection)?;
            write_layers(out, &block.layers, depth + 1)?;
            writeln!(out, "{indent}] }} }},")?;
            continue;
        }
        let settings = layer_settings(layer);
        match settings.as_str() {
            "" => writeln!(out, "{indent}\"{}\",", layer.name())?,
            settings => writeln!(out, "{indent}{{ {} = {{ {settings} }} }},", layer.name())?,
        }
    }
    Ok(())
}

fn layer_settings(layer: &Layer) -> String {
    let settings =
        layer.settings().into_iter().map(|setting| format!("{} = {}", setting.name, setting.value));
    settings.collect::<Vec<_>>().join(", ")
}

fn schedule(schedule: &Schedule) -> String {
    match schedule {
        Schedule::Constant => "\"constant\"".to_string(),
        Schedule::Step { step_size, gamma } => {
            format!("{{ StepLR = {{ step_size = {step_size}, gamma = {gamma:?} }} }}")
        }
        Schedule::Cosine { eta_min } => format!("{{ CosineAnnealingLR = {{ eta_min = {eta_min:?} }} }}"),
        Schedule::OneCycle { pct_start, div_factor, final_div_factor } => format!(
            "{{ OneCycleLR = {{ pct_start = {pct_start:?}, div_factor = {div_factor:?}, final_div_factor = {final_div_factor:?} }} }}"
        ),
    }
}

/// A TOML key, in quotes where it needs them.
fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.chars().all(bare) { name.to_string() } else { string(name) }
}

/// A TOML string.
fn string(text: &str) -> String {
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
