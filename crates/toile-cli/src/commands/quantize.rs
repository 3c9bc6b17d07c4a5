//! `toile quantize`: a trained network in whole numbers, measured, and kept as a run of a model of its own.

use std::collections::HashSet;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use toile_data::{Dataset, Loaded, parallel};
use toile_device::int8::{self as device, Integers, Ranges, reference};
use toile_export::{c, int8 as export};
use toile_pixels::Normalizer;
use toile_store::{RunFolder, StoredRun};
use toile_study::calibration::effect::{BeforeAfter, effect, is_over_seeds};
use toile_study::evidence::Metric;
use toile_study::evidence::outcomes::{self, RunOutcomes};
use toile_study::images::Images;
use toile_study::int8::{self, Int8};
use toile_study::measured::outcomes;
use toile_study::run::{Int8Run, held_out, keep_int8};
use toile_study::trained::{self, Trained};

use super::eval::load;
use super::import::drawings;
use super::{opened, shared};
use crate::args::values::whole;
use crate::args::{DataPlace, Format, ProgressMode};
use crate::command_line::{command_line, quoted};
use crate::progress::counted::Counted;
use crate::progress::{remark, say};
use crate::table::quantized::{self, Quantized};

// Paragraphs are one line each: they are wrapped to the terminal.
const HELP: &str = "\
A run is named as for `toile eval`; with @all each run of the model is quantized, and the difference is a mean over the \
seeds, with an interval.

Weights get 8 bits with a scale for each output, what lies between the layers 8 bits with the range that it has on training \
images; sums have 32 bits. The network in whole numbers is measured on the test images at once and kept as a run of the model \
MODEL-int8 beside the other, so that `toile compare` judges it as any model. An int8 run that is there is made again.

`toile export RUN --format c --int8` writes it as C that has the same bits. GroupNorm has no form in whole numbers.

Examples:
  toile quantize quick/better
  toile quantize quick/better@all --json
  toile compare runs/quick/better runs/quick/better-int8";

/// Makes a network of whole numbers of a trained one, and tells what that costs
#[derive(Args, Clone, Debug)]
#[command(after_help = HELP)]
pub struct QuantizeArgs {
    /// The run: STUDY/MODEL, STUDY/MODEL@SEED, STUDY/MODEL@all, or its folder
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Training images that the ranges are seen on
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = whole::<usize>(1..=100_000), allow_hyphen_values = true)]
    pub images: usize,
    /// How the answer is printed.
    #[command(flatten)]
    pub format: Format,
    /// Where data comes from.
    #[command(flatten)]
    pub place: DataPlace,
}

