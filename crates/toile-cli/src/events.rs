//! Event files for TensorBoard, gathered from the folders of runs.

use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use toile_export::tensorboard::{self, Ending, FILE_NAME, Hyperparameter, Run};
use toile_store::{RunFolder, RunStatus, StoredRun};
use toile_study::atomic;
use toile_study::cross_validation::run_name;
use toile_study::recipe::{Recipe, SettingPlace};
use toile_study::run::RunView;
use toile_study::study_file;

use crate::outputs;
use crate::progress::remark;

/// Writes the event file of each run, `<to>/<model>/seed-<n>/`, and gives how many there are.
///
/// # Errors
/// A run that is damaged, and a file that cannot be written.
pub(crate) fn write(runs: &[RunFolder], to: &Path) -> anyhow::Result<usize> {
    let mut written = 0;
    for run in runs {
        let Some(stored) = StoredRun::open(run)? else { continue };
        let id = run.id();
        let folder = to.join(&id.model).join(format!("seed-{}", id.seed));
        atomic::create_folder(&folder)?;
        atomic::write(&folder.join(FILE_NAME), &file(&stored))?;
        written += 1;
    }
    Ok(written)
}

/// All runs in a study's folder.
pub(crate) fn runs_of(study: &Path, models: &[String]) -> Vec<RunFolder> {
    let mut runs = Vec::new();
    for model in models {
        let seeds = RunFolder::seeds(study, model);
        runs.extend(seeds.into_iter().map(|seed| RunFolder::new(study, model, seed)));
    }
    runs
}

fn file(run: &StoredRun) -> Vec<u8> {
    let recipe = study_file::recipe(&run.config);
    let confusion = confusion(run, recipe.as_ref());
    tensorboard::file(&Run {
        model: &run.folder.id().model,
        seconds: seconds(run),
        epochs: &run.results.epochs,
        hyperparameters: &hyperparameters(run, recipe.as_ref()),
        ending: match run.results.status {
            RunStatus::Finished => Ending::Finished,
            RunStatus::Diverged { .. } => Ending::Diverged,
            RunStatus::Unfinished => Ending::Unfinished,
        },
        confusion: confusion.as_deref(),
    })
}

/// The confusion matrix as a picture, drawn from what the run measured: nothing vouches for the picture in its folder.
/// `None` while the run is not over, and where the predictions are gone or damaged, which name its classes.
fn confusion(run: &StoredRun, recipe: Option<&Recipe>) -> Option<Vec<u8>> {
    let evaluation = run.results.evaluation.as_ref()?;
    let class_names = run.class_names().unwrap_or_else(|error| {
        remark(&format!("{error}; its event file has no confusion matrix"));
        None
    });
    let class_names = class_names.filter(|names| names.len() == evaluation.confusion.classes())?;
    let folds = recipe.and_then(|recipe| recipe.cross_validation.as_ref()).map(|of| of.folds);
    let (id, epochs) = (run.folder.id(), &run.results.epochs);
    let title = run_name(folds, id);
    let view = RunView { run: id, title: &title, class_names: &class_names, evaluation, epochs };
    Some(outputs::confusion_png(view))
}

/// When training began and ended: the last row was written at its end. Where that is not known, a second an epoch.
fn seconds(run: &StoredRun) -> [f64; 2] {
    let modified = fs::metadata(run.folder.results()).and_then(|file| file.modified()).ok();
    let end =
        modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0.0, |time| time.as_secs_f64());
    let epochs = run.results.epochs.len() as f64;
    [end - run.receipt.as_ref().map_or(epochs, |receipt| receipt.training_seconds), end]
}

/// The recipe, but the layers, which a table of hyperparameters has no room for; and the seed.
fn hyperparameters(run: &StoredRun, recipe: Option<&Recipe>) -> Vec<(String, Hyperparameter)> {
    let settings = recipe.map_or_else(Vec::new, Recipe::settings);
    let settings = settings.into_iter().filter(|setting| setting.place != SettingPlace::Architecture);
    let mut all = vec![("seed".to_owned(), Hyperparameter::Number(run.folder.id().seed as f64))];
    all.extend(settings.map(|setting| {
        // The text is the study file's, to which it is a number or none; the words are for people.
        let number = setting
            .text
            .as_ref()
            .and_then(|text| text.parse().ok())
            .filter(|number: &f64| number.is_finite());
        let value = number.map_or(Hyperparameter::Words(setting.words), Hyperparameter::Number);
        (setting.key, value)
    }));
    all
}
