//! A line chart as static SVG: bands over seeds, round ticks, labels at the lines' ends, values on hover.

mod labels;
mod marks;
mod scale;

use maud::{Markup, html};

use super::names::short_names;
use labels::Label;
use marks::{band, diamond, lines};
pub(super) use scale::{Scale, epoch_ticks, ticks};

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

/// A mean over seeds with the lowest and the highest of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) mean: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// One line.
pub(super) struct Series<'a> {
    /// Index of the model, which gives the colour.
    pub(super) model: usize,
    pub(super) name: &'a str,
    pub(super) kind: Kind,
    /// Finite values only.
    pub(super) points: Vec<Point>,
    /// Single runs that are no part of the mean: under way or diverged.
    pub(super) others: Vec<Other>,
}

/// A run by itself.
pub(super) struct Other {
    pub(super) seed: u64,
    /// Finite values only, one or more.
    pub(super) points: Vec<(f64, f64)>,
}

/// Somebody's figure at the end of a model's line.
pub(super) struct Mark {
    pub(super) model: usize,
    pub(super) x: f64,
    pub(super) value: f64,
    pub(super) label: String,
}

/// The horizontal axis.
pub(super) struct Axis {
    pub(super) name: &'static str,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) ticks: Vec<f64>,
    /// Where there are values to read off.
    pub(super) columns: Vec<f64>,
    /// Of a tick.
    pub(super) text: fn(f64) -> String,
    /// Of a column, as the head of its values.
    pub(super) head: fn(f64) -> String,
}

/// What a chart is drawn from.
pub(super) struct Chart<'a> {
    /// `loss`: how scripts and tests find it.
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    pub(super) series: Vec<Series<'a>>,
    pub(super) marks: Vec<Mark>,
    pub(super) axis: Axis,
    /// Whether the vertical axis starts at 0 in any case, where it is linear.
    pub(super) from_zero: bool,
    /// Largest value the axis may end at.
    pub(super) limit: f64,
    /// Whether the lines carry the names of their kinds.
    pub(super) kinds: bool,
    pub(super) tick_text: fn(f64) -> String,
    pub(super) value_text: fn(f64) -> String,
}

/// Pixels of a drawing.
#[derive(Clone, Copy)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// For a page with two charts side by side, and for a phone.
pub(super) const SIZES: [(Size, &str); 2] =
    [(Size { width: 540.0, height: 360.0 }, "wide"), (Size { width: 350.0, height: 290.0 }, "narrow")];

struct Frame {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    first: f64,
    last: f64,
    low: f64,
    high: f64,
    scale: Scale,
}

impl Frame {
    fn x(&self, x: f64) -> f64 {
        self.left + (x - self.first) / (self.last - self.first) * (self.right - self.left)
    }

    fn y(&self, value: f64) -> f64 {
        self.bottom - self.scale.share(value, self.low, self.high) * (self.bottom - self.top)
    }
}

