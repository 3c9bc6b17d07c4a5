//! `results`: loss and accuracy per epoch, side by side, of one run or of all models over their seeds.

use super::axis::{Field, ticks};
use super::curves::{Curve, Images, Measure, Point};
use super::font;
use super::picture::{Picture, Shape, TEXT, Text};
use crate::report::palette::{LIGHT, Rgb, Stroke, stroke};

const WIDTH: f64 = 1000.0;
/// Of a chart, below the legend.
const HEIGHT: f64 = 360.0;
const MARGIN: f64 = 28.0;
/// Strokes and gaps by which the images of a line are told, apart from its colour.
const TRAINING: &[f32] = &[];
const VALIDATION: &[f32] = &[1.5, 3.5];
const TEST: &[f32] = &[6.0, 4.0];
/// Width of a mean's line, and of a single run's that is no part of it.
const LINE: f64 = 2.0;
const THIN: f64 = 0.8;

/// The curves of one model, in its colour and stroke.
pub(super) struct Lines<'a> {
    pub(super) name: &'a str,
    /// In the study.
    pub(super) place: usize,
    pub(super) curves: Vec<Curve>,
}

impl Lines<'_> {
    fn colour(&self) -> Rgb {
        LIGHT.models[self.place % LIGHT.models.len()]
    }

    /// A line of this width, wider where the colour alone does not say whose it is.
    fn stroke(&self, sheet: &mut Picture, points: &[(f64, f64)], width: f64, dashes: &'static [f32]) {
        let broad = width * 2.2;
        match stroke(self.place) {
            Stroke::Plain => sheet.dashed(points, self.colour(), width, dashes),
            Stroke::Hollow => {
                sheet.dashed(points, self.colour(), broad, dashes);
                sheet.dashed(points, LIGHT.panel, width * 0.9, dashes);
            }
            Stroke::Broad => sheet.dashed(points, self.colour(), broad, dashes),
        }
    }
}

/// Draws both charts; where no epoch is done, that sentence.
pub(super) fn draw(title: &str, notes: &[String], models: &[Lines]) -> Picture {
    let any = |measure| models.iter().any(|lines| !extent(lines, measure).is_empty());
    if !any(Measure::Loss) && !any(Measure::Accuracy) {
        return Picture::of_sentence("No epoch is done yet.".into());
    }
    let mut sheet = Picture::new(format!("Loss and accuracy per epoch, {title}"), WIDTH, 0.0);
    sheet.text(Text::at(MARGIN, 36.0, title).sized(18.0));
    let mut y = 56.0;
    for note in notes {
        sheet.text(Text::at(MARGIN, y, note).muted());
        y += 16.0;
    }
    let top = legend(&mut sheet, models, y + 10.0) + 34.0;
    sheet.height = top + HEIGHT;
    let half = (WIDTH - MARGIN) / 2.0;
    for (place, measure) in Measure::ALL.into_iter().enumerate() {
        let left = MARGIN + place as f64 * half;
        chart(&mut sheet, models, measure, (left, left + half - MARGIN, top));
    }
    sheet
}

/// Whose line and on which images; gives the baseline of its last row.
fn legend(sheet: &mut Picture, models: &[Lines], mut y: f64) -> f64 {
    let mut x = MARGIN;
    // Where the sample of the next entry begins.
    let mut entry = |name: &str| {
        let wide = 34.0 + font::width(name, TEXT) + 20.0;
        if x > MARGIN && x + wide > WIDTH - MARGIN {
            (x, y) = (MARGIN, y + 20.0);
        }
        x += wide;
        (x - wide, y)
    };
    let sample = |(x, y): (f64, f64)| [(x, y - 4.0), (x + 26.0, y - 4.0)];
    let text = |(x, y): (f64, f64), name: &str| Text::at(x + 34.0, y, name);
    if models.len() > 1 {
        // Strokes are to be compared where colours repeat.
        let repeats = models.iter().any(|lines| stroke(lines.place) != Stroke::Plain);
        for lines in models {
            let place = entry(lines.name);
            lines.stroke(sheet, &sample(place), if repeats { LINE } else { 6.0 }, TRAINING);
            sheet.text(text(place, lines.name));
        }
    }
    let colour = if let [only] = models { only.colour() } else { LIGHT.muted };
    for images in Images::ALL {
        if models.iter().any(|lines| lines.curves.iter().any(|curve| curve.images == images)) {
            let place = entry(images.name());
            sheet.dashed(&sample(place), colour, LINE, dashes(images));
            sheet.text(text(place, images.name()));
        }
    }
    y
}

