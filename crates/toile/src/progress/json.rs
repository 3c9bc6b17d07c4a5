//! One JSON object a line, for programs.

use std::io::Write;

use toile_study::run::{Event, Observer};

/// Lines on stdout.
pub(super) struct Json;

impl Observer for Json {
    fn event(&self, event: &Event) {
        if let Ok(line) = serde_json::to_string(event) {
            // A reader that went away does not stop the training.
            let _ = writeln!(std::io::stdout(), "{line}");
        }
    }
}
