//! What candidates make of the images that were held out of their training.

use std::path::Path;

use toile_nn::executor::Training;
use toile_pixels::Normalizer;
use toile_store::{RunFolder, StoreError, StoredRun};

use crate::images::Images;
use crate::memory;
use crate::results::RunStatus;
use crate::run::evaluate;
use crate::run::{Built, Data, Executors, RunError, Setup, held_out};
use crate::study::{Model, Study};

/// One run on the images held out.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Its seed, which says which images these are.
    pub seed: u64,
    /// Whether each is right; `None` where the run diverged.
    pub correct: Option<Vec<bool>>,
    /// Mean negative log likelihood; `None` where the run diverged.
    pub loss: Option<f64>,
}

/// Every model of a rung under every seed of its study, whose runs are over and lie below `out`; each model as it
/// predicts, test-time augmentation included.
///
/// # Errors
/// Runs that are not there or damaged, and networks that cannot be run.
pub fn measure(
    rung: &Study,
    out: &Path,
    data: Data<'_>,
    (executors, threads): (&Executors<'_>, usize),
) -> Result<Vec<Vec<Measured>>, RunError> {
    let mut found = Vec::new();
    for model in &rung.models {
        let of_seed = |seed: &u64| of_run(model, *seed, out, data, (executors, threads));
        found.push(rung.seeds.iter().map(of_seed).collect::<Result<_, _>>()?);
    }
    Ok(found)
}

fn of_run(
    model: &Model,
    seed: u64,
    out: &Path,
    data: Data<'_>,
    (executors, threads): (&Executors<'_>, usize),
) -> Result<Measured, RunError> {
    let folder = RunFolder::new(out, &model.name, seed);
    let missing = || StoreError::damaged(&folder.config(), "it is missing", "run the same command again");
    let run = StoredRun::open(&folder)?.ok_or_else(missing)?;
    if run.results.status != RunStatus::Finished {
        return Ok(Measured { seed, correct: None, loss: None });
    }
    let refuse = |problem: String| RunError::Unfit {
        model: model.name.clone(),
        dataset: model.recipe.dataset.clone(),
        problem,
    };
    let Some((dataset, indices)) = held_out(&model.recipe, seed, data).map_err(refuse)? else {
        return Err(refuse("no image is held out".into()));
    };
    let weights = run.weights()?;
    let normalizer = Normalizer::new(&weights.about.mean, &weights.about.std)
        .map_err(|error| refuse(error.to_string()))?;
    let network = data.network(model)?;
    let training = Training::new(model.recipe.optimizer, seed);
    let setup = Setup { network: &network, training, batch_size: 1, threads };
    memory::check(&[setup.need(indices.len())], 1, memory::limit())
        .map_err(|problem| RunError::TooLarge { model: model.name.clone(), problem })?;
    let Built { mut executor, .. } = executors(setup)?;
    executor.load_state_dict(&weights.tensors)?;
    let images = Images { dataset, indices: &indices, normalizer: &normalizer };
    let views = model.recipe.test_time_augmentation;
    let rows = evaluate::log_probabilities(&mut *executor, images, views, &|| false)
        .expect("nobody stops this measurement");
    let classes = dataset.class_names.len();
    let is_right =
        |(row, &image): (&[f32], &u32)| evaluate::argmax(row) as u32 == dataset.labels[image as usize];
    let correct = rows.chunks_exact(classes).zip(&indices).map(is_right).collect();
    Ok(Measured { seed, correct: Some(correct), loss: Some(evaluate::score(images, &rows).loss) })
}