impl Chart<'_> {
    fn values(&self) -> impl Iterator<Item = f64> {
        let points = self.series.iter().flat_map(|series| series.points.iter().flat_map(|p| [p.low, p.high]));
        let others = self.series.iter().flat_map(|series| &series.others);
        let others = others.flat_map(|other| other.points.iter().map(|point| point.1));
        points.chain(others).chain(self.marks.iter().map(|mark| mark.value))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.series.iter().all(|series| series.points.is_empty() && series.others.is_empty())
    }

    /// Whether it can be drawn on this scale.
    pub(super) fn fits(&self, scale: Scale) -> bool {
        scale == Scale::Linear || self.values().all(|value| value > 0.0)
    }

    /// The drawing.
    pub(super) fn draw(&self, scale: Scale, size: Size, class: &str) -> Markup {
        let (low, high) = self.values().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
        let low = if self.from_zero && scale == Scale::Linear { low.min(0.0) } else { low };
        let ticks: Vec<f64> =
            scale.ticks(low, high).into_iter().filter(|t| *t <= self.limit + 1e-9).collect();
        let names: Vec<&str> = self.models().into_iter().map(|(_, name)| name).collect();
        let short = short_names(&names, NAME_CHARS_MAX);
        let longest = short.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let Axis { low: first, high: last, .. } = self.axis;
        let frame = Frame {
            left: 48.0,
            right: size.width - 18.0 - longest as f64 * 6.9,
            top: 14.0,
            bottom: size.height - 40.0,
            first,
            last: if last > first { last } else { first + 1.0 },
            low: ticks.first().copied().unwrap_or(0.0).min(low),
            high: ticks.last().copied().unwrap_or(1.0).max(high),
            scale,
        };
        html! {
            svg class={ "chart " (class) } data-chart=(self.id) data-scale=(scale.name())
                viewBox={ "0 0 " (size.width) " " (size.height) } role="img" aria-label=(self.label()) {
                @for tick in &ticks {
                    line class="grid" x1=(n(frame.left)) x2=(n(frame.right)) y1=(n(frame.y(*tick))) y2=(n(frame.y(*tick))) {}
                    text class="tick" x=(n(frame.left - 8.0)) y=(n(frame.y(*tick) + 4.0)) text-anchor="end" { ((self.tick_text)(*tick)) }
                }
                @for tick in &self.axis.ticks {
                    line class="axis" x1=(n(frame.x(*tick))) x2=(n(frame.x(*tick))) y1=(n(frame.bottom)) y2=(n(frame.bottom + 4.0)) {}
                    text class="tick" x=(n(frame.x(*tick))) y=(n(frame.bottom + 18.0)) text-anchor="middle" { ((self.axis.text)(*tick)) }
                }
                line class="axis" x1=(n(frame.left)) x2=(n(frame.right)) y1=(n(frame.bottom)) y2=(n(frame.bottom)) {}
                text class="tick" x=(n((frame.left + frame.right) / 2.0)) y=(n(frame.bottom + 34.0)) text-anchor="middle" { (self.axis.name) }
                @for series in &self.series { (band(series, &frame)) }
                @for series in &self.series { (lines(series, &frame)) }
                @for mark in &self.marks { (diamond(mark, &frame)) }
                @for Label { model, place, x, y } in self.labels(&frame) {
                    text class={ "label c" (model % MODELS) } x=(n(x)) y=(n(y + 4.0)) { (short[place]) }
                }
                (self.strips(&frame))
            }
        }
    }

    /// Invisible strips that say their values; where they touch is half way between two columns.
    fn strips(&self, frame: &Frame) -> Markup {
        let columns = &self.axis.columns;
        let edge = |a: f64, b: f64| (frame.x(a) + frame.x(b)) / 2.0;
        let strip = |i: usize| {
            let x = columns[i];
            let width = (frame.right - frame.left) / 8.0;
            let left = if i > 0 { edge(columns[i - 1], x) } else { frame.x(x) - width };
            let right = columns.get(i + 1).map_or(frame.x(x) + width, |next| edge(x, *next));
            (left.max(frame.left - 6.0), right.min(frame.right + 6.0))
        };
        html! {
            @for (i, x) in columns.iter().enumerate() {
                @let (left, right) = strip(i);
                rect class="strip" data-x=(n(frame.x(*x))) x=(n(left)) y=(n(frame.top)) width=(n(right - left)) height=(n(frame.bottom - frame.top)) {
                    title { (self.hover(*x)) }
                }
            }
        }
    }

    /// What a strip says.
    fn hover(&self, x: f64) -> String {
        let mut text = (self.axis.head)(x);
        for series in &self.series {
            if let Some(point) = series.points.iter().find(|point| point.x == x) {
                text.push_str(&format!("\n{}: {}", self.line_name(series), self.point_text(point)));
            }
            for other in &series.others {
                if let Some((_, value)) = other.points.iter().find(|point| point.0 == x) {
                    let value = (self.value_text)(*value);
                    text.push_str(&format!("\n{}: {value}", self.other_name(series, other)));
                }
            }
        }
        text
    }

    /// `0.8150 (0.8103 to 0.8190)`.
    fn point_text(&self, point: &Point) -> String {
        let text = self.value_text;
        if point.low == point.high {
            return text(point.mean);
        }
        format!("{} ({} to {})", text(point.mean), text(point.low), text(point.high))
    }

    fn line_name(&self, series: &Series) -> String {
        if self.kinds { format!("{}, {}", series.name, series.kind.name()) } else { series.name.to_string() }
    }

    /// Of a run that is no part of a mean.
    fn other_name(&self, series: &Series, other: &Other) -> String {
        format!("{}, seed {}", self.line_name(series), other.seed)
    }

    /// For those who cannot see it: where each line starts and ends.
    fn label(&self) -> String {
        let from_to = |name: String, first: f64, last: f64| {
            let text = self.value_text;
            format!("{name} from {} to {}", text(first), text(last))
        };
        let mut ends = Vec::new();
        for series in &self.series {
            if let (Some(first), Some(last)) = (series.points.first(), series.points.last()) {
                ends.push(from_to(self.line_name(series), first.mean, last.mean));
            }
            for other in &series.others {
                if let (Some(first), Some(last)) = (other.points.first(), other.points.last()) {
                    ends.push(from_to(self.other_name(series, other), first.1, last.1));
                }
            }
        }
        format!("{}: {}", self.title, ends.join("; "))
    }

    /// All values, as (name of the line, its value at each column).
    fn columns(&self) -> Vec<(String, Vec<Option<String>>)> {
        let at_all =
            |value: &dyn Fn(f64) -> Option<String>| self.axis.columns.iter().map(|x| value(*x)).collect();
        let mut columns = Vec::new();
        for series in &self.series {
            if !series.points.is_empty() {
                let value = |x: f64| Some(self.point_text(series.points.iter().find(|point| point.x == x)?));
                columns.push((self.line_name(series), at_all(&value)));
            }
            for other in &series.others {
                let value =
                    |x: f64| Some((self.value_text)(other.points.iter().find(|point| point.0 == x)?.1));
                columns.push((self.other_name(series, other), at_all(&value)));
            }
        }
        columns
    }

    /// All values as a table.
    pub(super) fn table(&self) -> Markup {
        let columns = self.columns();
        html! {
            table.values {
                caption { (self.title) }
                thead {
                    tr {
                        th scope="col" { (self.axis.name) }
                        @for (name, _) in &columns { th.n scope="col" { (name) } }
                    }
                }
                tbody {
                    @for (row, x) in self.axis.columns.iter().enumerate() {
                        tr {
                            th scope="row" { ((self.axis.text)(*x)) }
                            @for (_, values) in &columns { td.n { (values[row].as_deref().unwrap_or("–")) } }
                        }
                    }
                }
            }
        }
    }

    /// The models that have a line, as (index in the study, name).
    fn models(&self) -> Vec<(usize, &str)> {
        let mut models: Vec<(usize, &str)> =
            self.series.iter().map(|series| (series.model, series.name)).collect();
        models.dedup();
        models
    }

    /// Which line is whose, in full; nothing where the colours alone say it.
    pub(super) fn key(&self) -> Markup {
        let models = self.models();
        html! {
            @if models.iter().any(|(model, _)| *model >= MODELS) {
                p.legend.models { @for (model, name) in &models { span { (marks::sample(*model)) (name) } } }
            }
        }
    }
}

/// Letters of a name at the end of a line.
const NAME_CHARS_MAX: usize = 16;

/// Colours of models; they repeat after these.
pub(super) const MODELS: usize = super::palette::LIGHT.models.len();

/// A coordinate with one decimal at most.
pub(super) fn n(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    if rounded == 0.0 { "0".into() } else { format!("{rounded}") }
}
