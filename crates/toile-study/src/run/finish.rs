//! The end of a run: last measurements, and the files that stay.

use std::collections::BTreeMap;

use toile_data::Dataset;

use super::error::RunError;
use super::evaluate;
use super::event::Event;
use super::keeper::RunView;
use super::receipt;
use super::running::{Ended, Running};
use crate::atomic;
use crate::cross_validation::run_name;
use crate::findings::divergence_advice;
use crate::images::Images;
use crate::metrics;
use crate::results::{Evaluation, RunStatus};
use crate::study_file::resolved;
use toile_store::weights::{self, About};
use toile_store::{Ending, RunFolder, StoreError, StoredRun, results_sha256, sha256};

/// Measures the finished model once more and writes everything; `evaluation.json` last of what counts,
/// because it is what makes the run finished.
pub(super) fn finish(running: &mut Running<'_>) -> Result<Ended, RunError> {
    let job = running.job;
    let folder = &job.folder;
    let last = running.position.epoch;
    write_weights(running, "last", last)?;
    let (weights, epoch) = match running.best() {
        Some(row) => ("best", row.epoch),
        None => ("last", last),
    };
    if epoch != last {
        let stored = StoredRun::open(folder)?.ok_or_else(|| config_gone(folder))?;
        running.executor.load_state_dict(&stored.weights_named(weights)?.tensors)?;
    }
    let is_exchanged = epoch == last && running.is_averaged();
    if is_exchanged {
        running.executor.exchange_average();
    }
    let data = running.shared.data;
    let train = Images { dataset: data.train, indices: &job.parts.train, normalizer: &job.fitted.normalizer };
    // Test images, or those held out, as the recipe says.
    let judging = Images { dataset: data.test, indices: &job.parts.test, normalizer: &job.fitted.normalizer };
    // The checkpoint of the last epoch is there; when stopped here, the measurement is made again.
    // On the training images, as after each epoch, the network by itself: as many views of them would cost an epoch.
    let Some(on_train) = running.measured(train, None) else { return Ok(Ended::Interrupted) };
    let views = job.model.recipe.test_time_augmentation;
    let Some(answers) = running.measured(judging, views) else { return Ok(Ended::Interrupted) };
    if is_exchanged {
        running.executor.exchange_average();
    }
    let of_train = evaluate::score(train, &on_train);
    let judged_by = job.model.recipe.judged_by;
    let evaluation = evaluate::evaluation((weights, epoch), of_train, (judging, &answers), judged_by);
    let predictions = evaluate::predictions_csv(judging, &answers);
    atomic::write(&folder.predictions(), predictions.as_bytes())?;
    let matrix = metrics::confusion_csv(&data.test.class_names, &evaluation.confusion);
    atomic::write(&folder.file("confusion_matrix.csv"), matrix.as_bytes())?;
    let folds = job.model.recipe.cross_validation.as_ref().map(|of| of.folds);
    let view = RunView {
        run: &job.id,
        title: &run_name(folds, &job.id),
        class_names: &data.test.class_names,
        evaluation: &evaluation,
        epochs: &running.position.rows,
    };
    for (name, contents) in running.shared.keeper.run_files(view) {
        atomic::write(&folder.file(&name), &contents)?;
    }
    let vouched = [("predictions.csv".to_owned(), sha256(predictions.as_bytes()))];
    end(running, RunStatus::Finished, Some(evaluation.clone()), BTreeMap::from(vouched))?;
    running.tell(Event::Finished {
        run: job.id.clone(),
        evaluation,
        training_seconds: running.position.training_seconds,
    });
    Ok(Ended::Finished)
}

/// A run's configuration was there when it started.
fn config_gone(folder: &RunFolder) -> StoreError {
    StoreError::damaged(&folder.config(), "it is missing", "run the same command again with --resume")
}

/// Ends a run whose loss is no longer finite after this many steps of its epoch. Its rows stay.
pub(super) fn diverge(running: &mut Running<'_>, step: u64) -> Result<Ended, RunError> {
    let epoch = running.position.epoch + 1;
    end(running, RunStatus::Diverged { epoch, step }, None, BTreeMap::new())?;
    let advice = divergence_advice(running.job.model.recipe.learning_rate.base);
    running.tell(Event::Diverged { run: running.job.id.clone(), epoch, step, advice });
    Ok(Ended::Diverged)
}

fn end(
    running: &Running<'_>,
    status: RunStatus,
    evaluation: Option<Evaluation>,
    mut files: BTreeMap<String, String>,
) -> Result<(), RunError> {
    let folder = &running.job.folder;
    // First, because a finished run has a receipt.
    folder.write_receipt(&receipt::receipt(running))?;
    let finished = status == RunStatus::Finished;
    files.insert("config.toml".into(), sha256(resolved(running.job.study, running.job.model).as_bytes()));
    let provenance = Some(running.job.provenance.clone());
    let rows = Some(running.position.rows.clone());
    folder.write_ending(&Ending { status, evaluation, provenance, rows, files })?;
    // A run that was only measured again has lost what the optimizer remembered: no other can go on from it.
    let has_memory = running.job.trained.is_none();
    if finished && has_memory && running.job.study.validation().is_none() {
        running.save_end()
    } else {
        folder.remove_checkpoint();
        Ok(())
    }
}

/// Writes the weights that count by now as `last` or `best`, with what it takes to use them.
pub(super) fn write_weights(running: &Running<'_>, which: &str, epoch: u32) -> Result<(), RunError> {
    let job = running.job;
    let Dataset { class_names, image_shape, .. } = running.shared.data.train;
    let about = About {
        study: job.study.name.clone(),
        dataset: job.study.dataset().to_owned(),
        model: job.id.model.clone(),
        seed: job.id.seed,
        epoch,
        class_names: class_names.clone(),
        image_shape: *image_shape,
        mean: job.fitted.scale.mean.clone(),
        std: job.fitted.scale.std.clone(),
        config: resolved(job.study, job.model),
        provenance: Some(job.provenance.clone()),
        results: Some(results_sha256(&running.position.rows)),
    };
    let path = job.folder.weights(which);
    atomic::create_folder(path.parent().expect("it lies in a folder"))?;
    let tensors = running.evaluated_state();
    atomic::write_with(&path, |file| weights::write(file, &about, &tensors))?;
    Ok(())
}
