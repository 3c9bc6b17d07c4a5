//! `toile run`: a study, from its file to its comparison table.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::table::compared::verdicts;
use crate::table::{TableOptions, comparison};
use anyhow::ensure;
use serde_json::json;
use toile_study::changes::Changes;
use toile_study::conduct::{self, Outcome, Renderer, StudyHooks, StudyView};
use toile_study::cross_validation::run_name;
use toile_study::evidence::contenders;
use toile_study::findings::divergence_advice;
use toile_study::names;
use toile_study::numbers::count;
use toile_study::results::{RunResults, RunStatus};
use toile_study::run::{self, Options, RunError, RunId, RunView};

use super::opened::{self, Opened};
use super::{shared, shared_out};
use crate::args::values::whole;
use crate::args::{DataPlace, OtherData, ProgressMode, RunningArgs, Seeds};
use crate::command_line::{quoted, resume_line};
use crate::events;
use crate::exit::{EXIT_ERROR, with_causes};
use crate::live;
use crate::outputs;
use crate::progress::{self, complain, remark, say, tell};
use crate::report;
use crate::stdout::print;
use crate::stop::EXIT_INTERRUPTED;
use crate::terminal::table_options;

// Paragraphs are one line each: they are wrapped to the terminal.
const HELP: &str = "\
Each run leaves <OUT>/<model>/seed-<n>/ with config.toml, results.csv (a row an epoch), predictions.csv, \
confusion_matrix.csv and .svg, evaluation.json, weights/ and receipt.json; above them stand results.json and report.html, \
which is written anew after each epoch. A study that is cross-validated leaves a run for each fold of each repeat: \
seed-<n> is fold n modulo the folds of repeat n / folds, both counted from 0.

A run that is finished is not computed again. Seeds decide the results to the bit; threads and jobs, the \
processor, and interruptions do not change them.

Examples:
  toile run baseline-vs-better --seeds 0-2
  toile run baseline-vs-better --models baseline,better --out try --epochs 1
  toile run ignite --dataset mnist";

/// A study, and what the command line changes in it.
#[derive(Clone, Debug, clap::Args)]
pub struct StudyArgs {
    /// Path of a study file, or the name of a built-in study (a path wins).
    pub study: String,
    /// Folder of the results [default: runs/<name of the study>].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// On which data.
    #[command(flatten)]
    pub other: OtherData,
    /// Seeds, a run of each model for each, instead of the study's: a list, or a range as 0-9.
    #[arg(long, value_name = "N,N-M,..", allow_hyphen_values = true)]
    pub seeds: Option<Seeds>,
    /// Epochs of every model, instead of the study's.
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1..=100_000), allow_hyphen_values = true)]
    pub epochs: Option<u32>,
    /// Models to run, also those on request [default: all but those on request].
    #[arg(long, value_name = "NAME,..", value_delimiter = ',', num_args = 1)]
    pub models: Option<Vec<String>>,
}

/// Arguments of `toile run`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = HELP)]
pub struct RunArgs {
    /// Which study.
    #[command(flatten)]
    pub of: StudyArgs,
    /// Print the results and the comparison as JSON at the end, instead of a table.
    #[arg(long)]
    pub json: bool,
    /// Write event files for TensorBoard at the end, into the folder tensorboard of the results.
    #[arg(long)]
    pub tensorboard: bool,
    /// Show the report in the browser at the end.
    #[arg(long)]
    pub open: bool,
    /// How runs are done.
    #[command(flatten)]
    pub running: RunningArgs,
}

/// Runs what of the study is not done yet, then shows what is known.
///
/// # Errors
/// Whatever keeps the study from running at all; what breaks a single run is told and makes the exit code.
pub fn run(args: &RunArgs) -> anyhow::Result<ExitCode> {
    ensure!(
        !(args.json && args.running.progress == ProgressMode::Json),
        "--json and --progress json would both write to stdout; choose one"
    );
    let of = &args.of;
    let mut opened = of.open(&args.running.data_here())?;
    let study = opened.study.clone();
    // Before anything is fetched.
    run::select(&study, of.models.as_deref())?;
    let out = shared::folder(of.out.as_ref(), &study);
    let loaded = opened.load(&args.running.data_here())?;
    let data = opened::data(&loaded);
    opened::say_folds(&study, &loaded);
    let options =
        Options { models: of.models.clone(), compares: true, ..shared::options(&args.running, &out) };
    let (observer, notice) = progress::observer(args.running.progress, &study);
    let stop = shared::stop(&args.running, notice)?;
    let observer = stop.watching(observer);
    let drawings = Drawings { resolved: shared::resolved(&study), out: out.clone() };
    let hooks = StudyHooks {
        executors: &run::engine,
        observer: &observer,
        renderer: &drawings,
        stop: &stop.requested,
    };
    let report = out.join(names::REPORT);
    let (answer, needs_every_run) = (&*report, true);
    let work = shared_out::Work { study: &study, data, options: &options, hooks, answer, needs_every_run };
    if let Some(code) = shared_out::elsewhere(&args.running, work)? {
        return Ok(code);
    }
    let outcome = conduct::run(&study, data, &options, hooks)?;
    // Bars are cleared before anything else is written.
    drop(observer);
    let code = conclude(&outcome, &out, args)?;
    if args.tensorboard {
        let to = out.join(names::EVENTS);
        events::write(&events::runs_of(&out, &contenders::models_in(&out)), &to)?;
        say(&format!("for TensorBoard: tensorboard --logdir {}", quoted(&to)));
    }
    if args.open && outcome.unwritten.is_none() {
        super::report::open(&out.join(names::REPORT));
    }
    Ok(code)
}

