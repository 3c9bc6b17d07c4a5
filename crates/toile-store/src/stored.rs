//! A run read back from its folder, each file checked before it is believed.

use std::collections::BTreeMap;

use crate::atomic::{self, WriteError};
use crate::checkpoint::Standing;
use crate::digest::sha256;
use crate::epoch_row::{EpochRow, format_epoch_rows, parse_epoch_rows};
use crate::error::StoreError;
use crate::evaluation::{Ending, RunResults, RunStatus};
use crate::file::{self, Kind};
use crate::folder::RunFolder;
use crate::predictions::{self, Predictions};
use crate::probabilities::{self, Probabilities};
use crate::provenance::Provenance;
use crate::receipt::Receipt;
use crate::weights::{self, Weights};

/// What a run's folder says.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRun {
    /// Its folder.
    pub folder: RunFolder,
    /// The resolved configuration it was trained with.
    pub config: String,
    /// How far it came, and what was measured.
    pub results: RunResults,
    /// What its files belong to; absent where an earlier version of Toile wrote them.
    pub provenance: Option<Provenance>,
    /// Times and machine.
    pub receipt: Option<Receipt>,
    /// Damage of other files that costs nothing, each with its file.
    pub notes: Vec<String>,
    /// Why there is no receipt, where one lies there.
    pub receipt_note: Option<String>,
    /// Where the rows are from, where they are not those of a file that is as it was left.
    pub rows_note: Option<String>,
    files: BTreeMap<String, String>,
}

/// What is to be done about a file of a run that nobody trained, but made of another one.
const QUANTIZE_AGAIN: &str = "`toile quantize` makes the run again";
/// What is to be done about a file that the trained network can be measured for again.
const MEASURE_AGAIN: &str = "delete it, and `toile run` on its study, or the `toile sweep` that made it, measures the network again and trains nothing";

impl StoredRun {
    /// Reads the run; `None` where the folder holds none.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, or belongs to another run, and that nothing else can stand in for.
    pub fn open(folder: &RunFolder) -> Result<Option<Self>, StoreError> {
        let mut run = StoredRun {
            folder: folder.clone(),
            config: String::new(),
            results: RunResults {
                seed: folder.id().seed,
                status: RunStatus::Unfinished,
                epochs: Vec::new(),
                evaluation: None,
            },
            provenance: None,
            receipt: None,
            notes: Vec::new(),
            receipt_note: None,
            rows_note: None,
            files: BTreeMap::new(),
        };
        match ending(folder)? {
            Some(ending) => run.read_ended(ending)?,
            None => {
                let Some(config) = file::read(&folder.config(), Kind::Text)? else { return Ok(None) };
                run.config = String::from_utf8_lossy(&config).into_owned();
                run.read_standing();
            }
        }
        Ok(Some(run))
    }

    fn read_ended(&mut self, ending: Ending) -> Result<(), StoreError> {
        let Ending { status, evaluation, provenance, rows, files } = ending;
        (self.results.status, self.results.evaluation) = (status, evaluation);
        (self.provenance, self.files) = (provenance, files);
        self.config = self.read_config()?;
        self.results.epochs = rows.map_or_else(|| self.read_epoch_rows(), Ok)?;
        self.receipt = self.read_receipt();
        Ok(())
    }

    /// An unfinished run's rows are those of its checkpoint: those that were written after it will be made again.
    fn read_standing(&mut self) {
        match Standing::read(&self.folder) {
            Ok(Some(Standing { position, provenance })) => {
                let belongs = provenance.as_ref().map_or(Ok(()), |found| found.check_run(self.folder.id()));
                match belongs {
                    Ok(()) => (self.results.epochs, self.provenance) = (position.rows, provenance),
                    Err(problem) => {
                        let remedy =
                            "put this run's own checkpoint back, or delete it to train the run again";
                        let error = StoreError::damaged(&self.folder.checkpoint(), problem, remedy);
                        self.notes.push(error.to_string());
                    }
                }
            }
            Ok(None) => {}
            Err(error) => self.notes.push(error.to_string()),
        }
        self.receipt = self.read_receipt();
    }

