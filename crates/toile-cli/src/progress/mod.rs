//! What a person sees while something takes time. Everything here goes to stderr, but for the JSON that a
//! program asked for.

mod bars;
pub mod counted;
pub mod fetch;
mod json;
mod notice;
mod plain;
mod waiting;
mod words;

use toile_study::run::Observer;
use toile_study::study::Study;

use crate::args::ProgressMode;
use crate::terminal;

pub use notice::{Notice, be_quiet, complain, remark, say, tell};
pub use waiting::waiting;
use words::Telling;

/// Who shows what happens to the runs of this study, in this way, and how to say a line meanwhile.
pub fn observer(mode: ProgressMode, study: &Study) -> (Box<dyn Observer>, Notice) {
    let telling = Telling { folds: study.cross_validation().map(|of| of.folds) };
    let draws = terminal::draws(&std::io::stderr());
    match mode {
        ProgressMode::Json => (Box::new(json::Json), Box::new(tell)),
        _ if notice::is_quiet() => (Box::new(()), Box::new(tell)),
        // There is nothing to draw bars on in a file, or where escapes are shown as they are.
        ProgressMode::Auto | ProgressMode::Bar if draws => {
            let bars = bars::Bars::new(telling);
            let notice = bars.notice();
            (Box::new(bars), notice)
        }
        _ => (Box::new(plain::Plain(telling)), Box::new(tell)),
    }
}
