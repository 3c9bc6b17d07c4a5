//! From the folders of runs to the study's results: `results.json`, and what is drawn from it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::error::RunError;
use super::event::RunId;
use super::folder::{RunFolder, json};
use super::jobs::guarded;
use super::train::Data;
use super::{Renderer, StudyView};
use crate::atomic::{self, WriteError};
use crate::evidence::Evidence;
use crate::evidence::outcomes::{self, ModelOutcomes, Outcomes, RunOutcomes};
use crate::results::{DatasetSummary, ModelResults, Receipt, RunResults, RunStatus, StudyResults};
use crate::study::{Model, Study};
use toile_data::split;

/// What is known of a study now.
pub(super) struct Collected {
    pub(super) results: StudyResults,
    /// As (model, seed, receipt).
    pub(super) receipts: Vec<(String, u64, Receipt)>,
    pub(super) evidence: Evidence,
}

/// Where the results are.
pub(super) struct Collector<'a> {
    study: &'a Study,
    models: &'a [&'a Model],
    data: Data<'a>,
    out: &'a Path,
    /// Outcomes of finished runs, which do not change any more, and when everything was last written.
    known: Mutex<(BTreeMap<RunId, RunOutcomes>, Option<Instant>)>,
}

/// While runs are under way, the study's files are written at most this often.
const REFRESH_EVERY: Duration = Duration::from_secs(1);

impl<'a> Collector<'a> {
    pub(super) fn new(study: &'a Study, models: &'a [&'a Model], data: Data<'a>, out: &'a Path) -> Self {
        Collector { study, models, data, out, known: Mutex::default() }
    }

    /// Writes the study's files as they are after an epoch, so that a reader of the report sees the state. What
    /// fails here is tried again at the end, and told then.
    pub(super) fn refresh(&self, renderer: &dyn Renderer) {
        let last = self.lock().1;
        if last.is_none_or(|last| last.elapsed() >= REFRESH_EVERY) {
            let _ = guarded(|| self.write_files(renderer, true).map(|_| ()));
        }
    }

    /// Reads all runs and writes the study's files, those that changed. The first that cannot be written is told
    /// beside the results, which are whole all the same.
    pub(super) fn write(&self, renderer: &dyn Renderer) -> Result<(Collected, Option<RunError>), RunError> {
        self.write_files(renderer, false)
    }

    fn write_files(
        &self,
        renderer: &dyn Renderer,
        between_epochs: bool,
    ) -> Result<(Collected, Option<RunError>), RunError> {
        // One at a time: runs end, and epochs too, in several threads.
        let mut known = self.lock();
        let collected = self.collect(&mut known.0)?;
        let Collected { results, receipts, evidence } = &collected;
        let test = Some(self.data.test);
        let mut files = renderer.study_files(StudyView { results, receipts, evidence, test, between_epochs });
        files.push(("results.json".into(), json(results)));
        let mut unwritten = None;
        for (name, contents) in files {
            if let Err(error) = write_if_changed(&self.out.join(name), &contents) {
                unwritten.get_or_insert(error.into());
            }
        }
        known.1 = Some(Instant::now());
        Ok((collected, unwritten))
    }

    /// What is behind the lock is whole even where its holder panicked: entries are only added.
    fn lock(&self) -> MutexGuard<'_, (BTreeMap<RunId, RunOutcomes>, Option<Instant>)> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn collect(&self, known: &mut BTreeMap<RunId, RunOutcomes>) -> Result<Collected, RunError> {
        let mut receipts = Vec::new();
        let mut models = Vec::new();
        let mut outcomes = Outcomes { labels: self.data.test.labels.clone(), models: Vec::new() };
        for model in &self.study.models {
            let asked_for = self.models.iter().any(|asked| asked.name == model.name);
            let mut runs = Vec::new();
            let mut of_model = Vec::new();
            for &seed in &self.study.seeds {
                let folder = RunFolder::new(self.out, &model.name, seed);
                // A model that nobody asked for now is shown where it was run before as it is now.
                let same = asked_for || folder.holds_same_training(&model.resolved)?;
                let Some(run) = folder.results_so_far(seed)?.filter(|_| same) else { continue };
                if let Some(receipt) = folder.read_receipt()? {
                    receipts.push((model.name.clone(), seed, receipt));
                }
                if run.status == RunStatus::Finished {
                    let id = RunId { model: model.name.clone(), seed };
                    of_model.extend(self.outcomes(known, id, &folder)?);
                }
                runs.push(run);
            }
            if !of_model.is_empty() {
                outcomes.models.push(ModelOutcomes { name: model.name.clone(), runs: of_model });
            }
            if asked_for || !runs.is_empty() {
                models.push(model_results(model, runs));
            }
        }
        let results = StudyResults {
            study: self.study.name.clone(),
            title: self.study.title.clone(),
            note: self.study.note.clone(),
            toile_version: env!("CARGO_PKG_VERSION").to_owned(),
            dataset: self.dataset(),
            models,
        };
        let evidence = Evidence { outcomes, ..Evidence::default() };
        Ok(Collected { results, receipts, evidence })
    }

    fn outcomes(
        &self,
        known: &mut BTreeMap<RunId, RunOutcomes>,
        id: RunId,
        folder: &RunFolder,
    ) -> Result<Option<RunOutcomes>, RunError> {
        if let Some(outcomes) = known.get(&id) {
            return Ok(Some(outcomes.clone()));
        }
        let Some((_, outcomes)) = outcomes::read(folder, id.seed, &self.data.test.class_names)? else {
            return Ok(None);
        };
        known.insert(id, outcomes.clone());
        Ok(Some(outcomes))
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

/// Also where the name lies in a folder that is not there yet.
fn write_if_changed(path: &Path, contents: &[u8]) -> Result<(), WriteError> {
    if std::fs::read(path).is_ok_and(|there| there == contents) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        atomic::create_folder(folder)?;
    }
    atomic::write(path, contents)
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
