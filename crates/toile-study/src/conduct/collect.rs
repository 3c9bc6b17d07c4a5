//! From the folders of runs to the study's results: `results.json`, and what is drawn from it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::ensembles;
use super::error::ConductError;
use super::renderer::{Renderer, StudyView};
use crate::cross_validation::{CrossValidation, hold_out};
use crate::evidence::compare::{Contender, Test};
use crate::evidence::comparison::Comparison;
use crate::evidence::contenders::strays;
use crate::evidence::judge::judge;
use crate::evidence::outcomes::{self, ModelOutcomes, Outcomes, RunOutcomes};
use crate::evidence::repeats::{self, FoldOutcomes, gather};
use crate::evidence::settings::{Overrides, Question};
use crate::evidence::{Evidence, current, files, looks};
use crate::numbers::joined;
use crate::provenance::{trained_as, unbound};
use crate::recipe::{JudgedBy, Validation};
use crate::results::{
    DatasetSummary, EnsembleGroup, EnsembleResults, LayerRow, ModelResults, ModelSettings, StudyResults,
};
use crate::run::{Data, Options};
use crate::study::{Model, Study};
use toile_data::{Dataset, folds};
use toile_store::atomic::{self, WriteError};
use toile_store::sealed::seal;
use toile_store::{Receipt, RunFolder, RunId, RunResults, RunStatus, StoreError, StoredRun, file, names};

/// What is known of a study now.
#[derive(Clone, Debug)]
pub struct Collected {
    /// The same for all honest runs.
    pub results: StudyResults,
    /// What is not, as (model, seed, receipt).
    pub receipts: Vec<(String, u64, Receipt)>,
    /// What the finished runs prove.
    pub evidence: Evidence,
    /// What a user should know of the files it was read from.
    pub notes: Vec<String>,
}

/// Where the results are.
pub(super) struct Collector<'a> {
    study: &'a Study,
    models: &'a [&'a Model],
    data: Data<'a>,
    out: &'a Path,
    compares: bool,
    /// Outcomes of finished runs, which do not change any more, and when everything was last written.
    known: Mutex<(Known, Option<Written>)>,
}

/// When everything was last written, and how long that took.
#[derive(Clone, Copy, Debug)]
struct Written {
    at: Instant,
    took: Duration,
}

type Known = BTreeMap<RunId, RunOutcomes>;

/// When the study's files are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// Runs are in the midst of their epochs.
    BetweenEpochs,
    /// A run is over; files of others may still be made again.
    AfterARun,
    /// No run is under way: what is missing now stays missing.
    AtTheEnd,
}

/// While runs are under way, the study's files are written at most this often after an epoch.
const REFRESH_EVERY: Duration = Duration::from_secs(1);
/// Of thousands of runs they take seconds to write: that is then so many times rarer, also when a run is over, or studies
/// would spend their time on it.
const APART: u32 = 20;
/// Files that are written this quickly are written whenever a run is over.
const QUICK: Duration = Duration::from_secs(1);

