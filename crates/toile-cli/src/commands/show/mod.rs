//! `toile show STUDY`: each model's layers and settings, before anything is trained.

mod json;
mod memory;

use std::fmt::{Display, Write};
use std::num::NonZero;
use std::process::ExitCode;

use toile_kernels::precision::Precision;
use toile_nn::description::Network;
use toile_study::changes::Changes;
use toile_study::cross_validation::CrossValidation;
use toile_study::numbers::counted;
use toile_study::recipe::{
    Normalization, TestTimeAugmentation, Validation, of_training_images, schedule_words,
};
use toile_study::results::{LayerRow, ModelSettings};
use toile_study::study::{Model, Study};

use super::shared::{self, grouped};
use crate::args::{DataPlace, OtherData};
use crate::stdout::print;
use memory::Memory;

/// Prints the layers of each model with their shapes and costs, and how it is trained
#[derive(clap::Args, Clone, Debug)]
pub struct ShowArgs {
    /// Path of a study file, or name of a built-in study (see `toile studies`)
    pub study: String,
    /// On which data
    #[command(flatten)]
    pub other: OtherData,
    /// Print everything as JSON
    #[arg(long)]
    pub json: bool,
    /// Where data comes from
    #[command(flatten)]
    pub data: DataPlace,
}

/// Prints the study.
///
/// # Errors
/// A study that is not there or not right.
pub fn run(args: &ShowArgs) -> anyhow::Result<ExitCode> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let opened = args.other.open(&args.study, &args.data, &Changes::default())?;
    let text = match args.json {
        true => serde_json::to_string_pretty(&json::json(&opened.study))? + "\n",
        false => render(&opened.study, cores),
    };
    print("the study", &text);
    Ok(ExitCode::SUCCESS)
}

/// The study's data and, for each model, its settings and its layer table; and the memory that it takes on so many
/// cores.
pub fn render(study: &Study, cores: usize) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_study(&mut text, study, cores);
    text
}

fn write_study(out: &mut String, study: &Study, cores: usize) -> std::fmt::Result {
    writeln!(out, "{}", study.name)?;
    if !study.title.is_empty() {
        writeln!(out, "{}", study.title)?;
    }
    if !study.note.is_empty() {
        writeln!(out, "Note: {}", study.note)?;
    }
    writeln!(out)?;
    let mut facts = facts(study);
    let networks: Vec<Option<Network>> =
        study.models.iter().map(|model| shared::network(study, model).ok()).collect();
    let memory = Memory::of(study, &networks, cores);
    facts.push(("memory", memory.all()));
    write_facts(out, "", &facts)?;

    for (index, model) in study.models.iter().enumerate() {
        let on_request = if model.on_request { " (on request)" } else { "" };
        writeln!(out, "\n{}{on_request}", model.name)?;
        let mut facts = settings(model);
        let passes = model.recipe.test_time_augmentation.map_or(1, TestTimeAugmentation::passes);
        if let (Some(network), 2..) = (&networks[index], passes) {
            let once: usize = LayerRow::of(network).iter().map(|layer| layer.multiply_adds).sum();
            facts.push(("a prediction", format!("{} multiply-adds", grouped(once * passes))));
        }
        facts.push(("memory", memory.of_model(index)));
        write_facts(out, "  ", &facts)?;
        // Models that differ in training alone need no second table.
        match study.models[..index].iter().find(|earlier| earlier.recipe.layers == model.recipe.layers) {
            Some(earlier) => writeln!(out, "  {:FACT$}  as in {}", "layers", earlier.name)?,
            // A study that was read is bound to its data set: every network fits.
            None => {
                let layers = networks[index].as_ref().map_or_else(Vec::new, LayerRow::of);
                write_layers(out, &layers)?;
            }
        }
    }
    Ok(())
}

/// What is said of the study's data and of how often its models are trained.
fn facts(study: &Study) -> Vec<(&'static str, String)> {
    let mut facts = vec![("data", study.dataset().to_owned())];
    let info = &study.data;
    let held_out = match study.validation() {
        Some(Validation::Share(share)) => held_out(study, share),
        Some(Validation::Part) | None => 0,
    };
    let (train, test) = match study.cross_validation() {
        None => (info.train_images, info.test_images),
        // A fold is tested on at a time, all of them once a repeat.
        Some(of) => (info.train_images - info.train_images.div_ceil(of.folds as usize), info.train_images),
    };
    let (train, test) = (grouped(train - held_out), grouped(test));
    let classes = info.class_names.len();
    let shape_of_image = shape(&info.image_shape);
    let held_out = if held_out == 0 { String::new() } else { format!("{} held out, ", grouped(held_out)) };
    facts.push((
        "images",
        format!("{train} to train on, {held_out}{test} to test on, {shape_of_image}, {classes} classes"),
    ));
    match study.validation() {
        Some(Validation::Share(share)) => {
            facts.push(("validation", of_training_images(share)));
        }
        Some(Validation::Part) => {
            facts.push((
                "validation",
                format!("the {} images set aside for it", grouped(info.validation_images)),
            ));
        }
        None => {}
    }
    match study.cross_validation() {
        None => {
            let seeds: Vec<String> = study.seeds.iter().map(u64::to_string).collect();
            facts.push(("seeds", seeds.join(", ")));
        }
        Some(of) => facts.push(("in folds", in_folds(study, of))),
    }
    facts
}

