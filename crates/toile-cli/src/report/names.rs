//! Names of models where there is little room.

use maud::{Markup, html};

/// A name that may be broken before a `+`, rather than within a word.
pub(super) fn breakable(name: &str) -> Markup {
    html! {
        @for (place, part) in name.split('+').enumerate() {
            @if place > 0 { wbr; "+" }
            (part)
        }
    }
}
