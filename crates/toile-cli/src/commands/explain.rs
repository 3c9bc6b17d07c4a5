//! `toile explain`: which of the settings in which two models differ made the difference.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use toile_draw::charts::attribution;
use toile_draw::svg;
use toile_statistics::fractional::Fraction;
use toile_store::sealed::seal;
use toile_study::atomic;
use toile_study::changes::Changes;
use toile_study::conduct::{self, StudyHooks};
use toile_study::evidence::attribution::Attribution;
use toile_study::evidence::factorial::{AttributionQuestion, attribute};
use toile_study::evidence::files;
use toile_study::evidence::tuning::Levels;
use toile_study::evidence::{Metric, sweep, tuning};
use toile_study::factors::{Cell, Factor, cells, find};
use toile_study::numbers::{count, counted, duration};
use toile_study::results::{RunStatus, StudyResults};
use toile_study::run::{self, Cost, Options, RunId};
use toile_study::study::Study;

use super::compare::metrics;
use super::run::Drawings;
use super::{opened, shared, shared_out};
use crate::args::values::level;
use crate::args::{Format, OtherData, RunningArgs, Seeds};
use crate::command_line::quoted;
use crate::exit::{EXIT_ERROR, with_causes};
use crate::outputs;
use crate::progress::{self, remark, say};
use crate::table::explained;

// Paragraphs are one line each: they are wrapped to the terminal.
const HELP: &str = "\
Settings that belong together are one factor: an optimizer with its learning rate, schedule and warm-up. Others are \
grouped under [factors] in the study file. Every combination of the factors' levels is trained with every seed, of more \
than five factors a fraction of resolution IV: 16 combinations for up to 8 factors, 32 for up to 16. What is there \
already is not trained again, and where nothing but the epochs differ the longer run goes on from the end of \
the shorter one.

Leaves explain-<A>-<B>.json, .csv and .svg in the folder of results.

Examples:
  toile explain baseline-vs-better baseline better --dry-run
  toile explain baseline-vs-better baseline better --seeds 0-2";

/// Tells which of the settings in which two models differ made the difference
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = HELP)]
pub struct ExplainArgs {
    /// Path of a study file, or name of a built-in study
    pub study: String,
    /// Model that the difference is counted from
    #[arg(value_name = "A")]
    pub first: String,
    /// Model that it leads to
    #[arg(value_name = "B")]
    pub second: String,
    /// Seeds, a run of each combination for each, instead of the study's: a list, or a range as 0-9
    #[arg(long, value_name = "N,N-M,..", allow_hyphen_values = true)]
    pub seeds: Option<Seeds>,
    /// On which data.
    #[command(flatten)]
    pub other: OtherData,
    /// Folder of the results [default: runs/<name of the study>]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What is explained
    #[arg(long, value_parser = metrics(), default_value = "accuracy_top1")]
    pub metric: Metric,
    /// 1 - confidence of the intervals
    #[arg(long, value_name = "P", value_parser = level, default_value = "0.05", allow_hyphen_values = true)]
    pub alpha: f64,
    /// How the answer is printed.
    #[command(flatten)]
    pub format: Format,
    /// How runs are done.
    #[command(flatten)]
    pub running: RunningArgs,
}

