//! Estimates with their intervals under each other, around a line at zero.

use toile_study::evidence::words::{change, change_interval};
use toile_study::evidence::{Interval, Metric};

use crate::digits::tick_signed;
use crate::palette::Colour;
use crate::picture::{Anchor, Form, Picture, Shape, Text, text_width};
use crate::scale::ticks;

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct ForestRow {
    /// What it is an estimate of.
    pub name: String,
    /// More of that, below it; may be empty.
    pub below: String,
    /// In the metric's own scale.
    pub value: f64,
    /// With its interval.
    pub interval: Option<Interval>,
    /// What it is beside the others.
    pub role: Role,
}

/// What an estimate is beside the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// One of several.
    Part,
    /// Another way to look at the one above it.
    Aside,
    /// The sum of others.
    Total,
}

/// What a forest is drawn from.
#[derive(Clone, Debug)]
pub struct Forest<'a> {
    /// `Differences`: for those who cannot see it.
    pub title: &'a str,
    /// What is estimated.
    pub metric: Metric,
    /// From top to bottom.
    pub rows: &'a [ForestRow],
    /// Differences within it count as none.
    pub margin: Option<f64>,
}

/// The widths of a page and of a phone.
pub const WIDTHS: [(f64, &str); 2] = [(860.0, "wide"), (352.0, "narrow")];

/// Height of a line of the forest.
const LINE: f64 = 34.0;
/// Size of names and values.
const SIZE: f64 = 13.0;

/// Shares are drawn in percentage points.
fn factor(metric: Metric) -> f64 {
    if metric == Metric::Nll { 1.0 } else { 100.0 }
}

/// Where the rows and values of a forest lie.
struct Frame {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    above: Above,
    first: f64,
    last: f64,
}

/// What stands above a line, where there is no room before and behind it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Above {
    /// Nothing: the name stands before it, the value behind.
    Nothing,
    /// Name and value beside each other.
    OneLine,
    /// The name, and below it the value.
    TwoLines,
}

impl Above {
    fn height(self) -> f64 {
        match self {
            Above::Nothing => 0.0,
            Above::OneLine => 16.0,
            Above::TwoLines => 33.0,
        }
    }
}

impl Frame {
    fn x(&self, value: f64) -> f64 {
        // Halves, because the distance of two huge values may be none that a number can say.
        let share = (value.clamp(self.first, self.last) / 2.0 - self.first / 2.0)
            / (self.last / 2.0 - self.first / 2.0);
        self.left + share * (self.right - self.left)
    }
}

