//! What models are worth beside what they cost: a point a model, its range over seeds, and the front of those that no
//! cheaper model equals.

use toile_statistics::OverSeeds;
use toile_study::numbers::percent;

use super::frame::Frame;
use super::lines::{Images, Size};
use super::marks::marker;
use crate::digits::{tick, tick_percent};
use crate::names::short_names;
use crate::palette::{Colour, MODELS};
use crate::picture::{Anchor, Form, Path, Picture, Shape, Text, text_width};
use crate::scale::Scale;

/// A model.
#[derive(Clone, Debug, PartialEq)]
pub struct CostPoint<'a> {
    /// Index in the study, which gives the colour.
    pub model: usize,
    /// Name in the study.
    pub name: &'a str,
    /// More than 0.
    pub cost: f64,
    /// Share of the test images that are right.
    pub accuracy: OverSeeds,
}

impl CostPoint<'_> {
    /// What is drawn of the accuracy: within its range.
    fn mean(&self) -> f64 {
        self.accuracy.mean_in_range()
    }
}

/// What a chart is drawn from.
#[derive(Clone, Debug)]
pub struct CostChart<'a> {
    /// `parameters`: how scripts and tests find it.
    pub id: &'static str,
    /// What the models are compared by: `parameters`.
    pub axis: &'static str,
    /// In the order of the study.
    pub points: Vec<CostPoint<'a>>,
    /// Of a cost.
    pub text: fn(f64) -> String,
}

/// A number of things on an axis: `120 k`, `3.5 M`.
pub fn short_count(value: f64) -> String {
    let (divisor, unit) = match value {
        value if value >= 1e9 => (1e9, " G"),
        value if value >= 1e6 => (1e6, " M"),
        value if value >= 1e3 => (1e3, " k"),
        _ => (1.0, ""),
    };
    format!("{}{unit}", tick(value / divisor))
}

/// For a page with two charts side by side, and for a phone.
pub const SIZES: [(Size, &str); 2] =
    [(Size { width: 420.0, height: 300.0 }, "wide"), (Size { width: 350.0, height: 270.0 }, "narrow")];

/// Letters of a name beside a point, and their size.
const NAME_CHARS_MAX: usize = 20;
const LABEL: f64 = 12.5;
/// How much wider than it is reckoned a name may be in the font that a page finds.
const WIDER: f64 = 1.2;
/// Lines above and below its point where a name may stand, from one to the next, and the area that a name would rather
/// cover than stand a line further away.
const LINES: i32 = 4;
const LINE_HEIGHT: f64 = 15.0;
const AWAY: f64 = 4.0;

/// A rectangle that is taken: left, top, right, bottom.
type Taken = [f64; 4];

