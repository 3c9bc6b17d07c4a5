//! Finding the runs to compare: models of a study's folder, or folders of models and runs wherever they are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::contender::{Contender, Test};
pub use super::contender_error::{ContenderError, Known};
use super::ensembles::together;
use super::outcomes::{self, Named, RunOutcomes};
use super::repeats::{FoldOutcomes, Gathered, gather};
use super::words::{run_list, seed_list};
use crate::cross_validation::Fold;
use crate::provenance::{is_imported, reference, trained_as, unbound, unlike};
use crate::recipe::Recipe;
use crate::results::RunStatus;
use crate::study::EnsembleOf;
use crate::study_file;
use toile_store::{RunFolder, RunId, StoreError, StoredRun, seed_of};

/// Where a contender's runs are.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// What it is called.
    pub name: String,
    /// The study's folder.
    pub out: PathBuf,
    /// Name of the model's folder in it.
    pub model: String,
    /// One run only.
    pub seed: Option<u64>,
    /// The settings that a study file has for the model, to be set against those of its runs.
    pub recipe: Option<Recipe>,
    /// Runs that answer together, instead of a model's.
    pub ensemble: Option<EnsembleOf>,
}

/// The runs of several models on the same test images.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Field {
    /// Names of the classes, in the order of the first model.
    pub class_names: Vec<String>,
    /// Class of each test image.
    pub labels: Vec<u32>,
    /// As they were named.
    pub entrants: Vec<Entrant>,
    /// Study folders they are from.
    pub folders: Vec<PathBuf>,
    /// Runs that are not over and settings that are not the study file's.
    pub warnings: Vec<String>,
    /// Runs that an earlier version of Toile wrote.
    pub unbound: Vec<RunId>,
}

/// One model of a [`Field`].
#[derive(Clone, Debug, PartialEq)]
pub struct Entrant {
    /// Its name.
    pub name: String,
    /// Its finished runs, by seed.
    pub runs: Vec<RunOutcomes>,
    /// Seeds of its diverged runs.
    pub diverged: Vec<u64>,
}

impl Field {
    /// What all were tested on.
    pub fn test(&self) -> Test<'_> {
        Test { class_names: &self.class_names, labels: &self.labels }
    }

    /// For the comparison.
    pub fn contenders(&self) -> Vec<Contender<'_>> {
        let entrants = self.entrants.iter();
        entrants.map(|Entrant { name, runs, diverged }| Contender { name, runs, diverged }).collect()
    }
}

/// Whether this is the folder of a model or of one run.
pub fn is_model_or_run(path: &Path) -> bool {
    place_of(path).is_some()
}

/// Models of a study's folder that have a run, by name.
pub fn models_in(out: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        folders_in(out).into_iter().filter(|name| has_runs(&out.join(name))).collect();
    names.sort();
    names
}

/// Models of a study's folder.
///
/// # Errors
/// Fewer than two, one twice, one without runs.
pub fn of_models(out: &Path, names: &[String]) -> Result<Vec<Place>, ContenderError> {
    of_models_and_ensembles(out, names, &[])
}

/// Models of a study's folder, and these ensembles of them.
///
/// # Errors
/// As [`of_models`].
pub fn of_models_and_ensembles(
    out: &Path,
    names: &[String],
    ensembles: &[EnsembleOf],
) -> Result<Vec<Place>, ContenderError> {
    let known = || Known(models_in(out));
    if names.len() < 2 {
        return Err(ContenderError::Few { got: names.len(), known: known() });
    }
    let place = |name: &String| {
        if let Some(of) = ensembles.iter().find(|of| of.name == *name) {
            let (name, model, ensemble) = (name.clone(), name.clone(), Some(of.clone()));
            return Ok(Place { name, out: out.to_owned(), model, seed: None, recipe: None, ensemble });
        }
        if !folders_in(out).contains(name) || !has_runs(&out.join(name)) {
            let (out, model) = (out.to_owned(), name.clone());
            return Err(ContenderError::NoRuns { out, model, known: known() });
        }
        Ok(Place {
            name: name.clone(),
            out: out.to_owned(),
            model: name.clone(),
            seed: None,
            recipe: None,
            ensemble: None,
        })
    };
    let places = names.iter().map(place).collect::<Result<Vec<_>, _>>()?;
    once_each(&places)?;
    Ok(places)
}