impl Forest<'_> {
    /// `+20.70 points [+15.10, +26.20]`.
    fn text(&self, row: &ForestRow) -> String {
        let interval = row
            .interval
            .map_or(String::new(), |i| format!(" {}", change_interval(self.metric, i.low, i.high)));
        format!("{}{interval}", change(self.metric, row.value))
    }

    /// Every value, for those who cannot see it.
    pub fn label(&self) -> String {
        let rows: Vec<String> =
            self.rows.iter().map(|row| format!("{} {}", row.name, self.text(row))).collect();
        format!("{}: {}", self.title, rows.join("; "))
    }

    /// The drawing for a page, in one of its widths.
    pub fn picture(&self, width: f64, class: &str) -> Picture {
        let mut picture = Picture::new(self.label(), width, 0.0);
        picture.class = format!("chart forest {class}");
        picture.height = self.draw(&mut picture, (0.0, 0.0), width);
        picture
    }

    /// Draws it from this corner of a sheet on; gives where it ends.
    pub(super) fn draw(&self, sheet: &mut Picture, (x, y): (f64, f64), width: f64) -> f64 {
        let scale = factor(self.metric);
        let ends =
            |row: &ForestRow| row.interval.map_or([row.value; 2], |interval| [interval.low, interval.high]);
        let margins = self.margin.into_iter().flat_map(|m| [-m, m]);
        let all = self.rows.iter().flat_map(ends).chain(margins).chain([0.0]).filter(|v| v.is_finite());
        let (low, high) = all.fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
        let marks = ticks(low * scale, high * scale, 4.0);
        let widest = |text: &dyn Fn(&ForestRow) -> String| {
            self.rows.iter().map(|row| text_width(&text(row), SIZE)).fold(0.0, f64::max)
        };
        // Names stand before the lines where there is room, and long ones take some of it.
        // A reader's font may be wider than the one that is measured, and bold letters are.
        let names = 1.15 * widest(&|row| row.name.clone()).max(widest(&|row| row.below.clone()) * 0.9);
        let values = 1.25 * widest(&|row| self.text(row));
        let above = match () {
            () if width >= 400.0 => Above::Nothing,
            () if names + values <= width => Above::OneLine,
            () => Above::TwoLines,
        };
        let (left, right) = match above {
            Above::Nothing => {
                (x + (names + 20.0).clamp(160.0, 340.0), x + width - values.clamp(120.0, 320.0) - 22.0)
            }
            Above::OneLine | Above::TwoLines => (x + 14.0, x + width - 14.0),
        };
        let line = LINE + above.height();
        let bottom = y + line * self.rows.len() as f64 + 6.0;
        let (first, last) = (marks[0] / scale, marks[marks.len() - 1] / scale);
        let frame = Frame { left, right, top: y + 4.0, bottom, above, first, last };
        self.grid(sheet, &frame, &marks);
        for (place, row) in self.rows.iter().enumerate() {
            let at = y + line * place as f64 + above.height() + LINE / 2.0 + 4.0;
            estimate(sheet, &frame, row, at);
            self.texts(sheet, &frame, row, (x, at, width));
        }
        bottom + 28.0
    }

    fn grid(&self, sheet: &mut Picture, frame: &Frame, marks: &[f64]) {
        if let Some(margin) = self.margin {
            let (from, to) = (frame.x(-margin), frame.x(margin));
            let band = Shape::rect(from, frame.top, to - from, frame.bottom - frame.top);
            let says = "Differences within the margin count as none";
            sheet.add(band.shaded(Colour::Muted, 0.16).classed("margin").saying(says));
        }
        for mark in marks {
            let x = frame.x(mark / factor(self.metric));
            let (colour, width) = if *mark == 0.0 { (Colour::Ink, 1.2) } else { (Colour::Rule, 1.0) };
            sheet.line((x, frame.top), (x, frame.bottom), colour, width);
            let text = Text::at(x, frame.bottom + 17.0, tick_signed(*mark)).muted();
            sheet.text(text.anchored(Anchor::Middle));
        }
    }

    fn texts(&self, sheet: &mut Picture, frame: &Frame, row: &ForestRow, (x, y, width): (f64, f64, f64)) {
        let name = |x: f64, y: f64, text: &str| Text::at(x, y, text).sized(SIZE);
        let aside = row.role == Role::Aside;
        let shown = |text: Text| if aside { text.muted() } else { text };
        let value = self.text(row);
        let value = |x: f64, y: f64| if aside { name(x, y, &value) } else { name(x, y, &value).bold() };
        if frame.above == Above::OneLine {
            sheet.text(shown(name(x, y - 13.0, &row.name)));
            sheet.text(shown(value(x + width, y - 13.0).anchored(Anchor::End)));
            return;
        }
        if frame.above == Above::TwoLines {
            sheet.text(shown(name(x, y - 30.0, &row.name)));
            sheet.text(shown(value(x, y - 13.0)));
            return;
        }
        let lift = if row.below.is_empty() { 0.0 } else { 6.0 };
        sheet.text(shown(name(frame.left - 18.0, y + 4.5 - lift, &row.name).anchored(Anchor::End)));
        if !row.below.is_empty() {
            let below = Text::at(frame.left - 18.0, y + 13.5, &row.below).sized(11.0).muted();
            sheet.text(below.anchored(Anchor::End));
        }
        sheet.text(shown(value(frame.right + 18.0, y + 4.5)));
    }
}

fn estimate(sheet: &mut Picture, frame: &Frame, row: &ForestRow, y: f64) {
    let colour = match row.role {
        Role::Part => Colour::Accent,
        Role::Aside => Colour::Muted,
        Role::Total => Colour::Ink,
    };
    if let Some(interval) = row.interval {
        let (low, high) = (frame.x(interval.low), frame.x(interval.high));
        sheet.line((low, y), (high, y), colour, 2.0);
        for end in [low, high] {
            sheet.line((end, y - 5.0), (end, y + 5.0), colour, 2.0);
        }
    }
    let x = frame.x(row.value);
    sheet.add(match row.role {
        Role::Part => Shape::circle(x, y, 5.0).filled(colour),
        Role::Aside => Shape::circle(x, y, 4.0).filled(Colour::Ground).stroked(colour, 1.6),
        Role::Total => {
            Shape::of(Form::Rect { x: x - 5.0, y: y - 5.0, width: 10.0, height: 10.0, round: 0.0 })
                .filled(colour)
        }
    });
}
