//! `plan.json`: what all processes have to agree about that do parts of a study.

use std::path::Path;

use serde::{Deserialize, Serialize};
use toile_store::sealed::{self, seal};
use toile_store::{StoreError, atomic, names, sha256};

use super::error::ConductError;
use crate::run::{Data, Unit, units};
use crate::study::{Model, Study};

/// What all processes have to agree about that do parts of a study: `plan.json` in its folder.
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
    /// The models whose runs they are.
    pub models: Vec<String>,
    /// Their seeds.
    pub seeds: Vec<u64>,
}

impl WorkPlan {
    /// Of these models on this data, by this version of the program.
    pub fn of(study: &Study, models: &[&Model], data: Data<'_>) -> WorkPlan {
        let units = units(models, &study.seeds);
        let recipes: Vec<String> =
            models.iter().map(|model| format!("{} {}", model.name, model.recipe.digest())).collect();
        let line = |unit: &Unit| {
            let runs: Vec<String> = unit.runs.iter().map(ToString::to_string).collect();
            format!("{} {}", unit.number, runs.join(", "))
        };
        let lines: Vec<String> = recipes.into_iter().chain(units.iter().map(line)).collect();
        WorkPlan {
            toile_version: env!("CARGO_PKG_VERSION").to_owned(),
            data: data.digests.to_vec(),
            work: sha256(lines.join("\n").as_bytes()),
            units: units.len(),
            models: models.iter().map(|model| model.name.clone()).collect(),
            seeds: study.seeds.clone(),
        }
    }

    /// Writes it, or checks that the one which is there says the same.
    ///
    /// # Errors
    /// A plan of another version, of other data, or of other work; a file that cannot be read or written.
    pub fn agree(&self, out: &Path) -> Result<(), ConductError> {
        let path = out.join(names::PLAN);
        atomic::create_folder(out)?;
        if atomic::create(&path, &seal(self))? {
            return Ok(());
        }
        let Some(there) = WorkPlan::read(&path)? else { return Ok(()) };
        let other_work = || {
            (there.work != self.work).then(|| {
                let (units, these) = (there.units, self.units);
                format!("it plans {units} units of other models, settings or seeds than these {these}")
            })
        };
        refuse(&path, self.other_origin(&there).or_else(other_work))
    }

    /// Checks that the plan which is there, if one is, is of this program and this data: what is gathered may be a part of
    /// its work.
    ///
    /// # Errors
    /// A plan of another version or of other data; a file that cannot be read.
    pub(super) fn agree_on_origin(&self, out: &Path) -> Result<(), ConductError> {
        let path = out.join(names::PLAN);
        refuse(&path, WorkPlan::read(&path)?.and_then(|there| self.other_origin(&there)))
    }

    fn read(path: &Path) -> Result<Option<WorkPlan>, StoreError> {
        sealed::read(path, "delete it, where no process works in the folder any more")
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
    let remedy = "use the same program, data and arguments on all machines, or choose another folder with --out; where no \
                  process works in this one any more, the file can be deleted";
    problem.map_or(Ok(()), |problem| Err(StoreError::damaged(path, problem, remedy).into()))
}

/// The first part of some data that other data does not have, with the first digits of its digest.
fn other(data: &[(String, String)], than: &[(String, String)]) -> String {
    match data.iter().find(|part| !than.contains(part)) {
        Some((name, digest)) => format!("{name} of the digest {}", &digest[..digest.len().min(12)]),
        None => "less data".to_owned(),
    }
}
