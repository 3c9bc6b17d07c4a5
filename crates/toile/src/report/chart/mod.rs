//! A line chart over epochs as static SVG: round ticks, labels at the lines' ends, values on hover.

use maud::{Markup, html};

/// Which figure of a model a line shows; told apart by its dashes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Training,
    Validation,
    Evaluation,
}

impl Kind {
    pub(super) const ALL: [Kind; 3] = [Kind::Training, Kind::Validation, Kind::Evaluation];

    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Training => "training",
            Kind::Validation => "validation",
            Kind::Evaluation => "evaluation",
        }
    }

    pub(super) fn dashes(self) -> &'static str {
        match self {
            Kind::Training => "none",
            Kind::Validation => "1.5 3.5",
            Kind::Evaluation => "6 4",
        }
    }
}

/// One line.
pub(super) struct Series<'a> {
    /// Index of the model, which gives the colour.
    pub(super) model: usize,
    pub(super) name: &'a str,
    pub(super) kind: Kind,
    /// (epoch, value), finite values only.
    pub(super) points: Vec<(u32, f64)>,
}

/// Somebody's figure at the end of a model's line.
pub(super) struct Mark {
    pub(super) model: usize,
    pub(super) epoch: u32,
    pub(super) value: f64,
    pub(super) label: String,
}

/// What a chart is drawn from.
pub(super) struct Chart<'a> {
    pub(super) title: &'a str,
    pub(super) series: Vec<Series<'a>>,
    pub(super) marks: Vec<Mark>,
    /// Whether the vertical axis starts at 0 in any case.
    pub(super) from_zero: bool,
    /// Largest value the axis may end at.
    pub(super) limit: f64,
    pub(super) tick_text: fn(f64) -> String,
    pub(super) value_text: fn(f64) -> String,
}

/// Pixels of a drawing.
#[derive(Clone, Copy)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Steps of 1, 2, 2.5 or 5 times a power of ten; 0 if the range is empty.
fn round_step(range: f64, steps: f64) -> f64 {
    if range <= 0.0 || !range.is_finite() {
        return 0.0;
    }
    let rough = range / steps;
    let power = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .map(|m| m * power)
        .into_iter()
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(rough)
}

/// Ticks at round values that enclose `low..high`.
pub(super) fn ticks(low: f64, high: f64, steps: f64) -> Vec<f64> {
    let step = round_step(high - low, steps);
    if step == 0.0 {
        return vec![low, low + 1.0];
    }
    let (first, last) = ((low / step + 1e-9).floor() as i64, (high / step - 1e-9).ceil() as i64);
    (first..=last).map(|i| i as f64 * step).collect()
}

/// Epochs to name: the first, round ones, never two too close.
fn epoch_ticks(last: u32) -> Vec<u32> {
    let step = round_step(f64::from(last), 5.0).max(1.0).ceil() as u32;
    let mut ticks: Vec<u32> = (1..=last / step).map(|i| i * step).collect();
    if ticks.first().is_none_or(|first| *first > 1) {
        ticks.insert(0, 1);
    }
    ticks
}

struct Frame {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    epochs: u32,
    low: f64,
    high: f64,
}

impl Frame {
    fn x(&self, epoch: f64) -> f64 {
        let span = f64::from(self.epochs.max(2) - 1);
        self.left + (epoch - 1.0) / span * (self.right - self.left)
    }

    fn y(&self, value: f64) -> f64 {
        self.bottom - (value - self.low) / (self.high - self.low) * (self.bottom - self.top)
    }
}

