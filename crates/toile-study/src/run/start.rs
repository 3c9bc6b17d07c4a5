//! Where a run starts: as its folder says, each file checked to be of this very run.

use toile_store::{Checkpoint, Position, Provenance, RunFolder, StoreError, StoredRun};

use super::data::Data;
use super::error::RunError;
use super::job::Trained;
use crate::numbers::counted;
use crate::provenance::{configured_as, is_imported, provenance, trained_as};
use crate::recipe::{Recipe, RecipeSetting};
use crate::results::RunStatus;
use crate::study::Model;
use crate::study_file;

/// Where a run starts.
pub(super) enum Start {
    /// It is over.
    Over,
    /// At its first step, or at the end of a shorter run.
    Afresh,
    /// Where it was interrupted.
    Checkpoint(Box<Checkpoint>),
    /// At its end: only its measurement is missing, or a file that follows from it.
    Trained(Box<Trained>),
}

impl Start {
    /// Where that is; `None` where it is over.
    pub(super) fn position(self) -> Option<Position> {
        match self {
            Start::Over => None,
            Start::Afresh => Some(Position::default()),
            Start::Checkpoint(checkpoint) => Some(checkpoint.position),
            Start::Trained(trained) => Some(trained.position),
        }
    }
}

/// Finds out where a model's run in this folder starts.
///
/// # Errors
/// A run with other settings or of other data, one that is unfinished and not to be resumed, damaged files.
pub(super) fn start(
    model: &Model,
    folder: &RunFolder,
    data: Data<'_>,
    resume: bool,
) -> Result<Start, RunError> {
    let expected = provenance(model, folder.id().seed, data);
    let stored = StoredRun::open(folder)?;
    if let Some(run) = &stored
        && holds_import(run)
    {
        return Err(RunError::Imported { run: folder.id().clone(), folder: folder.path().to_owned() });
    }
    if let Some(run) = &stored
        && run.results.status != RunStatus::Unfinished
    {
        if !trained_as(run, &model.recipe) {
            return Err(other_configuration(run, model));
        }
        if let Some(found) = &run.provenance {
            found.check(&expected).map_err(|problem| foreign(&folder.evaluation(), problem))?;
        }
        return Ok(completing(run, &expected));
    }
    let checkpoint = Checkpoint::read(folder)?;
    if let Some(run) = &stored {
        check_unfinished(run, checkpoint.as_ref(), &expected, model)?;
    }
    let Some(mut checkpoint) = checkpoint else {
        let trained = stored.as_ref().and_then(|run| vouched(run, &expected));
        return Ok(trained.map_or(Start::Afresh, |trained| Start::Trained(Box::new(trained))));
    };
    let belongs = match &checkpoint.provenance {
        Some(found) => found.check(&expected),
        None if checkpoint.data_digests == data.digests => Ok(()),
        None => Err("it was trained on other images or labels than the data set has now".into()),
    };
    belongs.map_err(|problem| foreign(&folder.checkpoint(), problem))?;
    let Position { epoch, step, .. } = checkpoint.position;
    if let Some(receipt) = stored.and_then(|run| run.receipt) {
        // Only its ending is gone.
        checkpoint.position.training_seconds = receipt.training_seconds;
        checkpoint.position.evaluation_seconds = receipt.evaluation_seconds;
        checkpoint.position.continued_from = receipt.continued_from;
    }
    // Where only the measurement is left, nothing is gone on with.
    if !resume && epoch < model.recipe.epochs {
        let (run, folder) = (folder.id().clone(), folder.path().to_owned());
        return Err(RunError::Unfinished { run, folder, epoch: epoch + 1, steps_done: step });
    }
    Ok(Start::Checkpoint(Box::new(checkpoint)))
}

/// Whether the weights there were trained elsewhere, also where it is the ending that is gone.
fn holds_import(run: &StoredRun) -> bool {
    let of_weights = || {
        let weights = run.weights_named("last").ok().filter(|_| run.results.status == RunStatus::Unfinished);
        weights.and_then(|weights| weights.about.provenance)
    };
    let found = run.provenance.clone().or_else(of_weights);
    is_imported(found.as_ref(), &run.config)
}

/// Refuses an unfinished run of the same name with other settings. Where the checkpoint is of this very run, its word
/// counts: the configuration is then written anew.
fn check_unfinished(
    run: &StoredRun,
    checkpoint: Option<&Checkpoint>,
    expected: &Provenance,
    model: &Model,
) -> Result<(), RunError> {
    let found = checkpoint.and_then(|checkpoint| checkpoint.provenance.as_ref());
    let is_this = found.is_some_and(|found| found.check(expected).is_ok());
    if is_this || configured_as(run, &model.recipe) {
        return Ok(());
    }
    Err(other_configuration(run, model))
}

/// A run that is over, and complete; or one that a file is missing of which follows from the trained network.
fn completing(run: &StoredRun, expected: &Provenance) -> Start {
    let Some(evaluation) = &run.results.evaluation else { return Start::Over };
    let has_weights = run.folder.weights(&evaluation.weights).exists();
    if has_weights && run.folder.predictions().exists() {
        return Start::Over;
    }
    let is_end = |checkpoint: &Checkpoint| {
        checkpoint.provenance.as_ref() == Some(expected)
            && checkpoint.position.rows == run.results.epochs
            && checkpoint.position.step == 0
    };
    if let Some(mut checkpoint) = Checkpoint::read(&run.folder).ok().flatten().filter(is_end) {
        checkpoint.position = at_end(run);
        return Start::Checkpoint(Box::new(checkpoint));
    }
    match run.weights_named("last") {
        Ok(weights) if has_weights => {
            Start::Trained(Box::new(Trained { position: at_end(run), weights: weights.tensors }))
        }
        // What cannot be made again without training stays as it is, and is told where it is needed.
        _ => Start::Over,
    }
}

