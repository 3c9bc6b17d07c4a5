//! Runs that nobody trained, with the files that trained ones leave: to see how a study of thousands of runs is told,
//! gathered and reported. Each file is written by the library that writes it after a training, so that nothing which
//! reads a study can tell.

use std::collections::BTreeMap;
use std::path::Path;

use toile_data::{Dataset, Loaded};
use toile_nn::state::StateDict;
use toile_store::predictions::{self, Predicted};
use toile_store::weights::{self, About};
use toile_store::{
    ConfusionMatrix, Ending, EpochRow, Evaluation, Provenance, Receipt, RunFolder, RunStatus, atomic,
    results_sha256, sha256,
};
use toile_study::run::{self, Built, Setup};
use toile_study::study::{Model, Study};
use toile_study::study_file::resolved;
use toile_testing::Chance;

/// What writing can fail with.
pub type Error = Box<dyn std::error::Error>;

/// Writes a finished run of each model for each seed of a study that was bound to its data; gives how many.
///
/// # Errors
/// A network that does not fit the data, and files that cannot be written.
pub fn finish(study: &Study, data: &Loaded, out: &Path) -> Result<usize, Error> {
    let mut written = 0;
    for (place, model) in study.models.iter().filter(|model| !model.on_request).enumerate() {
        let writer = Writer::new(study, model, data, place)?;
        for &seed in &study.seeds {
            writer.run(out, seed)?;
            written += 1;
        }
    }
    Ok(written)
}

/// Writes the runs of a model.
struct Writer<'a> {
    study: &'a Study,
    model: &'a Model,
    data: &'a Loaded,
    config: String,
    recipe: String,
    about: About,
    tensors: StateDict<f32>,
    /// The share of images that its runs have right, about.
    skill: f32,
}

impl<'a> Writer<'a> {
    fn new(study: &'a Study, model: &'a Model, data: &'a Loaded, place: usize) -> Result<Self, Error> {
        let Dataset { class_names, image_shape, .. } = &data.train;
        let network = model.recipe.network(*image_shape, class_names.len())?;
        let training = model.recipe.training(0, None);
        let Built { executor, .. } =
            run::engine(Setup { network: &network, training, batch_size: 1, threads: 1 })?;
        let all: Vec<u32> = (0..data.train.len() as u32).collect();
        let scale = model.recipe.normalization.on(&data.train, &all);
        let config = resolved(study, model);
        let about = About {
            study: study.name.clone(),
            dataset: study.dataset().to_owned(),
            model: model.name.clone(),
            seed: 0,
            epoch: model.recipe.epochs,
            class_names: class_names.clone(),
            image_shape: *image_shape,
            mean: scale.mean,
            std: scale.std,
            config: config.clone(),
            provenance: None,
            results: None,
        };
        let (recipe, tensors) = (model.recipe.digest(), executor.state_dict());
        Ok(Writer { study, model, data, config, recipe, about, tensors, skill: 0.7 + 0.1 * place as f32 })
    }

    fn run(&self, out: &Path, seed: u64) -> Result<(), Error> {
        let folder = RunFolder::new(out, &self.model.name, seed);
        let weights = folder.weights("last");
        atomic::create_folder(weights.parent().ok_or("weights lie in a folder")?)?;
        let provenance = Provenance {
            model: self.model.name.clone(),
            seed,
            recipe: self.recipe.clone(),
            data: self.data.digests.clone(),
        };
        let (table, evaluation) = self.measured(seed);
        let rows = self.rows(&evaluation);
        atomic::write(&folder.config(), self.config.as_bytes())?;
        atomic::write(&folder.predictions(), table.as_bytes())?;
        folder.write_epoch_rows(&rows)?;
        let results = Some(results_sha256(&rows));
        let about = About { seed, provenance: Some(provenance.clone()), results, ..self.about.clone() };
        let mut bytes = Vec::new();
        weights::write(&mut bytes, &about, &self.tensors)?;
        atomic::write(&weights, &bytes)?;
        folder.write_receipt(&Receipt {
            finished_at: "2026-01-01T00:00:00Z".into(),
            training_seconds: 1.0 + seed as f64 % 7.0 / 10.0,
            images_per_second: 5_000.0,
            threads: 1,
            command: format!("toile run {}", self.study.name),
            provenance: Some(provenance.clone()),
            ..Receipt::default()
        })?;
        let files = BTreeMap::from([
            ("config.toml".to_owned(), sha256(self.config.as_bytes())),
            ("predictions.csv".to_owned(), sha256(table.as_bytes())),
        ]);
        folder.write_ending(&Ending {
            status: RunStatus::Finished,
            evaluation: Some(evaluation),
            provenance: Some(provenance),
            rows: Some(rows),
            files,
        })?;
        Ok(())
    }