/// Folders of models, `<out>/<model>`, or of single runs, `<out>/<model>/seed-<n>`, of one study or several.
///
/// # Errors
/// Fewer than two, one twice, one that is no such folder.
pub fn of_folders(paths: &[PathBuf]) -> Result<Vec<Place>, ContenderError> {
    let place =
        |path: &PathBuf| place_of(path).ok_or_else(|| ContenderError::NoFolder { path: path.clone() });
    let mut places = paths.iter().map(place).collect::<Result<Vec<_>, _>>()?;
    if places.len() < 2 {
        return Err(ContenderError::Few { got: places.len(), known: Known::default() });
    }
    once_each(&places)?;
    // Names alone, as long as they tell them apart; then with their study, then with all of their path.
    let studies: BTreeSet<&PathBuf> = places.iter().map(|place| &place.out).collect();
    let several = studies.len() > 1;
    let short = |place: &Place| match (several, place.out.file_name()) {
        (true, Some(study)) => format!("{}/{}", study.to_string_lossy(), place.name),
        _ => place.name.clone(),
    };
    let names: Vec<String> = places.iter().map(short).collect();
    let distinct = names.iter().collect::<BTreeSet<_>>().len() == names.len();
    for (place, short) in places.iter_mut().zip(names) {
        place.name = match distinct {
            true => short,
            false => place.out.join(&place.name).display().to_string(),
        };
    }
    Ok(places)
}

/// The runs that a word names: a folder of a model or a run, or `study/model` for `runs/study/model`, where `@3` behind
/// either is the run with that seed.
pub(super) fn place_named(word: &str) -> Option<Place> {
    let of = |word: &str| place_of(Path::new(word)).or_else(|| place_of(&Path::new("runs").join(word)));
    of(word).or_else(|| {
        let (model, seed) = word.rsplit_once('@')?;
        let place = of(model).filter(|place| place.seed.is_none())?;
        if seed == "all" {
            return Some(place);
        }
        let run = place.out.join(&place.model).join(format!("seed-{}", seed.parse::<u64>().ok()?));
        place_of(&run)
    })
}

fn place_of(path: &Path) -> Option<Place> {
    let path = fs::canonicalize(path).ok()?;
    let name = |path: &Path| Some(path.file_name()?.to_string_lossy().into_owned());
    let parent = path.parent()?;
    if let (Some(seed), true) = (seed_of(&name(&path)?), is_run(&path)) {
        let (model, out) = (name(parent)?, parent.parent()?.to_owned());
        return Some(Place {
            name: format!("{model} (seed {seed})"),
            out,
            model,
            seed: Some(seed),
            recipe: None,
            ensemble: None,
        });
    }
    let model = name(&path)?;
    has_runs(&path).then(|| Place {
        name: model.clone(),
        out: parent.to_owned(),
        model,
        seed: None,
        recipe: None,
        ensemble: None,
    })
}

pub(super) fn once_each(places: &[Place]) -> Result<(), ContenderError> {
    for (index, place) in places.iter().enumerate() {
        let same =
            |other: &Place| (&other.out, &other.model, other.seed) == (&place.out, &place.model, place.seed);
        if places[..index].iter().any(same) {
            return Err(ContenderError::Twice { name: place.name.clone() });
        }
        let holds = |other: &&Place| {
            (&other.out, &other.model) == (&place.out, &place.model)
                && other.seed.is_none() != place.seed.is_none()
        };
        if let Some(other) = places[..index].iter().find(holds) {
            let (run, model) = if place.seed.is_some() { (place, other) } else { (other, place) };
            return Err(ContenderError::Within { run: run.name.clone(), model: model.name.clone() });
        }
    }
    Ok(())
}