/// A run whose measurement is gone, though its weights and its rows are there.
fn vouched(run: &StoredRun, expected: &Provenance) -> Option<Trained> {
    let weights = run.weights_named("last").ok()?;
    let rows = run.vouched_epoch_rows(&weights).ok()?;
    let is_this = weights.about.provenance.as_ref() == Some(expected)
        && rows.last().is_some_and(|row| row.epoch == weights.about.epoch);
    let position = Position { epoch: rows.len() as u32, rows, ..at_end(run) };
    is_this.then_some(Trained { position, weights: weights.tensors })
}

/// Where a run's training ended. How long it took stands in its receipt.
fn at_end(run: &StoredRun) -> Position {
    let receipt = run.receipt.clone().unwrap_or_default();
    Position {
        epoch: run.results.epochs.len() as u32,
        rows: run.results.epochs.clone(),
        training_seconds: receipt.training_seconds,
        evaluation_seconds: receipt.evaluation_seconds,
        continued_from: receipt.continued_from,
        ..Position::default()
    }
}

fn foreign(path: &std::path::Path, problem: String) -> RunError {
    let remedy = "choose another folder for these results with --out, or put this run's own file back";
    StoreError::damaged(path, problem, remedy).into()
}

fn other_configuration(run: &StoredRun, model: &Model) -> RunError {
    let there = study_file::recipe(&run.config);
    let (difference, advice) = match &there {
        Some(there) => (difference(there, &model.recipe), longer_model(there, &model.recipe)),
        None => ("  its config.toml is not one that this version of Toile writes".into(), String::new()),
    };
    let folder = run.folder.path().to_owned();
    RunError::OtherConfiguration { run: run.folder.id().clone(), folder, difference, advice }
}

/// The settings in which two recipes differ, with both values; of long lists the lines that are in one of them only.
fn difference(there: &Recipe, here: &Recipe) -> String {
    const LINES_MAX: usize = 4;
    let only = |a: &str, b: &str, what: &str| -> Vec<String> {
        let lines = a.lines().filter(|line| !b.lines().any(|other| other == *line));
        lines.take(LINES_MAX).map(|line| format!("  {what}: {}", line.trim())).collect()
    };
    let mut shown = Vec::new();
    for (there, here) in there.differences(here) {
        let line = |setting: &RecipeSetting| setting.line().unwrap_or_else(|| format!("no {}", setting.key));
        let (lines_there, lines_here) = (line(&there), line(&here));
        let before = shown.len();
        shown.extend(only(&lines_there, &lines_here, "in the folder"));
        shown.extend(only(&lines_here, &lines_there, "in the study "));
        // The same lines in another order or number.
        if shown.len() == before {
            shown.push(format!("  in the folder: {} are {}", there.key, there.words));
            shown.push(format!("  in the study : {} are {}", here.key, here.words));
        }
    }
    shown.join("\n")
}

/// What to do where the study only asks for more epochs, or for more looks; empty where it asks for something else.
fn longer_model(there: &Recipe, here: &Recipe) -> String {
    if !here.passes_through(there) {
        return String::new();
    }
    let epochs = |recipe: &Recipe| counted(recipe.epochs as usize, "epoch");
    let aim = if here.epochs == there.epochs {
        "let it look at a test image several times".to_owned()
    } else {
        format!("train it for {}", epochs(here))
    };
    format!(
        ".\nTo {aim}, add a model of these settings under a new name to the study: once the run of {} is finished, \
         it goes on from the end of that one",
        epochs(there)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study_file;

    #[test]
    fn a_difference_shows_both_sides() {
        let here = study_file::load("quick").unwrap().models[0].recipe.clone();
        let there = Recipe { batch_size: 7, epochs: 1, ..here.clone() };
        let shown = difference(&there, &here);
        assert!(shown.contains("in the folder: batch_size = 7\n  in the study : batch_size = "), "{shown}");
        assert!(!shown.contains("optimizer"), "{shown}");
        let mut layers = here.layers.clone();
        layers.remove(1);
        let shown = difference(&Recipe { layers, ..here.clone() }, &here);
        // There are other lines of `"ReLU"`.
        assert!(shown.contains("in the folder: layers are Conv2d, MaxPool2d,"), "{shown}");
        assert!(shown.contains("in the study : layers are Conv2d, ReLU, MaxPool2d,"), "{shown}");
    }

    #[test]
    fn more_epochs_are_another_model_that_goes_on() {
        let there = study_file::load("quick").unwrap().models[0].recipe.clone();
        let here = |epochs| Recipe { epochs, ..there.clone() };
        let longer = longer_model(&there, &here(there.epochs + 4));
        assert!(longer.contains("under a new name") && longer.contains("goes on from the end"), "{longer}");
        assert_eq!(longer_model(&here(there.epochs + 4), &there), "");
        assert_eq!(longer_model(&there, &Recipe { batch_size: 7, ..here(there.epochs + 4) }), "");
    }
}
