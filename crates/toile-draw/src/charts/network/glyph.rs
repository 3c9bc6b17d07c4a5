//! The sign of a layer: what it makes, as sheets or a column; what it does, as a small icon.

use toile_study::results::{Family, LayerRow};

use crate::palette::Colour;
use crate::picture::{Path, Shape};

/// Largest extents of the network, which the signs are scaled by.
pub(super) struct Scale {
    side: f64,
    features: f64,
}

impl Scale {
    pub(super) fn of(layers: &[LayerRow], input: [usize; 3]) -> Self {
        let shapes = || layers.iter().map(|layer| &layer.output_shape[..]).chain([&input[..]]);
        let side = shapes().filter(|s| s.len() == 3).map(|s| s[1].max(s[2])).max().unwrap_or(1);
        let features =
            shapes().filter(|s| s.len() != 3).filter_map(|s| s.iter().max()).max().copied().unwrap_or(2);
        Scale { side: side.max(1) as f64, features: features.max(2) as f64 }
    }
}

/// Radius of an icon.
const ICON: f64 = 15.0;
/// How far one sheet stands behind the other.
const SHEET: f64 = 3.5;

/// Layers that keep the shape and learn no products are drawn as an icon on the wire.
fn is_icon(layer: Option<&LayerRow>, shape: &[usize], before: &[usize]) -> bool {
    layer.is_some_and(|layer| layer.multiply_adds == 0 && (shape == before || layer.family() == Family::Sum))
}

/// Half of a sign's width.
pub(super) fn half_width(scale: &Scale, layer: Option<&LayerRow>, shape: &[usize], before: &[usize]) -> f64 {
    if is_icon(layer, shape, before) {
        return ICON;
    }
    match shape {
        [channels, height, width] => {
            (sheet_side(scale, *height.max(width)) + SHEET * (sheets(*channels) - 1) as f64) / 2.0
        }
        _ => 8.0,
    }
}

/// The sign of a layer (or of the input) with its middle at (x, y).
pub(super) fn glyph(
    scale: &Scale,
    layer: Option<&LayerRow>,
    shape: &[usize],
    before: &[usize],
    (x, y): (f64, f64),
) -> Vec<Shape> {
    if let Some(layer) = layer.filter(|_| is_icon(layer, shape, before)) {
        return icon(layer, x, y);
    }
    let (line, ground) = tones(layer.map(LayerRow::family));
    let signed = |shape: Shape| shape.filled(ground).stroked(line, 1.2).classed("sign");
    match shape {
        [channels, height, width] => {
            let side = sheet_side(scale, *height.max(width));
            let count = sheets(*channels);
            let spread = SHEET * (count - 1) as f64;
            let (left, top) = (x - (side + spread) / 2.0, y - (side + spread) / 2.0);
            let sheet = |place: usize| {
                let shift = SHEET * place as f64;
                signed(Shape::rect(left + spread - shift, top + shift, side, side).rounded(2.0))
            };
            (0..count).map(sheet).collect()
        }
        _ => {
            let features = shape.iter().product::<usize>().max(1) as f64;
            let height = 14.0 + 50.0 * (features.ln() / scale.features.ln()).clamp(0.0, 1.0);
            vec![signed(Shape::rect(x - 7.0, y - height / 2.0, 14.0, height).rounded(3.0))]
        }
    }
}

fn sheet_side(scale: &Scale, pixels: usize) -> f64 {
    12.0 + 40.0 * (pixels as f64 / scale.side).sqrt()
}

/// 1 for one channel, up to 6.
fn sheets(channels: usize) -> usize {
    1 + (channels.max(1).ilog2() as usize).div_ceil(2).min(5)
}

/// The colours of a sign's line and of its ground; those of the input without a family.
fn tones(family: Option<Family>) -> (Colour, Colour) {
    let of_model = |model: usize, percent: u8| (Colour::Model(model), Colour::ModelTint(model, percent));
    match family {
        Some(Family::Convolution) => of_model(0, 16),
        Some(Family::Linear) => of_model(3, 18),
        Some(Family::Pool) => of_model(4, 18),
        _ => (Colour::Muted, Colour::MutedTint(12)),
    }
}

/// A layer that keeps the shape: a circle with what it does in it.
fn icon(layer: &LayerRow, x: f64, y: f64) -> Vec<Shape> {
    let around = if layer.family() == Family::Norm { Colour::Model(2) } else { Colour::Muted };
    let mut shapes = vec![Shape::circle(x, y, ICON).filled(Colour::Panel).stroked(around, 1.1)];
    let at = |dx: f64, dy: f64| Path::from(x + dx, y + dy);
    let line = |path: Path| Shape::path(path).stroked(Colour::Ink, 1.6);
    let full = |dx: f64, dy: f64, radius: f64| Shape::circle(x + dx, y + dy, radius).filled(Colour::Ink);
    match layer.kind.as_str() {
        "ReLU" => shapes.push(line(at(-9.0, 4.0).by(9.0, 0.0).by(7.0, -9.0))),
        "LeakyReLU" => shapes.push(line(at(-9.0, 6.0).by(9.0, -2.0).by(7.0, -9.0))),
        "GELU" | "SiLU" | "Hardswish" => {
            shapes.push(line(at(-9.0, 3.0).curve([5.0, 2.0, 7.0, 2.0, 9.0, 1.0]).by(7.0, -9.0)));
        }
        _ if layer.family() == Family::Norm => {
            let bell = at(-10.0, 6.0).curve([7.0, 0.0, 6.0, -12.0, 10.0, -12.0]);
            shapes.push(line(bell.curve([4.0, 0.0, 3.0, 12.0, 10.0, 12.0])));
        }
        "LogSoftmax" => {
            let bars = at(-6.0, 7.0).by(0.0, -4.0).skip(4.0, 4.0).by(0.0, -13.0).skip(4.0, 13.0);
            shapes.push(line(bars.by(0.0, -7.0).skip(4.0, 7.0).by(0.0, -2.0)));
        }
        _ if layer.family() == Family::Sum => {
            shapes.push(line(at(-7.0, 0.0).by(14.0, 0.0).skip(-7.0, -7.0).by(0.0, 14.0)))
        }
        _ if layer.family() == Family::Dropout => {
            let off = layer.dropped() == Some(0.0);
            for (index, (dx, dy)) in
                [(-5.0, -5.0), (5.0, -5.0), (-5.0, 5.0), (5.0, 5.0)].into_iter().enumerate()
            {
                shapes.push(match off || index % 3 == 0 {
                    true => full(dx, dy, 2.6),
                    false => Shape::circle(x + dx, y + dy, 2.6).stroked(Colour::Muted, 1.1),
                });
            }
        }
        "Identity" => shapes.push(line(at(-8.0, 0.0).by(16.0, 0.0))),
        _ => shapes.push(full(0.0, 0.0, 3.0)),
    }
    shapes
}
