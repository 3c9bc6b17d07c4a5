//! What a chart draws of a series: its band, its lines and the mark at their end.

use maud::{Markup, html};

use super::super::palette::{Stroke, stroke};
use super::{Frame, Kind, MODELS, Mark, Series, n};

fn path(points: impl Iterator<Item = (f64, f64)>, frame: &Frame) -> String {
    let mut path = String::new();
    for (index, (x, value)) in points.enumerate() {
        let letter = if index == 0 { 'M' } else { 'L' };
        path.push_str(&format!("{letter}{} {}", n(frame.x(x)), n(frame.y(value))));
    }
    path
}

/// From the lowest to the highest run.
pub(super) fn band(series: &Series, frame: &Frame) -> Markup {
    let wide = series.points.iter().any(|point| point.low < point.high);
    let upper = series.points.iter().map(|point| (point.x, point.high));
    let lower = series.points.iter().rev().map(|point| (point.x, point.low));
    html! {
        @if wide {
            path class={ "spread c" (series.model % MODELS) } d={ (path(upper.chain(lower), frame)) "Z" } {}
        }
    }
}

/// The mean, and thin ones for the runs that are no part of it.
pub(super) fn lines(series: &Series, frame: &Frame) -> Markup {
    let end = series.points.last().map(|point| (frame.x(point.x), frame.y(point.mean)));
    let Series { model, kind, .. } = *series;
    html! {
        @for other in &series.others {
            (line(model, "line faint", &path(other.points.iter().copied(), frame), kind.dashes()))
        }
        @if !series.points.is_empty() {
            (line(model, "line", &path(series.points.iter().map(|p| (p.x, p.mean)), frame), kind.dashes()))
        }
        @if let Some((x, y)) = end { (marker(model, x, y, kind)) }
    }
}

/// In the model's colour and stroke.
fn line(model: usize, class: &str, d: &str, dashes: &str) -> Markup {
    let look = match stroke(model) {
        Stroke::Plain => "",
        Stroke::Hollow => " hollow",
        Stroke::Broad => " broad",
    };
    html! {
        path class={ (class) (look) " c" (model % MODELS) } d=(d) stroke-dasharray=(dashes) {}
        @if stroke(model) == Stroke::Hollow { path class={ (class) " core" } d=(d) stroke-dasharray=(dashes) {} }
    }
}

/// A piece of a model's line with its mark, for a legend.
pub(super) fn sample(model: usize) -> Markup {
    html! {
        svg width="38" height="12" viewBox="0 0 38 12" aria-hidden="true" {
            (line(model, "line", "M1 6H31", "none"))
            (marker(model, 32.0, 6.0, Kind::Training))
        }
    }
}

/// A shape of the model's own at the end of its lines; filled for training.
fn marker(model: usize, x: f64, y: f64, kind: Kind) -> Markup {
    let class = format!("{} c{}", if kind == Kind::Training { "dot" } else { "ring" }, model % MODELS);
    let points = |offsets: &[(f64, f64)]| {
        let points: Vec<String> =
            offsets.iter().map(|(dx, dy)| format!("{},{}", n(x + dx), n(y + dy))).collect();
        points.join(" ")
    };
    html! {
        @match model % 4 {
            0 => { circle class=(class) cx=(n(x)) cy=(n(y)) r="3.2" {} }
            1 => { rect class=(class) x=(n(x - 3.0)) y=(n(y - 3.0)) width="6" height="6" {} }
            2 => { polygon class=(class) points=(points(&[(0.0, -4.0), (3.8, 3.0), (-3.8, 3.0)])) {} }
            _ => { polygon class=(class) points=(points(&[(0.0, 4.0), (3.8, -3.0), (-3.8, -3.0)])) {} }
        }
    }
}

/// A published figure.
pub(super) fn diamond(mark: &Mark, frame: &Frame) -> Markup {
    let (x, y) = (frame.x(mark.x), frame.y(mark.value));
    let path = format!("M{} {}l5.5 5.5l-5.5 5.5l-5.5 -5.5z", n(x), n(y - 5.5));
    html! {
        path class={ "mark c" (mark.model % MODELS) } d=(path) { title { (mark.label) } }
    }
}