    /// What the run makes of every test image: its table, and what it comes to.
    fn measured(&self, seed: u64) -> (String, Evaluation) {
        let Dataset { class_names, labels, .. } = &self.data.test;
        let classes = class_names.len();
        let mut chance = Chance::new(seed, self.about.epoch + (self.skill * 100.0) as u32);
        let rows: Vec<(usize, Vec<f32>)> =
            labels.iter().map(|&label| self.row(label as usize, classes, &mut chance)).collect();
        let predicted =
            rows.iter().zip(labels).enumerate().map(|(index, ((taken, row), &label))| Predicted {
                index: index as u32,
                label: label as usize,
                prediction: *taken,
                log_probabilities: row,
                file: self.data.test.names.get(index).map(String::as_str),
            });
        let table = predictions::format(class_names, predicted);
        let called = || rows.iter().zip(labels).map(|((taken, _), &label)| (label, *taken as u32));
        let right = called().filter(|(label, taken)| label == taken).count();
        let loss =
            rows.iter().zip(labels).map(|((_, row), &label)| -f64::from(row[label as usize])).sum::<f64>();
        let accuracy = right as f64 / labels.len() as f64;
        let evaluation = Evaluation {
            weights: "last".into(),
            epoch: self.model.recipe.epochs,
            train_loss: 0.9 * loss / labels.len() as f64,
            train_accuracy: (accuracy + 0.02).min(1.0),
            validation_loss: None,
            validation_accuracy: None,
            test_loss: Some(loss / labels.len() as f64),
            test_accuracy: Some(accuracy),
            confusion: ConfusionMatrix::of(classes, called()),
            test_accuracy_top5: None,
        };
        (table, evaluation)
    }

    /// The class that an image is taken for, and the logarithm of each class's probability.
    fn row(&self, label: usize, classes: usize, chance: &mut Chance) -> (usize, Vec<f32>) {
        let share = |chance: &mut Chance| chance.below(1 << 20) as f32 / (1 << 20) as f32;
        let taken = if share(chance) < self.skill { label } else { chance.below(classes) };
        let mut row: Vec<f32> = (0..classes).map(|_| 0.01 + share(chance)).collect();
        row[taken] = 2.0 + 4.0 * share(chance);
        let sum: f32 = row.iter().sum();
        row.iter_mut().for_each(|value| *value = (*value / sum).ln());
        (taken, row)
    }

    /// Losses that fall to where the run ended.
    fn rows(&self, end: &Evaluation) -> Vec<EpochRow> {
        let epochs = self.model.recipe.epochs;
        let row = |epoch: u32| {
            let left = f64::from(epochs - epoch) / f64::from(epochs);
            EpochRow {
                epoch,
                learning_rate: self.model.recipe.learning_rate.base,
                train_loss: end.train_loss + left,
                train_accuracy: end.train_accuracy * (1.0 - left / 2.0),
                validation_loss: None,
                validation_accuracy: None,
                test_loss: end.test_loss.map(|loss| loss + left),
                test_accuracy: end.test_accuracy.map(|accuracy| accuracy * (1.0 - left / 2.0)),
            }
        };
        (1..=epochs).map(row).collect()
    }
}