impl<'a> Collector<'a> {
    pub(super) fn new(
        study: &'a Study,
        models: &'a [&'a Model],
        data: Data<'a>,
        options: &'a Options,
    ) -> Self {
        let Options { out, compares, .. } = options;
        Collector { study, models, data, out, compares: *compares, known: Mutex::default() }
    }

    /// Writes the study's files as they are after an epoch, so that a reader of the report sees the state. What
    /// fails here is tried again at the end, and told then.
    pub(super) fn refresh(&self, renderer: &dyn Renderer) {
        if self.is_time(REFRESH_EVERY) {
            let _ = self.write_files(renderer, When::BetweenEpochs);
        }
    }

    /// Writes them when a run is over, where that does not take long.
    pub(super) fn after_a_run(&self, renderer: &dyn Renderer) -> Result<(), ConductError> {
        match self.is_time(Duration::ZERO) {
            true => self.write(renderer, When::AfterARun).map(|_| ()),
            false => Ok(()),
        }
    }

    fn is_time(&self, every: Duration) -> bool {
        self.lock().1.is_none_or(|Written { at, took }| {
            let every = if took < QUICK { every } else { every.max(took * APART) };
            at.elapsed() >= every
        })
    }

    /// Reads all runs and writes the study's files, those that changed. The first that cannot be written is told
    /// beside the results, which are whole all the same.
    pub(super) fn write(
        &self,
        renderer: &dyn Renderer,
        when: When,
    ) -> Result<(Collected, Option<WriteError>), ConductError> {
        self.write_files(renderer, when)
    }

    fn write_files(
        &self,
        renderer: &dyn Renderer,
        when: When,
    ) -> Result<(Collected, Option<WriteError>), ConductError> {
        // One at a time: runs end, and epochs too, in several threads.
        let mut known = self.lock();
        let start = Instant::now();
        let collected = self.collect(&mut known.0, self.compares, when == When::AtTheEnd)?;
        let Collected { results, receipts, evidence, .. } = &collected;
        let test = Some(self.data.test);
        let between_epochs = when == When::BetweenEpochs;
        let view = StudyView { results, receipts, evidence, test, between_epochs };
        let mut contents = renderer.study_files(view);
        contents.push((names::RESULTS.into(), seal(results)));
        if let Some(comparison) = evidence.comparison.as_ref().filter(|_| self.compares) {
            contents.push((files::COMPARISON.into(), seal(comparison)));
        }
        let mut unwritten = None;
        for (name, contents) in &contents {
            if let Err(error) = write_if_changed(&self.out.join(name), contents) {
                unwritten.get_or_insert(error);
            }
        }
        if !between_epochs {
            let drawn = |name: &str| contents.iter().any(|(drawn, _)| drawn == name);
            for name in renderer.occasional_files().into_iter().filter(|name| !drawn(name)) {
                if let Err(error) = atomic::remove(&self.out.join(name)) {
                    unwritten.get_or_insert(error);
                }
            }
        }
        known.1 = Some(Written { at: Instant::now(), took: start.elapsed() });
        Ok((collected, unwritten))
    }

    /// Reads all runs and writes nothing: what cannot be read is told before anything is trained, too.
    pub(super) fn known(&self) -> Result<Collected, ConductError> {
        self.collect(&mut self.lock().0, false, false)
    }

    /// What is behind the lock is whole even where its holder panicked: entries are only added.
    fn lock(&self) -> MutexGuard<'_, (Known, Option<Written>)> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A comparison counts as a look, which is written down. `strict` refuses finished runs without predictions.
    fn collect(&self, known: &mut Known, compares: bool, strict: bool) -> Result<Collected, ConductError> {
        let (mut receipts, mut models) = (Vec::new(), Vec::new());
        let (mut notes, mut early) = (Vec::new(), Vec::new());
        let mut outcomes = Outcomes { labels: self.data.test.labels.clone(), models: Vec::new() };
        for model in &self.study.models {
            let asked_for = self.models.iter().any(|asked| asked.name == model.name);
            let stored = self.runs(model, asked_for, &mut notes)?;
            for run in &stored {
                notes.extend(run.notes.iter().chain(&run.rows_note).chain(&run.receipt_note).cloned());
                if run.provenance.is_none() && run.results.status != RunStatus::Unfinished {
                    early.push(run.folder.id().clone());
                }
            }
            // Without predictions there would be no verdict, and nobody would know why.
            let needed = strict && asked_for && self.models.len() > 1;
            // At the end nobody asks again: one copy is enough.
            let keep = !strict;
            let of_model = self.outcomes(known, &stored, (needed, keep))?;
            let folds = self.study.cross_validation().map(|of| of.folds);
            let (runs, of_runs) = repeats::told(folds, stored, &self.study.counted_by());
            receipts.extend(of_runs.into_iter().map(|(seed, receipt)| (model.name.clone(), seed, receipt)));
            if !of_model.is_empty() {
                outcomes.models.push(ModelOutcomes { name: model.name.clone(), runs: of_model });
            }
            if asked_for || !runs.is_empty() {
                models.push(self.model_results(model, runs)?);
            }
        }
        notes.extend(unbound(&early));
        notes.extend(self.rare_classes());
        let (ensembles, answers) = self.ensembles(known, &models)?;
        let results = StudyResults {
            study: self.study.name.clone(),
            title: self.study.title.clone(),
            note: self.study.note.clone(),
            seeds: self.study.counted_by(),
            cross_validation: self.study.cross_validation().cloned(),
            toile_version: env!("CARGO_PKG_VERSION").to_owned(),
            dataset: self.dataset(),
            models,
            ensembles,
        };
        let compared = match compares {
            true => self.comparison(&results, &outcomes, &answers)?,
            false => None,
        };
        let evidence = current::evidence(self.out, &results, (outcomes, answers), compared, &mut notes);
        Ok(Collected { results, receipts, evidence, notes })
    }

    /// The runs with the seeds that were asked for, then other runs of the same recipe that are over: a later command
    /// with fewer seeds takes nothing away. A model that nobody asked for now is shown where it was run before as it
    /// is now; what cannot be used of it is no reason to stop.
    fn runs(
        &self,
        model: &Model,
        asked_for: bool,
        notes: &mut Vec<String>,
    ) -> Result<Vec<StoredRun>, ConductError> {
        notes.extend(strays(self.out, &model.name));
        let mut runs = Vec::new();
        let others = RunFolder::seeds(self.out, &model.name);
        let others = others.into_iter().filter(|seed| !self.study.seeds.contains(seed));
        for seed in self.study.seeds.iter().copied().chain(others) {
            let run = match StoredRun::open(&RunFolder::new(self.out, &model.name, seed)) {
                Ok(Some(run)) => run,
                Ok(None) => continue,
                Err(error) if asked_for => return Err(error.into()),
                Err(error) => {
                    notes.push(error.to_string());
                    continue;
                }
            };
            let is_now = trained_as(&run, &model.recipe)
                && run.provenance.as_ref().is_none_or(|provenance| provenance.data == self.data.digests);
            let counts = match self.study.seeds.contains(&seed) {
                true => asked_for || is_now,
                false => is_now && run.results.status != RunStatus::Unfinished,
            };
            if counts {
                runs.push(run);
            }
        }
        Ok(runs)
    }

    /// The models that were asked for, against each other with all their runs; nothing while a run that was asked
    /// for is not over.
    fn comparison(
        &self,
        results: &StudyResults,
        outcomes: &Outcomes,
        answers: &[ModelOutcomes],
    ) -> Result<Option<Comparison>, ConductError> {
        let mut entrants = Vec::new();
        for model in self.models {
            let runs = results.models.iter().find(|known| known.name == model.name).map(|known| &known.runs);
            let runs = runs.map_or(&[][..], |runs| &runs[..]);
            let diverged = |run: &&RunResults| matches!(run.status, RunStatus::Diverged { .. });
            let diverged: Vec<u64> = runs.iter().filter(diverged).map(|run| run.seed).collect();
            let finished = outcomes.model(&model.name).map_or(&[][..], |model| &model.runs[..]);
            let is_over =
                |seed: &u64| diverged.contains(seed) || finished.iter().any(|run| run.seed == *seed);
            if !results.seeds.iter().all(is_over) {
                return Ok(None);
            }
            entrants.push((&model.name, finished, diverged));
        }
        let is_asked = |name: &String| self.models.iter().any(|model| model.name == *name);
        let asked = results.ensembles.iter().zip(answers).filter(|(of, _)| of.of.iter().all(is_asked));
        for (of, answers) in asked {
            let status = |group: &EnsembleGroup| ensembles::status(of, group, &results.models);
            if of.groups.iter().any(|group| status(group) == RunStatus::Unfinished) {
                return Ok(None);
            }
            let lost = of.groups.iter().filter(|group| matches!(status(group), RunStatus::Diverged { .. }));
            entrants.push((&of.name, &answers.runs[..], lost.map(|group| group.seed).collect()));
        }
        if entrants.len() < 2 {
            return Ok(None);
        }
        let contenders: Vec<Contender<'_>> =
            entrants.iter().map(|(name, runs, diverged)| Contender { name, runs, diverged }).collect();
        let planned = looks::planned(self.out)?;
        let question = Question::new(&self.study.comparison, planned.as_ref(), Overrides::default());
        let Data { test, .. } = self.data;
        let test = Test { class_names: &test.class_names, labels: &test.labels };
        Ok(Some(judge(&question, &[self.out.to_owned()], test, &contenders)?))
    }

    /// The ensembles whose models all have runs, and what they make of every image.
    fn ensembles(
        &self,
        known: &mut Known,
        models: &[ModelResults],
    ) -> Result<(Vec<EnsembleResults>, Vec<ModelOutcomes>), ConductError> {
        let (mut results, mut answers) = (Vec::new(), Vec::new());
        for of in &self.study.ensembles {
            let Some(mut found) = ensembles::groups(of, models) else { continue };
            let test = (self.out, &self.data.test.labels[..], self.data.test.class_names.len());
            // Which seeds are a group may change while runs are under way.
            let id = |group: &EnsembleGroup| RunId {
                model: format!("{} {:?}", of.name, group.seeds),
                seed: group.seed,
            };
            let before = |group: &EnsembleGroup| known.get(&id(group)).cloned();
            let of_ensemble = ensembles::outcomes(&mut found, models, test, &before)?;
            for run in &of_ensemble.runs {
                let group = found.groups.iter().find(|group| group.seed == run.seed);
                known.extend(group.map(|group| (id(group), run.clone())));
            }
            results.push(found);
            answers.push(of_ensemble);
        }
        Ok((results, answers))
    }

    /// What the finished ones of a model's runs made of every image: a run a seed, or a repeat of a cross-validation.
    /// Runs without predictions are left out, or refused where they are `needed`.
    fn outcomes(
        &self,
        known: &mut Known,
        runs: &[StoredRun],
        (needed, keep): (bool, bool),
    ) -> Result<Vec<RunOutcomes>, ConductError> {
        if self.study.judged_by().is_held_out() {
            // Every seed holds out others, and nothing is claimed of test images.
            return Ok(Vec::new());
        }
        let finished = || runs.iter().filter(|run| run.results.status == RunStatus::Finished);
        let Some(CrossValidation { folds, .. }) = self.study.cross_validation() else {
            let mut found = Vec::new();
            for run in finished() {
                match self.of_run(known, run, keep)? {
                    Some(outcomes) => found.push(outcomes),
                    None if needed => return Err(run.no_predictions().into()),
                    None => {}
                }
            }
            return Ok(found);
        };
        let Some(first) = finished().next() else { return Ok(Vec::new()) };
        let mut units = Vec::new();
        for run in finished() {
            match FoldOutcomes::read(run, Some(&self.data.test.class_names))? {
                Some(unit) => units.push(unit),
                None if needed => return Err(run.no_predictions().into()),
                None => {}
            }
        }
        let gathered = gather(*folds, units).map_err(|problem| other_images(first, &problem))?;
        if !gathered.runs.is_empty() && gathered.labels != self.data.test.labels {
            return Err(other_images(first, "its images are not those of the data set").into());
        }
        Ok(gathered.runs)
    }

    fn of_run(
        &self,
        known: &mut Known,
        run: &StoredRun,
        keep: bool,
    ) -> Result<Option<RunOutcomes>, ConductError> {
        let id = run.folder.id();
        if let Some(outcomes) = known.get(id) {
            return Ok(Some(outcomes.clone()));
        }
        let Some((labels, outcomes)) = outcomes::read(run, &self.data.test.class_names)? else {
            return Ok(None);
        };
        if labels != self.data.test.labels {
            return Err(other_images(run, "its images are not those of the test set").into());
        }
        if keep {
            known.insert(id.clone(), outcomes.clone());
        }
        Ok(Some(outcomes))
    }

    /// Classes that some folds have no image of.
    fn rare_classes(&self) -> Option<String> {
        let folds = self.study.cross_validation()?.folds as usize;
        let Dataset { labels, class_names, .. } = self.data.train;
        let rare = folds::rare_classes(labels, class_names.len(), folds);
        let names: Vec<String> = rare.iter().map(|&class| class_names[class as usize].clone()).collect();
        let (has, them) = if names.len() == 1 { ("has", "it") } else { ("have", "them") };
        (!names.is_empty()).then(|| {
            format!(
                "{} {has} fewer images than the {folds} folds: some folds test none of {them}.",
                joined(&names)
            )
        })
    }

    fn model_results(&self, model: &Model, runs: Vec<RunResults>) -> Result<ModelResults, ConductError> {
        let network = self.data.network(model)?;
        Ok(ModelResults {
            name: model.name.clone(),
            settings: ModelSettings::of(model),
            layers: LayerRow::of(&network),
            published: model.published.clone(),
            runs,
        })
    }

    fn dataset(&self) -> DatasetSummary {
        let Data { train, validation, test, digests, .. } = self.data;
        let mut learned_from: Vec<u32> = (0..train.len() as u32).collect();
        if let Some(cross_validation) = self.study.cross_validation() {
            // One that cannot be split was refused before.
            learned_from = cross_validation.parts(train, 0).map_or(learned_from, |(outside, _)| outside);
        }
        // The seed decides which images are held out, not how many.
        let (held_out, set_aside) = match self.study.validation() {
            Some(Validation::Share(share)) => (hold_out(train, &learned_from, share, 0).1.len(), 0),
            Some(Validation::Part) => (0, validation.map_or(0, Dataset::len)),
            None => (0, 0),
        };
        DatasetSummary {
            name: self.study.dataset().to_owned(),
            class_names: train.class_names.clone(),
            image_shape: train.image_shape,
            train_images: learned_from.len() - held_out,
            validation_images: held_out + set_aside,
            test_images: match self.study.judged_by() {
                JudgedBy::Test => test.len(),
                JudgedBy::HeldOut | JudgedBy::HeldOutLast => 0,
            },
            digests: digests.to_vec(),
        }
    }
}

/// Notes how the models are to be compared, as long as no run of them is over; checks the count of looks, which will
/// be needed at the end.
pub(super) fn before(study: &Study, out: &Path) -> Result<(), ConductError> {
    let is_over = |model: &Model| {
        let runs = std::fs::read_dir(out.join(&model.name)).into_iter().flatten();
        runs.filter_map(Result::ok).any(|run| run.path().join("evaluation.json").exists())
    };
    match study.models.iter().any(is_over) {
        // It only has to be whole.
        true => Ok(looks::planned(out).map(|_| ())?),
        false => Ok(looks::plan(out, &study.comparison)??),
    }
}

/// Predictions of other test images.
pub(super) fn other_images(run: &StoredRun, problem: &str) -> StoreError {
    let remedy = "give the data set that the run was tested on, or move the run away";
    StoreError::damaged(&run.folder.predictions(), problem, remedy)
}

/// Also where the name lies in a folder that is not there yet.
fn write_if_changed(path: &Path, contents: &[u8]) -> Result<(), WriteError> {
    // What is no regular file does not hold them, and is replaced.
    if file::holds(path, contents) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        atomic::create_folder(folder)?;
    }
    atomic::write(path, contents)
}
