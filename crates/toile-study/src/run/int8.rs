//! The folder of an int8 run: what a network in whole numbers makes of the test images, left as a run leaves it, so that
//! it is compared as any other model.

use toile_store::{Imported, Provenance, RunFolder, StoredRun, atomic};

use super::error::RunError;
use super::evaluate;
use super::keeper::Draw;
use super::receipt::{Measured, receipt_of_import};
use super::untrained::Untrained;
use crate::images::Images;
use crate::int8::Int8;
use crate::provenance::provenance_of_int8;
use crate::recipe::JudgedBy;
use crate::results::Evaluation;

/// A network in whole numbers that has been measured.
#[derive(Clone, Copy, Debug)]
pub struct Int8Run<'a> {
    /// The run that it was made of.
    pub of: &'a StoredRun,
    /// Where it is kept.
    pub folder: &'a RunFolder,
    /// How it was made.
    pub made: &'a Int8,
    /// The training images that its ranges were seen on, and its log-probabilities of them.
    pub seen: (Images<'a>, &'a [f32]),
    /// The test images, and its log-probabilities of them.
    pub test: (Images<'a>, &'a [f32]),
    /// Seconds that measuring took.
    pub seconds: f64,
    /// For the receipt.
    pub command: &'a str,
}

/// Writes the folder, with what `draw` gives. Loss and accuracy on training images are those on the images seen.
///
/// # Errors
/// A run without provenance, files that cannot be written.
pub fn keep_int8(run: Int8Run<'_>, draw: &Draw<'_>) -> Result<Evaluation, RunError> {
    let Int8Run { of, folder, made, seen, test, .. } = run;
    let Some(source) = &of.provenance else {
        return Err(RunError::Setting(format!(
            "{} was written by an earlier version of Toile, which did not note what it belongs to; train it again",
            of.folder.path().display()
        )));
    };
    let provenance: Provenance = provenance_of_int8(&folder.id().model, source);
    let epoch = of.results.evaluation.as_ref().map_or(0, |evaluation| evaluation.epoch);
    let on_seen = evaluate::score(seen.0, seen.1);
    let evaluation = evaluate::evaluation(("last", epoch), on_seen, test, JudgedBy::Test);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let measured = Measured { seconds: run.seconds, threads, isa: "int8".into() };
    let from = Imported { file: format!("weights of {}", made.run), sha256: made.weights_sha256.clone() };
    let receipt = receipt_of_import(from, measured, run.command.into(), provenance.clone());
    atomic::create_folder(folder.path())?;
    // Before the run counts as finished: nobody takes its folder for one that was trained.
    made.write(folder)?;
    Untrained {
        folder,
        config: &of.config,
        provenance: &provenance,
        receipt: &receipt,
        class_names: &test.0.dataset.class_names,
        evaluation: &evaluation,
        predictions: &evaluate::predictions_csv(test.0, test.1),
    }
    .write(draw)?;
    Ok(evaluation)
}
