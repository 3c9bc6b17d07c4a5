//! Where the files of a run are, and how they are written.

use std::fs;
use std::path::{Path, PathBuf};

use crate::atomic::{self, WriteError};
use crate::epoch_row::{EpochRow, format_epoch_rows};
use crate::evaluation::Ending;
use crate::receipt::Receipt;
use crate::run_id::RunId;

/// The folder of one run: `<out>/<model>/seed-<n>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder {
    path: PathBuf,
    id: RunId,
}

impl RunFolder {
    /// The folder of a model's run with this seed, under the study's folder.
    pub fn new(out: &Path, model: &str, seed: u64) -> Self {
        let id = RunId { model: model.to_owned(), seed };
        RunFolder { path: out.join(model).join(format!("seed-{seed}")), id }
    }

    /// The folder of a run at this path, `<out>/<model>/seed-<n>`; `None` where nothing is there or it is called
    /// otherwise.
    pub fn at(path: &Path) -> Option<Self> {
        let path = fs::canonicalize(path).ok()?;
        let model = path.parent()?;
        let seed = seed_of(path.file_name()?.to_str()?)?;
        Some(RunFolder::new(model.parent()?, model.file_name()?.to_str()?, seed))
    }

    /// Seeds of the runs of a model that have a folder, in order.
    pub fn seeds(out: &Path, model: &str) -> Vec<u64> {
        let mut seeds: Vec<u64> =
            names_in(&out.join(model)).iter().filter_map(|name| seed_of(name)).collect();
        seeds.sort_unstable();
        seeds
    }

    /// Folders of a model that look like runs and are none, because no run is called so: `seed-09`, `seed-0-copy`.
    pub fn strays(out: &Path, model: &str) -> Vec<PathBuf> {
        let folder = out.join(model);
        let is_stray = |name: &String| name.starts_with("seed-") && seed_of(name).is_none();
        let mut strays: Vec<PathBuf> =
            names_in(&folder).into_iter().filter(is_stray).map(|name| folder.join(name)).collect();
        strays.retain(|path| path.is_dir());
        strays.sort();
        strays
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder of another model's run with the same seed, in the same study's folder.
    pub fn beside(&self, model: &str) -> RunFolder {
        let study = self.path.ancestors().nth(2).unwrap_or(Path::new(""));
        RunFolder::new(study, model, self.id.seed)
    }

    /// The run it is for.
    pub fn id(&self) -> &RunId {
        &self.id
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The resolved configuration.
    pub fn config(&self) -> PathBuf {
        self.file("config.toml")
    }

    /// A row an epoch.
    pub fn results(&self) -> PathBuf {
        self.file("results.csv")
    }

    /// What the finished run makes of every image that judges it.
    pub fn predictions(&self) -> PathBuf {
        self.file("predictions.csv")
    }

    /// Times and machine.
    pub fn receipt(&self) -> PathBuf {
        self.file("receipt.json")
    }

    /// What the run came to.
    pub fn evaluation(&self) -> PathBuf {
        self.file("evaluation.json")
    }

    /// `last` or `best`.
    pub fn weights(&self, which: &str) -> PathBuf {
        self.path.join("weights").join(format!("{which}.safetensors"))
    }

    /// What an interrupted run goes on from, and what a longer one does when this one is finished.
    pub fn checkpoint(&self) -> PathBuf {
        self.path.join("checkpoint").join("state.safetensors")
    }

    /// How an int8 run was made.
    pub fn int8(&self) -> PathBuf {
        self.file("int8.json")
    }

    /// Whether an int8 run was left here, whatever has become of its files since: no training makes it.
    pub fn is_int8(&self) -> bool {
        self.int8().exists()
    }

    /// Who does the run, while somebody does.
    pub fn claim(&self) -> PathBuf {
        self.file("claim.json")
    }

    /// Why it broke off, where it did.
    pub fn failure(&self) -> PathBuf {
        self.file("failure.json")
    }

    /// Removes the checkpoint of a run that is over and that none can go on from.
    pub fn remove_checkpoint(&self) {
        // A leftover does no harm: `evaluation.json` says that the run is over.
        let _ = fs::remove_dir_all(self.path.join("checkpoint"));
    }

    /// Writes `evaluation.json`, which makes the run over.
    ///
    /// # Errors
    /// A file that cannot be written; the one before stays.
    pub fn write_ending(&self, ending: &Ending) -> Result<(), WriteError> {
        atomic::write(&self.evaluation(), &ending.format())
    }

    /// Writes `receipt.json`.
    ///
    /// # Errors
    /// A file that cannot be written; the one before stays.
    pub fn write_receipt(&self, receipt: &Receipt) -> Result<(), WriteError> {
        atomic::write(&self.receipt(), &receipt.format())
    }

    /// Writes `results.csv`.
    ///
    /// # Errors
    /// A file that cannot be written; the one before stays.
    pub fn write_epoch_rows(&self, rows: &[EpochRow]) -> Result<(), WriteError> {
        atomic::write(&self.results(), format_epoch_rows(rows).as_bytes())
    }
}

/// The seed of a run's folder. One name for each seed: `seed-09` and `seed-+9` are none.
pub fn seed_of(folder: &str) -> Option<u64> {
    let seed: u64 = folder.strip_prefix("seed-")?.parse().ok()?;
    (folder == format!("seed-{seed}")).then_some(seed)
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_seed_has_one_folder() {
        let out = tempfile::tempdir().unwrap();
        for name in ["seed-0", "seed-10", "seed-9", "seed-09", "seed-+9", "seed-0 (copy)", "seed-", "other"] {
            fs::create_dir_all(out.path().join("a").join(name)).unwrap();
        }
        assert_eq!(RunFolder::seeds(out.path(), "a"), [0, 9, 10]);
        let strays = RunFolder::strays(out.path(), "a");
        let names: Vec<_> = strays.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["seed-", "seed-+9", "seed-0 (copy)", "seed-09"]);
    }
}
