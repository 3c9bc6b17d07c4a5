//! What a person sees while something takes time. Everything here goes to stderr, but for the JSON that a
//! program asked for.

mod bars;
pub mod fetch;
mod json;
mod plain;
mod words;

use std::io::Write;

use toile_study::run::Observer;

use crate::args::ProgressMode;
use crate::terminal;

use words::Figures;

/// A line on stderr. Nobody is left to be told when it is gone, and that stops no training.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Says a line on stderr while something else may be drawing there.
pub type Notice = Box<dyn Fn(&str) + Send>;

/// Who shows what happens, in this way, and how to say a line meanwhile.
pub fn observer(mode: ProgressMode) -> (Box<dyn Observer>, Notice) {
    observer_of(mode, Figures::All)
}

/// The same without figures of the test images, where something is chosen by looking.
pub fn validation_observer(mode: ProgressMode) -> (Box<dyn Observer>, Notice) {
    observer_of(mode, Figures::Validation)
}

fn observer_of(mode: ProgressMode, figures: Figures) -> (Box<dyn Observer>, Notice) {
    let draws = terminal::draws(&std::io::stderr());
    match mode {
        ProgressMode::Json => (Box::new(json::Json(figures)), Box::new(say)),
        // There is nothing to draw bars on in a file, or where escapes are shown as they are.
        ProgressMode::Auto | ProgressMode::Bar if draws => {
            let bars = bars::Bars::new(figures);
            let notice = bars.notice();
            (Box::new(bars), notice)
        }
        _ => (Box::new(plain::Plain(figures)), Box::new(say)),
    }
}
