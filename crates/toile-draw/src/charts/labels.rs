//! Where the names at the ends of lines stand.

use super::frame::Frame;
use super::series::Series;

/// From one label to the next.
const LABEL_HEIGHT: f64 = 15.0;

/// A model's name at the end of its lines.
pub(super) struct Label {
    pub(super) model: usize,
    /// Among the names of the chart.
    pub(super) place: usize,
    pub(super) x: f64,
    pub(super) y: f64,
}

impl Label {
    /// Whether it lies over one above it.
    fn would_touch(&self, above: &Label) -> bool {
        (self.x - above.x).abs() < 90.0 && self.y - above.y < LABEL_HEIGHT
    }
}

/// One label a model, at the mean height of its lines' ends, moved apart where they would touch.
pub(super) fn labels(all: &[Series], frame: &Frame) -> Vec<Label> {
    let mut labels: Vec<Label> = Vec::new();
    let mut models: Vec<usize> = all.iter().map(|series| series.model).collect();
    models.dedup();
    for (place, model) in models.into_iter().enumerate() {
        let own = || all.iter().filter(move |series| series.model == model);
        let end = |series: &Series| {
            let other = series.others.iter().filter_map(|other| other.points.last().copied());
            let mean = series.points.last().map(|point| (point.x, point.mean));
            mean.or_else(|| other.max_by(|a, b| a.0.total_cmp(&b.0)))
        };
        let ends: Vec<(f64, f64)> = own().filter_map(end).collect();
        if ends.is_empty() {
            continue;
        }
        let x = ends.iter().map(|end| end.0).fold(f64::MIN, f64::max);
        let y = ends.iter().map(|end| frame.y(end.1)).sum::<f64>() / ends.len() as f64;
        labels.push(Label { model, place, x: frame.x(x) + 9.0, y });
    }
    labels.sort_by(|a, b| a.y.total_cmp(&b.y));
    for later in 1..labels.len() {
        for earlier in 0..later {
            if labels[later].would_touch(&labels[earlier]) {
                labels[later].y = labels[earlier].y + LABEL_HEIGHT;
            }
        }
    }
    // Where they are many, not below the axis: back up, as far as it takes.
    for earlier in (0..labels.len()).rev() {
        labels[earlier].y = labels[earlier].y.min(frame.bottom);
        for later in earlier + 1..labels.len() {
            if labels[later].would_touch(&labels[earlier]) {
                labels[earlier].y = labels[later].y - LABEL_HEIGHT;
            }
        }
    }
    labels
}
