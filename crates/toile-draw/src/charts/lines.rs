//! A line chart: bands over seeds, round ticks, labels at the lines' ends, values for those who point at it.

use super::frame::Frame;
use super::labels::{Label, labels};
use super::marks::{band, diamond, lines};
use crate::digits::tick_percent;
use crate::names::short_names;
use crate::palette::{Colour, MODELS};
use crate::picture::{Anchor, Path, Picture, Shape, Text, text_width};
use crate::scale::Scale;

pub use super::marks::{dashes, sample};
pub use super::series::{Mark, Other, Point, Series};
pub use crate::curves::Images;

/// The horizontal axis.
#[derive(Clone, Debug)]
pub struct Axis {
    /// Its name.
    pub name: &'static str,
    /// Where it begins.
    pub low: f64,
    /// Where it ends.
    pub high: f64,
    /// Round values on it.
    pub ticks: Vec<f64>,
    /// Where there are values to read off.
    pub columns: Vec<f64>,
    /// Of a tick.
    pub text: fn(f64) -> String,
    /// Of a column, as the head of its values.
    pub head: fn(f64) -> String,
}

/// What a chart is drawn from.
#[derive(Clone, Debug)]
pub struct LineChart<'a> {
    /// `loss`: how scripts and tests find it.
    pub id: &'static str,
    /// `Loss per epoch`.
    pub title: &'static str,
    /// Its lines.
    pub series: Vec<Series<'a>>,
    /// Published figures.
    pub marks: Vec<Mark>,
    /// A value to compare all others with, and what it is.
    pub reference: Option<(f64, &'static str)>,
    /// The horizontal axis.
    pub axis: Axis,
    /// Whether the vertical axis starts at 0 in any case, where it is linear.
    pub from_zero: bool,
    /// Largest value the axis may end at.
    pub limit: f64,
    /// Whether the lines carry the names of their images.
    pub by_images: bool,
    /// Of a tick of the vertical axis.
    pub tick_text: fn(f64) -> String,
    /// Of a value.
    pub value_text: fn(f64) -> String,
}

/// Pixels of a drawing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// To the right.
    pub width: f64,
    /// Downwards.
    pub height: f64,
}

/// For a page with two charts side by side, and for a phone.
pub const SIZES: [(Size, &str); 2] =
    [(Size { width: 540.0, height: 360.0 }, "wide"), (Size { width: 350.0, height: 290.0 }, "narrow")];

/// Letters of a name at the end of a line.
const NAME_CHARS_MAX: usize = 16;
/// Size of a name at the end of a line.
const LABEL: f64 = 13.0;

