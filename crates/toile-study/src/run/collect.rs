//! From the folders of runs to the study's results: `results.json`, and what is drawn from it.

use std::path::Path;

use super::error::RunError;
use super::folder::{RunFolder, json};
use super::train::Data;
use super::{Renderer, StudyView};
use crate::atomic;
use crate::results::{DatasetSummary, ModelResults, Receipt, RunResults, StudyResults};
use crate::study::{Model, Study};
use toile_data::split;

/// Results, and the receipts beside them as (model, seed, receipt).
type Collected = (StudyResults, Vec<(String, u64, Receipt)>);

/// Where the results are.
pub(super) struct Collector<'a> {
    pub(super) study: &'a Study,
    pub(super) models: &'a [&'a Model],
    pub(super) data: Data<'a>,
    pub(super) out: &'a Path,
}

impl Collector<'_> {
    /// Reads all runs and writes the study's files, those that changed. The first that cannot be written is told
    /// beside the results, which are whole all the same.
    pub(super) fn write(&self, renderer: &dyn Renderer) -> Result<(Collected, Option<RunError>), RunError> {
        let (results, receipts) = self.collect()?;
        let mut files = renderer.study_files(StudyView { results: &results, receipts: &receipts });
        files.push(("results.json".into(), json(&results)));
        let mut unwritten = None;
        for (name, contents) in files {
            let path = self.out.join(name);
            if std::fs::read(&path).ok().as_ref() != Some(&contents)
                && let Err(error) = atomic::write(&path, &contents)
            {
                unwritten.get_or_insert(error.into());
            }
        }
        Ok(((results, receipts), unwritten))
    }

    fn collect(&self) -> Result<Collected, RunError> {
        let mut receipts = Vec::new();
        let mut models = Vec::new();
        for model in &self.study.models {
            let asked_for = self.models.iter().any(|asked| asked.name == model.name);
            let mut runs = Vec::new();
            for &seed in &self.study.seeds {
                let folder = RunFolder::new(self.out, &model.name, seed);
                // A model that nobody asked for now is shown where it was run before as it is now.
                let same = asked_for || folder.holds_same_training(&model.resolved)?;
                let Some(run) = folder.results_so_far(seed)?.filter(|_| same) else { continue };
                if let Some(receipt) = folder.read_receipt()? {
                    receipts.push((model.name.clone(), seed, receipt));
                }
                runs.push(run);
            }
            if asked_for || !runs.is_empty() {
                models.push(model_results(model, runs));
            }
        }
        let results = StudyResults {
            study: self.study.name.clone(),
            title: self.study.title.clone(),
            toile_version: env!("CARGO_PKG_VERSION").to_owned(),
            dataset: self.dataset(),
            models,
        };
        Ok((results, receipts))
    }

    fn dataset(&self) -> DatasetSummary {
        let Data { train, test, digests } = self.data;
        let classes = train.class_names.len();
        // The seed decides which images are held out, not how many.
        let held_out = self
            .study
            .validation
            .map_or(0, |share| split::stratified(&train.labels, classes, share, 0).1.len());
        DatasetSummary {
            name: self.study.dataset.clone(),
            class_names: train.class_names.clone(),
            image_shape: train.image_shape,
            train_images: train.len() - held_out,
            validation_images: held_out,
            test_images: test.len(),
            digests: digests.to_vec(),
        }
    }
}

fn model_results(model: &Model, runs: Vec<RunResults>) -> ModelResults {
    ModelResults {
        name: model.name.clone(),
        settings: model.settings.clone(),
        layers: model.layers.clone(),
        published: model.published.clone(),
        runs,
    }
}
