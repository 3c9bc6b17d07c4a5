//! What a person sees while something takes time. Everything here goes to stderr, but for the JSON that a
//! program asked for.

mod bars;
pub mod fetch;
mod json;
mod notice;
mod plain;
mod words;

use toile_study::run::Observer;

use crate::args::ProgressMode;
use crate::terminal;

pub use notice::{Notice, say};
use words::Figures;

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
