//! What a temperature does, as people read it.

use serde::Serialize;
use toile_store::RunId;
use toile_study::calibration::effect::MeasuredEffect;
use toile_study::evidence::Metric;
use toile_study::numbers::{counted, fixed, loss};

use super::TableOptions;
use super::document::{Document, Section};
use super::effects;
use super::grid::Grid;

/// Runs with their temperatures, and what these do on the test images.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibrated {
    /// The run's name, as it was given.
    pub run: String,
    /// Each run.
    pub runs: Vec<CalibratedRun>,
    /// Test images.
    pub test_images: usize,
    /// Whether the intervals speak of other seeds too.
    pub is_over_seeds: bool,
    /// Mean negative log likelihood on the test images.
    pub nll: MeasuredEffect,
    /// Expected calibration error on the test images, 15 bins of equal width.
    pub ece: MeasuredEffect,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CalibratedRun {
    /// Which.
    pub run: RunId,
    /// Logits are divided by it.
    pub temperature: f64,
    /// Images that it was fitted on.
    pub validation_images: usize,
    /// Their mean negative log likelihood, before and after.
    pub validation_nll: [f64; 2],
}

/// For a terminal, a line break at the end.
pub fn terminal(of: &Calibrated, options: TableOptions) -> String {
    document(of).terminal(options)
}

/// To be pasted into a page.
pub fn markdown(of: &Calibrated) -> String {
    document(of).markdown()
}

fn document(of: &Calibrated) -> Document {
    let mut fitted = Grid::new(["run", "temperature", "validation images", "validation nll", "calibrated"]);
    for run in &of.runs {
        let [before, after] = run.validation_nll;
        fitted.row([
            run.run.to_string(),
            fixed(run.temperature, 4),
            run.validation_images.to_string(),
            loss(before),
            loss(after),
        ]);
    }
    let told =
        "A temperature above 1 says that the network was too sure, one below that it was not sure enough.";
    let of_runs = Section { heading: of.run.clone(), grid: fitted, sentences: vec![told.into()] };
    let figures = [("nll", Metric::Nll, &of.nll), ("ece", Metric::Ece, &of.ece)];
    let grid = effects::grid(["before", "calibrated"], figures);
    let scope = effects::scope(of.is_over_seeds, of.runs.len());
    let sentence = format!("{}. {scope}", counted(of.test_images, "test image"));
    let heading = "On the test images".to_owned();
    Document {
        sections: vec![of_runs, Section { heading, grid, sentences: vec![sentence] }],
        warnings: Vec::new(),
    }
}
