//! One line an epoch, for logs.

use toile_study::run::{Event, Observer};

use super::notice::say;
use super::words::{Telling, line};

/// Lines on stderr.
pub(super) struct Plain(pub(super) Telling);

impl Observer for Plain {
    fn event(&self, event: &Event) {
        if let Some(line) = line(event, self.0) {
            say(&line);
        }
    }
}
