//! `toile eval`: a trained network measured on its own test images or on other data.

mod data;

pub(super) use data::load;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use clap::Args;
use toile::Predictor;
use toile_draw::charts::confusion::{Confusion, Normaliser};
use toile_draw::svg;
use toile_study::images::Images;
use toile_study::measured::{Matching, matching, measured, predictions_csv};
use toile_study::{atomic, metrics};

use self::data::Judged;
use super::predict::{networks, tell};
use super::shared;
use crate::args::{DataPlace, Format, ProgressMode};
use crate::progress::counted::Counted;
use crate::progress::{remark, say};
use crate::table::evaluated::{self, Evaluated};

// Paragraphs are one line each: they are wrapped to the terminal.
const HELP: &str = "\
A run is named by study and model (its finished run with the lowest seed), with @ and a seed behind for another, with \
@all for the mean of the probabilities of all its runs, or by a folder or a file of weights.

DATA is a data set of the catalogue, a folder of class folders, a table, a NumPy archive, or a study file. Where it has \
test images, those are measured, otherwise all. Images of another size or with other channels become what the network was \
trained on. Classes are matched by name: images of a class that the network does not know are left out and counted, and \
a class without images is in no average.

Examples:
  toile eval baseline-vs-better/better
  toile eval photos/cnn@all new-photos/ --out runs/new-photos
  toile eval photos/cnn@3 new-photos/ --json";

/// Files that say that a folder is a run's or a study's.
const TAKEN: [&str; 3] = ["config.toml", "evaluation.json", "results.json"];
/// Images that the networks look at between two lines of progress.
const CHUNK_IMAGES: usize = 1024;

/// Measures a trained network on its own test images or on other data
#[derive(Args, Clone, Debug)]
#[command(after_help = HELP)]
pub struct EvalArgs {
    /// The run: STUDY/MODEL, STUDY/MODEL@SEED, STUDY/MODEL@all, its folder, or a file of weights
    #[arg(value_name = "RUN")]
    pub run: String,
    /// What it is measured on [default: the images that the run was tested on]
    #[arg(value_name = "DATA")]
    pub data: Option<String>,
    /// Write metrics.json, predictions.csv, and the confusion matrix as CSV and SVG into a folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Look at each image once, as it is, where the model has test-time augmentation
    #[arg(long)]
    pub without_tta: bool,
    /// Answer at the temperatures that `toile calibrate` kept
    #[arg(long, conflicts_with = "without_tta")]
    pub calibrated: bool,
    /// How the answer is printed.
    #[command(flatten)]
    pub format: Format,
    /// Where data comes from.
    #[command(flatten)]
    pub place: DataPlace,
}

/// Measures and prints.
///
/// # Errors
/// A run or data that are not there, and data without an image of a class that the network knows.
pub fn run(args: &EvalArgs) -> anyhow::Result<ExitCode> {
    let mut ensemble = networks(&args.run, args.calibrated)?;
    if args.without_tta {
        ensemble = ensemble.without_test_time_augmentation();
    }
    tell(&ensemble);
    if let Some(out) = &args.out {
        check_out(out)?;
    }
    let judged = match &args.data {
        None => data::own(&ensemble, &args.place)?,
        Some(word) => data::other(word, &ensemble, &args.place)?,
    };
    let first = ensemble.first();
    let Judged { name, dataset, indices } = judged;
    let Matching { dataset, known, unknown, missing } = matching(dataset, &indices, &first.class_names);
    let normalizer = first.normalization.normalizer()?;
    let images = Images { dataset: &dataset, indices: &known, normalizer: &normalizer };
    let log_probabilities = log_probabilities(&mut ensemble.predictor()?, images)?;
    let evaluated = Evaluated {
        run: args.run.clone(),
        networks: ensemble.models().iter().map(|model| model.run().clone()).collect(),
        data: name,
        unknown_classes: unknown,
        missing_classes: missing,
        measured: measured(images, &log_probabilities).context("there is no image to measure by")?,
    };
    if args.format.json {
        evaluated::warnings(&evaluated).iter().for_each(|warning| remark(warning));
    }
    shared::show(
        args.format,
        ProgressMode::Plain,
        &evaluated,
        || evaluated::markdown(&evaluated),
        |options| evaluated::terminal(&evaluated, options),
    )?;
    if let Some(out) = &args.out {
        write(out, &evaluated, &predictions_csv(images, &log_probabilities))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses a folder whose files vouch for each other.
fn check_out(out: &Path) -> anyhow::Result<()> {
    ensure!(!out.is_file(), "--out {}: this is a file; name a folder", out.display());
    let taken = TAKEN.iter().find(|name| out.join(name).exists());
    ensure!(
        taken.is_none(),
        "--out {}: {} lies there, so it is the folder of a run or a study, whose own files these would replace; name \
         another",
        out.display(),
        taken.unwrap_or(&"")
    );
    Ok(())
}

pub(super) fn log_probabilities(predictor: &mut Predictor, images: Images<'_>) -> anyhow::Result<Vec<f32>> {
    let mut progress = Counted::new("measuring images", images.indices.len(), false);
    let mut all = Vec::with_capacity(images.indices.len() * predictor.class_names().len());
    for (number, chunk) in images.indices.chunks(CHUNK_IMAGES).enumerate() {
        let pixels: Vec<u8> =
            chunk.iter().flat_map(|&image| images.dataset.image(image).iter().copied()).collect();
        all.extend(predictor.log_probabilities(&pixels)?);
        progress.done(number * CHUNK_IMAGES + chunk.len());
    }
    Ok(all)
}

fn write(out: &Path, evaluated: &Evaluated, predictions: &str) -> anyhow::Result<()> {
    let class_names: Vec<String> = evaluated.measured.classes.iter().map(|of| of.class.clone()).collect();
    let confusion = &evaluated.measured.confusion;
    let title = format!("{} on {}", evaluated.run, evaluated.data);
    let drawing = Confusion { title, class_names: &class_names, images: confusion.clone().into() };
    atomic::create_folder(out)?;
    for (name, contents) in [
        ("metrics.json", serde_json::to_string_pretty(evaluated)? + "\n"),
        ("predictions.csv", predictions.to_owned()),
        ("confusion_matrix.csv", metrics::confusion_csv(&class_names, confusion)),
        ("confusion_matrix.svg", svg::file(&drawing.sheet(Normaliser::None))),
    ] {
        atomic::write(&out.join(name), contents.as_bytes())?;
    }
    say(&format!("written: {}", out.display()));
    Ok(())
}
