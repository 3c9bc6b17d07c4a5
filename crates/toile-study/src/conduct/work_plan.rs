//! `.plans`: what all processes have to agree about that do parts of a study, a file for each question that was asked of
//! its folder.
//!
//! A process numbers the units of its own question alone, so that others may work on another one beside it: more seeds, or
//! the combinations of `toile explain`. Which run is whose their claims sort out. What has to be the same for all of a
//! folder is the program, the data, and what a model of a name is.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use toile_store::sealed::{self, seal};
use toile_store::{RunFolder, RunId, StoreError, atomic, names, sha256};

use super::error::ConductError;
use crate::run::{Data, Options, WorkUnit, plan, units};
use crate::study::{Model, Study};

/// What all processes have to agree about that do parts of a study.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkPlan {
    /// Version of the program.
    pub toile_version: String,
    /// What the data is made of, as (name, digest).
    pub data: Vec<(String, String)>,
    /// Digest of the units and of the recipes that they train.
    pub work: String,
    /// How many units there are.
    pub units: usize,
    /// The models whose runs they are, as (name, digest of its recipe).
    pub models: Vec<(String, String)>,
    /// Their seeds.
    pub seeds: Vec<u64>,
}

/// So many digits of the digest are a plan's name.
const DIGITS: usize = 16;

/// Writes down what is to be done, before others are told to do parts of it; gives all of its runs.
///
/// # Errors
/// As [`WorkPlan::agree`]; models that the study does not have.
pub fn agree(study: &Study, data: Data<'_>, options: &Options) -> Result<Vec<RunId>, ConductError> {
    let models = plan::select(study, options.models.as_deref())?;
    let plan = WorkPlan::of(study, &models, data.of(study));
    plan.agree(&options.out)?;
    Ok(plan.runs())
}

impl WorkPlan {
    /// Of these models on this data, by this version of the program.
    pub fn of(study: &Study, models: &[&Model], data: Data<'_>) -> WorkPlan {
        let units = units(models, &study.seeds);
        let recipes: Vec<(String, String)> =
            models.iter().map(|model| (model.name.clone(), model.recipe.digest())).collect();
        let line = |unit: &WorkUnit| {
            let runs: Vec<String> = unit.runs.iter().map(ToString::to_string).collect();
            format!("{} {}", unit.number, runs.join(", "))
        };
        let lines = recipes.iter().map(|(name, digest)| format!("{name} {digest}"));
        let lines: Vec<String> = lines.chain(units.iter().map(line)).collect();
        WorkPlan {
            toile_version: env!("CARGO_PKG_VERSION").to_owned(),
            data: data.digests.to_vec(),
            work: sha256(lines.join("\n").as_bytes()),
            units: units.len(),
            models: recipes,
            seeds: study.seeds.clone(),
        }
    }

    /// Its runs, in the order of models and seeds.
    pub fn runs(&self) -> Vec<RunId> {
        let of = |(model, _): &(String, String)| {
            let model = model.clone();
            self.seeds.iter().map(move |&seed| RunId { model: model.clone(), seed })
        };
        self.models.iter().flat_map(of).collect()
    }

    /// Writes it down, and checks that no other plan of the folder contradicts it. Of settings of which no run is there any
    /// more the plan goes.
    ///
    /// # Errors
    /// A plan of another version, of other data, or of other settings of a model that has runs; a file that cannot be read
    /// or written. Nothing is left of this one then.
    pub fn agree(&self, out: &Path) -> Result<(), ConductError> {
        let path = self.path(out);
        atomic::create_folder(&out.join(names::PLANS))?;
        // Before the others are looked at: of two that contradict each other, begun at the same time, one sees the other.
        let is_new = atomic::create(&path, &seal(self))?;
        let checked = self.check(out);
        if checked.is_err() && is_new {
            // What went wrong first is what the user has to know.
            let _ = atomic::remove(&path);
        }
        checked
    }

    fn check(&self, out: &Path) -> Result<(), ConductError> {
        for (path, there) in WorkPlan::all(out)? {
            refuse(&path, self.other_origin(&there))?;
            let others = self.other_settings(&there);
            let with_runs = others.iter().find(|model| !RunFolder::seeds(out, model).is_empty());
            let problem =
                with_runs.map(|model| format!("it plans the model {model} with other settings than these"));
            refuse(&path, problem)?;
            if !others.is_empty() {
                atomic::remove(&path)?;
            }
        }
        Ok(())
    }

    /// Checks that the plans which are there are of this program and this data: what is gathered may be a part of their
    /// work.
    ///
    /// # Errors
    /// A plan of another version or of other data; a file that cannot be read.
    pub(super) fn agree_on_origin(&self, out: &Path) -> Result<(), ConductError> {
        for (path, there) in WorkPlan::all(out)? {
            refuse(&path, self.other_origin(&there))?;
        }
        Ok(())
    }

    /// All plans of a folder, the first that was made first.
    pub(super) fn all(out: &Path) -> Result<Vec<(PathBuf, WorkPlan)>, StoreError> {
        let mut files: Vec<(SystemTime, PathBuf)> = Vec::new();
        for entry in fs::read_dir(out.join(names::PLANS)).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let made = entry.metadata().and_then(|about| about.modified());
                files.push((made.unwrap_or(SystemTime::UNIX_EPOCH), path));
            }
        }
        files.sort();
        let mut plans = Vec::new();
        for (_, path) in files {
            // Another process may just have taken it back.
            if let Some(plan) =
                sealed::read(&path, "delete it, where no process works in the folder any more")?
            {
                plans.push((path, plan));
            }
        }
        Ok(plans)
    }

    fn path(&self, out: &Path) -> PathBuf {
        out.join(names::PLANS).join(format!("{}.json", &self.work[..DIGITS]))
    }

    /// The models that both plan and do not mean alike.
    fn other_settings<'a>(&'a self, there: &WorkPlan) -> Vec<&'a str> {
        let differs = |(name, digest): &&(String, String)| {
            there.models.iter().any(|(planned, of)| planned == name && of != digest)
        };
        self.models.iter().filter(differs).map(|(name, _)| name.as_str()).collect()
    }

    /// In which version or data that plan differs.
    fn other_origin(&self, there: &WorkPlan) -> Option<String> {
        if there.toile_version != self.toile_version {
            let (began, this) = (&there.toile_version, &self.toile_version);
            return Some(format!("Toile {began} began this study there, and this is Toile {this}"));
        }
        (there.data != self.data).then(|| {
            let (began, here) = (other(&there.data, &self.data), other(&self.data, &there.data));
            format!("the study was begun on {began}, and here is {here}")
        })
    }
}

/// An error, where there is a problem.
fn refuse(path: &Path, problem: Option<String>) -> Result<(), ConductError> {
    let remedy = "use the same program, data and study on all machines, or choose another folder with --out; where no \
                  process works by this plan any more, the file can be deleted";
    problem.map_or(Ok(()), |problem| Err(StoreError::damaged(path, problem, remedy).into()))
}

/// The first part of some data that other data does not have, with the first digits of its digest.
fn other(data: &[(String, String)], than: &[(String, String)]) -> String {
    match data.iter().find(|part| !than.contains(part)) {
        Some((name, digest)) => format!("{name} of the digest {}", &digest[..digest.len().min(12)]),
        None => "less data".to_owned(),
    }
}