/// Quantizes, keeps and tells.
///
/// # Errors
/// Runs that are not there or cannot be of whole numbers, folders that are taken, data that cannot be opened.
pub fn run(args: &QuantizeArgs) -> anyhow::Result<ExitCode> {
    let paths = trained::all_located(&args.run)?;
    let runs = paths.iter().map(|path| Work::open(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let first = &runs.first().context("there is no run")?.trained;
    let loaded = load(&first.source, Path::new(""), &args.place)
        .context("the run's own data cannot be opened; say where they are with --data-dir")?;
    let trained_on = first.provenance.as_ref().map(|provenance| &provenance.data);
    ensure!(
        trained_on.is_none_or(|digests| *digests == opened::data(&loaded).of_recipe(&first.recipe).digests),
        "the data are not those that the run was trained on; bring the data of then, or run the study again"
    );
    let (mut before, mut after, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
    for run in &runs {
        run.trained.notes.iter().for_each(|note| remark(note));
        let (float, int8, size) = run.quantize(&loaded, args.images)?;
        before.push(float);
        after.push(int8);
        sizes.push(size);
    }
    let labels = &loaded.test.labels;
    let pair = BeforeAfter { before: &before, after: &after, labels, classes: loaded.test.class_names.len() };
    let few = "there are too few test images to measure by";
    let answer = Quantized {
        run: args.run.clone(),
        folders: runs.iter().map(|run| run.to.path().display().to_string()).collect(),
        flash_bytes: sizes[0].flash,
        ram_bytes: sizes[0].ram,
        test_images: labels.len(),
        is_over_seeds: is_over_seeds(pair),
        accuracy: effect(Metric::AccuracyTop1, pair).context(few)?,
        nll: effect(Metric::Nll, pair).context(few)?,
    };
    shared::show(
        args.format,
        ProgressMode::Plain,
        &answer,
        || quantized::markdown(&answer),
        |options| quantized::terminal(&answer, options),
    )?;
    for folder in &answer.folders {
        say(&format!("kept: {folder}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// A run, and the folder that its int8 run gets.
struct Work {
    stored: StoredRun,
    trained: Trained,
    to: RunFolder,
}

impl Work {
    fn open(path: &Path) -> anyhow::Result<Work> {
        let folder = RunFolder::at(path).filter(|_| path.is_dir()).with_context(|| {
            format!(
                "{} is a file of weights, beside which nothing can be kept; name the run's folder",
                quoted(path)
            )
        })?;
        let trained = trained::open(path)?;
        let stored = StoredRun::open(&folder)?.with_context(|| format!("{} holds no run", quoted(path)))?;
        refuse(&trained)?;
        let to = int8::beside(&folder);
        let is_free = !to.config().exists() && !to.evaluation().exists();
        ensure!(
            is_free || to.is_int8(),
            "{} is a run of another kind, and is not overwritten; move it away",
            quoted(to.path())
        );
        Ok(Work { stored, trained, to })
    }

    /// The outcomes of the floats and of the whole numbers on the test images, and what a device needs.
    fn quantize(
        &self,
        loaded: &Loaded,
        images: usize,
    ) -> anyhow::Result<(RunOutcomes, RunOutcomes, c::Size)> {
        let Work { stored, trained, to } = self;
        let start = Instant::now();
        let normalizer = trained.normalization.normalizer()?;
        let seen = self.seen(loaded, images)?;
        let ranges = ranges(trained, &loaded.train, &seen, &normalizer);
        let integers = export::integers(trained, &ranges, &normalizer)?;
        let all: Vec<u32> = (0..loaded.test.len() as u32).collect();
        let on_seen = measured(&integers, &loaded.train, &seen);
        let on_test = measured(&integers, &loaded.test, &all);
        let size = c::int8_size(trained, &integers);
        let made = Int8 {
            run: int8::named(&trained.run),
            weights_sha256: trained.weights_sha256(),
            images: seen.len(),
            ranges,
            flash_bytes: size.flash,
            ram_bytes: size.ram,
        };
        let train = Images { dataset: &loaded.train, indices: &seen, normalizer: &normalizer };
        let test = Images { dataset: &loaded.test, indices: &all, normalizer: &normalizer };
        let run = Int8Run {
            of: stored,
            folder: to,
            made: &made,
            seen: (train, &on_seen),
            test: (test, &on_test),
            seconds: start.elapsed().as_secs_f64(),
            command: &command_line(),
        };
        let (_, float) = outcomes::read(stored, &loaded.test.class_names)?
            .with_context(|| format!("{} has no predictions.csv; run its study again", trained.run))?;
        keep_int8(run, &drawings)?;
        Ok((float, outcomes(test, &on_test, trained.run.seed).1, size))
    }

    /// So many of the images that the run was trained on, evenly among them.
    fn seen(&self, loaded: &Loaded, images: usize) -> anyhow::Result<Vec<u32>> {
        let Trained { recipe, run, .. } = &self.trained;
        let held = held_out(recipe, run.seed, opened::data(loaded)).map_err(anyhow::Error::msg)?;
        let held = held.filter(|(dataset, _)| std::ptr::eq(*dataset, &loaded.train));
        let held: HashSet<u32> = held.into_iter().flat_map(|(_, indices)| indices).collect();
        let trained: Vec<u32> =
            (0..loaded.train.len() as u32).filter(|image| !held.contains(image)).collect();
        let count = images.min(trained.len());
        Ok((0..count).map(|place| trained[place * trained.len() / count]).collect())
    }
}

/// Refuses a run whose test images are its own or none; tells where the figures will be another model's.
fn refuse(run: &Trained) -> anyhow::Result<()> {
    if run.recipe.cross_validation.is_some() {
        bail!(
            "the runs of {} are folds of a cross-validation, each tested on images of its own; quantize a model of a \
             study without `cross_validation`",
            run.run.model
        );
    }
    if run.recipe.judged_by.is_held_out() {
        bail!(
            "{} is a candidate of `toile sweep`, which is shown no test image, so that there is nothing to set the network \
             in whole numbers beside; train its model with `toile run` and quantize that",
            run.run
        );
    }
    if run.recipe.test_time_augmentation.is_some() {
        remark(
            "the network in whole numbers looks at an image once; the run's figures are with test-time augmentation, so \
             the difference holds both",
        );
    }
    Ok(())
}

/// Least and largest value of each tensor on these images.
fn ranges(trained: &Trained, dataset: &Dataset, images: &[u32], normalizer: &Normalizer) -> Ranges {
    let program = export::program_of(trained);
    let each = parallel::map(images.len(), |at| {
        let pixels = dataset.image(images[at]);
        let mut numbers = vec![0.0; pixels.len()];
        normalizer.apply(pixels, &mut numbers);
        device::ranges(&program, &numbers)
    });
    let wider = |mut all: Ranges, one: Ranges| {
        for ([low, high], [least, most]) in all.iter_mut().zip(one) {
            (*low, *high) = (low.min(least), high.max(most));
        }
        all
    };
    each.into_iter().reduce(wider).unwrap_or_default()
}

/// Log-probabilities, `[image][class]`.
fn measured(integers: &Integers, dataset: &Dataset, images: &[u32]) -> Vec<f32> {
    let mut progress = Counted::new("measuring images", images.len(), false);
    let (mut all, mut done) = (Vec::new(), 0);
    for chunk in images.chunks(1024) {
        let row = |at: usize| device::log_probabilities(&reference::run(integers, dataset.image(chunk[at])));
        let rows = parallel::map(chunk.len(), row);
        all.extend(rows.into_iter().flatten());
        done += chunk.len();
        progress.done(done);
    }
    all
}
