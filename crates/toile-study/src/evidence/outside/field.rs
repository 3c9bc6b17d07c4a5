//! Files and runs gathered into what is compared.

use std::path::{Path, PathBuf};

use toile_store::file::{self, Kind};

use super::arguments::{self, Named, What};
use super::error::{OutsideError, Wrong};
use super::matching::{self, Matched};
use super::table::{self, Table};
use crate::evidence::Metric;
use crate::evidence::contender_error::ContenderError;
use crate::evidence::contenders::{self, Entrant, Field, Place};
use crate::evidence::words::seed_list;
use crate::numbers::counted;

/// What is compared, and what is not known of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gathered {
    /// The models.
    pub field: Field,
    /// (model, file) of the files without probabilities.
    pub without: Vec<(String, PathBuf)>,
    /// (model, images) of the models that give a true class probability 0.
    pub impossible: Vec<(String, usize)>,
}

impl Gathered {
    /// Whether the models can be compared by a metric.
    ///
    /// # Errors
    /// A file without the probabilities that the metric is made of.
    pub fn check(&self, metric: Metric) -> Result<(), OutsideError> {
        let needs = matches!(metric, Metric::Nll | Metric::Ece);
        match self.without.first().filter(|_| needs) {
            None => Ok(()),
            Some((_, path)) => Err(Wrong::of_all(
                format!("it has no probabilities, which {} is made of", metric.name()),
                "add a column `probability CLASS` for each class, or compare with --metric accuracy_top1 or f1_macro",
            )
            .with(path)),
        }
    }

    /// What a reader should know of a comparison by this metric.
    pub fn notes(&self, metric: Metric) -> Vec<String> {
        let mut notes = Vec::new();
        for (name, images) in self.impossible.iter().filter(|_| metric == Metric::Nll) {
            notes.push(format!(
                "{name} gives the true class of {} the probability 0, whose logarithm is counted as −103.3, that of \
                 the smallest number there is.",
                counted(*images, "image")
            ));
        }
        if self.field.folders.is_empty() {
            notes.push(
                "Files of predictions lie in no study's folder, so nothing counts how often they were looked at: \
                 whoever adds seeds and looks again has more than one chance of a wrong verdict."
                    .into(),
            );
        }
        notes
    }
}

/// Files of a model, read.
type Read = Vec<(PathBuf, Table)>;

/// Reads what the arguments name: each `NAME=FILE,FILE`, a file, a folder of a model or a run, or `study/model`. The
/// files of a model count as seeds 0, 1, 2 and so on; `seeds` chooses some.
///
/// # Errors
/// What is not there, cannot be read, or is not about the same images and classes.
pub fn read(arguments: &[String], seeds: Option<&[u64]>) -> Result<Gathered, OutsideError> {
    let named = arguments::read(arguments)?;
    let field = of_runs(&named, seeds)?;
    let mut files: Vec<Option<Read>> = Vec::new();
    for of in &named {
        files.push(match &of.what {
            What::Runs(_) => None,
            What::Files(paths) => Some(paths.iter().map(|path| open(path)).collect::<Result<_, _>>()?),
        });
    }
    let mut gathered = Gathered { field, without: Vec::new(), impossible: Vec::new() };
    name_classes(&mut gathered.field, &files);
    let mut runs = std::mem::take(&mut gathered.field.entrants).into_iter();
    // Labels are set against those of a run, where there is one: its data set is known.
    let mut first = named.iter().find(|of| matches!(of.what, What::Runs(_))).map(|of| of.name.clone());
    for (of, files) in named.iter().zip(files) {
        let entrant = match files {
            None => runs.next().expect("every place gave a model"),
            Some(files) => {
                let first = first.get_or_insert_with(|| of.name.clone());
                entrant(&of.name, &files, first, &mut gathered)?
            }
        };
        gathered.field.entrants.push(chosen(entrant, seeds)?);
    }
    Ok(gathered)
}

