//! Where the files of a run are, and the ones that are read again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::RunError;
use crate::atomic;
use crate::results::{EpochRow, Evaluation, Receipt, RunResults, RunStatus};

/// The folder of one run: `<out>/<model>/seed-<n>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder {
    path: PathBuf,
}

/// `evaluation.json`: what a run that is over came to. Its presence is what makes a run over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ending {
    pub(crate) status: RunStatus,
    pub(crate) evaluation: Option<Evaluation>,
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
    pub(super) fn remove_checkpoint(&self) {
        // A leftover does no harm: `evaluation.json` says that the run is over.
        let _ = fs::remove_dir_all(self.path.join("checkpoint"));
    }

    /// A file's bytes; `None` where there is no such file.
    pub(crate) fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, RunError> {
        match fs::read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(e) => Err(self.damaged(path, e.to_string())),
        }
    }

    pub(crate) fn damaged(&self, path: &Path, problem: impl Into<String>) -> RunError {
        RunError::Damaged { path: path.to_owned(), problem: problem.into(), remove: self.path.clone() }
    }

    /// Whether the configuration in the folder trains as this one does.
    pub(crate) fn holds_same_training(&self, resolved: &str) -> Result<bool, RunError> {
        let there = self.read(&self.config())?;
        Ok(there.is_some_and(|bytes| training(&String::from_utf8_lossy(&bytes)) == training(resolved)))
    }

    fn read_json<T: for<'de> Deserialize<'de>>(&self, path: &Path) -> Result<Option<T>, RunError> {
        let Some(bytes) = self.read(path)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|e| self.damaged(path, e.to_string()))
    }

    pub(crate) fn ending(&self) -> Result<Option<Ending>, RunError> {
        self.read_json(&self.evaluation())
    }

    /// What stands in the folder, as far as it goes; `None` without a configuration.
    pub(crate) fn results_so_far(&self, seed: u64) -> Result<Option<RunResults>, RunError> {
        if !self.config().exists() {
            return Ok(None);
        }
        let path = self.results();
        let epochs = match self.read(&path)? {
            Some(bytes) => {
                parse_rows(&String::from_utf8_lossy(&bytes)).map_err(|e| self.damaged(&path, e))?
            }
            None => Vec::new(),
        };
        let (status, evaluation) = match self.ending()? {
            Some(Ending { status, evaluation }) => (status, evaluation),
            None => (RunStatus::Unfinished, None),
        };
        Ok(Some(RunResults { seed, status, epochs, evaluation }))
    }

    pub(super) fn read_receipt(&self) -> Result<Option<Receipt>, RunError> {
        self.read_json(&self.receipt())
    }

    pub(super) fn write_json(&self, path: &Path, value: &impl Serialize) -> Result<(), RunError> {
        Ok(atomic::write(path, &json(value))?)
    }

    pub(super) fn write_rows(&self, rows: &[EpochRow]) -> Result<(), RunError> {
        Ok(atomic::write(&self.results(), format_rows(rows).as_bytes())?)
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
pub(super) fn json(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("results are plain data");
    bytes.push(b'\n');
    bytes
}

const COLUMNS: [&str; 8] = [
    "epoch",
    "learning_rate",
    "train_loss",
    "train_accuracy",
    "validation_loss",
    "validation_accuracy",
    "test_loss",
    "test_accuracy",
];

/// `results.csv`. Numbers are the shortest that read back to the same bits; columns of an absent
/// validation split stay empty.
fn format_rows(rows: &[EpochRow]) -> String {
    let optional = |value: Option<f64>| value.map_or(String::new(), |v| v.to_string());
    let mut text = COLUMNS.join(",") + "\n";
    for row in rows {
        let fields = [
            row.epoch.to_string(),
            row.learning_rate.to_string(),
            row.train_loss.to_string(),
            row.train_accuracy.to_string(),
            optional(row.validation_loss),
            optional(row.validation_accuracy),
            row.test_loss.to_string(),
            row.test_accuracy.to_string(),
        ];
        text += &(fields.join(",") + "\n");
    }
    text
}

fn parse_rows(text: &str) -> Result<Vec<EpochRow>, String> {
    let mut lines = text.lines().enumerate();
    if lines.next().is_none_or(|(_, header)| header != COLUMNS.join(",")) {
        return Err("line 1 is not the header of a results.csv".into());
    }
    lines
        .map(|(index, line)| {
            let wrong = || format!("line {} is no row of results", index + 1);
            let fields: Vec<&str> = line.split(',').collect();
            let number = |i: usize| fields[i].parse::<f64>().map_err(|_| wrong());
            let optional = |i: usize| if fields[i].is_empty() { Ok(None) } else { number(i).map(Some) };
            if fields.len() != COLUMNS.len() {
                return Err(wrong());
            }
            Ok(EpochRow {
                epoch: fields[0].parse().map_err(|_| wrong())?,
                learning_rate: number(1)?,
                train_loss: number(2)?,
                train_accuracy: number(3)?,
                validation_loss: optional(4)?,
                validation_accuracy: optional(5)?,
                test_loss: number(6)?,
                test_accuracy: number(7)?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_back_to_the_bit() {
        let row = EpochRow {
            epoch: 1,
            learning_rate: 1e-4,
            train_loss: 0.1 + 0.2,
            train_accuracy: 1.0 / 3.0,
            validation_loss: None,
            validation_accuracy: None,
            test_loss: f64::MIN_POSITIVE,
            test_accuracy: 0.9118,
        };
        let other =
            EpochRow { epoch: 2, validation_loss: Some(0.5), validation_accuracy: Some(1.0), ..row.clone() };
        let rows = [row, other];
        assert_eq!(parse_rows(&format_rows(&rows)).unwrap(), rows);
        assert!(format_rows(&rows).starts_with("epoch,learning_rate,train_loss"));
    }

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

    #[test]
    fn damaged_rows_are_refused_with_their_line() {
        let header = COLUMNS.join(",");
        for (text, expected) in [
            (String::new(), "line 1 is not the header"),
            (format!("{header}\n1,2\n"), "line 2 is no row"),
            (format!("{header}\n1,0.1,x,1,,,1,1\n"), "line 2 is no row"),
        ] {
            assert!(parse_rows(&text).unwrap_err().contains(expected));
        }
    }
}
