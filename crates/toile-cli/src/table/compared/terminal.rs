//! A comparison on a terminal.

use toile_study::evidence::comparison::{ComparedPair, Comparison};

use super::sections::sections;
use crate::table::TableOptions;
use crate::table::comparison::{Cell, ComparisonRow};
use crate::table::layout::{self, Style, wrapped};

/// All of it, a line break at the end.
pub fn terminal(comparison: &Comparison, options: TableOptions) -> String {
    let (width, style) = (options.width_columns.max(40), Style { colour: options.colour });
    let parts = sections(comparison).into_iter().map(|section| {
        let mut text = style.bold(&section.heading) + "\n";
        for paragraph in &section.paragraphs {
            for line in wrapped(paragraph, width) {
                text += &(line + "\n");
            }
        }
        if let Some(table) = section.table {
            let row = |(label, cells): (String, Vec<String>)| ComparisonRow {
                label,
                cells: cells.into_iter().map(|value| Cell { value, ..Cell::default() }).collect(),
                measured: false,
            };
            let rows: Vec<ComparisonRow> = table.rows.into_iter().map(row).collect();
            text += &layout::table(&table.columns, &rows, width, style);
        }
        text
    });
    parts.collect::<Vec<_>>().join("\n")
}

/// The verdicts alone: of every pair, or with more than three models of each beside the first.
pub fn verdicts(comparison: &Comparison, options: TableOptions) -> String {
    let (width, style) = (options.width_columns.max(40), Style { colour: options.colour });
    let first = comparison.models.first().map(|model| &model.name);
    let shown = |pair: &&ComparedPair| comparison.models.len() <= 3 || first == Some(&pair.first);
    let mut text = style.bold(if comparison.pairs.len() > 1 { "Verdicts" } else { "Verdict" }) + "\n";
    for pair in comparison.pairs.iter().filter(shown) {
        for (index, line) in wrapped(&pair.sentence, width - 2).iter().enumerate() {
            text += if index == 0 { "- " } else { "  " };
            text += &format!("{line}\n");
        }
    }
    text
}
