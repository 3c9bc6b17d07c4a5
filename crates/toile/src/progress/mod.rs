//! What a person sees while something takes time. Everything here goes to stderr, but for the JSON that a
//! program asked for.

mod bars;
pub mod fetch;
mod json;
mod plain;
mod words;

use std::io::{IsTerminal, Write};

use toile_study::run::Observer;

use crate::args::ProgressMode;

/// A line on stderr. Nobody is left to be told when it is gone, and that stops no training.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Who shows what happens, in this way.
pub fn observer(mode: ProgressMode) -> Box<dyn Observer> {
    match mode {
        ProgressMode::Json => Box::new(json::Json),
        ProgressMode::Bar => Box::new(bars::Bars::default()),
        ProgressMode::Auto if std::io::stderr().is_terminal() => Box::new(bars::Bars::default()),
        ProgressMode::Auto | ProgressMode::Plain => Box::new(plain::Plain),
    }
}

/// Columns of the terminal, 80 where there is none.
pub fn terminal_width() -> usize {
    console::Term::stdout().size_checked().map_or(80, |(_, columns)| usize::from(columns))
}
