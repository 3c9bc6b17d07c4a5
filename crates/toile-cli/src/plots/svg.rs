//! A picture as SVG text.

use maud::{Markup, html};

use super::picture::{Anchor, Picture, Shape, TEXT, Text, Turn};
use crate::report::palette::{LIGHT, hex};

/// A file that stands alone.
pub(super) fn write(picture: &Picture) -> Vec<u8> {
    let (width, height) = (n(picture.width), n(picture.height));
    let drawing = html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (width) " " (height) } width=(width) height=(height)
            role="img" aria-label=(picture.title) font-size=(TEXT) fill=(hex(LIGHT.ink))
            font-family="'Noto Sans', system-ui, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', sans-serif" {
            title { (picture.title) }
            rect width="100%" height="100%" fill=(hex(LIGHT.panel)) {}
            @for drawn in &picture.shapes { (shape(drawn)) }
        }
    };
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", drawing.into_string()).into_bytes()
}

fn shape(shape: &Shape) -> Markup {
    match shape {
        Shape::Rect { left, top, width, height, fill, rule, says } => html! {
            rect x=(n(*left)) y=(n(*top)) width=(n(*width)) height=(n(*height)) fill=(hex(*fill))
                stroke=[rule.map(hex)] stroke-width=[rule.map(|_| "0.5")] {
                @if !says.is_empty() { title { (says) } }
            }
        },
        Shape::Line { points, colour, width, dashes } => html! {
            polyline points=(corners(points)) fill="none" stroke=(hex(*colour)) stroke-width=(width)
                stroke-linejoin="round" stroke-dasharray=[(!dashes.is_empty()).then(|| list(dashes))] {}
        },
        Shape::Area { points, colour, opacity } => html! {
            polygon points=(corners(points)) fill=(hex(*colour)) fill-opacity=(opacity) {}
        },
        Shape::Text(line) => text(line),
    }
}

fn text(Text { text, x, y, size, colour, anchor, turn }: &Text) -> Markup {
    let straight = *turn == Turn::None;
    let place = format!("translate({} {}) rotate({})", n(*x), n(*y), turn.degrees());
    let anchor = match anchor {
        Anchor::Start => None,
        Anchor::Middle => Some("middle"),
        Anchor::End => Some("end"),
    };
    html! {
        text x=[straight.then(|| n(*x))] y=[straight.then(|| n(*y))] transform=[(!straight).then_some(place)]
            text-anchor=[anchor] font-size=[(*size != TEXT).then_some(size)]
            fill=[(*colour != LIGHT.ink).then(|| hex(*colour))] pointer-events="none" { (text) }
    }
}

fn corners(points: &[(f64, f64)]) -> String {
    points.iter().map(|(x, y)| format!("{},{}", n(*x), n(*y))).collect::<Vec<_>>().join(" ")
}

fn list(dashes: &[f32]) -> String {
    dashes.iter().map(f32::to_string).collect::<Vec<_>>().join(" ")
}

/// A coordinate with one decimal at most.
fn n(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    if rounded == 0.0 { "0".into() } else { rounded.to_string() }
}