impl LineChart<'_> {
    fn values(&self) -> impl Iterator<Item = f64> {
        let points = self.series.iter().flat_map(|series| series.points.iter().flat_map(|p| [p.low, p.high]));
        let others = self.series.iter().flat_map(|series| &series.others);
        let others = others.flat_map(|other| other.points.iter().map(|point| point.1));
        let marks = self.marks.iter().map(|mark| mark.value);
        points.chain(others).chain(marks).chain(self.reference.iter().map(|reference| reference.0))
    }

    /// Whether there is no line to draw.
    pub fn is_empty(&self) -> bool {
        self.series.iter().all(|series| series.points.is_empty() && series.others.is_empty())
    }

    /// Whether it can be drawn on this scale.
    pub fn fits(&self, scale: Scale) -> bool {
        scale == Scale::Linear || self.values().all(|value| value > 0.0)
    }

    /// The chart as a picture of its own, for a page that has its title.
    pub fn picture(&self, scale: Scale, size: Size, class: &str) -> Picture {
        let mut picture = Picture::new(self.label(), size.width, size.height);
        picture.class = format!("chart {class}");
        picture.data = vec![("chart", self.id.to_owned()), ("scale", scale.name().to_owned())];
        self.draw(&mut picture, scale, (0.0, 0.0), size);
        picture
    }

    /// Draws it from this corner of a sheet on.
    pub fn draw(&self, sheet: &mut Picture, scale: Scale, (left, top): (f64, f64), size: Size) {
        let (low, high) = self.values().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
        let low = if self.from_zero && scale == Scale::Linear { low.min(0.0) } else { low };
        let ticks: Vec<f64> =
            scale.ticks(low, high).into_iter().filter(|t| *t <= self.limit + 1e-9).collect();
        let names: Vec<&str> = self.models().into_iter().map(|(_, name)| name).collect();
        let short = short_names(&names, NAME_CHARS_MAX);
        let longest = short.iter().map(|name| text_width(name, LABEL)).fold(0.0, f64::max);
        let widest = ticks.iter().map(|tick| text_width(&(self.tick_text)(*tick), 12.0)).fold(30.0, f64::max);
        let Axis { low: first, high: last, .. } = self.axis;
        let frame = Frame {
            left: left + widest + 14.0,
            right: left + size.width - 20.0 - longest * 1.06,
            top: top + 14.0,
            bottom: top + size.height - 40.0,
            first,
            last: if last > first { last } else { first + 1.0 },
            low: ticks.first().copied().unwrap_or(0.0).min(low),
            high: ticks.last().copied().unwrap_or(1.0).max(high),
            scale,
        };
        self.axes(sheet, &frame, &ticks);
        // Bands first: a line is never covered.
        self.series.iter().for_each(|series| band(sheet, series, &frame));
        self.series.iter().for_each(|series| lines(sheet, series, &frame));
        self.marks.iter().for_each(|mark| diamond(sheet, mark, &frame));
        for Label { model, place, x, y } in labels(&self.series, &frame) {
            let name = Text::at(x, y + 4.0, &short[place]).sized(LABEL).bold().apart();
            let name = Shape::of(crate::picture::Form::Text(name.coloured(Colour::Model(model))));
            sheet.add(name.classed(format!("label c{}", model % MODELS)));
        }
        self.strips(sheet, &frame);
    }

    fn axes(&self, sheet: &mut Picture, frame: &Frame, ticks: &[f64]) {
        let Frame { left, right, bottom, .. } = *frame;
        for tick in ticks {
            let y = frame.y(*tick);
            sheet.line((left, y), (right, y), Colour::Rule, 1.0);
            let name = Text::at(left - 8.0, y + 4.0, (self.tick_text)(*tick)).muted();
            sheet.text(name.anchored(Anchor::End));
        }
        for tick in &self.axis.ticks {
            let x = frame.x(*tick);
            sheet.line((x, bottom), (x, bottom + 4.0), Colour::Muted, 1.0);
            let name = Text::at(x, bottom + 18.0, (self.axis.text)(*tick)).muted();
            sheet.text(name.anchored(Anchor::Middle));
        }
        sheet.line((left, bottom), (right, bottom), Colour::Muted, 1.0);
        let name = Text::at((left + right) / 2.0, bottom + 34.0, self.axis.name).muted();
        sheet.text(name.anchored(Anchor::Middle));
        if let Some((value, name)) = self.reference {
            let y = frame.y(value);
            let line = Path::from(left, y).to(right, y);
            sheet.add(Shape::path(line).stroked(Colour::Muted, 1.0).dashed(&[2.0, 4.0]).classed("reference"));
            sheet.text(Text::at(left + 6.0, y - 5.0, name).muted());
        }
    }

    /// Invisible strips that say their values; where they touch is half way between two columns.
    fn strips(&self, sheet: &mut Picture, frame: &Frame) {
        let columns = &self.axis.columns;
        let edge = |a: f64, b: f64| (frame.x(a) + frame.x(b)) / 2.0;
        for (i, x) in columns.iter().enumerate() {
            let half = (frame.right - frame.left) / 8.0;
            let left = if i > 0 { edge(columns[i - 1], *x) } else { frame.x(*x) - half };
            let right = columns.get(i + 1).map_or(frame.x(*x) + half, |next| edge(*x, *next));
            let (left, right) = (left.max(frame.left - 6.0), right.min(frame.right + 6.0));
            let height = frame.bottom - frame.top;
            sheet.add(Shape::strip(left, frame.top, right - left, height, frame.x(*x), self.hover(*x)));
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
        match self.by_images {
            true if series.name.is_empty() => series.images.name().to_string(),
            true => format!("{}, {}", series.name, series.images.name()),
            false => series.name.to_string(),
        }
    }

    /// Of a run that is no part of a mean.
    fn other_name(&self, series: &Series, other: &Other) -> String {
        format!("{}, {}", self.line_name(series), other.name)
    }

    /// For those who cannot see it: where each line starts and ends.
    pub fn label(&self) -> String {
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
    pub fn values_by_line(&self) -> Vec<(String, Vec<Option<String>>)> {
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

    /// The models that have a line, as (index in the study, name).
    pub fn models(&self) -> Vec<(usize, &str)> {
        let mut models: Vec<(usize, &str)> =
            self.series.iter().map(|series| (series.model, series.name)).collect();
        models.dedup();
        models
    }
}

/// An axis of shares from nothing on, whatever was asked for: the ticks are round.
pub(super) fn share_axis(name: &'static str, columns: Vec<f64>, head: fn(f64) -> String) -> Axis {
    let high = columns.last().copied().unwrap_or(1.0);
    let ticks = Scale::Linear.ticks(0.0, high).into_iter().filter(|tick| *tick <= high + 1e-9);
    Axis { name, low: 0.0, high, ticks: ticks.collect(), columns, text: tick_percent, head }
}