    /// The configuration, or the copy that the weights carry.
    fn read_config(&mut self) -> Result<String, StoreError> {
        let path = self.folder.config();
        let found = file::read(&path, Kind::Text)?;
        let vouched = self.files.get("config.toml");
        let is_whole = |bytes: &[u8]| vouched.is_none_or(|digest| sha256(bytes) == *digest);
        let problem = match found {
            Some(bytes) if is_whole(&bytes) => return Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Some(_) => "it is not as the run left it",
            None => "it is missing",
        };
        let copy = ["last", "best"].iter().find_map(|which| self.weights_named(which).ok());
        match copy.map(|weights| weights.about.config).filter(|copy| is_whole(copy.as_bytes())) {
            Some(copy) => {
                self.notes.push(format!("{}: {problem}; the copy in the weights is used", path.display()));
                Ok(copy)
            }
            None => {
                let folder = self.folder.path().display();
                let remedy = match self.folder.is_int8() {
                    true => "put a copy of it back, or let `toile quantize` make the run again".to_owned(),
                    false => format!("put a copy of it back, or delete {folder} to train this run again"),
                };
                Err(StoreError::damaged(&path, problem, remedy))
            }
        }
    }

    /// The rows of `results.csv`, where the run's own weights vouch for them.
    ///
    /// # Errors
    /// Weights or rows that are missing, damaged, or belong together with others.
    pub fn vouched_epoch_rows(&self, weights: &Weights) -> Result<Vec<EpochRow>, StoreError> {
        let path = self.folder.results();
        let damaged = |problem: String| StoreError::damaged(&path, problem, "put a copy of it back");
        let bytes = file::read(&path, Kind::Table)?.ok_or_else(|| damaged("it is missing".into()))?;
        if weights.about.results.as_ref() != Some(&sha256(&bytes)) {
            return Err(damaged("it is not as the run left it".into()));
        }
        parse_epoch_rows(&bytes).map_err(damaged)
    }

    /// The rows where `evaluation.json`, of an earlier version, does not hold them.
    fn read_epoch_rows(&mut self) -> Result<Vec<EpochRow>, StoreError> {
        let path = self.folder.results();
        let problem = match file::read(&path, Kind::Table)?.map(|bytes| parse_epoch_rows(&bytes)) {
            Some(Ok(rows)) => return Ok(rows),
            Some(Err(problem)) => problem,
            None => "it is missing".into(),
        };
        let standing = Standing::read(&self.folder).ok().flatten();
        let rows = standing.map(|standing| standing.position.rows).filter(|rows| !rows.is_empty());
        let instead = match rows {
            Some(_) => "the rows of the checkpoint are used",
            None => "the run is shown without its epochs; put a copy of the file back to see them",
        };
        self.rows_note = Some(format!("{}: {problem}; {instead}", path.display()));
        Ok(rows.unwrap_or_default())
    }

    /// A receipt proves nothing: one that cannot be used is no reason to do without its run.
    fn read_receipt(&mut self) -> Option<Receipt> {
        let path = self.folder.receipt();
        let read = || {
            let Some(bytes) = file::read(&path, Kind::Record)? else { return Ok(None) };
            let receipt = Receipt::parse(&bytes).and_then(|receipt| {
                let belongs = receipt.provenance.as_ref().zip(self.provenance.as_ref());
                belongs.map_or(Ok(()), |(found, expected)| found.check(expected))?;
                Ok(receipt)
            });
            receipt
                .map(Some)
                .map_err(|problem| StoreError::damaged(&path, problem, "its times are not shown"))
        };
        let error = match read() {
            Ok(receipt) => return receipt,
            Err(error) => error,
        };
        self.receipt_note = Some(error.to_string());
        None
    }

