//! Where the files of a run are, and the ones that are read again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::atomic::{self, WriteError};
use crate::error::StoreError;
use crate::evaluation::{Ending, RunResults, RunStatus};
use crate::receipt::Receipt;
use crate::rows::{EpochRow, format_rows, parse_rows};

/// The folder of one run: `<out>/<model>/seed-<n>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// The folder of a model's run with this seed, under the study's folder.
    pub fn new(out: &Path, model: &str, seed: u64) -> Self {
        RunFolder { path: out.join(model).join(format!("seed-{seed}")) }
    }

    /// Seeds of the runs of a model that have a folder, in order.
    pub fn seeds(out: &Path, model: &str) -> Vec<u64> {
        let entries = fs::read_dir(out.join(model)).into_iter().flatten().flatten();
        let seed = |name: &str| name.strip_prefix("seed-")?.parse().ok();
        let mut seeds: Vec<u64> =
            entries.filter_map(|entry| entry.file_name().to_str().and_then(seed)).collect();
        seeds.sort_unstable();
        seeds
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
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

    /// Removes the checkpoint of a run that is over and that none can go on from.
    pub fn remove_checkpoint(&self) {
        // A leftover does no harm: `evaluation.json` says that the run is over.
        let _ = fs::remove_dir_all(self.path.join("checkpoint"));
    }

    /// A file's bytes; `None` where there is no such file.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
        match fs::read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(source) => Err(StoreError::Unreadable { path: path.to_owned(), source }),
        }
    }

    /// One of its files is not as the run left it.
    pub fn damaged(&self, path: &Path, problem: impl Into<String>) -> StoreError {
        let remedy = format!("delete {} to start this run again", self.path.display());
        StoreError::damaged(path, problem, remedy)
    }

    /// Whether the configuration in the folder trains as this one does.
    ///
    /// # Errors
    /// A configuration that cannot be read.
    pub fn holds_same_training(&self, resolved: &str) -> Result<bool, StoreError> {
        let there = self.read(&self.config())?;
        Ok(there.is_some_and(|bytes| training(&String::from_utf8_lossy(&bytes)) == training(resolved)))
    }

    fn read_json<T: for<'de> Deserialize<'de>>(&self, path: &Path) -> Result<Option<T>, StoreError> {
        let Some(bytes) = self.read(path)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|e| self.damaged(path, e.to_string()))
    }

    /// What the run came to; `None` while it is not over.
    ///
    /// # Errors
    /// A file that cannot be read or is damaged.
    pub fn ending(&self) -> Result<Option<Ending>, StoreError> {
        self.read_json(&self.evaluation())
    }

    /// What stands in the folder, as far as it goes; `None` without a configuration.
    ///
    /// # Errors
    /// A file that cannot be read or is damaged.
    pub fn results_so_far(&self, seed: u64) -> Result<Option<RunResults>, StoreError> {
        if !self.config().exists() {
            return Ok(None);
        }
        let path = self.results();
        let epochs = match self.read(&path)? {
            Some(bytes) => parse_rows(&bytes).map_err(|e| self.damaged(&path, e))?,
            None => Vec::new(),
        };
        let (status, evaluation) = match self.ending()? {
            Some(Ending { status, evaluation }) => (status, evaluation),
            None => (RunStatus::Unfinished, None),
        };
        Ok(Some(RunResults { seed, status, epochs, evaluation }))
    }

    /// Times and machine; `None` where it has none.
    ///
    /// # Errors
    /// A file that cannot be read or is damaged.
    pub fn read_receipt(&self) -> Result<Option<Receipt>, StoreError> {
        self.read_json(&self.receipt())
    }

    /// Writes one of the run's JSON files.
    ///
    /// # Errors
    /// A file that cannot be written; the one before stays.
    pub fn write_json(&self, path: &Path, value: &impl Serialize) -> Result<(), WriteError> {
        atomic::write(path, &json(value))
    }

    /// Writes `results.csv`.
    ///
    /// # Errors
    /// A file that cannot be written; the one before stays.
    pub fn write_rows(&self, rows: &[EpochRow]) -> Result<(), WriteError> {
        atomic::write(&self.results(), format_rows(rows).as_bytes())
    }
}

/// The lines of a resolved configuration that a training depends on: no comments or titles, so that a corrected
/// title does not part a study from its results.
fn training(config: &str) -> Vec<&str> {
    let lines = config.lines().map(str::trim_end).filter(|line| !line.is_empty());
    let beside = |line: &&str| ["#", "title = ", "on_request = "].iter().any(|start| line.starts_with(start));
    lines.filter(|line| !beside(line)).collect()
}

/// Indented JSON with a final newline.
pub fn json(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("results are plain data");
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_training_depends_on() {
        let config = "# note\ntitle = \"x\"\n[model.a]\nlr = 1\n";
        for other in ["[model.a]\nlr = 1\non_request = true\n", config] {
            assert_eq!(training(config), training(other));
        }
        for name in ["a", "published", "\"a.published\""] {
            let config = config.replace("[model.a]", &format!("[model.{name}]"));
            assert_ne!(training(&config), training(&config.replace("lr = 1", "lr = 2")), "{name}");
        }
    }
}
