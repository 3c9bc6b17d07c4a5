//! `toile calibrate`: one temperature a run, fitted on its validation images, and what it does on the test images.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use toile::Ensemble;
use toile_data::{Dataset, Loaded};
use toile_store::RunFolder;
use toile_study::calibration::effect::{BeforeAfter, effect, is_over_seeds};
use toile_study::calibration::record::Calibration;
use toile_study::calibration::temperature::{Fitted, fit, scale};
use toile_study::evidence::Metric;
use toile_study::evidence::outcomes::RunOutcomes;
use toile_study::images::Images;
use toile_study::measured::outcomes;
use toile_study::run::held_out;
use toile_study::trained::{self, Trained};

use super::eval::{load, log_probabilities};
use super::{opened, shared};
use crate::args::{DataPlace, Format, ProgressMode};
use crate::progress::{remark, say};
use crate::table::calibrated::{self, Calibrated, CalibratedRun};

// Paragraphs are one line each: they are wrapped to the terminal.
const HELP: &str = "\
A run is named as for `toile eval`; with @all each run of the model gets a temperature of its own, and the figures are \
means over the seeds, with intervals.

The temperature is the one with the lowest negative log likelihood on the images that the run held out (`validation` in \
the study file); the test images only say what it does. Where the model has test-time augmentation, it is calibrated with \
it. Which class is most probable does not change. The temperature is kept in the run's folder, in calibration.json; \
`toile predict` and `toile eval` use it with --calibrated.

Examples:
  toile calibrate my-study/cnn
  toile calibrate my-study/cnn@all --json
  toile eval my-study/cnn --calibrated";

/// Fits a temperature so that a trained network's probabilities say how often it is right
#[derive(Args, Clone, Debug)]
#[command(after_help = HELP)]
pub struct CalibrateArgs {
    /// The run: STUDY/MODEL, STUDY/MODEL@SEED, STUDY/MODEL@all, or its folder
    #[arg(value_name = "RUN")]
    pub run: String,
    /// How the answer is printed.
    #[command(flatten)]
    pub format: Format,
    /// Where data comes from.
    #[command(flatten)]
    pub place: DataPlace,
}

/// Fits, keeps and tells.
///
/// # Errors
/// Runs that are not there, held out no image, or are right about every one, and data that cannot be opened.
pub fn run(args: &CalibrateArgs) -> anyhow::Result<ExitCode> {
    let paths = trained::all_located(&args.run)?;
    let runs = paths.iter().map(|path| opened_run(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let (_, first) = runs.first().context("there is no run")?;
    for (_, run) in &runs {
        run.notes.iter().for_each(|note| remark(note));
        refuse(run)?;
    }
    let loaded = load(&first.source, Path::new(""), &args.place)
        .context("the run's own data cannot be opened; say where they are with --data-dir")?;
    // Runs of earlier versions did not note theirs; those that did have the same.
    let trained_on = runs.iter().find_map(|(_, run)| run.provenance.as_ref()).map(|found| &found.data);
    ensure!(
        trained_on.is_none_or(|digests| *digests == opened::data(&loaded).of_recipe(&first.recipe).digests),
        "the data are not those that the run was trained on: images that are held out now may have been trained on; bring \
         the data of then, or run the study again"
    );
    let mut found = Found::default();
    for ((folder, run), path) in runs.iter().zip(&paths) {
        found.add(folder, run, path, &loaded)?;
    }
    let labels = &loaded.test.labels;
    let pair = BeforeAfter {
        before: &found.before,
        after: &found.after,
        labels,
        classes: loaded.test.class_names.len(),
    };
    let answer = Calibrated {
        run: args.run.clone(),
        runs: found.runs,
        test_images: labels.len(),
        is_over_seeds: is_over_seeds(pair),
        nll: effect(Metric::Nll, pair).context("there are too few test images to measure by")?,
        ece: effect(Metric::Ece, pair).context("there are too few test images to measure by")?,
    };
    shared::show(
        args.format,
        ProgressMode::Plain,
        &answer,
        || calibrated::markdown(&answer),
        |options| calibrated::terminal(&answer, options),
    )?;
    say(&format!(
        "kept in the folder of {}: calibration.json",
        if paths.len() == 1 { "the run" } else { "each run" }
    ));
    Ok(ExitCode::SUCCESS)
}

fn opened_run(path: &Path) -> anyhow::Result<(RunFolder, Trained)> {
    let folder = RunFolder::at(path).filter(|_| path.is_dir()).with_context(|| {
        format!(
            "{} is a file of weights, beside which nothing can be kept; name the run's folder",
            path.display()
        )
    })?;
    let run = trained::open(path)?;
    Ok((folder, run))
}

/// Refuses a run that has no images to fit on.
fn refuse(run: &Trained) -> anyhow::Result<()> {
    if run.recipe.cross_validation.is_some() {
        bail!(
            "the runs of {} are folds of a cross-validation, each tested on images of its own; calibrate a model of a \
             study with `validation` and without `cross_validation`",
            run.run.model
        );
    }
    ensure!(
        run.epoch > 0,
        "the weights of {} were imported: nobody knows that they have not learned from the images that a temperature would \
         be fitted on; calibrate a run that was trained here",
        run.run
    );
    ensure!(
        run.recipe.validation.is_some(),
        "{} held out no images to fit a temperature on, and the test images may not choose one\n  Add validation = 0.1 at \
         the top of its study file and run it again: toile run STUDY. `toile init --from NAME` writes a file of a built-in \
         study.",
        run.run
    );
    Ok(())
}

/// What was fitted so far.
#[derive(Default)]
struct Found {
    runs: Vec<CalibratedRun>,
    before: Vec<RunOutcomes>,
    after: Vec<RunOutcomes>,
}

impl Found {
    fn add(&mut self, folder: &RunFolder, run: &Trained, path: &Path, loaded: &Loaded) -> anyhow::Result<()> {
        let normalizer = run.normalization.normalizer()?;
        let held = held_out(&run.recipe, run.run.seed, opened::data(loaded)).map_err(anyhow::Error::msg)?;
        let (dataset, indices) = held.with_context(|| format!("{} held out no images", run.run))?;
        let mut predictor = Ensemble::named(&path.to_string_lossy())?.predictor()?;
        let images = Images { dataset, indices: &indices, normalizer: &normalizer };
        let rows = log_probabilities(&mut predictor, images)?;
        let classes = run.class_names.len();
        let labels: Vec<u32> = indices.iter().map(|&image| dataset.labels[image as usize]).collect();
        let fitted =
            fit(&rows, &labels, classes).with_context(|| format!("{} cannot be calibrated", run.run))?;
        Calibration::new(folder, &run.recipe, fitted, indices.len())?.write(folder)?;
        let test: &Dataset = &loaded.test;
        let all: Vec<u32> = (0..test.len() as u32).collect();
        let images = Images { dataset: test, indices: &all, normalizer: &normalizer };
        let mut rows = log_probabilities(&mut predictor, images)?;
        self.before.push(outcomes(images, &rows, run.run.seed).1);
        scale(&mut rows, classes, fitted.temperature);
        self.after.push(outcomes(images, &rows, run.run.seed).1);
        let Fitted { temperature, nll_before, nll_after } = fitted;
        self.runs.push(CalibratedRun {
            run: run.run.clone(),
            temperature,
            validation_images: indices.len(),
            validation_nll: [nll_before, nll_after],
        });
        Ok(())
    }
}