impl Chart<'_> {
    /// The drawing, or nothing without a point.
    pub(super) fn draw(&self, size: Size, class: &str) -> Option<Markup> {
        let values = || {
            let points = self.series.iter().flat_map(|series| series.points.iter().map(|point| point.1));
            points.chain(self.marks.iter().map(|mark| mark.value))
        };
        let drawn = self.series.iter().filter_map(|series| Some(series.points.last()?.0)).max()?;
        let epochs = self.marks.iter().map(|mark| mark.epoch).fold(drawn, u32::max);
        let (low, high) = values().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
        let low = if self.from_zero { low.min(0.0) } else { low };
        let ticks: Vec<f64> = ticks(low, high, 5.0).into_iter().filter(|t| *t <= self.limit + 1e-9).collect();
        let longest = self.series.iter().map(|series| short(series.name).chars().count()).max().unwrap_or(0);
        let frame = Frame {
            left: 44.0,
            right: size.width - 18.0 - longest as f64 * 6.9,
            top: 14.0,
            bottom: size.height - 40.0,
            epochs,
            low: ticks.first().copied().unwrap_or(0.0).min(low),
            high: ticks.last().copied().unwrap_or(1.0).max(high),
        };
        let strip = (frame.right - frame.left) / f64::from(epochs.max(2) - 1);
        Some(html! {
            svg class={ "chart " (class) } viewBox={ "0 0 " (size.width) " " (size.height) } role="img" aria-label=(self.title) {
                @for tick in &ticks {
                    line class="grid" x1=(n(frame.left)) x2=(n(frame.right)) y1=(n(frame.y(*tick))) y2=(n(frame.y(*tick))) {}
                    text class="tick" x=(n(frame.left - 8.0)) y=(n(frame.y(*tick) + 4.0)) text-anchor="end" { ((self.tick_text)(*tick)) }
                }
                @for tick in epoch_ticks(epochs) {
                    line class="axis" x1=(n(frame.x(tick.into()))) x2=(n(frame.x(tick.into()))) y1=(n(frame.bottom)) y2=(n(frame.bottom + 4.0)) {}
                    text class="tick" x=(n(frame.x(tick.into()))) y=(n(frame.bottom + 18.0)) text-anchor="middle" { (tick) }
                }
                line class="axis" x1=(n(frame.left)) x2=(n(frame.right)) y1=(n(frame.bottom)) y2=(n(frame.bottom)) {}
                text class="tick" x=(n((frame.left + frame.right) / 2.0)) y=(n(frame.bottom + 34.0)) text-anchor="middle" { "epoch" }
                @for series in &self.series { (line(series, &frame)) }
                @for mark in &self.marks { (diamond(mark, &frame)) }
                @for (model, name, x, y) in self.labels(&frame) {
                    text class={ "label c" (model % 6) } x=(n(x)) y=(n(y + 4.0)) { (short(name)) }
                }
                @for epoch in 1..=epochs {
                    rect class="epoch" x=(n(frame.x(epoch.into()) - strip / 2.0)) y=(n(frame.top)) width=(n(strip)) height=(n(frame.bottom - frame.top)) {
                        title { (self.hover(epoch)) }
                    }
                }
            }
        })
    }

    /// What an epoch's strip says.
    fn hover(&self, epoch: u32) -> String {
        let mut text = format!("Epoch {epoch}");
        for series in &self.series {
            if let Some((_, value)) = series.points.iter().find(|point| point.0 == epoch) {
                text.push_str(&format!(
                    "\n{}, {}: {}",
                    series.name,
                    series.kind.name(),
                    (self.value_text)(*value)
                ));
            }
        }
        text
    }

    /// One label a model, at the mean height of its lines' ends, moved apart where they would touch.
    fn labels(&self, frame: &Frame) -> Vec<(usize, &str, f64, f64)> {
        let mut labels: Vec<(usize, &str, f64, f64)> = Vec::new();
        let mut models: Vec<usize> = self.series.iter().map(|series| series.model).collect();
        models.dedup();
        for model in models {
            let own = || self.series.iter().filter(move |series| series.model == model);
            let ends: Vec<(u32, f64)> = own().filter_map(|series| series.points.last().copied()).collect();
            let (Some(name), Some(epoch)) =
                (own().next().map(|s| s.name), ends.iter().map(|end| end.0).max())
            else {
                continue;
            };
            let height = ends.iter().map(|end| frame.y(end.1)).sum::<f64>() / ends.len() as f64;
            labels.push((model, name, frame.x(epoch.into()) + 9.0, height));
        }
        labels.sort_by(|a, b| a.3.total_cmp(&b.3));
        for later in 1..labels.len() {
            for earlier in 0..later {
                let close = (labels[later].2 - labels[earlier].2).abs() < 90.0;
                if close && labels[later].3 - labels[earlier].3 < 15.0 {
                    labels[later].3 = labels[earlier].3 + 15.0;
                }
            }
        }
        labels
    }
}

