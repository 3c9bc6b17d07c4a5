//! One JSON object a line, for programs.

use toile_study::run::{Event, Observer};

use crate::stdout::print;

/// Lines on stdout.
pub(super) struct Json;

impl Observer for Json {
    fn event(&self, event: &Event) {
        if let Ok(line) = serde_json::to_string(event) {
            // Whatever becomes of it, the training goes on; what could not be written is told at the end.
            print("the events", &(line + "\n"));
        }
    }
}
