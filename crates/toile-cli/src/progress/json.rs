//! One JSON object a line, for programs.

use std::io::Write;

use toile_study::run::{Event, Observer};

use super::words::Figures;

/// Lines on stdout.
pub(super) struct Json(pub(super) Figures);

impl Observer for Json {
    fn event(&self, event: &Event) {
        if let Some(line) = text(event, self.0) {
            // A reader that went away does not stop the training.
            let _ = writeln!(std::io::stdout(), "{line}");
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
