//! How far trained networks rely on single units: the accuracy that remains as hidden units are ablated.

mod layers;
mod words;

pub use layers::{Draw, HiddenLayer, ablate, ablated_units, hidden_layers};
pub use words::{half_lost, sentence};

use std::path::Path;

use toile_nn::description::Network;
use toile_nn::executor::{Executor, Training};
use toile_nn::state::StateDict;
use toile_pixels::Normalizer;
use toile_statistics::{OverSeeds, mean};

use crate::evidence::ablation::{AblatedModel, AblatedPoint, Ablation};
use crate::evidence::contenders::strays;
use crate::images::Images;
use crate::provenance::{trained_as, unbound};
use crate::recipe::TestTimeAugmentation;
use crate::results::RunStatus;
use crate::run::evaluate;
use crate::run::{Built, Data, Executors, RunError, Setup};
use crate::study::Model;
use toile_store::weights::Weights;
use toile_store::{RunFolder, RunId, StoreError, StoredRun};

/// What is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct AblationQuestion {
    /// Shares of the hidden units, ascending, from 0 to 1.
    pub shares: Vec<f64>,
    /// Draws of units for each share and seed.
    pub draws: u32,
    /// Threads of an evaluation.
    pub threads: usize,
}

/// Nothing to nine tenths of the units, ten draws each, on one thread.
impl Default for AblationQuestion {
    fn default() -> Self {
        AblationQuestion {
            shares: (0..10).map(|tenth| f64::from(tenth) / 10.0).collect(),
            draws: 10,
            threads: 1,
        }
    }
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum AblationError {
    /// No hidden fully connected layer.
    #[error(
        "the model {model} has no hidden units to ablate: no fully connected layer of it goes through an \
         activation such as ReLU into another; name a model that has one"
    )]
    NoLayers {
        /// Its name.
        model: String,
    },
    /// Nothing trained.
    #[error(
        "the model {model} has no finished run in {}; train it first with toile run, or name the folder with --out",
        folder.display()
    )]
    NoRuns {
        /// Its name.
        model: String,
        /// Where it was looked for.
        folder: std::path::PathBuf,
    },
    /// A file of a run.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A network that cannot be measured.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// What a measurement is made with, and whom it asks.
pub struct AblationHooks<'a> {
    /// Makes executors.
    pub executors: &'a Executors<'a>,
    /// Called before each run.
    pub tell: &'a dyn Fn(&RunId),
    /// Asked again and again whether to stop.
    pub stopped: &'a dyn Fn() -> bool,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Ablated {
    /// The answer.
    pub ablation: Ablation,
    /// Runs that were asked for, or lie there, and did not come to their end.
    pub left_out: Vec<RunId>,
    /// What a user should know of the files it was measured from.
    pub notes: Vec<String>,
}

/// Measures each model under every seed that is finished, those of `seeds` if they are given; `None` where it was
/// stopped.
///
/// # Errors
/// Models without hidden layers or finished runs, and files that are not as a run left them.
pub fn measure(
    question: &AblationQuestion,
    models: &[&Model],
    seeds: Option<&[u64]>,
    data: Data<'_>,
    out: &Path,
    hooks: &AblationHooks<'_>,
) -> Result<Option<Ablated>, AblationError> {
    let mut names: Vec<String> = Vec::new();
    let (mut left_out, mut notes) = (Vec::new(), Vec::new());
    let mut found = Vec::new();
    for model in models {
        let network = data.network(model)?;
        let layers = hidden_layers(&network);
        if layers.is_empty() {
            return Err(AblationError::NoLayers { model: model.name.clone() });
        }
        let new: Vec<String> =
            layers.iter().map(|layer| layer.name.clone()).filter(|name| !names.contains(name)).collect();
        names.extend(new);
        let finished = finished(model, seeds, out, &mut notes)?;
        let is_finished = |seed: &u64| finished.iter().any(|run| run.results.seed == *seed);
        let wanted = seeds.map_or_else(|| RunFolder::seeds(out, &model.name), <[u64]>::to_vec);
        let others = wanted.into_iter().filter(|seed| !is_finished(seed));
        left_out.extend(others.map(|seed| RunId { model: model.name.clone(), seed }));
        found.push((*model, network, layers, finished));
    }
    let all = found.iter().flat_map(|(_, _, _, runs)| runs);
    let early: Vec<RunId> =
        all.filter(|run| run.provenance.is_none()).map(|run| run.folder.id().clone()).collect();
    notes.extend(unbound(&early));
    let mut ablated = Vec::new();
    for (model, network, layers, runs) in found {
        let mut of_runs = Vec::new();
        for run in &runs {
            (hooks.tell)(run.folder.id());
            let Some(accuracies) = of_run(question, (model, &network), &layers, run, data, hooks)? else {
                return Ok(None);
            };
            of_runs.push(accuracies);
        }
        let seeds = runs.iter().map(|run| run.results.seed).collect();
        ablated.push(AblatedModel { name: model.name.clone(), seeds, points: points(question, &of_runs) });
    }
    let ablation = Ablation { layers: names, draws: question.draws, models: ablated };
    Ok(Some(Ablated { ablation, left_out, notes }))
}

