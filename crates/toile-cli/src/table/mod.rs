//! The comparison of a study's models on a terminal: a table, then the findings that matter most.
//!
//! Pure: results in, text out. Whoever prints it knows the terminal.

pub mod ablated;
pub mod calibrated;
pub mod compared;
pub mod comparison;
mod document;
mod effects;
pub mod ensembles;
pub mod evaluated;
pub mod explained;
mod grid;
mod layout;
pub mod quantized;
pub mod searched;
pub mod standing;

use toile_study::findings::findings;
use toile_study::results::{Receipt, StudyResults};

pub(crate) use grid::Grid;
pub(crate) use layout::{Style, wrapped};

/// How wide the text may be and whether it may be coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableOptions {
    /// Columns of the terminal; 80 where there is none. Below 40 it is taken for 40.
    pub width_columns: usize,
    /// Whether to use ANSI escapes for bold and dim text; false with `NO_COLOR` or without a terminal.
    pub colour: bool,
}

impl Default for TableOptions {
    fn default() -> Self {
        TableOptions { width_columns: 80, colour: false }
    }
}

/// The comparison table of a study and its short findings, a line break at the end.
///
/// `receipts` holds (model, seed, receipt) of the runs that have one; only the time row needs it.
pub fn comparison(
    results: &StudyResults,
    receipts: &[(String, u64, Receipt)],
    options: TableOptions,
) -> String {
    let width = options.width_columns.max(40);
    let style = Style { colour: options.colour };
    let names: Vec<String> = results.models.iter().map(|model| model.name.clone()).collect();
    let mut text = String::new();
    if names.is_empty() {
        text.push_str("No model has been trained yet.\n");
        return text;
    }
    text.push_str(&layout::table(&names, &comparison::comparison_rows(results, receipts), width, style));
    text.push_str(&ensembles::text(results, style));
    let headlines: Vec<String> = findings(results)
        .into_iter()
        .filter(|finding| finding.headline)
        .map(|finding| finding.sentence)
        .collect();
    if !headlines.is_empty() {
        text.push('\n');
        text.push_str(&style.bold("Findings"));
        text.push('\n');
    }
    for sentence in headlines {
        for (index, line) in wrapped(&sentence, width - 2).iter().enumerate() {
            text.push_str(if index == 0 { "- " } else { "  " });
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}
