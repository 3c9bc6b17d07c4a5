//! What `--predictions` names: `NAME=FILE,FILE`, a file, a model of Toile.

use std::path::{Path, PathBuf};

use super::error::OutsideError;
use crate::evidence::contenders::{self, Place};

/// A model that takes part.
#[derive(Debug, PartialEq)]
pub(super) struct Named {
    pub(super) name: String,
    /// Whether the user gave it that name.
    pub(super) is_given: bool,
    pub(super) what: What,
}

/// Where its predictions are.
#[derive(Debug, PartialEq)]
pub(super) enum What {
    /// Files, one a seed.
    Files(Vec<PathBuf>),
    /// Runs of Toile.
    Runs(Box<Place>),
}

/// What the arguments name, in their order. Files under one given name are one model's, so that
/// `torch=a.csv torch=b.csv` (as a shell writes `torch={a,b}.csv`) is `torch=a.csv,b.csv`.
///
/// # Errors
/// Fewer than two models, two that would be called the same, what is not there.
pub(super) fn read(arguments: &[String]) -> Result<Vec<Named>, OutsideError> {
    let mut all: Vec<Named> = Vec::new();
    for argument in arguments {
        let named = one(argument)?;
        let Some(known) = all.iter_mut().find(|known| known.name == named.name) else {
            all.push(named);
            continue;
        };
        match (&mut known.what, named.what) {
            (What::Files(files), What::Files(more)) if known.is_given && named.is_given => files.extend(more),
            _ => {
                let problem = format!("{} is the name of another one already", named.name);
                return Err(wrong(argument, problem, "give each a name of its own, as NAME=FILE"));
            }
        }
    }
    for Named { name, what, .. } in &all {
        let What::Files(files) = what else { continue };
        if let Some((_, file)) = files.iter().enumerate().find(|(place, file)| files[..*place].contains(file))
        {
            let problem = format!("{} is there twice", file.display());
            return Err(wrong(name, problem, "name each file once: every one counts as a seed of its own"));
        }
    }
    if all.len() < 2 {
        let name = all.first().map_or("--predictions", |named| &named.name);
        let problem = "a comparison needs two models or more";
        return Err(wrong(name, problem.into(), "name them as a.csv b.csv, or torch=a.csv runs/STUDY/MODEL"));
    }
    Ok(all)
}

fn one(argument: &str) -> Result<Named, OutsideError> {
    // A path may have = or a comma in its name.
    if let Some(what) = there(argument) {
        return Ok(Named { name: own_name(Path::new(argument), &what), is_given: false, what });
    }
    let (name, rest) = match argument.split_once('=') {
        Some((name, rest)) if !name.trim().is_empty() => (Some(name.trim()), rest),
        _ => (None, argument),
    };
    if let Some(what) = there(rest) {
        let name = name.map_or_else(|| own_name(Path::new(rest), &what), str::to_owned);
        return Ok(Named { name, is_given: true, what });
    }
    let parts: Vec<&str> = rest.split(',').collect();
    let mut files = Vec::new();
    for part in &parts {
        let path = PathBuf::from(part);
        if !path.is_file() {
            let problem = match path.is_dir() {
                true if parts.len() > 1 => format!("{part} is a folder; only files are listed with commas"),
                true => format!("{part} is no folder of a model or of a run"),
                false => format!("{part} is not there"),
            };
            let remedy =
                "name a file of predictions, several as NAME=FILE,FILE, or a model as runs/STUDY/MODEL";
            return Err(wrong(argument, problem, remedy));
        }
        files.push(path);
    }
    let what = What::Files(files);
    let name_of = || own_name(Path::new(parts[0]), &what);
    Ok(Named { name: name.map_or_else(name_of, str::to_owned), is_given: name.is_some(), what })
}

/// What a word names by itself.
fn there(word: &str) -> Option<What> {
    let path = Path::new(word);
    if path.is_file() {
        return Some(What::Files(vec![path.to_owned()]));
    }
    contenders::place_named(word).map(|place| What::Runs(Box::new(place)))
}

fn own_name(path: &Path, what: &What) -> String {
    match what {
        What::Runs(place) => place.name.clone(),
        What::Files(_) => path
            .file_stem()
            .map_or_else(|| path.display().to_string(), |stem| stem.to_string_lossy().into_owned()),
    }
}

fn wrong(argument: &str, problem: String, remedy: &str) -> OutsideError {
    OutsideError::Argument { argument: argument.into(), problem, remedy: remedy.into() }
}
