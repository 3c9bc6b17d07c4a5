//! Weights that were trained elsewhere, made a run: checked, measured at once, and left in a folder as a run leaves it.
//!
//! `results.csv` has a header and no row, because no epoch was trained here, and the epoch of the weights is 0. The
//! folder's provenance is not that of the recipe: nobody takes the run for one that the recipe's optimizer trained.

use std::num::NonZero;
use std::path::Path;
use std::time::Instant;

use toile_nn::description::Network;
use toile_nn::executor::Training;
use toile_store::foreign::{self, Foreign};
use toile_store::weights::{self, About};
use toile_store::{Imported, Provenance, RunFolder, StoredRun, atomic, results_sha256};

use super::data::Data;
use super::error::RunError;
use super::evaluate;
use super::executors::{Built, Executors, Setup};
use super::jobs;
use super::keeper::Draw;
use super::plan::{fitting_network, unfit};
use super::receipt::{Measured, receipt_of_import};
use super::untrained::Untrained;
use crate::images::Images;
use crate::provenance::{is_imported, provenance_of_import};
use crate::recipe::{ChannelScale, JudgedBy};
use crate::results::Evaluation;
use crate::study::{Model, Study};
use crate::study_file::resolved;

/// What is to be imported, and as what.
#[derive(Clone, Copy, Debug)]
pub struct Import<'a> {
    /// The study whose data set the weights are measured on.
    pub study: &'a Study,
    /// The model that they are weights of, under the name that its folder gets.
    pub model: &'a Model,
    /// The file of weights.
    pub weights: &'a Path,
    /// The study's folder of results.
    pub out: &'a Path,
    /// The seed that the run is to count as; without, the lowest that is free.
    pub seed: Option<u64>,
    /// For the receipt.
    pub command: &'a str,
}

/// A run whose weights were imported.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedRun {
    /// Its folder.
    pub folder: RunFolder,
    /// What the network does.
    pub evaluation: Evaluation,
    /// How pixels become the numbers that it was given.
    pub scale: ChannelScale,
    /// What was converted.
    pub notes: Vec<String>,
}

/// Checks the weights, measures them on training and test images, and writes the run's folder, with what `draw` gives.
///
/// # Errors
/// Weights that are not the model's, a folder that is taken, images that the network does not fit.
pub fn import(
    asked: Import<'_>,
    data: Data<'_>,
    executors: &Executors<'_>,
    draw: &Draw<'_>,
) -> Result<ImportedRun, RunError> {
    let Import { study, model, weights, .. } = asked;
    if study.cross_validation().is_some() {
        let problem = "weights from elsewhere have seen images that a fold would test, where models are cross-validated";
        return Err(RunError::Setting(format!("{problem}; import them into a study without it")));
    }
    let network = fitting_network(model, data)?;
    let expected: Vec<_> = network.parameters.iter().map(|p| (p.name.clone(), p.shape.clone())).collect();
    let found = foreign::read(weights, &expected)?;
    let _lock = jobs::lock(asked.out)?;
    let folder = free_folder(asked)?;
    let provenance = provenance_of_import(model, folder.id().seed, data);
    let all: Vec<u32> = (0..data.train.len() as u32).collect();
    let scale = model.recipe.normalization.on(data.train, &all);
    let work = Work { asked, data, folder, provenance, scale };
    let evaluation = work.measure(&network, &found, executors, draw)?;
    Ok(ImportedRun { folder: work.folder, evaluation, scale: work.scale, notes: found.notes })
}