impl CostChart<'_> {
    /// Places of the points that no point equals at the same cost or less, cheapest first. Of two alike in both it is
    /// the first.
    pub fn front(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.points.len()).collect();
        let (cost, mean) = (|i: usize| self.points[i].cost, |i: usize| self.points[i].mean());
        order.sort_by(|&a, &b| cost(a).total_cmp(&cost(b)).then(mean(b).total_cmp(&mean(a))));
        let mut best = f64::NEG_INFINITY;
        order.retain(|&place| {
            let better = mean(place) > best;
            best = best.max(mean(place));
            better
        });
        order
    }

    /// The chart as a picture of its own.
    pub fn picture(&self, size: Size, class: &str) -> Picture {
        let mut sheet = Picture::new(self.label(), size.width, size.height);
        sheet.class = format!("chart costs {class}");
        sheet.data = vec![("chart", self.id.to_owned())];
        let Some((frame, across, up)) = self.frame(size) else { return sheet };
        self.axes(&mut sheet, &frame, &across, &up);
        self.front_line(&mut sheet, &frame);
        for point in &self.points {
            let x = frame.x(point.cost.log10());
            let [low, high] = [point.accuracy.low, point.accuracy.high].map(|value| frame.y(value));
            sheet.line((x, low), (x, high), Colour::Model(point.model), 1.2);
        }
        for point in &self.points {
            let (x, y) = (frame.x(point.cost.log10()), frame.y(point.mean()));
            sheet.add(marker(point.model, x, y, Images::Training).saying(self.says(point)));
        }
        self.names(&mut sheet, &frame);
        sheet
    }

    /// The field with round values on either side; `None` without a point.
    fn frame(&self, size: Size) -> Option<(Frame, Vec<f64>, Vec<f64>)> {
        let costs = self.points.iter().map(|point| point.cost);
        let (cheapest, dearest) = (costs.clone().reduce(f64::min)?, costs.reduce(f64::max)?);
        let low = self.points.iter().map(|point| point.accuracy.low).reduce(f64::min)?;
        let high = self.points.iter().map(|point| point.accuracy.high).reduce(f64::max)?;
        let across = Scale::Log.ticks(cheapest, dearest);
        let up: Vec<f64> =
            Scale::Linear.ticks(low, high).into_iter().filter(|tick| *tick <= 1.0 + 1e-9).collect();
        let widest = up.iter().map(|value| text_width(&tick_percent(*value), 12.0)).fold(30.0, f64::max);
        let frame = Frame {
            left: widest + 14.0,
            right: size.width - 24.0,
            top: 14.0,
            bottom: size.height - 40.0,
            first: across.first()?.log10(),
            last: across.last()?.log10(),
            low: up.first()?.min(low),
            high: up.last()?.max(high),
            scale: Scale::Linear,
        };
        Some((frame, across, up))
    }

    fn axes(&self, sheet: &mut Picture, frame: &Frame, across: &[f64], up: &[f64]) {
        let Frame { left, right, bottom, .. } = *frame;
        for value in up {
            let y = frame.y(*value);
            sheet.line((left, y), (right, y), Colour::Rule, 1.0);
            let name = Text::at(left - 8.0, y + 4.0, tick_percent(*value)).muted();
            sheet.text(name.anchored(Anchor::End));
        }
        let mut free = f64::NEG_INFINITY;
        for value in across {
            let (x, name) = (frame.x(value.log10()), (self.text)(*value));
            sheet.line((x, bottom), (x, bottom + 4.0), Colour::Muted, 1.0);
            let half = text_width(&name, 12.0) / 2.0;
            if x - half > free {
                sheet.text(Text::at(x, bottom + 18.0, name).muted().anchored(Anchor::Middle));
                free = x + half + 8.0;
            }
        }
        sheet.line((left, bottom), (right, bottom), Colour::Muted, 1.0);
        let name = Text::at((left + right) / 2.0, bottom + 34.0, self.axis).muted();
        sheet.text(name.anchored(Anchor::Middle));
    }

    /// Steps: at any cost the most that is to be had for it.
    fn front_line(&self, sheet: &mut Picture, frame: &Frame) {
        let mut corners: Vec<(f64, f64)> = Vec::new();
        for place in self.front() {
            let point = &self.points[place];
            let (x, y) = (frame.x(point.cost.log10()), frame.y(point.mean()));
            let before = corners.last().map(|&(_, before)| (x, before));
            corners.extend(before);
            corners.push((x, y));
        }
        let end = corners.last().map(|&(_, y)| (frame.right, y));
        corners.extend(end);
        let line = Shape::path(Path::through(corners)).stroked(Colour::Muted, 1.4).dashed(&[5.0, 4.0]);
        sheet.add(line.classed("front"));
    }

    /// Each beside its point, where it covers neither another name nor another point; else where it covers the least.
    fn names(&self, sheet: &mut Picture, frame: &Frame) {
        let names: Vec<&str> = self.points.iter().map(|point| point.name).collect();
        let at = |point: &CostPoint<'_>| (frame.x(point.cost.log10()), frame.y(point.mean()));
        let mut taken: Vec<Taken> =
            self.points.iter().map(at).map(|(x, y)| [x - 5.0, y - 5.0, x + 5.0, y + 5.0]).collect();
        for (point, name) in self.points.iter().zip(short_names(&names, NAME_CHARS_MAX)) {
            let ((x, y), width) = (at(point), text_width(&name, LABEL) * WIDER);
            let sides = [x + 9.0, x - 9.0 - width, x - width / 2.0];
            let lines = (-LINES..=LINES).flat_map(|line| {
                let base = y + 4.0 + f64::from(line) * LINE_HEIGHT;
                // In its own line a name in the middle would cover the point.
                sides[..if line == 0 { 2 } else { 3 }].iter().map(move |&left| (left, base, line.abs()))
            });
            let area = |left: f64, base: f64| [left, base - 10.0, left + width, base + 3.0];
            let inside = [frame.left, frame.top - 12.0, frame.right + 22.0, frame.bottom];
            let cost = |&(left, base, away): &(f64, f64, i32)| {
                let area = area(left, base);
                let covered: f64 = taken.iter().map(|other| shared(area, *other)).sum();
                outside(area, inside) + covered + AWAY * f64::from(away)
            };
            let nearest = lines.min_by(|a, b| cost(a).total_cmp(&cost(b)));
            let place = nearest.map_or((x, y), |(left, base, _)| (left, base));
            taken.push(area(place.0, place.1));
            let text = Text::at(place.0, place.1, name).sized(LABEL).bold().apart();
            let text = Shape::of(Form::Text(text.coloured(Colour::Model(point.model))));
            sheet.add(text.classed(format!("label c{}", point.model % MODELS)));
        }
    }

    fn says(&self, point: &CostPoint<'_>) -> String {
        let (mean, OverSeeds { low, high, .. }) = (point.mean(), point.accuracy);
        let range =
            if low < high { format!(" ({} to {})", percent(low), percent(high)) } else { String::new() };
        format!(
            "{}\ntest accuracy: {}{range}\n{}: {}",
            point.name,
            percent(mean),
            self.axis,
            (self.text)(point.cost)
        )
    }

    /// For those who cannot see it.
    fn label(&self) -> String {
        let front = self.front();
        let models = self.points.iter().enumerate().map(|(place, point)| {
            let on_front = if front.contains(&place) { ", on the front" } else { "" };
            format!("{} {} at {}{on_front}", point.name, percent(point.mean()), (self.text)(point.cost))
        });
        format!("Test accuracy against {}: {}", self.axis, models.collect::<Vec<_>>().join("; "))
    }
}

/// Area that two rectangles share.
fn shared(a: Taken, b: Taken) -> f64 {
    let side = |low: usize, high: usize| (a[high].min(b[high]) - a[low].max(b[low])).max(0.0);
    side(0, 2) * side(1, 3)
}

/// Area of a rectangle that lies outside another, and much of it: a name that is cut off cannot be read.
fn outside(area: Taken, of: Taken) -> f64 {
    let whole = (area[2] - area[0]) * (area[3] - area[1]);
    100.0 * (whole - shared(area, of))
}
