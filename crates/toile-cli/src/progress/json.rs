//! One JSON object a line, for programs.

use toile_study::run::{Event, Observer};

use super::words::Figures;
use crate::stdout::print;

/// Lines on stdout.
pub(super) struct Json(pub(super) Figures);

impl Observer for Json {
    fn event(&self, event: &Event) {
        if let Some(line) = text(event, self.0) {
            // Whatever becomes of it, the training goes on; what could not be written is told at the end.
            print("the events", &(line + "\n"));
        }
    }
}

fn text(event: &Event, figures: Figures) -> Option<String> {
    if figures == Figures::All {
        return serde_json::to_string(event).ok();
    }
    let mut value = serde_json::to_value(event).ok()?;
    let fields = value.as_object_mut()?;
    for key in ["test_loss", "test_accuracy", "evaluation"] {
        fields.remove(key);
    }
    Some(value.to_string())
}