impl StudyArgs {
    /// The study with what the command line changes in it.
    ///
    /// # Errors
    /// A file that is no study, and changes or data that do not fit it.
    pub(super) fn open(&self, place: &DataPlace) -> anyhow::Result<Opened> {
        self.other.open(&self.study, place, &self.changes())
    }

    fn changes(&self) -> Changes {
        Changes {
            seeds: self.seeds.as_ref().map(|seeds| seeds.list().to_vec()),
            epochs: self.epochs,
            models: self.models.clone(),
        }
    }
}

/// What was gathered, and what could not be.
fn gathered(missing: &[RunId]) -> String {
    let named: Vec<String> = missing.iter().take(3).map(RunId::to_string).collect();
    match missing.len() {
        0 => "gathered: every run is over".into(),
        1 => format!("gathered; one run is not over: {}", named[0]),
        more => {
            let others = if more > named.len() { " and others" } else { "" };
            format!("gathered; {} runs are not over: {}{others}", count(more as u64), named.join(", "))
        }
    }
}

/// What is drawn beside the numbers.
pub(super) struct Drawings {
    /// (model, its resolved configuration).
    pub(super) resolved: Vec<(String, String)>,
    /// The study's folder, where pages may lie that the report leads to.
    pub(super) out: PathBuf,
}

impl Renderer for Drawings {
    fn run_files(&self, run: RunView<'_>) -> Vec<(String, Vec<u8>)> {
        outputs::run_files(run)
    }

    fn study_files(&self, study: StudyView<'_>) -> Vec<(String, Vec<u8>)> {
        // Of models with runs: the others' configurations are not in the folder, and decided nothing.
        let has_runs = |name: &str| study.results.models.iter().any(|m| m.name == name && !m.runs.is_empty());
        let resolved: Vec<_> = self.resolved.iter().filter(|(name, _)| has_runs(name)).cloned().collect();
        let models = study.results.models.iter().map(|model| model.name.as_str());
        let mut files = report::files(study, &resolved, None, &live::models_in(&self.out, models));
        files.extend(outputs::study_files(study));
        files
    }

    fn occasional_files(&self) -> Vec<&'static str> {
        report::known_names().chain(outputs::known_names()).collect()
    }
}

/// The table, where the results are, and what is left to do.
fn conclude(outcome: &Outcome, out: &Path, args: &RunArgs) -> anyhow::Result<ExitCode> {
    if args.running.sharing.gather {
        say(&gathered(&outcome.missing));
    } else if outcome.started == 0 {
        let diverged = |run: &RunResults| matches!(run.status, RunStatus::Diverged { .. });
        let any = outcome.results.models.iter().flat_map(|model| &model.runs).any(diverged);
        say(match any {
            true => "nothing to do: every run is already finished or diverged",
            false => "nothing to do: every run is already finished",
        });
    }
    let text = |options: TableOptions| {
        let verdicts =
            outcome.comparison.as_ref().map_or(String::new(), |found| verdicts(found, options) + "\n");
        verdicts + &comparison(&outcome.results, &outcome.receipts, options)
    };
    // With JSON on stdout the table is for whoever watches.
    if args.json {
        let answer = json!({ "results": outcome.results, "comparison": outcome.comparison });
        print("the results", &(serde_json::to_string_pretty(&answer)? + "\n"));
    } else if args.running.progress == ProgressMode::Json {
        say(&text(table_options(&std::io::stderr())));
    } else {
        print("the comparison", &format!("\n{}", text(table_options(&std::io::stdout()))));
    }
    for note in &outcome.notes {
        remark(note);
    }
    for warning in outcome.comparison.iter().flat_map(|comparison| &comparison.warnings) {
        remark(warning);
    }
    let mut code = ExitCode::SUCCESS;
    match &outcome.unwritten {
        None => say(&format!("results: {}", out.join(names::REPORT).display())),
        Some(error) => {
            complain(&with_causes(error));
            code = ExitCode::from(EXIT_ERROR);
        }
    }
    for model in &outcome.results.models {
        for run in &model.runs {
            if let RunStatus::Diverged { epoch, step } = run.status {
                let advice = divergence_advice(model.settings.learning_rate());
                let (model, run) = (&model.name, outcome.results.run_name(run.seed));
                complain(&format!(
                    "{model} ({run}) diverged in epoch {epoch}, step {step}: its loss is no longer \
                     finite; {advice}"
                ));
                code = ExitCode::from(EXIT_ERROR);
            }
        }
    }
    for held in &outcome.held {
        remark(&format!("{} is done by {}", held.run, run::process_words(&held.holder.process)));
    }
    for (run, error) in &outcome.failures {
        let run = run_name(outcome.results.cross_validation.as_ref().map(|of| of.folds), run);
        complain(&format!("{run}: {}", with_causes(error)));
        code = ExitCode::from(EXIT_ERROR);
    }
    let unwritten = outcome.failures.iter().any(|(_, error)| matches!(error, RunError::Write(_)));
    if !outcome.interrupted && (unwritten || outcome.unwritten.is_some()) {
        tell(&format!("what was computed is kept; then go on with:\n  {}", resume_line()));
    }
    if outcome.interrupted {
        tell(&format!("stopped at a checkpoint; go on with:\n  {}", resume_line()));
        code = ExitCode::from(EXIT_INTERRUPTED);
    }
    Ok(code)
}