/// Runs what is missing, and prints the answer.
///
/// # Errors
/// Models that cannot be explained, and runs that diverged or broke off.
pub fn run(args: &ExplainArgs) -> anyhow::Result<ExitCode> {
    let changes = Changes::of_seeds(args.seeds.as_ref().map(Seeds::list));
    let mut opened = args.other.open(&args.study, &args.running.data_here(), &changes)?;
    let study = opened.study.clone();
    let pair = [shared::model(&study, &args.first)?, shared::model(&study, &args.second)?];
    let factors = find(&study, pair[0], pair[1])?;
    let out = shared::folder(args.out.as_ref(), &study);
    let cells = cells(&opened.source, &study, (pair[0], pair[1]), &factors, &out)?;
    let all = with_cells(&study, &cells);
    let names: Vec<String> = cells.iter().map(|cell| cell.model.name.clone()).collect();
    // Before anything is fetched.
    run::select(&all, Some(&names))?;
    let loaded = opened.load(&args.running.data_here())?;
    let data = opened::data(&loaded);
    let options = Options { models: Some(names), ..shared::options(&args.running, &out) };
    let drawings = Drawings { resolved: shared::resolved(&all), out: out.clone() };

    let (observer, notice) = progress::observer(args.running.progress, &study);
    let stop = shared::stop(&args.running, notice)?;
    let watching = stop.watching(observer);
    let (observer, stop) = (&watching, &stop.requested);
    let hooks = StudyHooks { executors: &run::engine, observer, renderer: &drawings, stop };
    let answer = out.join(stem((&args.first, &args.second, args.metric), &out) + ".json");
    let (answer, needs_every_run) = (&*answer, true);
    let work = shared_out::Work { study: &all, data, options: &options, hooks, answer, needs_every_run };
    if args.running.is_shared_out() {
        return shared_out::run(&args.running, work);
    }
    let cost = run::cost(&all, data, &options, hooks.executors)?;
    let told = cost_text(args, &factors, &cells, &study, &cost);
    if args.running.dry_run {
        shared_out::show_units(&args.running, args.format, &told, work)?;
        return Ok(ExitCode::SUCCESS);
    }
    say(told.trim_end());
    let mut code = ExitCode::SUCCESS;
    if cost.runs > 0 {
        let outcome = conduct::run(&all, data, &options, hooks)?;
        if outcome.unwritten.is_some() {
            code = ExitCode::from(EXIT_ERROR);
        }
        if let Some(code) = shared::unfinished(&outcome) {
            return Ok(code);
        }
    }
    // Bars are cleared before anything else is written.
    drop(watching);

    let known = conduct::known(&all, data, &options)?;
    for note in &known.notes {
        remark(note);
    }
    let (metric, alpha) = (args.metric, args.alpha);
    let runs = study.counted_by();
    let question = AttributionQuestion { metric, alpha, seeds: &runs, factors: &factors, cells: &cells };
    let levels = Levels { study: &study, factors: &factors, models: pair };
    let warnings =
        tuning::warnings(levels, &sweep::sweeps(&out), &|model, rates| sweep_line(args, model, rates));
    let classes = loaded.test.class_names.len();
    let lost = diverged(&known.results);
    let attribution = attribute(question, &known.evidence.outcomes, classes, &lost, warnings)?;
    let written = write(&attribution, &out)?;
    // Whoever works in the folder draws the report again.
    if let Err(error) = conduct::redraw(&all, data, &options, &drawings) {
        remark(&format!("the report was not drawn again: {}", with_causes(&error)));
    }
    show(args, &attribution)?;
    say(&format!("written: {}", written.join(", ")));
    Ok(code)
}

fn show(args: &ExplainArgs, attribution: &Attribution) -> anyhow::Result<()> {
    shared::show(
        args.format,
        args.running.progress,
        attribution,
        || explained::markdown(attribution),
        |options| format!("\n{}", explained::terminal(attribution, options)),
    )
}

/// What tunes a model's learning rate.
fn sweep_line(args: &ExplainArgs, model: &str, rates: &str) -> String {
    let place = args.out.as_ref().map_or(String::new(), |out| format!(" --out {}", quoted(out)));
    let on = args.other.words();
    format!("toile sweep {} {} --lr {rates}{on}{place}", quoted(&args.study), quoted(model))
}

/// The study with the combinations that it has no model for.
fn with_cells(study: &Study, cells: &[Cell]) -> Study {
    let mut all = study.clone();
    for Cell { model, .. } in cells {
        if all.models.iter().all(|known| known.name != model.name) {
            all.models.push(model.clone());
        }
    }
    all
}