/// The finished runs of a model, with what a user should know of their files.
fn finished(
    model: &Model,
    seeds: Option<&[u64]>,
    out: &Path,
    notes: &mut Vec<String>,
) -> Result<Vec<StoredRun>, AblationError> {
    notes.extend(strays(out, &model.name));
    let mut runs = Vec::new();
    for seed in RunFolder::seeds(out, &model.name) {
        if seeds.is_some_and(|seeds| !seeds.contains(&seed)) {
            continue;
        }
        let Some(run) = StoredRun::open(&RunFolder::new(out, &model.name, seed))? else { continue };
        notes.extend(run.notes.iter().cloned());
        if run.results.status == RunStatus::Finished && trained_as(&run, &model.recipe) {
            runs.push(run);
        }
    }
    if runs.is_empty() {
        return Err(AblationError::NoRuns { model: model.name.clone(), folder: out.to_owned() });
    }
    Ok(runs)
}

/// Accuracies of one run, `[share][draw]`; `None` where it was stopped.
fn of_run(
    question: &AblationQuestion,
    (model, network): (&Model, &Network),
    layers: &[HiddenLayer],
    run: &StoredRun,
    data: Data<'_>,
    hooks: &AblationHooks<'_>,
) -> Result<Option<Vec<Vec<f64>>>, AblationError> {
    let seed = run.results.seed;
    let Weights { tensors: weights, about } = run.weights()?;
    let normalizer = Normalizer::new(&about.mean, &about.std).map_err(|problem| {
        StoreError::damaged(&run.folder.config(), problem.to_string(), "correct the study")
    })?;
    let training = Training::none(seed);
    let setup = Setup { network, training, batch_size: model.recipe.batch_size, threads: question.threads };
    setup.check_memory(&model.name, data.test.len())?;
    let Built { mut executor, .. } = (hooks.executors)(setup).map_err(RunError::from)?;
    let all: Vec<u32> = (0..data.test.len() as u32).collect();
    let images = Images { dataset: data.test, indices: &all, normalizer: &normalizer };
    // Checks names and shapes, so that ablation finds what it looks for.
    executor.load_state_dict(&weights).map_err(RunError::from)?;
    let views = model.recipe.test_time_augmentation;
    let mut accuracies = Vec::new();
    for &share in &question.shares {
        // Where nothing, or everything, is ablated, all draws are the same.
        let draws = if share == 0.0 || share == 1.0 { 1 } else { question.draws };
        let mut of_share = Vec::new();
        for draw in 0..draws {
            let mut ablated = weights.clone();
            ablate(&mut ablated, layers, Draw { seed, draw, share });
            match accuracy((&mut *executor, views), &ablated, images, hooks.stopped)? {
                Some(accuracy) => of_share.push(accuracy),
                None => return Ok(None),
            }
        }
        accuracies.push(of_share);
    }
    Ok(Some(accuracies))
}

fn accuracy(
    (executor, views): (&mut dyn Executor, Option<TestTimeAugmentation>),
    weights: &StateDict<f32>,
    images: Images<'_>,
    stopped: &dyn Fn() -> bool,
) -> Result<Option<f64>, AblationError> {
    executor.load_state_dict(weights).map_err(RunError::from)?;
    let found = evaluate::log_probabilities(executor, images, views, stopped);
    Ok(found.map(|found| evaluate::score(images, &found).accuracy))
}

fn points(question: &AblationQuestion, runs: &[Vec<Vec<f64>>]) -> Vec<AblatedPoint> {
    let of_share = |(place, &share): (usize, &f64)| {
        // Without a draw there is nothing to say of a share.
        let OverSeeds { low, high, .. } =
            OverSeeds::of_finite(runs.iter().flat_map(|run| run[place].iter().copied()))?;
        let per_seed: Vec<f64> = runs.iter().map(|run| mean(run[place].iter().copied())).collect();
        Some(AblatedPoint { share, mean: mean(per_seed.iter().copied()), per_seed, range: [low, high] })
    };
    question.shares.iter().enumerate().filter_map(of_share).collect()
}
