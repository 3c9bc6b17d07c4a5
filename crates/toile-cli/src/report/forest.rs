//! Estimates with their intervals under each other, around a line at zero.

use maud::{Markup, html};
use toile_study::evidence::{Interval, Metric};

use super::chart::{n, ticks};

/// One line.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) value: f64,
    pub(super) interval: Option<Interval>,
    /// Whether it is the sum of others.
    pub(super) total: bool,
}

/// A metric's difference as it is read: points for shares, plain for losses.
pub(super) fn change(metric: Metric, value: f64) -> String {
    match metric {
        Metric::Nll => toile_study::numbers::loss_change(value),
        _ => toile_study::numbers::points(value),
    }
}

/// `[+20.1, +22.4]`, in the metric's unit.
pub(super) fn interval_text(metric: Metric, interval: &Interval) -> String {
    let bare = |value| change(metric, value).trim_end_matches(" points").to_string();
    format!("[{}, {}]", bare(interval.low), bare(interval.high))
}

/// `+10`, `0`, `−0.5`: what is round stays short.
fn tick_text(metric: Metric, value: f64) -> String {
    let text = change(metric, value);
    let text = text.trim_end_matches(" points").trim_start_matches('±');
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    } else {
        text.to_string()
    }
}

const LINE: f64 = 34.0;

/// The drawing at two widths; nothing without a row.
pub(super) fn forest(title: &str, metric: Metric, rows: &[Row], margin: Option<f64>) -> Markup {
    html! {
        @if !rows.is_empty() {
            (draw(title, metric, rows, margin, 860.0, "wide"))
            (draw(title, metric, rows, margin, 352.0, "narrow"))
        }
    }
}

fn draw(title: &str, metric: Metric, rows: &[Row], margin: Option<f64>, width: f64, class: &str) -> Markup {
    let ends = |row: &Row| row.interval.map_or([row.value; 2], |interval| [interval.low, interval.high]);
    let all = || rows.iter().flat_map(ends).chain(margin.into_iter().flat_map(|m| [-m, m])).chain([0.0]);
    let (low, high) =
        all().filter(|v| v.is_finite()).fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
    let marks = ticks(low, high, 4.0);
    let narrow = width < 400.0;
    // Names stand before the lines where there is room, and long ones take some of it.
    let longest = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0) as f64;
    let (left, right) = match narrow {
        true => (14.0, width - 14.0),
        false => ((longest * 7.0 + 18.0).clamp(180.0, 400.0), width - 262.0),
    };
    let (first, last) = (marks.first().copied().unwrap_or(0.0), marks.last().copied().unwrap_or(1.0));
    let x = |value: f64| left + (value.clamp(first, last) - first) / (last - first) * (right - left);
    let line = if narrow { LINE + 16.0 } else { LINE };
    let height = line * rows.len() as f64 + 34.0;
    let bottom = height - 28.0;
    let text = |row: &Row| {
        let interval = row.interval.map(|i| format!(" {}", interval_text(metric, &i))).unwrap_or_default();
        format!("{}{interval}", change(metric, row.value))
    };
    let label = rows.iter().map(|row| format!("{} {}", row.name, text(row))).collect::<Vec<_>>().join("; ");
    html! {
        svg class={ "chart forest " (class) } viewBox={ "0 0 " (n(width)) " " (n(height)) } role="img" aria-label={ (title) ": " (label) } {
            @if let Some(m) = margin {
                rect.margin x=(n(x(-m))) y="4" width=(n(x(m) - x(-m))) height=(n(bottom - 4.0)) { title { "Differences within the margin count as none" } }
            }
            @for tick in &marks {
                line class=(if *tick == 0.0 { "zero" } else { "grid" }) x1=(n(x(*tick))) x2=(n(x(*tick))) y1="4" y2=(n(bottom)) {}
                text.tick x=(n(x(*tick))) y=(n(bottom + 17.0)) text-anchor="middle" { (tick_text(metric, *tick)) }
            }
            @for (place, row) in rows.iter().enumerate() {
                @let y = line * (place as f64 + 1.0) - line / 2.0 + if narrow { 12.0 } else { 4.0 };
                @if let Some(interval) = row.interval {
                    line class=(if row.total { "reach total" } else { "reach" }) x1=(n(x(interval.low))) x2=(n(x(interval.high))) y1=(n(y)) y2=(n(y)) {}
                    @for end in [interval.low, interval.high] {
                        line class=(if row.total { "reach total" } else { "reach" }) x1=(n(x(end))) x2=(n(x(end))) y1=(n(y - 5.0)) y2=(n(y + 5.0)) {}
                    }
                }
                @if row.total {
                    rect.point x=(n(x(row.value) - 5.0)) y=(n(y - 5.0)) width="10" height="10" {}
                } @else {
                    circle.point cx=(n(x(row.value))) cy=(n(y)) r="5" {}
                }
                @if narrow {
                    text.row-name x="0" y=(n(y - 13.0)) { (row.name) }
                    text.row-value x=(n(width)) y=(n(y - 13.0)) text-anchor="end" { (text(row)) }
                } @else {
                    text.row-name x=(n(left - 18.0)) y=(n(y + 4.5)) text-anchor="end" { (row.name) }
                    text.row-value x=(n(right + 18.0)) y=(n(y + 4.5)) { (text(row)) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_short_and_values_are_not() {
        for (value, text) in [(0.1, "+10"), (0.0, "0"), (-0.005, "−0.5")] {
            assert_eq!(tick_text(Metric::AccuracyTop1, value), text);
        }
        assert_eq!(tick_text(Metric::Nll, -0.25), "−0.25");
        let interval = Interval { low: 0.201, high: 0.224, confidence: 0.95 };
        assert_eq!(interval_text(Metric::AccuracyTop1, &interval), "[+20.10, +22.40]");
    }
}
