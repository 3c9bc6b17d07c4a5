//! Accuracy that remains as hidden units are silenced: a line a model, a band from the lowest to the highest draw.

use maud::{Markup, html};
use toile_study::evidence::silencing::{SilencedModel, Silencing};
use toile_study::numbers::percent;

use super::svg::{Size, file, n, tick_text, ticks, width_of};
use crate::report::names::short_names;
use crate::report::palette::LIGHT;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 440.0;
const LEFT: f64 = 62.0;
const TOP: f64 = 84.0;
const BOTTOM: f64 = 382.0;
/// Letters of a model's name at the end of its line.
const NAME_CHARS_MAX: usize = 24;
/// Colours of models.
const MODELS: usize = LIGHT.models.len();

/// Where values lie on the drawing.
struct Frame {
    right: f64,
    /// Largest share.
    share: f64,
    low: f64,
    high: f64,
}

impl Frame {
    fn x(&self, share: f64) -> f64 {
        LEFT + share / self.share * (self.right - LEFT)
    }

    fn y(&self, accuracy: f64) -> f64 {
        BOTTOM - (accuracy - self.low) / (self.high - self.low) * (BOTTOM - TOP)
    }
}

/// The chart; `classes` gives the accuracy of guessing.
pub fn silencing_svg(of: &Silencing, classes: usize, sentence: &str) -> String {
    let chance = 1.0 / classes.max(1) as f64;
    let points = || of.models.iter().flat_map(|model| &model.points);
    let (lowest, highest) = points()
        .fold((chance, chance), |(low, high), point| (low.min(point.range[0]), high.max(point.range[1])));
    let heights: Vec<f64> =
        ticks(lowest * 100.0, highest * 100.0, 6.0).into_iter().filter(|t| *t <= 100.0).collect();
    let names: Vec<&str> = of.models.iter().map(|model| model.name.as_str()).collect();
    let names = short_names(&names, NAME_CHARS_MAX);
    let frame = Frame {
        right: WIDTH - names.iter().map(|name| width_of(name)).fold(40.0, f64::max) - 26.0,
        share: points().map(|point| point.share).fold(0.0, f64::max).max(1e-9),
        low: heights.first().map_or(0.0, |tick| tick / 100.0).min(lowest),
        high: heights.last().map_or(1.0, |tick| tick / 100.0).max(highest),
    };
    let draws = of.draws;
    let inside = html! {
        text x="24" y="32" font-size="17" font-weight="600" { "Accuracy that remains as hidden units are silenced" }
        text class="muted" x="24" y="54" font-size="12" {
            "Units of " (of.layers.join(" and ")) ", " (draws) (if draws == 1 { " draw" } else { " draws" })
            " a share and seed. Lines: means; bands: lowest to highest"
        }
        @for tick in &heights {
            line class="grid" x1=(n(LEFT)) x2=(n(frame.right)) y1=(n(frame.y(tick / 100.0))) y2=(n(frame.y(tick / 100.0))) {}
            text class="muted" x=(n(LEFT - 8.0)) y=(n(frame.y(tick / 100.0) + 4.0)) font-size="12" text-anchor="end" { (tick_text(*tick)) " %" }
        }
        @for tick in ticks(0.0, frame.share * 100.0, 5.0).into_iter().filter(|tick| *tick <= frame.share * 100.0 + 1e-6) {
            text class="muted" x=(n(frame.x(tick / 100.0))) y=(n(BOTTOM + 18.0)) font-size="12" text-anchor="middle" { (tick_text(tick)) " %" }
        }
        text class="muted" x=(n((LEFT + frame.right) / 2.0)) y=(n(BOTTOM + 40.0)) font-size="12" text-anchor="middle" {
            "share of the hidden units that is silenced"
        }
        line class="chance" x1=(n(LEFT)) x2=(n(frame.right)) y1=(n(frame.y(chance))) y2=(n(frame.y(chance))) {}
        text class="muted" x=(n(LEFT + 6.0)) y=(n(frame.y(chance) - 6.0)) font-size="11.5" { "guessing" }
        @for (index, model) in of.models.iter().enumerate() { (band(model, index, &frame)) }
        @for (index, model) in of.models.iter().enumerate() { (line(model, index, &frame)) }
        @for (index, y) in label_heights(of, &frame).into_iter().enumerate() {
            text class={ "name" (index % MODELS) } x=(n(frame.right + 10.0)) y=(n(y + 4.0)) font-weight="600" { (names[index]) }
        }
    };
    file(Size { width: WIDTH, height: HEIGHT }, "Silencing hidden units", sentence, inside)
}

fn band(model: &SilencedModel, index: usize, frame: &Frame) -> Markup {
    let corner = |share: f64, accuracy: f64| format!("{},{}", n(frame.x(share)), n(frame.y(accuracy)));
    let there = model.points.iter().map(|point| corner(point.share, point.range[1]));
    let back = model.points.iter().rev().map(|point| corner(point.share, point.range[0]));
    let corners: Vec<String> = there.chain(back).collect();
    html! { polygon class={ "fill" (index % MODELS) } fill-opacity="0.16" points=(corners.join(" ")) {} }
}

/// Told apart by dashes and marks too, not by colour alone.
fn line(model: &SilencedModel, index: usize, frame: &Frame) -> Markup {
    let dashes = dashes(index);
    let place = |share: f64, accuracy: f64| (n(frame.x(share)), n(frame.y(accuracy)));
    let corners: Vec<String> = model
        .points
        .iter()
        .map(|point| place(point.share, point.mean))
        .map(|(x, y)| format!("{x},{y}"))
        .collect();
    html! {
        polyline class={ "line" (index % MODELS) } stroke-width="2.2" stroke-dasharray=(dashes) points=(corners.join(" ")) {}
        @for point in &model.points {
            @let (x, y) = place(point.share, point.mean);
            circle class={ "fill" (index % MODELS) } cx=(x) cy=(y) r="3.2" {
                title { (model.name) ", " (percent(point.share)) " silenced: " (percent(point.mean)) }
            }
        }
    }
}

/// Where colours repeat, the dashes are others.
fn dashes(index: usize) -> &'static str {
    ["none", "7 4", "2 3"][(index + index / MODELS) % 3]
}

/// At the lines' ends, moved apart where they would touch.
fn label_heights(of: &Silencing, frame: &Frame) -> Vec<f64> {
    let ends = of.models.iter().map(|model| model.points.last().map_or(BOTTOM, |point| frame.y(point.mean)));
    let mut heights: Vec<(usize, f64)> = ends.enumerate().collect();
    heights.sort_by(|a, b| b.1.total_cmp(&a.1));
    for later in 1..heights.len() {
        heights[later].1 = heights[later].1.min(heights[later - 1].1 - 17.0);
    }
    heights.sort_by_key(|(index, _)| *index);
    heights.into_iter().map(|(_, height)| height).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_of_many_models_look_alike() {
        let looks: std::collections::BTreeSet<_> =
            (0..3 * MODELS).map(|index| (index % MODELS, dashes(index))).collect();
        assert_eq!(looks.len(), 3 * MODELS);
    }
}
