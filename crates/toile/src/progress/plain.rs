//! One line an epoch, for logs.

use toile_study::run::{Event, Observer};

/// Lines on stderr.
pub(super) struct Plain;

impl Observer for Plain {
    fn event(&self, event: &Event) {
        if let Some(line) = super::words::line(event) {
            super::say(&line);
        }
    }
}
