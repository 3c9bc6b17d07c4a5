//! What a stream can show: colours, drawings that move, and how many columns there are.

use std::ffi::OsString;
use std::io::IsTerminal;

use crate::table::TableOptions;

/// What the environment says of a terminal.
struct Environment {
    /// `TERM`.
    term: Option<OsString>,
    /// `NO_COLOR`.
    no_color: Option<OsString>,
}

impl Environment {
    fn read() -> Environment {
        Environment { term: std::env::var_os("TERM"), no_color: std::env::var_os("NO_COLOR") }
    }

    /// Whether a terminal takes escapes at all: an editor's shell often does not, and says so.
    fn takes_escapes(&self) -> bool {
        self.term.as_ref().is_none_or(|term| term != "dumb")
    }

    /// Whether colours are wanted (<https://no-color.org>).
    fn takes_colour(&self) -> bool {
        self.takes_escapes() && self.no_color.as_ref().is_none_or(|value| value.is_empty())
    }
}

/// Whether bars can be drawn on this stream.
pub fn draws(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && Environment::read().takes_escapes()
}

/// How a table fits this stream.
pub fn table_options(stream: &impl IsTerminal) -> TableOptions {
    let colour = stream.is_terminal() && Environment::read().takes_colour();
    TableOptions { width_columns: columns(), colour }
}

/// Columns of the terminal, 80 where there is none.
pub fn columns() -> usize {
    console::Term::stdout().size_checked().map_or(80, |(_, columns)| usize::from(columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_colours_are_left_out_where_they_are_not_wanted() {
        for (term, no_color, escapes, colour) in [
            (None, None, true, true),
            (Some("xterm"), None, true, true),
            (Some("xterm"), Some(""), true, true),
            (Some("xterm"), Some("1"), true, false),
            (Some("dumb"), None, false, false),
            (Some("dumb"), Some("1"), false, false),
        ] {
            let of = Environment { term: term.map(Into::into), no_color: no_color.map(Into::into) };
            assert_eq!((of.takes_escapes(), of.takes_colour()), (escapes, colour), "{term:?} {no_color:?}");
        }
    }
}
