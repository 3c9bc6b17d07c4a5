//! What settings that were tried have more than the model as it is.

use toile_study::evidence::Metric;
use toile_study::evidence::search::Search;
use toile_study::numbers::{counted, percent};

use super::forest::{Forest, ForestRow, Role};
use crate::picture::{Picture, Text};

/// Lines at most: the best ones.
const ROWS_MAX: usize = 40;
const WIDTH: f64 = 860.0;

/// The file: candidates of the last rung in this order (places among them), each called by `name`.
pub fn sheet(of: &Search, order: &[usize], name: &dyn Fn(usize) -> String) -> Picture {
    let finalists = order.iter().filter(|&&place| of.candidates[place].over_default.is_some());
    let row = |&place: &usize| {
        let tried = &of.candidates[place];
        let worth = tried.over_default.expect("only such are left");
        ForestRow {
            name: shortened(&name(place)),
            below: tried.validation_accuracy.map_or(String::new(), percent),
            value: worth.difference,
            interval: Some(worth.interval),
            role: if of.best == Some(place) { Role::Total } else { Role::Part },
        }
    };
    let rows: Vec<ForestRow> = finalists.take(ROWS_MAX).map(row).collect();
    let title = format!("{} with other settings", of.model);
    let mut sheet = Picture::new(title, WIDTH, 0.0);
    let forest =
        Forest { title: "Validation accuracy", metric: Metric::AccuracyTop1, rows: &rows, margin: None };
    let told = format!(
        "validation accuracy beside the model as it is; bars: intervals that hold for all {}",
        counted(of.candidates.len().saturating_sub(1), "candidate")
    );
    sheet.description = format!("{told} {}", forest.label());
    sheet.text(Text::at(24.0, 34.0, sheet.title.clone()).sized(17.0).bold());
    sheet.text(Text::at(24.0, 58.0, told).muted());
    sheet.height = forest.draw(&mut sheet, (24.0, 78.0), WIDTH - 48.0) + 8.0;
    sheet
}

fn shortened(text: &str) -> String {
    const CHARS_MAX: usize = 48;
    if text.chars().count() <= CHARS_MAX {
        return text.to_string();
    }
    text.chars().take(CHARS_MAX - 1).chain(['…']).collect()
}