/// The runs of Toile among them, under the names they have here.
fn of_runs(named: &[Named], seeds: Option<&[u64]>) -> Result<Field, OutsideError> {
    let place = |of: &Named| match &of.what {
        What::Runs(place) => Some(Place { name: of.name.clone(), ..(**place).clone() }),
        What::Files(_) => None,
    };
    let places: Vec<Place> = named.iter().filter_map(place).collect();
    contenders::once_each(&places)?;
    let field = contenders::read(&places, seeds)?;
    let has_files = places.len() < named.len();
    let is_folded = |entrant: &&Entrant| entrant.runs.iter().any(|run| !run.folds.is_empty());
    match field.entrants.iter().find(is_folded).filter(|_| has_files) {
        None => Ok(field),
        Some(entrant) => Err(OutsideError::Argument {
            argument: entrant.name.clone(),
            problem: "it is cross-validated, so that no network of it was tested on every image".into(),
            remedy:
                "compare files of predictions with a model that is trained and tested on parts of its own"
                    .into(),
        }),
    }
}

fn open(path: &Path) -> Result<(PathBuf, Table), OutsideError> {
    let bytes = file::read(path, Kind::Table)?
        .ok_or_else(|| Wrong::of_all("it is not there", "name a file of predictions").with(path))?;
    Ok((path.to_owned(), table::read(&bytes).map_err(|wrong| wrong.with(path))?))
}

/// The names of the classes, where no run has them.
fn name_classes(field: &mut Field, files: &[Option<Read>]) {
    if !field.class_names.is_empty() {
        return;
    }
    let tables = files.iter().flatten().flatten().map(|(_, table)| table);
    field.class_names = matching::class_names(tables.clone());
    if field.class_names.is_empty() {
        let largest = matching::largest_index(tables).unwrap_or(0);
        field.class_names = (0..=largest).map(|class| class.to_string()).collect();
    }
}

/// A model of these files; `first` is the one whose labels count.
fn entrant(name: &str, files: &Read, first: &str, gathered: &mut Gathered) -> Result<Entrant, OutsideError> {
    let mut entrant = Entrant { name: name.to_owned(), runs: Vec::new(), diverged: Vec::new() };
    let mut impossible = 0;
    for (seed, (path, table)) in files.iter().enumerate() {
        let field = &mut gathered.field;
        let found =
            matching::matched(table, &field.class_names, seed as u64).map_err(|wrong| wrong.with(path))?;
        let Matched { labels, run, impossible: of_file } = found;
        if field.labels.is_empty() {
            field.labels = labels;
        } else {
            check_labels(table, &labels, field, first).map_err(|wrong| wrong.with(path))?;
        }
        impossible += of_file;
        entrant.runs.push(run);
        if table.classes.is_empty() {
            gathered.without.push((name.to_owned(), path.clone()));
        }
    }
    if impossible > 0 {
        gathered.impossible.push((name.to_owned(), impossible));
    }
    Ok(entrant)
}

fn check_labels(table: &Table, labels: &[u32], field: &Field, first: &str) -> Result<(), Wrong> {
    let remedy = "export predictions for the same test images in the same order";
    if labels.len() != field.labels.len() {
        let problem =
            format!("it has {}, {first} has {}", counted(labels.len(), "image"), field.labels.len());
        return Err(Wrong::of_all(problem, remedy));
    }
    let other = labels.iter().zip(&field.labels).position(|(label, known)| label != known);
    other.map_or(Ok(()), |image| {
        let name = |class: u32| &field.class_names[class as usize];
        let (here, there) = (name(labels[image]), name(field.labels[image]));
        let problem = format!("image {image} has the label {here}, in {first} it has {there}");
        Err(Wrong::on(table.rows[image].line, problem, remedy))
    })
}

/// The runs with these seeds.
fn chosen(mut entrant: Entrant, seeds: Option<&[u64]>) -> Result<Entrant, OutsideError> {
    let Some(seeds) = seeds else { return Ok(entrant) };
    let has = |seed: u64| entrant.runs.iter().any(|run| run.seed == seed) || entrant.diverged.contains(&seed);
    if let Some(&seed) = seeds.iter().find(|seed| !has(**seed)) {
        let there: Vec<u64> = entrant.runs.iter().map(|run| run.seed).collect();
        let there = seed_list(&there);
        return Err(ContenderError::NoSeed { model: entrant.name, seed, there }.into());
    }
    entrant.runs.retain(|run| seeds.contains(&run.seed));
    Ok(entrant)
}