fn line(series: &Series, frame: &Frame) -> Markup {
    let mut path = String::new();
    for (index, (epoch, value)) in series.points.iter().enumerate() {
        let letter = if index == 0 { 'M' } else { 'L' };
        path.push_str(&format!("{letter}{} {}", n(frame.x((*epoch).into())), n(frame.y(*value))));
    }
    let end = series.points.last().map(|(epoch, value)| (frame.x((*epoch).into()), frame.y(*value)));
    html! {
        path class={ "line c" (series.model % 6) } d=(path) stroke-dasharray=(series.kind.dashes()) {}
        @if let Some((x, y)) = end { (marker(series.model, x, y, series.kind)) }
    }
}

/// A shape of the model's own at the end of its lines; filled for training.
fn marker(model: usize, x: f64, y: f64, kind: Kind) -> Markup {
    let class = format!("{} c{}", if kind == Kind::Training { "dot" } else { "ring" }, model % 6);
    let points = |offsets: &[(f64, f64)]| {
        let points: Vec<String> =
            offsets.iter().map(|(dx, dy)| format!("{},{}", n(x + dx), n(y + dy))).collect();
        points.join(" ")
    };
    html! {
        @match model % 3 {
            0 => { circle class=(class) cx=(n(x)) cy=(n(y)) r="3.2" {} }
            1 => { rect class=(class) x=(n(x - 3.0)) y=(n(y - 3.0)) width="6" height="6" {} }
            _ => { polygon class=(class) points=(points(&[(0.0, -4.0), (3.8, 3.0), (-3.8, 3.0)])) {} }
        }
    }
}

fn diamond(mark: &Mark, frame: &Frame) -> Markup {
    let (x, y) = (frame.x(mark.epoch.into()), frame.y(mark.value));
    let path = format!("M{} {}l5.5 5.5l-5.5 5.5l-5.5 -5.5z", n(x), n(y - 5.5));
    html! {
        path class={ "mark c" (mark.model % 6) } d=(path) { title { (mark.label) } }
    }
}

fn short(name: &str) -> String {
    if name.chars().count() <= 16 {
        return name.to_string();
    }
    name.chars().take(15).chain(['…']).collect()
}

/// A coordinate with one decimal at most.
pub(super) fn n(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    if rounded == 0.0 { "0".into() } else { format!("{rounded}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_enclose() {
        assert_eq!(ticks(0.0, 2.3, 5.0), [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]);
        assert_eq!(ticks(0.0, 1.0, 5.0).len(), 6);
        assert_eq!(ticks(0.5, 0.5, 5.0), [0.5, 1.5], "an empty range still has an axis");
        let close = ticks(0.88, 0.93, 5.0);
        assert!(close[0] <= 0.88 && *close.last().unwrap() >= 0.93 && close.len() <= 7, "{close:?}");
    }

    #[test]
    fn epochs_are_whole_numbers() {
        assert_eq!(epoch_ticks(1), [1]);
        assert_eq!(epoch_ticks(3), [1, 2, 3]);
        assert_eq!(epoch_ticks(40), [1, 10, 20, 30, 40]);
        assert_eq!(epoch_ticks(12), [1, 3, 6, 9, 12]);
    }
}
