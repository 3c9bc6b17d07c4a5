//! The sign of a layer: what it makes, as sheets or a column; what it does, as a small icon.

use maud::{Markup, html};
use toile_study::results::LayerRow;

use super::super::chart::n;

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
    layer.is_some_and(|layer| layer.multiply_adds == 0 && (shape == before || layer.kind == "Add"))
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
    x: f64,
    y: f64,
) -> Markup {
    let kind = layer.map_or("", |layer| layer.kind.as_str());
    if is_icon(layer, shape, before) {
        return icon(kind, layer.map_or("", |layer| &layer.description), x, y);
    }
    let class = format!("sign {}", family(kind));
    match shape {
        [channels, height, width] => {
            let side = sheet_side(scale, *height.max(width));
            let count = sheets(*channels);
            let spread = SHEET * (count - 1) as f64;
            let (left, top) = (x - (side + spread) / 2.0, y - (side + spread) / 2.0);
            html! {
                @for sheet in 0..count {
                    @let shift = SHEET * sheet as f64;
                    rect class=(class) x=(n(left + spread - shift)) y=(n(top + shift)) width=(n(side)) height=(n(side)) rx="2" {}
                }
            }
        }
        _ => {
            let features = shape.iter().product::<usize>().max(1) as f64;
            let height = 14.0 + 50.0 * (features.ln() / scale.features.ln()).clamp(0.0, 1.0);
            html! { rect class=(class) x=(n(x - 7.0)) y=(n(y - height / 2.0)) width="14" height=(n(height)) rx="3" {} }
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

fn family(kind: &str) -> &'static str {
    match kind {
        "Conv2d" => "conv",
        "Linear" => "linear",
        "" => "input",
        k if k.contains("Pool") => "pool",
        _ => "other",
    }
}

fn icon(kind: &str, description: &str, x: f64, y: f64) -> Markup {
    let at = |path: &str| format!("M{} {}{path}", n(x), n(y));
    html! {
        circle class={ "node" (if kind == "BatchNorm2d" { " norm" } else { "" }) } cx=(n(x)) cy=(n(y)) r=(ICON) {}
        @match kind {
            "ReLU" => { path.icon d=(at("m-9 4h9l7 -9")) {} }
            "GELU" => { path.icon d=(at("m-9 3c5 2 7 2 9 1l7 -9")) {} }
            "BatchNorm2d" => { path.icon d=(at("m-10 6c7 0 6 -12 10 -12s3 12 10 12")) {} }
            "LogSoftmax" => { path.icon d=(at("m-6 7v-4m4 4v-13m4 13v-7m4 7v-2")) {} }
            "Add" => { path.icon d=(at("m-7 0h14m-7 -7v14")) {} }
            "Dropout" | "Dropout2d" => {
                @let off = description.contains("(p=0)");
                @for (index, (dx, dy)) in [(-5.0, -5.0), (5.0, -5.0), (-5.0, 5.0), (5.0, 5.0)].into_iter().enumerate() {
                    circle class=(if off || index % 3 == 0 { "full" } else { "empty" }) cx=(n(x + dx)) cy=(n(y + dy)) r="2.6" {}
                }
            }
            _ => { circle.full cx=(n(x)) cy=(n(y)) r="3" {} }
        }
    }
}
