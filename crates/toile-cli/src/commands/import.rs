//! `toile import`: weights that were trained elsewhere become a run's folder.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use toile_study::changes::Changes;
use toile_study::numbers::{count, counted, fixed, loss, percent};
use toile_study::results::Evaluation;
use toile_study::run::{self, Import, ImportedRun, RunView};
use toile_study::study_file::is_model_name;

use super::{opened, shared};
use crate::args::values::whole;
use crate::args::{DataPlace, OtherData};
use crate::command_line::command_line;
use crate::outputs;
use crate::progress::{remark, say, waiting};
use crate::stdout::print;

// Paragraphs are one line each: they are wrapped to the terminal.
const HELP: &str = "\
The weights are a safetensors file with the names and shapes of the model's tensors, as PyTorch's state_dict has them: \
conv1.weight, fc1.bias, bn1.running_mean. They are measured at once on the images of the study's data set, whose \
pixels go in as the study says, and the run's folder then compares, predicts and exports like any other. Its results.csv \
has no row: no epoch was trained here.

Files that torch.save wrote (.pt, .pth) are refused, because opening them runs code; the message says how to convert them.

Examples:
  toile import weights.safetensors --study baseline-vs-better --model better --as torch
  toile compare runs/baseline-vs-better/torch runs/baseline-vs-better/better";

/// Makes a run of weights that were trained elsewhere
#[derive(Args, Clone, Debug)]
#[command(after_help = HELP)]
pub struct ImportArgs {
    /// A safetensors file
    pub weights: PathBuf,
    /// Path of a study file, or name of a built-in study
    #[arg(long, value_name = "STUDY")]
    pub study: String,
    /// On which data.
    #[command(flatten)]
    pub other: OtherData,
    /// The model whose network the weights are for
    #[arg(long, value_name = "MODEL")]
    pub model: String,
    /// What the model is called among the results [default: as in the study]
    #[arg(long = "as", value_name = "NAME")]
    pub name: Option<String>,
    /// Seed that the run counts as [default: the lowest that is free]
    #[arg(long, value_name = "N", value_parser = whole::<u64>(0..=u64::MAX), allow_hyphen_values = true)]
    pub seed: Option<u64>,
    /// Folder of the study's results [default: runs/<name of the study>]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
    /// Where data comes from.
    #[command(flatten)]
    pub data: DataPlace,
}

/// What was imported, for a program.
#[derive(Serialize)]
struct Answer<'a> {
    folder: String,
    model: &'a str,
    seed: u64,
    evaluation: &'a Evaluation,
    notes: &'a [String],
}

/// Imports, and says how well the network does.
///
/// # Errors
/// Weights that are not the model's, a folder that is taken.
pub fn run(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    if let Some(name) = args.name.as_ref().filter(|name| !is_model_name(name)) {
        anyhow::bail!(
            "--as {name}: a model cannot be called so, because it names a folder; use letters, digits, - _ . and +"
        );
    }
    let mut opened = args.other.open(&args.study, &args.data, &Changes::default())?;
    let study = opened.study.clone();
    let mut model = shared::model(&study, &args.model)?.clone();
    if let Some(name) = &args.name {
        anyhow::ensure!(
            *name == args.model || study.models.iter().all(|other| other.name != *name),
            "--as {name}: the study has a model of its own called so; choose another name"
        );
        model.name.clone_from(name);
    }
    let loaded = opened.load(&args.data)?;
    let out = shared::folder(args.out.as_ref(), &study);
    let asked = Import {
        study: &study,
        model: &model,
        weights: &args.weights,
        out: &out,
        seed: args.seed,
        command: &command_line(),
    };
    let waiting = waiting("measuring the network");
    let imported = run::import(asked, opened::data(&loaded), &run::engine, &drawings)?;
    drop(waiting);
    let ImportedRun { folder, evaluation, scale, notes } = &imported;
    notes.iter().for_each(|note| remark(note));
    let listed =
        |values: &[f32]| values.iter().map(|v| fixed(f64::from(*v), 4)).collect::<Vec<_>>().join(", ");
    say(&format!(
        "pixels went in as (value / 255 - {}) / {}: if the weights were trained otherwise, say so in the study's \
         normalization",
        listed(&scale.mean),
        listed(&scale.std)
    ));
    let path = folder.path().display().to_string();
    let text = match args.json {
        true => {
            let (model, seed) = (&*folder.id().model, folder.id().seed);
            let answer = Answer { folder: path, model, seed, evaluation, notes };
            serde_json::to_string_pretty(&answer)? + "\n"
        }
        false => format!(
            "{path}: {} of {} right ({}), loss {}\n",
            count(evaluation.confusion.right()),
            counted(evaluation.confusion.images() as usize, "test image"),
            evaluation.test_accuracy.map_or_else(String::new, percent),
            evaluation.test_loss.map_or_else(String::new, loss)
        ),
    };
    print("the answer", &text);
    Ok(ExitCode::SUCCESS)
}

/// The matrices of a run; a drawing of epochs has nothing to show.
pub(super) fn drawings(view: RunView<'_>) -> Vec<(String, Vec<u8>)> {
    let files = outputs::run_files(view).into_iter();
    files.filter(|(name, _)| !name.starts_with("results.")).collect()
}
