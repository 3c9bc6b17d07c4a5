//! What was done to trained networks, and how their figures on the test images changed.

use toile_study::calibration::effect::{Figure, MeasuredEffect};
use toile_study::evidence::Metric;
use toile_study::evidence::words::{change, change_interval, value, value_interval};

use super::comparison::NOTHING;
use super::grid::Grid;

/// A row a figure, with its intervals; what there was before and after is named at the head.
pub(super) fn grid<'a>(
    [before, after]: [&str; 2],
    figures: impl IntoIterator<Item = (&'a str, Metric, &'a MeasuredEffect)>,
) -> Grid {
    let interval = "95 % interval";
    let mut grid = Grid::new(["metric", before, interval, after, interval, "change", interval]);
    for (name, metric, MeasuredEffect { before, after, change: difference }) in figures {
        let ends = |figure: &Figure| {
            figure.interval.map_or(NOTHING.into(), |i| value_interval(metric, i.low, i.high))
        };
        grid.row([
            name.into(),
            value(metric, before.value),
            ends(before),
            value(metric, after.value),
            ends(after),
            change(metric, difference.value),
            difference.interval.map_or(NOTHING.into(), |i| change_interval(metric, i.low, i.high)),
        ]);
    }
    grid
}

/// What the intervals speak of.
pub(super) fn scope(is_over_seeds: bool, runs: usize) -> &'static str {
    match (is_over_seeds, runs) {
        (true, _) => "The intervals are for other seeds and other images of the kind.",
        (false, 1) => "The intervals are for this network and other images of the kind.",
        (false, _) => "The intervals are for these networks and other images of the kind.",
    }
}
