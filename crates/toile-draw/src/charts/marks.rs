//! What a line chart draws of a series: its band, its lines and the mark at their end.

use super::frame::Frame;
use super::series::{Mark, Series};
use crate::curves::Images;
use crate::palette::{Colour, MODELS, Stroke, stroke};
use crate::picture::{Path, Picture, Shape};

/// Width of a mean's line, and of a single run's that is no part of it.
const LINE: f64 = 2.0;
const THIN: f64 = 0.9;

/// Strokes and gaps by which the images of a line are told, apart from its colour.
pub fn dashes(images: Images) -> &'static [f32] {
    match images {
        Images::Training => &[],
        Images::Validation => &[1.5, 3.5],
        Images::Test => &[6.0, 4.0],
    }
}

fn path(points: impl Iterator<Item = (f64, f64)>, frame: &Frame) -> Path {
    Path::through(points.map(|(x, value)| (frame.x(x), frame.y(value))))
}

/// From the lowest to the highest run.
pub(super) fn band(sheet: &mut Picture, series: &Series, frame: &Frame) {
    if series.points.iter().any(|point| point.low < point.high) {
        let upper = series.points.iter().map(|point| (point.x, point.high));
        let lower = series.points.iter().rev().map(|point| (point.x, point.low));
        let class = format!("spread c{}", series.model % MODELS);
        let outline = path(upper.chain(lower), frame).closed();
        sheet.add(Shape::path(outline).shaded(Colour::Model(series.model), 0.13).classed(class));
    }
}

/// The mean, and thin ones for the runs that are no part of it.
pub(super) fn lines(sheet: &mut Picture, series: &Series, frame: &Frame) {
    let Series { model, images, .. } = *series;
    for other in &series.others {
        let path = path(other.points.iter().copied(), frame);
        line(&mut sheet.shapes, model, path, THIN, images);
        if let [only] = other.points[..] {
            sheet.add(marker(model, frame.x(only.0), frame.y(only.1), images));
        }
    }
    if !series.points.is_empty() {
        let path = path(series.points.iter().map(|p| (p.x, p.mean)), frame);
        line(&mut sheet.shapes, model, path, LINE, images);
    }
    if let Some(end) = series.points.last() {
        sheet.add(marker(model, frame.x(end.x), frame.y(end.mean), images));
    }
}

/// In the model's colour and stroke: wider where the colour alone does not say whose it is.
fn line(shapes: &mut Vec<Shape>, model: usize, path: Path, width: f64, images: Images) {
    let class = |look: &str| {
        let faint = if width < LINE { " faint" } else { "" };
        format!("line{faint}{look} c{}", model % MODELS)
    };
    let opacity = if width < LINE { 0.65 } else { 1.0 };
    let drawn = |colour: Colour, width: f64| {
        Shape::path(path.clone()).stroked(colour, width).dashed(dashes(images)).faint(opacity)
    };
    let own = Colour::Model(model);
    match stroke(model) {
        Stroke::Plain => shapes.push(drawn(own, width).classed(class(""))),
        Stroke::Hollow => {
            shapes.push(drawn(own, width * 2.2).classed(class(" hollow")));
            shapes.push(drawn(Colour::Ground, width * 0.9).faint(1.0));
        }
        Stroke::Broad => shapes.push(drawn(own, width * 2.2).classed(class(" broad"))),
    }
}

/// A piece of a model's line with its mark, for a legend: 38 wide, 12 high.
pub fn sample(model: usize) -> Picture {
    let mut picture = Picture::new("", 38.0, 12.0);
    sample_at(&mut picture, model, (1.0, 6.0));
    picture
}

pub(super) fn sample_at(sheet: &mut Picture, model: usize, (x, y): (f64, f64)) {
    line(&mut sheet.shapes, model, Path::from(x, y).by(30.0, 0.0), LINE, Images::Training);
    sheet.add(marker(model, x + 31.0, y, Images::Training));
}

/// A shape of the model's own at the end of its lines; filled for training.
pub(super) fn marker(model: usize, x: f64, y: f64, images: Images) -> Shape {
    let polygon = |offsets: [(f64, f64); 3]| {
        Shape::path(Path::through(offsets.map(|(dx, dy)| (x + dx, y + dy))).closed())
    };
    let shape = match model % 4 {
        0 => Shape::circle(x, y, 3.2),
        1 => Shape::rect(x - 3.0, y - 3.0, 6.0, 6.0),
        2 => polygon([(0.0, -4.0), (3.8, 3.0), (-3.8, 3.0)]),
        _ => polygon([(0.0, 4.0), (3.8, -3.0), (-3.8, -3.0)]),
    };
    let own = Colour::Model(model);
    match images {
        Images::Training => shape.filled(own),
        _ => shape.filled(Colour::Ground).stroked(own, 1.6),
    }
}

/// A diamond around a point.
pub(super) fn diamond_at(x: f64, y: f64, radius: f64) -> Shape {
    let path = Path::from(x, y - radius).by(radius, radius).by(-radius, radius).by(-radius, -radius);
    Shape::path(path.closed())
}

/// A published figure.
pub(super) fn diamond(sheet: &mut Picture, mark: &Mark, frame: &Frame) {
    let diamond = diamond_at(frame.x(mark.x), frame.y(mark.value), 5.5);
    sheet.add(diamond.stroked(Colour::Model(mark.model), 1.3).classed("mark").saying(&mark.label));
}
