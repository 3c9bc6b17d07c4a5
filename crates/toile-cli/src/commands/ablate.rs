//! `toile ablate`: what remains of trained models as hidden units are ablated at random.

use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use toile_draw::charts::ablation::sheet;
use toile_draw::svg;
use toile_store::sealed::seal;
use toile_study::ablation::{Ablated, AblationHooks, AblationQuestion, measure, sentence};
use toile_study::atomic;
use toile_study::changes::Changes;
use toile_study::evidence::ablation::Ablation;
use toile_study::names;
use toile_study::numbers::joined;
use toile_study::run;
use toile_study::study::Model;

use super::opened;
use super::shared;
use crate::args::values::{Numbers, shares, whole};
use crate::args::{DataPlace, Format, OtherData, ProgressMode, Seeds};
use crate::outputs;
use crate::progress::{remark, say, tell};
use crate::stop::{self, EXIT_INTERRUPTED};
use crate::table::ablated;

// Paragraphs are one line each: they are wrapped to the terminal.
const HELP: &str = "\
A unit is an output of a fully connected layer that goes through an activation into another one. An ablated unit's \
activation is zero, and the others are not scaled. Which units are ablated depends on the seed and the draw; those of \
a smaller share are among those of a larger one.

Nothing is trained: each model needs finished runs. Leaves ablation.json, .csv and .svg in the folder of results.

Examples:
  toile ablate baseline-vs-better baseline better
  toile ablate my-study.toml small --shares 0,0.25,0.5,0.75,1 --draws 20";

/// Measures what remains of trained models as hidden units are ablated at random
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = HELP)]
pub struct AblateArgs {
    /// Path of a study file, or name of a built-in study
    pub study: String,
    /// Models to ablate
    #[arg(required = true, value_name = "MODEL")]
    pub models: Vec<String>,
    /// Shares of the hidden units that are ablated
    #[arg(long, value_name = "S,S,..", value_parser = shares, allow_hyphen_values = true,
        default_value = "0,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9")]
    pub shares: Numbers,
    /// Draws of units for each share and seed
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1..=10_000), default_value = "10",
        allow_hyphen_values = true)]
    pub draws: u32,
    /// Only the runs with these seeds: a list, or a range as 0-9 [default: all that are finished]
    #[arg(long, value_name = "N,N-M,..", allow_hyphen_values = true)]
    pub seeds: Option<Seeds>,
    /// On which data.
    #[command(flatten)]
    pub other: OtherData,
    /// Folder of the results [default: runs/<name of the study>]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Threads [default: the cores]
    #[arg(long, value_name = "N", value_parser = whole::<usize>(1..=1024), allow_hyphen_values = true)]
    pub threads: Option<usize>,
    /// How the answer is printed.
    #[command(flatten)]
    pub format: Format,
    /// Where data comes from.
    #[command(flatten)]
    pub data: DataPlace,
}

/// Measures and prints.
///
/// # Errors
/// Models that are not there, not trained, or without hidden layers.
pub fn run(args: &AblateArgs) -> anyhow::Result<ExitCode> {
    let mut opened = args.other.open(&args.study, &args.data, &Changes::default())?;
    let study = opened.study.clone();
    shared::refuse_folds(
        &study,
        "toile ablate",
        "train the models in a copy of the file without `cross_validation`",
    )?;
    let mut models: Vec<&Model> = Vec::new();
    for name in &args.models {
        let model = shared::model(&study, name)?;
        // A model named twice is one model.
        if models.iter().all(|known| known.name != *name) {
            models.push(model);
        }
    }
    let out = shared::folder(args.out.as_ref(), &study);
    let loaded = opened.load(&args.data)?;
    let mut shares = args.shares.0.clone();
    shares.sort_by(f64::total_cmp);
    shares.dedup();
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = args.threads.unwrap_or(cores);
    let question = AblationQuestion { shares, draws: args.draws, threads };
    // There is nothing to go on from: it takes seconds to minutes.
    let stop = stop::soon()?;
    let hooks = AblationHooks {
        executors: &run::engine,
        tell: &|run| say(&format!("{run}: ablating")),
        stopped: &|| stop.load(Ordering::Relaxed),
    };
    let seeds = args.seeds.as_ref().map(Seeds::list);
    let measured = measure(&question, &models, seeds, opened::data(&loaded), &out, &hooks)?;
    let Some(Ablated { ablation: found, left_out, notes }) = measured else {
        tell("stopped: nothing was written");
        return Ok(ExitCode::from(EXIT_INTERRUPTED));
    };
    for note in &notes {
        remark(note);
    }
    let classes = loaded.test.class_names.len();
    let answer = sentence(&found, &models, classes);
    let files = [
        (names::ABLATION[0], seal(&found)),
        (names::ABLATION[1], outputs::ablation_csv(&found).into_bytes()),
        (names::ABLATION[2], svg::file(&sheet(&found, classes, &answer)).into_bytes()),
    ];
    let mut written = Vec::new();
    for (name, contents) in files {
        let path = out.join(name);
        atomic::write(&path, &contents)?;
        written.push(path.display().to_string());
    }
    show(args, &found, &answer, &left_out)?;
    say(&format!("written: {}", written.join(", ")));
    Ok(ExitCode::SUCCESS)
}

fn show(args: &AblateArgs, found: &Ablation, answer: &str, left_out: &[run::RunId]) -> anyhow::Result<()> {
    let single = found.models.iter().filter(|model| model.seeds.len() == 1);
    let mut warnings: Vec<String> = single
        .map(|model| format!("{} has one finished run: another seed may give another curve", model.name))
        .collect();
    if !left_out.is_empty() {
        let runs: Vec<String> = left_out.iter().map(ToString::to_string).collect();
        let verb = if runs.len() == 1 { "is" } else { "are" };
        warnings.push(format!(
            "without {}, which {verb} not finished, or not of this recipe: the answer is that of the other runs",
            joined(&runs)
        ));
    }
    shared::show(
        args.format,
        ProgressMode::Plain,
        found,
        || ablated::markdown(found, answer, &warnings),
        |options| ablated::terminal(found, answer, &warnings, options),
    )
}
