//! What a network in whole numbers costs, as people read it.

use serde::Serialize;
use toile_study::calibration::effect::{Effect, Figure};
use toile_study::evidence::Metric;
use toile_study::evidence::words::{change, change_interval, value, value_interval};
use toile_study::numbers::{count, counted};

use super::TableOptions;
use super::comparison::NOTHING;
use super::document::{Document, Section};
use super::grid::Grid;

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
    pub accuracy: Effect,
    /// Mean negative log likelihood on the test images.
    pub nll: Effect,
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
    let mut grid =
        Grid::new(["metric", "floats", "95 % interval", "int8", "95 % interval", "change", "95 % interval"]);
    for (metric, effect) in [(Metric::AccuracyTop1, &of.accuracy), (Metric::Nll, &of.nll)] {
        let Effect { before, after, change: difference } = effect;
        let ends = |figure: &Figure| {
            figure.interval.map_or(NOTHING.into(), |i| value_interval(metric, i.low, i.high))
        };
        grid.row([
            metric.name().into(),
            value(metric, before.value),
            ends(before),
            value(metric, after.value),
            ends(after),
            change(metric, difference.value),
            difference.interval.map_or(NOTHING.into(), |i| change_interval(metric, i.low, i.high)),
        ]);
    }
    let scope = match (of.is_over_seeds, of.folders.len()) {
        (true, _) => "The intervals are for other seeds and other images of the kind.",
        (false, 1) => "The intervals are for this network and other images of the kind.",
        (false, _) => "The intervals are for these networks and other images of the kind.",
    };
    let [flash, ram] = [of.flash_bytes, of.ram_bytes].map(|bytes| count(bytes as u64));
    let sentences = vec![
        format!("{}. {scope}", counted(of.test_images, "test image")),
        format!(
            "On a device: {flash} bytes of flash for constants, beside the instructions; {ram} bytes of RAM, beside the \
             stack."
        ),
    ];
    let heading = format!("{} in whole numbers", of.run);
    Document { sections: vec![Section { heading, grid, sentences }], warnings: Vec::new() }
}
