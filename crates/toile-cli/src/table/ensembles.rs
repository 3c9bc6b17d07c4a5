//! The ensembles of a study: runs that answer together.

use toile_statistics::OverSeeds;
use toile_study::evidence::Metric;
use toile_study::evidence::words::{amount, value};
use toile_study::numbers::{count, counted, joined};
use toile_study::results::{EnsembleGroup, EnsembleResults, StudyResults};

use super::comparison::NOTHING;
use super::grid::Grid;
use super::layout::Style;

/// What the columns are called.
pub const HEAD: [&str; 7] = [
    "ensemble",
    "of",
    "groups",
    "accuracy",
    "negative log likelihood",
    "calibration error",
    "multiply-adds an image",
];

/// A row an ensemble, below a heading; nothing where there is none.
pub(super) fn text(results: &StudyResults, style: Style) -> String {
    if results.ensembles.is_empty() {
        return String::new();
    }
    let mut grid = Grid::new(HEAD);
    results.ensembles.iter().for_each(|of| grid.row(cells(of)));
    format!("\n{}\n{}", style.bold("Ensembles"), grid.text(style))
}

/// The cells of a row: means over the groups that are whole, with their deviation.
pub fn cells(of: &EnsembleResults) -> [String; 7] {
    let figure = |metric: Metric, one: fn(&EnsembleGroup) -> Option<f64>| {
        let values: Vec<f64> = of.groups.iter().filter_map(one).collect();
        let Some(found) = OverSeeds::of(&values) else { return NOTHING.to_string() };
        let deviation = found.deviation.map(|deviation| format!(" ± {}", amount(metric, deviation)));
        format!("{}{}", value(metric, found.mean), deviation.unwrap_or_default())
    };
    let whole = of.groups.iter().filter(|group| group.accuracy_top1.is_some()).count();
    [
        of.name.clone(),
        format!("{} of {}", counted(of.size, "seed"), joined(&of.of)),
        format!("{whole} of {}", of.groups.len()),
        figure(Metric::AccuracyTop1, |group| group.accuracy_top1),
        figure(Metric::Nll, |group| group.nll),
        figure(Metric::Ece, |group| group.ece),
        count(of.multiply_adds as u64),
    ]
}
