//! A share as a bar of a page, beside the number that says the same.

use maud::{Markup, html};
use toile_draw::palette::MODELS;

/// As wide as this share, from 0 to 1, of what it stands in.
pub(crate) fn bar(share: f64) -> Markup {
    html! { i style={ "width:" (width(share)) } {} }
}

/// In the colour of the model with this index, with an interval on it.
pub(crate) fn bar_with_interval(share: f64, interval: Option<(f64, f64)>, model: usize) -> Markup {
    html! {
        span.track {
            i class={ "b" (model % MODELS) } style={ "width:" (width(share)) } {}
            @if let Some((low, high)) = interval { b style={ "left:" (width(low)) ";width:" (width(high - low)) } {} }
        }
    }
}

/// As CSS has it.
fn width(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_wide_as_their_shares() {
        assert_eq!(bar(0.25).into_string(), "<i style=\"width:25.0%\"></i>");
        let found = bar_with_interval(0.5, Some((0.4, 0.65)), MODELS + 1).into_string();
        for part in ["class=\"b1\" style=\"width:50.0%\"", "style=\"left:40.0%;width:25.0%\""] {
            assert!(found.contains(part), "{found}");
        }
        assert!(!bar_with_interval(0.5, None, 0).into_string().contains("<b "));
    }
}
