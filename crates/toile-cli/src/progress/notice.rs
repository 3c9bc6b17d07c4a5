//! Lines for a person, beside whatever else is drawn.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether nobody wants to hear how it goes. Set once, before anything is done.
static QUIET: AtomicBool = AtomicBool::new(false);

/// From here on [`say`] says nothing, and no progress is shown.
pub fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

/// Whether nobody wants to hear how it goes.
pub(super) fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// How it goes, and where things are: a line on stderr that `--quiet` leaves out.
pub fn say(line: &str) {
    if !is_quiet() {
        tell(line);
    }
}

/// What the answer does not say and has to be known with it.
pub fn remark(text: &str) {
    tell(&format!("note: {text}"));
}

/// What went wrong.
pub fn complain(text: &str) {
    tell(&format!("error: {text}"));
}

/// A line on stderr. Nobody is left to be told when it is gone, and that stops no training.
pub fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Says a line on stderr while something else may be drawing there.
pub type Notice = Box<dyn Fn(&str) + Send>;
