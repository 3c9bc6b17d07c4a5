//! What the charts share: the frame with its colours, round ticks, numbers.

use maud::{Markup, PreEscaped, html};

use crate::report::palette::{DARK, LIGHT, Theme, hex};

/// Pixels of a drawing.
#[derive(Clone, Copy)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A file that stands alone: ground, colours of both modes, title and description for who cannot see it.
pub(super) fn file(size: Size, title: &str, description: &str, inside: Markup) -> String {
    let Size { width, height } = size;
    let style = format!("{}@media (prefers-color-scheme:dark){{{}}}", css(&LIGHT), css(&DARK));
    let drawing = html! {
        svg xmlns="http://www.w3.org/2000/svg" class="toile-chart" role="img" viewBox={ "0 0 " (n(width)) " " (n(height)) }
            width=(n(width)) height=(n(height)) font-size="13"
            font-family="system-ui, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', sans-serif" {
            title { (title) }
            desc { (description) }
            style { (PreEscaped(style)) }
            rect class="ground" width="100%" height="100%" rx="6" {}
            (inside)
        }
    };
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", drawing.into_string())
}

/// Every rule begins with the chart's class, for an SVG may be set into a page.
fn css(theme: &Theme) -> String {
    let mut rules = vec![
        format!("text{{fill:{}}}", hex(theme.ink)),
        format!("text.muted{{fill:{}}}", hex(theme.muted)),
        format!(".ground{{fill:{}}}", hex(theme.panel)),
        format!(".grid{{stroke:{}}}", hex(theme.rule)),
        format!(".ink{{stroke:{};fill:none}}", hex(theme.ink)),
        format!(".chance{{stroke:{};stroke-dasharray:2 4}}", hex(theme.muted)),
    ];
    for (index, colour) in theme.models.iter().enumerate() {
        let colour = hex(*colour);
        rules.push(format!(".fill{index}{{fill:{colour}}}"));
        rules.push(format!(".line{index}{{stroke:{colour};fill:none}}"));
        rules.push(format!("text.name{index}{{fill:{colour}}}"));
    }
    rules.iter().map(|rule| format!(".toile-chart {rule}")).collect()
}

/// Round values from `low` to `high`, about `steps` of them, both ends enclosed.
pub(super) fn ticks(low: f64, high: f64, steps: f64) -> Vec<f64> {
    let range = high - low;
    if range <= 0.0 || !range.is_finite() {
        return vec![low, low + 1.0];
    }
    let rough = range / steps;
    let power = 10f64.powf(rough.log10().floor());
    let round = [1.0, 2.0, 2.5, 5.0, 10.0].map(|m| m * power);
    let step = round.into_iter().find(|step| *step >= rough * 0.999).unwrap_or(rough);
    let (first, last) = ((low / step + 1e-9).floor() as i64, (high / step - 1e-9).ceil() as i64);
    (first..=last).map(|i| i as f64 * step).collect()
}

/// A tick's number: as few digits as tell it.
pub(super) fn tick_text(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    match text.strip_prefix('-') {
        Some("0") => "0".into(),
        Some(digits) => format!("−{digits}"),
        None => text.into(),
    }
}

/// A coordinate with one decimal at most.
pub(super) fn n(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    if rounded == 0.0 { "0".into() } else { format!("{rounded}") }
}

/// About how wide a text is, in pixels at the charts' size.
pub(super) fn width_of(text: &str) -> f64 {
    text.chars().count() as f64 * 7.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_enclose() {
        assert_eq!(ticks(-0.4, 18.9, 5.0), [-5.0, 0.0, 5.0, 10.0, 15.0, 20.0]);
        assert_eq!(ticks(0.0, 0.0, 5.0), [0.0, 1.0]);
        assert_eq!([-2.5, 0.0, -0.0, 10.0, 0.25].map(tick_text), ["−2.5", "0", "0", "10", "0.25"]);
    }
}