    /// What the finished run made of every test image; `None` where the file is missing.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, or belongs to another run; one of a run that was shown no test image.
    pub fn predictions(&self) -> Result<Option<Predictions>, StoreError> {
        let Some(found) = self.predictions_of_some()? else { return Ok(None) };
        match found.indices.iter().zip(0..).position(|(found, place)| *found != place) {
            None => Ok(Some(found)),
            Some(place) => {
                Err(self.damaged_predictions(format!("line {} is no row of predictions", place + 2)))
            }
        }
    }

    /// As [`predictions`](Self::predictions), where the run was tested on some images alone: on a fold.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, or belongs to another run; one of a run that was shown no test image.
    pub fn predictions_of_some(&self) -> Result<Option<Predictions>, StoreError> {
        self.check_tested()?;
        self.read_predictions()
    }

    /// What the finished run made of the images held out of its training, where they judge it instead of the test images;
    /// `None` where it was tested, or the file is missing.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, or belongs to another run.
    pub fn predictions_held_out(&self) -> Result<Option<Predictions>, StoreError> {
        match self.is_judged_by_held_out() {
            true => self.read_predictions(),
            false => Ok(None),
        }
    }

    fn is_judged_by_held_out(&self) -> bool {
        self.results.evaluation.as_ref().is_some_and(|evaluation| !evaluation.is_tested())
    }

    /// Refuses to take predictions of other images for those of test images.
    fn check_tested(&self) -> Result<(), StoreError> {
        match self.is_judged_by_held_out() {
            true => {
                let (path, run) = (self.folder.predictions(), self.folder.id().clone());
                Err(StoreError::Untested { path, run })
            }
            false => Ok(()),
        }
    }

    /// The bytes of `predictions.csv` as the run left them.
    fn predictions_bytes(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(bytes) = file::read(&self.folder.predictions(), Kind::Table)? else { return Ok(None) };
        if self.files.get("predictions.csv").is_some_and(|digest| sha256(&bytes) != *digest) {
            return Err(self.damaged_predictions("it is not as the run left it".into()));
        }
        Ok(Some(bytes))
    }

    fn damaged_predictions(&self, problem: String) -> StoreError {
        StoreError::damaged(&self.folder.predictions(), problem, measure_again(&self.folder))
    }

    fn read_predictions(&self) -> Result<Option<Predictions>, StoreError> {
        let Some(bytes) = self.predictions_bytes()? else { return Ok(None) };
        let found = predictions::parse(&bytes).map_err(|problem| self.damaged_predictions(problem))?;
        let right =
            found.labels.iter().zip(&found.predictions).filter(|(label, taken)| label == taken).count();
        let accuracy = right as f64 / found.labels.len() as f64;
        match &self.results.evaluation {
            Some(evaluation) if evaluation.accuracy() != Some(accuracy) => {
                Err(self.damaged_predictions("its accuracy is not that of evaluation.json".into()))
            }
            _ => Ok(Some(found)),
        }
    }

    /// Names of the classes in the order of their indices, as the predictions of the finished run have them; `None` where
    /// that file is missing.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, or belongs to another run.
    pub fn class_names(&self) -> Result<Option<Vec<String>>, StoreError> {
        Ok(self.read_predictions()?.map(|found| found.class_names))
    }

    /// The probability of every class for each image that the finished run was tested on; `None` where the file is
    /// missing.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, or belongs to another run; one of a run that was shown no test image.
    pub fn probabilities(&self) -> Result<Option<Probabilities>, StoreError> {
        self.check_tested()?;
        let Some(bytes) = self.predictions_bytes()? else { return Ok(None) };
        probabilities::parse(&bytes).map(Some).map_err(|problem| self.damaged_predictions(problem))
    }

    /// That `predictions.csv` is missing, as an error.
    pub fn no_predictions(&self) -> StoreError {
        let remedy = match self.folder.is_int8() {
            true => QUANTIZE_AGAIN,
            false => "`toile run` on its study measures the network again and trains nothing",
        };
        StoreError::damaged(&self.folder.predictions(), "it is missing", remedy)
    }