fn dashes(images: Images) -> &'static [f32] {
    match images {
        Images::Training => TRAINING,
        Images::Validation => VALIDATION,
        Images::Test => TEST,
    }
}

/// The extent of a model's lines: an epoch with the lowest and the highest value there.
fn extent(lines: &Lines, measure: Measure) -> Vec<(u32, f64, f64)> {
    let curves = || lines.curves.iter().filter(move |curve| curve.measure == measure);
    let of_mean = |point: &Point| point.over_seeds.map(|over| (point.epoch, over.low, over.high));
    let means = curves().flat_map(|curve| &curve.points).filter_map(of_mean);
    let others = curves().flat_map(|curve| curve.others.iter().flatten());
    means.chain(others.map(|(epoch, value)| (*epoch, *value, *value))).collect()
}

fn chart(sheet: &mut Picture, models: &[Lines], measure: Measure, (left, right, top): (f64, f64, f64)) {
    let (name, tick_text): (_, fn(f64) -> String) = match measure {
        Measure::Loss => ("Loss", number),
        Measure::Accuracy => ("Accuracy", percent),
    };
    sheet.text(Text::at(left, top, name).sized(14.0));
    let all: Vec<(u32, f64, f64)> = models.iter().flat_map(|lines| extent(lines, measure)).collect();
    let (low, high) =
        all.iter().fold((f64::MAX, f64::MIN), |(l, h), (_, low, high)| (l.min(*low), h.max(*high)));
    let Some(epochs) = all.iter().map(|(epoch, ..)| *epoch).max() else {
        sheet.text(Text::at(left, top + 30.0, "No value is finite.").muted());
        return;
    };
    // A loss is read from zero; an accuracy from where it starts.
    let low = if measure == Measure::Loss { low.min(0.0) } else { low };
    let field = Field {
        left: left + 46.0,
        right: right - 6.0,
        top: top + 18.0,
        bottom: top + HEIGHT - 62.0,
        epochs,
        ticks: ticks(low, high),
    };
    field.draw(sheet, tick_text);
    let of_measure = |lines: &'_ Lines| -> Vec<usize> {
        (0..lines.curves.len()).filter(|i| lines.curves[*i].measure == measure).collect()
    };
    // Bands first: a line is never covered.
    for lines in models {
        for index in of_measure(lines) {
            sheet.shapes.extend(band(&lines.curves[index], lines.colour(), &field));
        }
    }
    for lines in models {
        for index in of_measure(lines) {
            let Curve { images, points, others, .. } = &lines.curves[index];
            let at = |(epoch, value): (u32, f64)| (field.x(epoch), field.y(value));
            for other in others {
                line(sheet, lines, other.iter().copied().map(at).collect(), THIN, dashes(*images));
            }
            let mean = points.iter().filter_map(|point| Some((point.epoch, point.over_seeds?.mean)));
            line(sheet, lines, mean.map(at).collect(), LINE, dashes(*images));
        }
    }
}

/// From the lowest to the highest seed; nothing where there is one seed.
fn band(curve: &Curve, colour: Rgb, field: &Field) -> Option<Shape> {
    let known: Vec<_> = curve.points.iter().filter_map(|p| Some((p.epoch, p.over_seeds?))).collect();
    if known.iter().all(|(_, over)| over.seeds < 2) {
        return None;
    }
    let upper = known.iter().map(|(epoch, over)| (field.x(*epoch), field.y(over.high)));
    let lower = known.iter().rev().map(|(epoch, over)| (field.x(*epoch), field.y(over.low)));
    Some(Shape::Area { points: upper.chain(lower).collect(), colour, opacity: 0.18 })
}

/// One epoch is a short stroke, since a line needs two; none is nothing.
fn line(sheet: &mut Picture, lines: &Lines, mut points: Vec<(f64, f64)>, width: f64, dashes: &'static [f32]) {
    if let [(x, y)] = points[..] {
        points = vec![(x - 4.0, y), (x + 4.0, y)];
    }
    if !points.is_empty() {
        lines.stroke(sheet, &points, width, dashes);
    }
}

fn number(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn percent(share: f64) -> String {
    format!("{} %", number(share * 100.0))
}