/// The folder for the run: of the seed that was asked for, or of the lowest that is free.
fn free_folder(asked: Import<'_>) -> Result<RunFolder, RunError> {
    let Import { model, out, seed, .. } = asked;
    let is_free = |folder: &RunFolder| !folder.config().exists() && !folder.evaluation().exists();
    let there = RunFolder::seeds(out, &model.name);
    for other in there.iter().map(|seed| RunFolder::new(out, &model.name, *seed)) {
        let Some(run) = StoredRun::open(&other)? else { continue };
        if !is_imported(run.provenance.as_ref(), &run.config) {
            return Err(RunError::Setting(format!(
                "{} was trained here: weights from elsewhere would count as a seed of the same recipe; give them a name \
                 of their own, as --as {}-imported",
                other.path().display(),
                model.name
            )));
        }
    }
    let folder = |seed: u64| RunFolder::new(out, &model.name, seed);
    match seed {
        None => Ok((0..).map(folder).find(is_free).expect("there are more seeds than folders")),
        Some(seed) if is_free(&folder(seed)) => Ok(folder(seed)),
        Some(seed) => Err(RunError::Setting(format!(
            "{} is there already, and is not overwritten; leave --seed away for the next free one, or move that away",
            folder(seed).path().display()
        ))),
    }
}

/// An import whose weights are known to fit.
struct Work<'a> {
    asked: Import<'a>,
    data: Data<'a>,
    folder: RunFolder,
    provenance: Provenance,
    scale: ChannelScale,
}

impl Work<'_> {
    fn measure(
        &self,
        network: &Network,
        found: &Foreign,
        executors: &Executors<'_>,
        draw: &Draw<'_>,
    ) -> Result<Evaluation, RunError> {
        let Work { asked, data, folder, .. } = self;
        let start = Instant::now();
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let training = Training::none(folder.id().seed);
        let setup = Setup { network, training, batch_size: 1, threads };
        let evaluated = data.train.len().max(data.test.len());
        setup.check_room(&asked.model.name, evaluated, "its weights to be measured")?;
        let Built { mut executor, isa } = executors(setup)?;
        executor.load_state_dict(&found.tensors)?;
        let normalizer = self.scale.normalizer().map_err(|error| unfit(asked.model, error.to_string()))?;
        let [train, test]: [Vec<u32>; 2] =
            [data.train.len(), data.test.len()].map(|images| (0..images as u32).collect());
        let train = Images { dataset: data.train, indices: &train, normalizer: &normalizer };
        let test = Images { dataset: data.test, indices: &test, normalizer: &normalizer };
        let mut of = |images, views| {
            evaluate::log_probabilities(&mut *executor, images, views, &|| false)
                .expect("nobody stops this measurement")
        };
        let views = asked.model.recipe.test_time_augmentation;
        let (on_train, on_test) = (of(train, None), of(test, views));
        let of_train = evaluate::score(train, &on_train);
        let evaluation = evaluate::evaluation(("last", 0), of_train, (test, &on_test), JudgedBy::Test);
        let measured = Measured { seconds: start.elapsed().as_secs_f64(), threads, isa };
        let predictions = evaluate::predictions_csv(test, &on_test);
        self.write(found, &evaluation, &predictions, measured, draw)?;
        Ok(evaluation)
    }

    fn write(
        &self,
        found: &Foreign,
        evaluation: &Evaluation,
        predictions: &str,
        measured: Measured,
        draw: &Draw<'_>,
    ) -> Result<(), RunError> {
        let Work { asked, data, folder, provenance, .. } = self;
        let weights_path = folder.weights("last");
        atomic::create_folder(weights_path.parent().expect("it lies in a folder"))?;
        let about = self.about();
        atomic::write_with(&weights_path, |file| weights::write(file, &about, &found.tensors))?;
        let file =
            asked.weights.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let from = Imported { file, sha256: found.sha256.clone() };
        let receipt = receipt_of_import(from, measured, asked.command.into(), provenance.clone());
        let (receipt, class_names) = (&receipt, &data.test.class_names);
        Untrained { folder, config: &about.config, provenance, receipt, class_names, evaluation, predictions }
            .write(draw)
    }

    fn about(&self) -> About {
        let Work { asked, data, folder, provenance, scale } = self;
        About {
            study: asked.study.name.clone(),
            dataset: asked.study.dataset().to_owned(),
            model: folder.id().model.clone(),
            seed: folder.id().seed,
            epoch: 0,
            class_names: data.test.class_names.clone(),
            image_shape: data.test.image_shape,
            mean: scale.mean.clone(),
            std: scale.std.clone(),
            config: resolved(asked.study, asked.model),
            provenance: Some(provenance.clone()),
            results: Some(results_sha256(&[])),
        }
    }
}