/// `5 folds, each patient in one of them, 2 repeats: 10 trainings of each model`.
fn in_folds(study: &Study, of: &CrossValidation) -> String {
    let group = of.group.as_ref().map_or(String::new(), |group| format!(", each {group} in one of them"));
    let (repeats, trainings) = (study.counted_by().len(), study.seeds.len());
    format!("{} folds{group}, {}: {trainings} trainings of each model", of.folds, counted(repeats, "repeat"))
}

/// Images held out, class by class as the split does it; classes are taken to be of one size.
fn held_out(study: &Study, share: f64) -> usize {
    let data = &study.data;
    let of_a_fold = study.cross_validation().map_or(0, |of| data.train_images.div_ceil(of.folds as usize));
    let (classes, images) = (data.class_names.len(), data.train_images - of_a_fold);
    classes * (images as f64 / classes as f64 * share).round() as usize
}

/// Width of the names of facts.
const FACT: usize = 14;

fn write_facts(out: &mut String, indent: &str, facts: &[(&str, String)]) -> std::fmt::Result {
    for (name, value) in facts {
        writeln!(out, "{indent}{name:FACT$}  {value}")?;
    }
    Ok(())
}

fn settings(model: &Model) -> Vec<(&'static str, String)> {
    let (s, recipe) = (ModelSettings::of(model), &model.recipe);
    let pair = |key: &str, value: &dyn Display| format!(", {key} = {value}");
    let variables = s.variables.iter().map(|(name, value)| pair(name, value));
    let mut facts = vec![("architecture", s.architecture.clone() + &variables.collect::<String>())];
    let options = recipe.optimizer.options().into_iter().map(|option| pair(option.name, &option.value));
    facts.push(("optimizer", recipe.optimizer.name().to_string() + &options.collect::<String>()));
    let set = |key: &str| s.setting(key).filter(|setting| !setting.is_default).map(|of| of.words.clone());
    let shown =
        [("parameter_groups", "groups"), ("clip_grad_norm", "clip norm"), ("clip_grad_value", "clip value")];
    for (key, name) in shown {
        facts.extend(set(key).map(|words| (name, words)));
    }
    let rate = &recipe.learning_rate;
    facts.push(("learning rate", format!("{}, {}", rate.base, schedule_words(rate))));
    let (epochs, batch_size) = (grouped(recipe.epochs as usize), grouped(recipe.batch_size));
    facts.push(("epochs", format!("{epochs}, in batches of {batch_size}")));
    if recipe.precision != Precision::default() {
        facts.push(("precision", format!("products of {} in training", recipe.precision.name())));
    }
    if let Some(patience) = recipe.early_stopping {
        facts.push((
            "early stopping",
            format!("after {} without a lower validation loss", counted(patience as usize, "epoch")),
        ));
    }
    for key in ["ema", "swa", "lookahead"] {
        facts.extend(set(key).map(|words| (key, words)));
    }
    facts.extend(s.words("loss").map(|words| ("loss", words)));
    for (key, name) in [("class_weights", "class weights"), ("sampler", "sampler")] {
        facts.extend(set(key).map(|words| (name, words)));
    }
    let list = |values: &[f32]| values.iter().map(f32::to_string).collect::<Vec<_>>().join(", ");
    let pixels = match &recipe.normalization {
        normalization if normalization.is_none() => "from 0 to 1".to_string(),
        Normalization::Fixed(scale) => format!("mean {}, deviation {}", list(&scale.mean), list(&scale.std)),
        Normalization::Dataset => "mean and deviation of the training images".to_string(),
    };
    facts.push(("pixels", pixels));
    facts.extend(set("augment").map(|words| ("augmentation", words)));
    if let (Some(views), Some(words)) = (recipe.test_time_augmentation, set("test_time_augmentation")) {
        let words = format!("{words}: {} times the multiply-adds of the network", views.passes());
        facts.push(("at test time", words));
    }
    facts
}

fn write_layers(out: &mut String, layers: &[LayerRow]) -> std::fmt::Result {
    let count = |n: usize| if n == 0 { String::new() } else { grouped(n) };
    let titles = ["layer", "type", "output", "parameters", "multiply-adds"].map(String::from);
    let mut rows = vec![titles];
    rows.extend(layers.iter().map(|layer| {
        [
            layer.name.clone(),
            format!("{}{}", "  ".repeat(layer.depth), layer.description),
            shape(&layer.output_shape),
            count(layer.parameters),
            count(layer.multiply_adds),
        ]
    }));
    let parameters = layers.iter().map(|layer| layer.parameters).sum();
    let multiply_adds = layers.iter().map(|layer| layer.multiply_adds).sum::<usize>();
    rows.push(["total".into(), String::new(), String::new(), grouped(parameters), grouped(multiply_adds)]);
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let [a, b, c, d, e] = [0, 1, 2, 3, 4].map(width);
    writeln!(out)?;
    for [name, kind, output, parameters, multiply_adds] in &rows {
        let line = format!("  {name:a$}  {kind:b$}  {output:c$}  {parameters:>d$}  {multiply_adds:>e$}");
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// `32x28x28`.
fn shape(sizes: &[usize]) -> String {
    sizes.iter().map(usize::to_string).collect::<Vec<_>>().join("x")
}
