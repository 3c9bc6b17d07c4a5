//! `toile compare`: which of some trained models is better, as text, Markdown or JSON, and as an exit code.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;
use toile_study::evidence::comparison::{Comparison, VerdictWord};
use toile_study::evidence::contenders::{self, Place};
use toile_study::evidence::judge::judge;
use toile_study::evidence::outside::{self, Gathered};
use toile_study::evidence::settings::{
    ALPHA_BOUND, ComparisonSettings, Overrides, Question, is_alpha, is_margin, margin_bound,
};
use toile_study::evidence::{Metric, looks};
use toile_study::run::RunError;
use toile_study::study_file::Source;

use super::shared;
use crate::args::values::number;
use crate::args::{Format, ProgressMode, Seeds};
use crate::exit::{EXIT_UNDECIDED, EXIT_WORSE};
use crate::progress::{remark, waiting};
use crate::table::compared;

// Paragraphs are one line each: they are wrapped to the terminal.
const HELP: &str = "\
Models of a study are named behind it: its study file, the name of a built-in study (their runs are in runs/<name>, or \
in --out), or its folder of results. Without a study, every name is the folder of a model, runs/<study>/<model>, or of \
a single run, runs/<study>/<model>/seed-0; they may come from several studies on the same test images.

With --predictions, predictions that other programs made take part: each name is a CSV file (index, label, prediction and \
a column `probability CLASS` a class), several of a model as NAME=FILE,FILE or, as a shell writes NAME={a,b}.csv, \
NAME=a.csv NAME=b.csv, one a seed; runs of Toile stand among them as runs/STUDY/MODEL or STUDY/MODEL.

Looking again at the same models with more seeds is counted in looks.json and takes a smaller part of alpha each time.

The exit code is for the last model named beside the first: 0 better or equivalent (also worse by less than the \
margin), 1 worse, 3 undecided, 2 error.

Examples:
  toile compare baseline-vs-better baseline better
  toile compare runs/quick baseline better --metric nll
  toile compare runs/old/cnn runs/new/cnn --margin 0.003 --markdown
  toile compare --predictions torch=a0.csv,a1.csv,a2.csv toile=baseline-vs-better/better";

/// Tells which of some trained models is better, by how much, and on which images
#[derive(Args, Clone, Debug)]
#[command(after_help = HELP)]
pub struct CompareArgs {
    /// A study and two or more of its models, or two or more folders of models or runs
    #[arg(required = true, value_name = "STUDY A B | DIR DIR")]
    pub names: Vec<String>,
    /// The names are files of predictions, made by any program, and runs of Toile: NAME=FILE,FILE.. | FILE | STUDY/MODEL
    #[arg(long, conflicts_with = "out")]
    pub predictions: bool,
    /// Folder of the study's results [default: runs/<name of the study>]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What the models are measured by [default: the study's, or accuracy_top1]
    #[arg(long, value_parser = metrics())]
    pub metric: Option<Metric>,
    /// Chance of a wrong verdict over all pairs and looks [default: the study's, or 0.05]
    #[arg(long, value_name = "P", value_parser = number, allow_hyphen_values = true)]
    pub alpha: Option<f64>,
    /// Difference that does not matter, in the metric's unit: 0.005 is half a point of accuracy [default: the study's]
    #[arg(long, value_name = "D", value_parser = number, allow_hyphen_values = true)]
    pub margin: Option<f64>,
    /// Only the runs with these seeds: a list, or a range as 0-9
    #[arg(long, value_name = "N,N-M,..", allow_hyphen_values = true)]
    pub seeds: Option<Seeds>,
    /// How the answer is printed.
    #[command(flatten)]
    pub format: Format,
}

pub(super) fn metrics() -> impl TypedValueParser<Value = Metric> {
    let names = PossibleValuesParser::new(Metric::ALL.map(Metric::name));
    names.map(|name| Metric::named(&name).expect("one of the names above"))
}

/// Compares and prints.
///
/// # Errors
/// Runs that are not there or cannot be compared.
pub fn run(args: &CompareArgs) -> anyhow::Result<ExitCode> {
    let waiting = waiting("comparing");
    let Asked { gathered, settings } = asked(args)?;
    let field = &gathered.field;
    let plans = field.folders.iter().map(|folder| looks::planned(folder)).collect::<Result<Vec<_>, _>>()?;
    let agreed = plans.iter().all(|plan| *plan == plans[0]);
    let planned = plans.first().copied().flatten().filter(|_| agreed);
    let settings = settings.or(planned).unwrap_or_default();
    let overrides = Overrides { metric: args.metric, alpha: args.alpha, margin: args.margin };
    check(&settings, overrides)?;
    let question = Question::new(&settings, planned.as_ref(), overrides);
    gathered.check(question.metric)?;
    let mut comparison = judge(&question, &field.folders, field.test(), &field.contenders())?;
    drop(waiting);
    comparison.warnings.extend(field.warnings.iter().cloned());
    if args.predictions {
        comparison.warnings.extend(gathered.notes(question.metric));
    }
    if !agreed {
        comparison.warnings.push(format!(
            "The studies do not plan the same comparison, so neither plan counts: this is by {} at alpha {}, unless \
             --metric, --alpha and --margin say otherwise.",
            question.metric.name(),
            question.alpha
        ));
    }
    shared::show(
        args.format,
        ProgressMode::Plain,
        &comparison,
        || compared::markdown(&comparison),
        |options| compared::terminal(&comparison, options),
    )?;
    for warning in &comparison.warnings {
        remark(warning);
    }
    Ok(ExitCode::from(code(&comparison)))
}

