//! What each factor contributes: bars of Shapley values and main effects, with their intervals.

use maud::{Markup, html};
use toile_study::evidence::Metric;
use toile_study::evidence::attribution::{Attribution, Effect};
use toile_study::evidence::words::{change, change_interval, confidence, seed_list};

use super::svg::{Size, file, n, tick_text, ticks, width_of};

/// One bar.
struct Bar<'a> {
    effect: &'a Effect,
    /// Filled for a Shapley value, hollow for a main effect.
    is_shapley: bool,
}

/// A label with the bars behind it.
struct Group<'a> {
    label: String,
    below: String,
    bars: Vec<Bar<'a>>,
}

const WIDTH: f64 = 860.0;
const TOP: f64 = 84.0;
const BAR: f64 = 15.0;
const GROUP: f64 = 52.0;

/// The chart of an attribution: factors in their order, then the whole difference.
pub fn attribution_svg(of: &Attribution) -> String {
    let groups = groups(of);
    let height = TOP + GROUP * groups.len() as f64 + 58.0;
    let labels = groups.iter().flat_map(|group| [width_of(&group.label), width_of(&group.below) * 0.86]);
    let left = labels.fold(90.0, f64::max).min(330.0) + 30.0;
    let texts =
        groups.iter().flat_map(|group| &group.bars).map(|bar| width_of(&bar_text(of.metric, bar.effect)));
    let right = WIDTH - texts.fold(60.0, f64::max).min(230.0) - 26.0;
    let ends = groups.iter().flat_map(|group| &group.bars).flat_map(|bar| ends(bar.effect));
    let scale = factor(of.metric);
    let (low, high) = ends.fold((0.0f64, 0.0f64), |(low, high), end| (low.min(end), high.max(end)));
    let ticks = ticks(low * scale, high * scale, 5.0);
    let (first, last) = (ticks[0], ticks[ticks.len() - 1]);
    let x = |value: f64| left + (value * scale - first) / (last - first) * (right - left);
    let bottom = height - 46.0;
    let inside = html! {
        text x="24" y="32" font-size="17" font-weight="600" {
            "What makes the difference from " (of.first) " to " (of.second)
        }
        (legend(of))
        @for tick in &ticks {
            line class="grid" x1=(n(x(tick / scale))) x2=(n(x(tick / scale))) y1=(n(TOP - 8.0)) y2=(n(bottom)) {}
            text class="muted" x=(n(x(tick / scale))) y=(n(bottom + 17.0)) font-size="12" text-anchor="middle" { (tick_text(*tick)) }
        }
        text class="muted" x=(n((left + right) / 2.0)) y=(n(bottom + 36.0)) font-size="12" text-anchor="middle" { (axis(of.metric)) }
        @for (index, group) in groups.iter().enumerate() {
            @let y = TOP + GROUP * index as f64;
            @let is_whole = index == groups.len() - 1;
            @if is_whole { line class="grid" x1="24" x2=(n(WIDTH - 24.0)) y1=(n(y - 6.0)) y2=(n(y - 6.0)) {} }
            text x="24" y=(n(y + 14.0)) font-weight="600" { (group.label) }
            text class="muted" x="24" y=(n(y + 32.0)) font-size="11.5" { (group.below) }
            @for (place, bar) in group.bars.iter().enumerate() {
                (draw(of.metric, bar, y + place as f64 * (BAR + 5.0), &x, right + 14.0))
            }
        }
        line class="ink" x1=(n(x(0.0))) x2=(n(x(0.0))) y1=(n(TOP - 8.0)) y2=(n(bottom)) {}
    };
    file(Size { width: WIDTH, height }, &format!("{} and {}", of.first, of.second), &of.sentence, inside)
}

fn groups(of: &Attribution) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (factor, shapley) in of.factors.iter().zip(&of.shapley) {
        let mut bars = vec![Bar { effect: shapley, is_shapley: true }];
        let main = of.effects.iter().find(|effect| effect.factors == [factor.name.as_str()]);
        bars.extend(main.map(|effect| Bar { effect, is_shapley: false }));
        let below = shortened(&format!("{} → {}", factor.first, factor.second));
        groups.push(Group { label: shortened(&factor.name), below, bars });
    }
    groups.push(Group {
        label: "together".into(),
        below: shortened(&format!("{} → {}", of.first, of.second)),
        bars: vec![Bar { effect: &of.gain, is_shapley: true }],
    });
    groups
}

fn shortened(text: &str) -> String {
    const CHARS_MAX: usize = 48;
    if text.chars().count() <= CHARS_MAX {
        return text.to_string();
    }
    text.chars().take(CHARS_MAX - 1).chain(['…']).collect()
}

fn draw(metric: Metric, bar: &Bar<'_>, y: f64, x: &dyn Fn(f64) -> f64, text_at: f64) -> Markup {
    let Bar { effect, is_shapley } = bar;
    let (zero, end) = (x(0.0), x(effect.value));
    let (from, width) = (zero.min(end), (end - zero).abs().max(1.0));
    let middle = y + BAR / 2.0;
    let name = if *is_shapley { "Shapley value" } else { "main effect" };
    let text = bar_text(metric, effect);
    html! {
        g {
            title { (effect.factors.join(", ")) ", " (name) ": " (text) }
            @if *is_shapley {
                rect class="fill0" x=(n(from)) y=(n(y)) width=(n(width)) height=(n(BAR)) rx="2" {}
            } @else {
                rect class="line0" x=(n(from)) y=(n(y)) width=(n(width)) height=(n(BAR)) rx="2" stroke-width="1.5" {}
            }
            @if let Some(interval) = effect.interval {
                @let (low, high) = (x(interval.low), x(interval.high));
                path class="ink" stroke-width="1.5"
                    d={ "M" (n(low)) " " (n(middle)) "H" (n(high)) "M" (n(low)) " " (n(middle - 4.0)) "v8M" (n(high)) " " (n(middle - 4.0)) "v8" } {}
            }
            text class=[(!is_shapley).then_some("muted")] x=(n(text_at)) y=(n(middle + 4.0)) font-size="12" { (text) }
        }
    }
}

fn legend(of: &Attribution) -> Markup {
    let intervals = match of.gain.interval {
        Some(_) => format!("whiskers: {} intervals that hold together", confidence(1.0 - of.alpha)),
        None => "one seed: no intervals".into(),
    };
    html! {
        rect class="fill0" x="24" y="46" width="22" height="11" rx="2" {}
        text class="muted" x="53" y="56" font-size="12" { "Shapley value" }
        rect class="line0" x="155" y="46" width="22" height="11" rx="2" stroke-width="1.5" {}
        text class="muted" x="184" y="56" font-size="12" { "main effect" }
        text class="muted" x="272" y="56" font-size="12" { (intervals) "; " (seed_list(&of.seeds)) }
    }
}

/// Shares are drawn in percentage points.
fn factor(metric: Metric) -> f64 {
    if metric == Metric::Nll { 1.0 } else { 100.0 }
}

fn axis(metric: Metric) -> String {
    let unit = if metric == Metric::Nll { "" } else { ", percentage points" };
    format!("change of {}{unit}", metric.title())
}

fn ends(effect: &Effect) -> Vec<f64> {
    let mut ends = vec![effect.value];
    ends.extend(effect.interval.iter().flat_map(|interval| [interval.low, interval.high]));
    ends
}

fn bar_text(metric: Metric, effect: &Effect) -> String {
    let value = change(metric, effect.value).trim_end_matches(" points").to_string();
    match effect.interval {
        Some(interval) => format!("{value} {}", change_interval(metric, interval.low, interval.high)),
        None => value,
    }
}
