//! Tuning a learning rate: one model at several rates, chosen on images held out of training.
//!
//! The runs lie apart from the study's own, in `sweep/<model>/` of its folder of results, because they train on
//! fewer images. The test images select nothing: no run of a sweep is shown one ([`JudgedBy::HeldOut`]).

use std::path::{Path, PathBuf};

use toile_nn::schedule::LearningRate;
use toile_statistics::mean;
use toile_store::file::{self, Kind};
use toile_store::{RunFolder, names};

use crate::changes::ChangeError;
use crate::evidence::contenders::models_in;
use crate::evidence::sweep::{Sweep, SweptRate, SweptRun};
use crate::numbers;
use crate::recipe::{JudgedBy, Recipe, Validation, hexadecimal, optimizer_options, schedule_words};
use crate::results::{EpochRow, RunResults, RunStatus, StudyResults};
use crate::study::{Model, Study};
use crate::study_file;

/// What is tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Learning rates.
    pub rates: Vec<f64>,
    /// Share of the training images held out.
    pub validation: f64,
    /// Instead of the model's.
    pub epochs: Option<u32>,
}

/// Share of the training images that is held out where neither the study nor anybody else says so.
pub const VALIDATION: f64 = 0.1;

impl Question {
    /// These rates, judged by [`VALIDATION`], for as many epochs as the model has.
    pub fn of(rates: Vec<f64>) -> Question {
        Question { rates, validation: VALIDATION, epochs: None }
    }
}

/// Where the runs of a sweep lie.
pub fn folder(out: &Path, model: &str) -> PathBuf {
    out.join(names::SWEEP).join(model)
}

/// The sweep as a study: a model `lr-<rate>-<digits of its recipe's digest>` for each rate, in ascending order.
///
/// # Errors
/// A rate or a number of epochs that the model does not allow.
pub fn study(study: &Study, model: &Model, question: &Question) -> Result<Study, ChangeError> {
    let mut sweep = Study { models: vec![], ..study.clone() };
    for rate in ascending(&question.rates) {
        let recipe = Recipe {
            validation: Some(Validation::Share(question.validation)),
            judged_by: JudgedBy::HeldOut,
            epochs: question.epochs.unwrap_or(model.recipe.epochs),
            ..with_rate(&model.recipe, rate)
        };
        let tried = Model { on_request: false, published: None, ..model.clone() };
        let tried = tried.with(recipe)?;
        sweep.models.push(Model { name: name_of(rate, &tried.recipe), ..tried });
    }
    Ok(sweep)
}

/// Characters of a recipe's digest in a candidate's name.
const DIGITS: usize = 6;

/// `lr-0.01-3f20c1`. Of a sweep with other epochs or other images held out it is another one.
fn name_of(rate: f64, recipe: &Recipe) -> String {
    format!("lr-{}-{}", numbers::learning_rate(rate), &recipe.digest()[..DIGITS])
}

/// How many of the candidates in a sweep's folder an earlier version of Toile trained, which measured them on the test
/// images too: none of these is used, and none is touched.
pub fn earlier_candidates(folder: &Path) -> usize {
    let is_earlier = |model: &String| {
        let runs =
            RunFolder::seeds(folder, model).into_iter().map(|seed| RunFolder::new(folder, model, seed));
        // What is no regular file is nobody's configuration; whoever uses the run says so.
        let config = runs.filter_map(|run| file::read(&run.config(), Kind::Text).ok().flatten()).next();
        let recipe = config.and_then(|config| study_file::recipe(&String::from_utf8_lossy(&config)));
        recipe.is_some_and(|recipe| recipe.judged_by == JudgedBy::Test)
    };
    models_in(folder).iter().filter(|model| is_earlier(model)).count()
}

fn with_rate(recipe: &Recipe, rate: f64) -> Recipe {
    let learning_rate = LearningRate { base: rate, ..recipe.learning_rate.clone() };
    Recipe { learning_rate, ..recipe.clone() }
}

/// Whether a sweep tuned the rate of this model, or of the same in all but its rate and its epochs.
pub fn is_of(sweep: &Sweep, study: &Study, model: &Model) -> bool {
    sweep.recipe == model.recipe.tuning_digest() || sweep.recipe == digest_before(study, model)
}

/// What sweeps were marked with before recipes had a digest: names were in it.
fn digest_before(study: &Study, model: &Model) -> String {
    let plain = Model { name: "model".into(), recipe: model.recipe.without_rate(), ..model.clone() };
    hexadecimal(study_file::resolved(study, &plain).as_bytes())
}

