//! What a network in whole numbers costs, as people read it.

use serde::Serialize;
use toile_study::calibration::effect::MeasuredEffect;
use toile_study::evidence::Metric;
use toile_study::evidence::words::{change, change_interval, seeds};
use toile_study::numbers::{count, counted};

use super::TableOptions;
use super::document::{Document, Section};
use super::effects;

/// Runs in whole numbers, and what that does on the test images.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quantized {
    /// The run's name, as it was given.
    pub run: String,
    /// The folders of the int8 runs.
    pub folders: Vec<String>,
    /// Bytes of constants on a device.
    pub flash_bytes: usize,
    /// Bytes of memory between the steps.
    pub ram_bytes: usize,
    /// Test images.
    pub test_images: usize,
    /// Whether the intervals speak of other seeds too.
    pub is_over_seeds: bool,
    /// Share of the test images whose class was right.
    pub accuracy: MeasuredEffect,
    /// Mean negative log likelihood on the test images.
    pub nll: MeasuredEffect,
}

/// For a terminal, a line break at the end.
pub fn terminal(of: &Quantized, options: TableOptions) -> String {
    document(of).terminal(options)
}

/// To be pasted into a page.
pub fn markdown(of: &Quantized) -> String {
    document(of).markdown()
}

fn document(of: &Quantized) -> Document {
    let figures = [(Metric::AccuracyTop1, &of.accuracy), (Metric::Nll, &of.nll)];
    let grid =
        effects::grid(["floats", "int8"], figures.map(|(metric, effect)| (metric.name(), metric, effect)));
    let scope = effects::scope(of.is_over_seeds, of.folders.len());
    let [flash, ram] = [of.flash_bytes, of.ram_bytes].map(|bytes| count(bytes as u64));
    let sentences = vec![
        cost(of),
        format!("{}. {scope}", counted(of.test_images, "test image")),
        format!(
            "On a device: {flash} bytes of flash for constants, beside the instructions; {ram} bytes of RAM, beside the \
             stack."
        ),
    ];
    let heading = format!("{} in whole numbers", of.run);
    Document { sections: vec![Section { heading, grid, sentences }], warnings: Vec::new() }
}

/// What it comes to: `int8 costs −0.08 points [−0.15, −0.01], with 3 seeds.`
fn cost(of: &Quantized) -> String {
    let (metric, figure) = (Metric::AccuracyTop1, &of.accuracy.change);
    let verb = if figure.value > 0.0 { "gains" } else { "costs" };
    let interval = figure.interval.map(|i| format!(" {}", change_interval(metric, i.low, i.high)));
    let (change, seeds) = (change(metric, figure.value), seeds(of.folders.len()));
    format!("int8 {verb} {change}{}, with {seeds}.", interval.unwrap_or_default())
}
