//! `results`: loss and accuracy per epoch, side by side, of one run or of all models over their seeds.

use super::axis::{Field, ticks};
use super::curves::{Curve, Images, Measure, Point};
use super::font;
use super::picture::{Picture, Shape, TEXT, Text};
use crate::report::palette::{LIGHT, Rgb};

const WIDTH: f64 = 1000.0;
/// Of a chart, below the legend.
const HEIGHT: f64 = 360.0;
const MARGIN: f64 = 28.0;
/// Strokes and gaps by which the images of a line are told, apart from its colour.
const TRAINING: &[f32] = &[];
const VALIDATION: &[f32] = &[1.5, 3.5];
const TEST: &[f32] = &[6.0, 4.0];

/// The curves of one model, in its colour.
pub(super) struct Lines<'a> {
    pub(super) name: &'a str,
    pub(super) colour: Rgb,
    pub(super) curves: Vec<Curve>,
}

/// The colour of the model at this place in the study.
pub(super) fn colour(place: usize) -> Rgb {
    LIGHT.models[place % LIGHT.models.len()]
}

/// Draws both charts; where no epoch is done, that sentence.
pub(super) fn draw(title: &str, note: &str, models: &[Lines]) -> Picture {
    let any = |measure| models.iter().any(|lines| !points_of(lines, measure).is_empty());
    if !any(Measure::Loss) && !any(Measure::Accuracy) {
        return Picture::of_sentence("No epoch is done yet.".into());
    }
    let mut sheet = Picture::new(format!("Loss and accuracy per epoch, {title}"), WIDTH, 0.0);
    sheet.text(Text::at(MARGIN, 36.0, title).sized(18.0));
    sheet.text(Text::at(MARGIN, 56.0, note).muted());
    let top = legend(&mut sheet, models, 82.0) + 34.0;
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
    let mut entry = |sheet: &mut Picture, name: &str, colour: Rgb, dashes: &'static [f32], width: f64| {
        let wide = 34.0 + font::width(name, TEXT) + 20.0;
        if x > MARGIN && x + wide > WIDTH - MARGIN {
            (x, y) = (MARGIN, y + 20.0);
        }
        sheet.dashed(&[(x, y - 4.0), (x + 26.0, y - 4.0)], colour, width, dashes);
        sheet.text(Text::at(x + 34.0, y, name));
        x += wide;
    };
    if models.len() > 1 {
        for lines in models {
            entry(sheet, lines.name, lines.colour, TRAINING, 6.0);
        }
    }
    let colour = if let [only] = models { only.colour } else { LIGHT.muted };
    for images in Images::ALL {
        if models.iter().any(|lines| lines.curves.iter().any(|curve| curve.images == images)) {
            entry(sheet, images.name(), colour, dashes(images), 2.0);
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

fn points_of<'a>(lines: &'a Lines, measure: Measure) -> Vec<&'a Point> {
    let curves = lines.curves.iter().filter(|curve| curve.measure == measure);
    curves.flat_map(|curve| &curve.points).filter(|point| point.over_seeds.is_some()).collect()
}

fn chart(sheet: &mut Picture, models: &[Lines], measure: Measure, (left, right, top): (f64, f64, f64)) {
    let (name, tick_text): (_, fn(f64) -> String) = match measure {
        Measure::Loss => ("Loss", number),
        Measure::Accuracy => ("Accuracy", percent),
    };
    sheet.text(Text::at(left, top, name).sized(14.0));
    let points: Vec<&Point> = models.iter().flat_map(|lines| points_of(lines, measure)).collect();
    let ranges = points.iter().filter_map(|point| point.over_seeds);
    let (low, high) = ranges.fold((f64::MAX, f64::MIN), |(l, h), over| (l.min(over.low), h.max(over.high)));
    let Some(epochs) = points.iter().map(|point| point.epoch).max() else {
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
            sheet.shapes.extend(band(&lines.curves[index], lines.colour, &field));
        }
    }
    for lines in models {
        for index in of_measure(lines) {
            line(sheet, &lines.curves[index], lines.colour, &field);
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

/// The means; one epoch is a short stroke, since a line needs two.
fn line(sheet: &mut Picture, curve: &Curve, colour: Rgb, field: &Field) {
    let known = curve.points.iter().filter_map(|p| Some((field.x(p.epoch), field.y(p.over_seeds?.mean))));
    let mut points: Vec<(f64, f64)> = known.collect();
    if let [(x, y)] = points[..] {
        points = vec![(x - 4.0, y), (x + 4.0, y)];
    }
    sheet.dashed(&points, colour, 2.0, dashes(curve.images));
}

fn number(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn percent(share: f64) -> String {
    format!("{} %", number(share * 100.0))
}