fn folders_in(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
    entries
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

/// Whether a model's folder has runs.
fn has_runs(model: &Path) -> bool {
    folders_in(model).iter().any(|name| seed_of(name).is_some() && is_run(&model.join(name)))
}

/// One of the files that make a folder a run's may be missing, and is then told as such.
fn is_run(folder: &Path) -> bool {
    ["config.toml", "evaluation.json"].iter().any(|name| folder.join(name).exists())
}

/// Reads the runs that are over, all of them or those with these seeds.
///
/// # Errors
/// Runs that are not there, or do not belong together.
pub fn read(places: &[Place], seeds: Option<&[u64]>) -> Result<Field, ContenderError> {
    let mut field = Field::default();
    for place in places {
        if !field.folders.contains(&place.out) {
            field.folders.push(place.out.clone());
        }
        let entrant = match &place.ensemble {
            Some(of) => ensemble(place, of, seeds, &mut field)?,
            None => entrant(place, seeds, &mut field)?,
        };
        field.entrants.push(entrant);
    }
    field.warnings.extend(unbound(&field.unbound));
    Ok(field)
}

fn entrant(place: &Place, asked: Option<&[u64]>, field: &mut Field) -> Result<Entrant, ContenderError> {
    let there = match place.seed {
        Some(seed) => vec![seed],
        None => RunFolder::seeds(&place.out, &place.model),
    };
    if place.seed.is_none() {
        field.warnings.extend(strays(&place.out, &place.model));
    }
    let mut entrant = Entrant { name: place.name.clone(), runs: Vec::new(), diverged: Vec::new() };
    let mut over: Vec<StoredRun> = Vec::new();
    let (mut unfinished, mut unbound, mut units) = (Vec::new(), Vec::new(), Vec::new());
    for &seed in there.iter().filter(|seed| asked.is_none_or(|asked| asked.contains(seed))) {
        let folder = RunFolder::new(&place.out, &place.model, seed);
        let Some(run) = StoredRun::open(&folder)? else { continue };
        field.warnings.extend(run.notes.iter().cloned());
        if run.results.status == RunStatus::Unfinished {
            unfinished.push(seed);
            continue;
        }
        if let Some(how) = reference(&over).and_then(|other| unlike(other, &run)) {
            return Err(ContenderError::Mixed { path: folder.path().to_owned(), how });
        }
        if run.provenance.is_none() {
            unbound.push(folder.id().clone());
        }
        let folds = folds_of(&run);
        if folds.is_some() && (asked.is_some() || place.seed.is_some()) {
            return Err(ContenderError::Folds { model: place.model.clone() });
        }
        match run.results.status {
            RunStatus::Diverged { .. } => entrant.diverged.push(seed),
            _ if folds.is_some() => {
                units.push(FoldOutcomes::read(&run, None)?.ok_or_else(|| run.no_predictions())?);
            }
            _ => {
                let named = outcomes::read_named(&run)?.ok_or_else(|| run.no_predictions())?;
                entrant.runs.push(fitting(named, &entrant.name, field)?);
            }
        }
        over.push(run);
    }
    let first = over.first();
    if let Some((first, folds)) = first.and_then(|first| Some((first, folds_of(first)?))) {
        gather_folds(folds, units, first, &mut entrant, field)?;
        unfinished = unfinished.into_iter().map(|unit| Fold::of(folds, unit).repeat).collect();
        unfinished.dedup();
    }
    field.unbound.extend(unbound);
    let is_over =
        |seed: &u64| entrant.runs.iter().any(|run| run.seed == *seed) || entrant.diverged.contains(seed);
    if let Some(&seed) = asked.unwrap_or_default().iter().find(|seed| !is_over(seed)) {
        let there: Vec<u64> = there.into_iter().filter(|seed| !unfinished.contains(seed)).collect();
        return Err(ContenderError::NoSeed { model: entrant.name, seed, there: seed_list(&there) });
    }
    if entrant.runs.is_empty() && entrant.diverged.is_empty() {
        return Err(ContenderError::NothingOver { model: entrant.name });
    }
    field.warnings.extend(warnings(place, &entrant.name, first, &unfinished));
    Ok(entrant)
}

/// The groups of an ensemble whose runs are all finished: seeds that all of its models have, ascending, so many at a time.
fn ensemble(
    place: &Place,
    of: &EnsembleOf,
    asked: Option<&[u64]>,
    field: &mut Field,
) -> Result<Entrant, ContenderError> {
    let mut entrant = Entrant { name: place.name.clone(), runs: Vec::new(), diverged: Vec::new() };
    let seeds_of = |model: &String| RunFolder::seeds(&place.out, model);
    let mut seeds = of.of.first().map_or_else(Vec::new, seeds_of);
    seeds.retain(|seed| asked.is_none_or(|asked| asked.contains(seed)));
    seeds.retain(|seed| of.of.iter().all(|model| seeds_of(model).contains(seed)));
    seeds.sort_unstable();
    let mut over: BTreeMap<String, Vec<StoredRun>> = BTreeMap::new();
    for group in seeds.chunks_exact(of.size) {
        let mut runs = Vec::new();
        for (model, &seed) in of.of.iter().flat_map(|model| group.iter().map(move |seed| (model, seed))) {
            runs.extend(StoredRun::open(&RunFolder::new(&place.out, model, seed))?);
        }
        let has = |status: fn(&RunStatus) -> bool| runs.iter().any(|run| status(&run.results.status));
        if has(|status| *status == RunStatus::Unfinished) {
            field.warnings.push(format!(
                "{} is not finished with {}: compared without.",
                of.name,
                seed_list(group)
            ));
            continue;
        }
        for run in &runs {
            let known = over.entry(run.folder.id().model.clone()).or_default();
            if let Some(how) = reference(known).and_then(|other| unlike(other, run)) {
                return Err(ContenderError::Mixed { path: run.folder.path().to_owned(), how });
            }
            known.push(run.clone());
        }
        if has(|status| matches!(status, RunStatus::Diverged { .. })) {
            entrant.diverged.push(group[0]);
        } else if let (Some(first), Some((labels, run))) = (runs.first(), together(&runs, group[0])?) {
            let class_names = first.probabilities()?.map_or_else(Vec::new, |known| known.class_names);
            let named = Named { class_names, indices: Vec::new(), labels, run };
            entrant.runs.push(fitting(named, &entrant.name, field)?);
        }
    }
    match entrant.runs.is_empty() && entrant.diverged.is_empty() {
        true => Err(ContenderError::NothingOver { model: entrant.name }),
        false => Ok(entrant),
    }
}

/// Runs of a contender that are not over, and settings that are not the study file's.
fn warnings(place: &Place, name: &str, first: Option<&StoredRun>, unfinished: &[u64]) -> Vec<String> {
    let mut told = Vec::new();
    if first.is_some_and(|first| is_imported(first.provenance.as_ref(), &first.config)) {
        told.push(format!(
            "The weights of {name} were imported: config.toml says which network they are for, and not how they were \
             trained."
        ));
    }
    if !unfinished.is_empty() {
        let runs = run_list(first.and_then(folds_of), unfinished);
        told.push(format!("{name} is not finished with {runs}: compared without."));
    }
    if let (Some(recipe), Some(first)) = (&place.recipe, first)
        && !trained_as(first, recipe)
    {
        told.push(format!(
            "The runs of {name} were trained with other settings than the study file has now (see config.toml in \
             their folders)."
        ));
    }
    told
}

/// Folds of a repeat, where the run is one of a cross-validation.
pub(crate) fn folds_of(run: &StoredRun) -> Option<u32> {
    Some(study_file::recipe(&run.config)?.cross_validation?.folds)
}

/// The units of whole repeats as runs of the entrant, and its diverged units as repeats.
fn gather_folds(
    folds: u32,
    units: Vec<FoldOutcomes>,
    first: &StoredRun,
    entrant: &mut Entrant,
    field: &mut Field,
) -> Result<(), ContenderError> {
    let gathered = gather(folds, units).map_err(|problem| {
        let remedy = "run the model again, in a folder of its own";
        StoreError::damaged(&first.folder.predictions(), problem, remedy)
    })?;
    let Gathered { class_names, labels, runs } = gathered;
    for run in runs {
        let whole =
            Named { class_names: class_names.clone(), indices: Vec::new(), labels: labels.clone(), run };
        entrant.runs.push(fitting(whole, &entrant.name, field)?);
    }
    for unit in &mut entrant.diverged {
        *unit = Fold::of(folds, *unit).repeat;
    }
    entrant.diverged.dedup();
    Ok(())
}

/// A sentence for each folder that looks like a run's and is none.
pub(crate) fn strays(out: &Path, model: &str) -> Vec<String> {
    let told = |path: PathBuf| {
        format!("{} is left out: a run's folder is called seed- and its seed, as seed-9.", path.display())
    };
    RunFolder::strays(out, model).into_iter().map(told).collect()
}

/// The run under the class names and on the test images of the first one.
fn fitting(named: Named, name: &str, field: &mut Field) -> Result<RunOutcomes, ContenderError> {
    if field.class_names.is_empty() {
        field.class_names = named.class_names;
        field.labels = named.labels;
        return Ok(named.run);
    }
    let first = || field.entrants.first().map_or(name, |first| &first.name).to_owned();
    let named = named.matched(&field.class_names).map_err(|classes_second| ContenderError::OtherClasses {
        first: first(),
        second: name.to_owned(),
        classes_first: field.class_names.clone(),
        classes_second,
    })?;
    if named.labels != field.labels {
        return Err(ContenderError::OtherImages {
            first: first(),
            second: name.to_owned(),
            images_first: field.labels.len(),
            images_second: named.labels.len(),
        });
    }
    Ok(named.run)
}