fn ascending(rates: &[f64]) -> Vec<f64> {
    let mut rates = rates.to_vec();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    rates
}

/// What the runs of the sweep say. `study` is the study itself, whose weights are those of the best epoch where it
/// holds out images of its own, else those of the last: so are the figures that count here.
pub fn judge(study: &Study, model: &Model, question: &Question, results: &StudyResults) -> Sweep {
    let chooses_epoch = study.validation().is_some();
    let rates: Vec<SweptRate> = ascending(&question.rates)
        .into_iter()
        .map(|rate| {
            let of_rate = results.models.iter().find(|found| found.settings.learning_rate() == rate);
            let runs = of_rate.map_or(&[][..], |found| &found.runs);
            // The folder may hold more seeds of some rates: the rates are compared under the same ones.
            let asked: Vec<&RunResults> =
                study.seeds.iter().filter_map(|seed| runs.iter().find(|run| run.seed == *seed)).collect();
            swept(rate, &asked, chooses_epoch)
        })
        .collect();
    let best = best(&rates).map(|place| rates[place].learning_rate);
    let epochs = question.epochs.unwrap_or(model.recipe.epochs);
    record(study, model, (epochs, question.validation), rates, best)
}

/// What tuning a model's rate came to: these rates, trained for so many epochs on what is left of this share held out.
pub fn record(
    study: &Study,
    model: &Model,
    (epochs, validation): (u32, f64),
    rates: Vec<SweptRate>,
    best: Option<f64>,
) -> Sweep {
    let Recipe { optimizer, learning_rate, .. } = &model.recipe;
    let is_best = |rate: Option<&SweptRate>| rate.map(|rate| rate.learning_rate) == best;
    Sweep {
        model: model.name.clone(),
        recipe: model.recipe.tuning_digest(),
        optimizer: optimizer.name().to_string(),
        optimizer_options: optimizer_options(optimizer),
        schedule: schedule_words(learning_rate),
        epochs,
        validation,
        seeds: study.seeds.clone(),
        at_edge: best.is_some() && (is_best(rates.first()) || is_best(rates.last())),
        best,
        rates,
    }
}

fn swept(learning_rate: f64, runs: &[&RunResults], chooses_epoch: bool) -> SweptRate {
    let runs: Vec<SweptRun> = runs
        .iter()
        .map(|run| {
            let row = counting_row(run, chooses_epoch);
            SweptRun {
                seed: run.seed,
                validation_accuracy: row.and_then(|row| row.validation_accuracy),
                validation_loss: row.and_then(|row| row.validation_loss),
            }
        })
        .collect();
    let over_seeds = |of: fn(&SweptRun) -> Option<f64>| {
        let values: Option<Vec<f64>> = runs.iter().map(of).collect();
        values.filter(|values| !values.is_empty()).map(mean)
    };
    SweptRate {
        learning_rate,
        validation_accuracy: over_seeds(|run| run.validation_accuracy),
        validation_loss: over_seeds(|run| run.validation_loss),
        runs,
    }
}

/// The row of the weights that count; none where the run diverged.
fn counting_row(run: &RunResults, chooses_epoch: bool) -> Option<&EpochRow> {
    if run.status != RunStatus::Finished {
        return None;
    }
    if !chooses_epoch {
        return run.epochs.last();
    }
    let loss = |row: &&EpochRow| row.validation_loss.unwrap_or(f64::INFINITY);
    run.epochs.iter().min_by(|a, b| loss(a).total_cmp(&loss(b)))
}

/// The place of the rate with the highest validation accuracy; of equals the one with the lowest loss, and of
/// those the lowest rate.
fn best(rates: &[SweptRate]) -> Option<usize> {
    let mut best: Option<(usize, f64, f64)> = None;
    for (place, rate) in rates.iter().enumerate() {
        let (Some(accuracy), Some(loss)) = (rate.validation_accuracy, rate.validation_loss) else { continue };
        let is_better =
            best.is_none_or(|(_, most, least)| accuracy > most || (accuracy == most && loss < least));
        if is_better {
            best = Some((place, accuracy, loss));
        }
    }
    best.map(|(place, ..)| place)
}

/// The table of the tuned model for the study file.
pub fn tuned_model(study: &Study, model: &Model, rate: f64) -> String {
    let name = format!("{}-tuned", model.name);
    let tuned = Model { name, recipe: with_rate(&model.recipe, rate), ..model.clone() };
    study_file::model_table(study, &tuned)
}