/// What there is to do, before any of it is done.
fn cost_text(args: &ExplainArgs, factors: &[Factor], cells: &[Cell], study: &Study, cost: &Cost) -> String {
    let seeds = &study.seeds;
    let trainings = counted(seeds.len(), if study.cross_validation().is_some() { "fold" } else { "seed" });
    let mut text =
        format!("{} and {} differ in {}:\n", args.first, args.second, counted(factors.len(), "factor"));
    let width = factors.iter().map(|factor| factor.name.chars().count()).max().unwrap_or(0);
    for Factor { name, first, second, .. } in factors {
        text += &format!("  {name:width$}  {first}  ->  {second}\n");
    }
    if let Some(fraction) = Fraction::new(factors.len()) {
        text += &format!(
            "a fraction of resolution IV of the {} combinations:\n{}",
            count(1 << factors.len()),
            generators(&fraction, factors)
        );
    }
    text += &format!(
        "{} with {} each: {}, {} of them there\n",
        counted(cells.len(), "combination"),
        trainings,
        counted(cells.len() * seeds.len(), "run"),
        count(cost.already_done as u64)
    );
    if cost.runs > 0 {
        let shared = match cost.runs - cost.trainings {
            0 => String::new(),
            _ => " (where only the epochs differ, or the looks at test images, one run goes on from the end of the other)".into(),
        };
        text += &format!(
            "to do: {} in {}{shared}, {} at a time, about {}\n",
            counted(cost.runs, "run"),
            counted(cost.trainings, "training"),
            count(cost.jobs as u64),
            duration(cost.seconds)
        );
    } else {
        text += "nothing to train\n";
    }
    text
}

/// `  epochs = lr x width x dropout`, a line a generator.
fn generators(fraction: &Fraction, factors: &[Factor]) -> String {
    let line = |(factor, of): (usize, Vec<usize>)| {
        let of: Vec<&str> = of.into_iter().map(|other| factors[other].name.as_str()).collect();
        format!("  {} = {}\n", factors[factor].name, of.join(" x "))
    };
    fraction.generators().into_iter().map(line).collect()
}

fn diverged(results: &StudyResults) -> Vec<RunId> {
    let mut lost = Vec::new();
    for model in &results.models {
        let runs = model.runs.iter().filter(|run| matches!(run.status, RunStatus::Diverged { .. }));
        lost.extend(runs.map(|run| RunId { model: model.name.clone(), seed: run.seed }));
    }
    lost
}

/// What the files of an answer are called, without their endings.
fn stem((first, second, metric): (&str, &str, Metric), out: &Path) -> String {
    // One answer for each metric; the usual one has the short name.
    let of_metric = if metric == Metric::default() { String::new() } else { format!("-{}", metric.name()) };
    let mut stem = format!("explain-{first}-{second}{of_metric}");
    // Names may hold a hyphen: another pair's answer stays where it is.
    let is_same =
        |other: &Attribution| (&*other.first, &*other.second, other.metric) == (first, second, metric);
    let mut number = 1;
    while files::attribution(&out.join(format!("{stem}.json"))).is_some_and(|other| !is_same(&other)) {
        number += 1;
        stem = format!("explain-{first}-{second}{of_metric}-{number}");
    }
    stem
}

/// Writes the answer, its data and its chart; gives their names.
fn write(attribution: &Attribution, out: &Path) -> anyhow::Result<Vec<String>> {
    let Attribution { first, second, metric, .. } = attribution;
    let stem = stem((first, second, *metric), out);
    let files = [
        (format!("{stem}.json"), seal(attribution)),
        (format!("{stem}.csv"), outputs::attribution_csv(attribution).into_bytes()),
        (format!("{stem}.svg"), svg::file(&attribution::sheet(attribution)).into_bytes()),
    ];
    let mut written = Vec::new();
    for (name, contents) in files {
        let path = out.join(name);
        atomic::write(&path, &contents)?;
        written.push(path.display().to_string());
    }
    Ok(written)
}
