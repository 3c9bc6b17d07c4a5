//! Lines for a person, beside whatever else is drawn.

use std::io::Write;

/// A line on stderr. Nobody is left to be told when it is gone, and that stops no training.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Says a line on stderr while something else may be drawing there.
pub type Notice = Box<dyn Fn(&str) + Send>;