/// What a script is told of the last model beside the first.
fn code(comparison: &Comparison) -> u8 {
    match comparison.last_beside_first().map(|pair| pair.verdict) {
        // Worse by less than what matters is equivalent: with more seeds, a gate must not close over it.
        Some(
            VerdictWord::Better
            | VerdictWord::Equivalent
            | VerdictWord::BetterBelowMargin
            | VerdictWord::WorseBelowMargin,
        ) => 0,
        Some(VerdictWord::Worse) => EXIT_WORSE,
        Some(VerdictWord::Undecided) | None => EXIT_UNDECIDED,
    }
}

/// What is compared, and what a study file says of comparing it.
struct Asked {
    gathered: Gathered,
    settings: Option<ComparisonSettings>,
}

fn asked(args: &CompareArgs) -> anyhow::Result<Asked> {
    let seeds = args.seeds.as_ref().map(Seeds::list);
    if args.predictions {
        return Ok(Asked { gathered: outside::read(&args.names, seeds)?, settings: None });
    }
    let (places, settings) = places(args)?;
    let field = contenders::read(&places, seeds)?;
    Ok(Asked { gathered: Gathered { field, ..Gathered::default() }, settings })
}

/// Whose runs, and what their study file says of comparing them.
fn places(args: &CompareArgs) -> anyhow::Result<(Vec<Place>, Option<ComparisonSettings>)> {
    let (study, models) = args.names.split_first().expect("clap asks for one");
    let path = Path::new(study);
    // One that is mistyped among folders is told as such, not taken for a study.
    if args.names.iter().any(|name| contenders::is_model_or_run(Path::new(name))) && !is_study(path, models) {
        if args.out.is_some() {
            anyhow::bail!(
                "--out names the folder of a study, but {study} is the folder of a model or a run; leave --out away"
            );
        }
        let paths: Vec<PathBuf> = args.names.iter().map(PathBuf::from).collect();
        return Ok((contenders::of_folders(&paths)?, None));
    }
    if args.out.is_none() && !contenders::models_in(path).is_empty() {
        return Ok((contenders::of_models(path, models)?, None));
    }
    let source = Source::open(study)?;
    let parsed = source.clone().parse()?;
    // Recipes are complete once they are bound; a comparison needs no data set that would have to be opened for it.
    let bound = source.in_catalog()?.map(|data| parsed.bind(&data)).transpose()?;
    let study = bound.as_ref().unwrap_or_else(|| parsed.study());
    let out = args.out.clone().unwrap_or_else(|| Path::new("runs").join(&study.name));
    let model = |name: &str| study.models.iter().find(|model| model.name == name);
    let is_ensemble = |name: &str| study.ensembles.iter().any(|of| of.name == name);
    if let Some(name) = models.iter().find(|name| model(name).is_none() && !is_ensemble(name)) {
        let of_file = study.models.iter().map(|model| &model.name);
        let known = of_file.chain(study.ensembles.iter().map(|of| &of.name)).cloned().collect();
        return Err(RunError::UnknownModel { study: study.name.clone(), name: name.clone(), known }.into());
    }
    let mut places = contenders::of_models_and_ensembles(&out, models, &study.ensembles)?;
    for place in &mut places {
        place.recipe = bound.as_ref().and(model(&place.model)).map(|model| model.recipe.clone());
    }
    Ok((places, Some(study.comparison)))
}

/// Whether the first name is a study, though others may happen to be folders of models here.
fn is_study(path: &Path, models: &[String]) -> bool {
    let named_in = contenders::models_in(path);
    !contenders::is_model_or_run(path)
        && (models.iter().any(|model| named_in.contains(model))
            || Source::open(&path.to_string_lossy()).is_ok_and(|source| source.parse().is_ok()))
}

fn check(settings: &ComparisonSettings, overrides: Overrides) -> anyhow::Result<()> {
    if let Some(alpha) = overrides.alpha.filter(|alpha| !is_alpha(*alpha)) {
        anyhow::bail!("--alpha {alpha} is out of range; choose {ALPHA_BOUND}");
    }
    let metric = overrides.metric.unwrap_or(settings.metric);
    if let Some(margin) = overrides.margin.filter(|margin| !is_margin(metric, *margin)) {
        anyhow::bail!(
            "--margin {margin} is out of range for {}; choose {}",
            metric.name(),
            margin_bound(metric)
        );
    }
    Ok(())
}