    /// The weights that the evaluation speaks of.
    ///
    /// # Errors
    /// A run that is not finished, and a file that is missing, damaged, or belongs to another run.
    pub fn weights(&self) -> Result<Weights, StoreError> {
        match &self.results.evaluation {
            Some(evaluation) => {
                let found = self.weights_named(&evaluation.weights)?;
                if found.about.epoch == evaluation.epoch {
                    return Ok(found);
                }
                let problem = format!("its epoch is {}, not {}", found.about.epoch, evaluation.epoch);
                Err(self.damaged_weights(&evaluation.weights, problem))
            }
            None => Err(self.damaged_weights("last", "the run is not finished".into())),
        }
    }

    /// Weights by name, `last` or `best`, checked to be this run's.
    ///
    /// # Errors
    /// A file that is missing, damaged, or belongs to another run.
    pub fn weights_named(&self, which: &str) -> Result<Weights, StoreError> {
        let damaged = |problem: String| self.damaged_weights(which, problem);
        let bytes = file::read(&self.folder.weights(which), Kind::Tensors)?;
        let found =
            weights::parse(&bytes.ok_or_else(|| damaged("it is missing".into()))?).map_err(damaged)?;
        // Earlier versions wrote the run, too.
        let run =
            Provenance { model: found.about.model.clone(), seed: found.about.seed, ..Default::default() };
        run.check_run(self.folder.id()).map_err(damaged)?;
        match (&found.about.provenance, &self.provenance) {
            (Some(found), Some(expected)) => found.check(expected).map_err(damaged)?,
            (None, Some(_)) => return Err(damaged("it does not say what it belongs to".into())),
            _ => {}
        }
        Ok(found)
    }

    fn damaged_weights(&self, which: &str, problem: String) -> StoreError {
        let remedy = match self.folder.checkpoint().exists() {
            true => "delete it, and `toile run` on its study writes it again from the checkpoint".to_owned(),
            false => {
                let folder = self.folder.path().display();
                format!("put a copy of it back, or delete {folder} to train this run again")
            }
        };
        StoreError::damaged(&self.folder.weights(which), problem, remedy)
    }

    /// Writes those files of a run that is over again which others read and which are not as the run left them. Gives
    /// a sentence for each.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn restore(&self) -> Result<Vec<String>, WriteError> {
        let mut restored = Vec::new();
        let rows = format_epoch_rows(&self.results.epochs);
        let has_rows = !self.results.epochs.is_empty();
        for (path, kind, text) in [
            (self.folder.config(), Kind::Text, (!self.config.is_empty()).then_some(&self.config)),
            (self.folder.results(), Kind::Table, has_rows.then_some(&rows)),
        ] {
            let Some(text) = text else { continue };
            // One that only cannot be read stays as it is.
            let there = match file::read(&path, kind) {
                Err(StoreError::Unreadable { .. }) => continue,
                there => there.ok().flatten(),
            };
            if there.is_none_or(|there| there != text.as_bytes()) {
                atomic::write(&path, text.as_bytes())?;
                restored.push(format!("{} was not as the run left it, and is written anew", path.display()));
            }
        }
        Ok(restored)
    }
}

fn measure_again(folder: &RunFolder) -> &'static str {
    if folder.is_int8() { QUANTIZE_AGAIN } else { MEASURE_AGAIN }
}

/// What the run in this folder came to; `None` while it is not over.
///
/// # Errors
/// A file that cannot be read, is damaged, or belongs to another run.
pub fn ending(folder: &RunFolder) -> Result<Option<Ending>, StoreError> {
    let path = folder.evaluation();
    let Some(bytes) = file::read(&path, Kind::Record)? else { return Ok(None) };
    let damaged = |problem: String| StoreError::damaged(&path, problem, measure_again(folder));
    let ending = Ending::parse(&bytes).map_err(damaged)?;
    if let Some(provenance) = &ending.provenance {
        provenance.check_run(folder.id()).map_err(|problem| {
            let remedy = format!("move {} away, or give it back the name it had", folder.path().display());
            StoreError::damaged(&path, problem, remedy)
        })?;
    }
    Ok(Some(ending))
}
