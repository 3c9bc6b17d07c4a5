//! Tables with headings and sentences, for a terminal or a Markdown page.

use super::TableOptions;
use super::grid::{Grid, escaped};
use super::layout::{Style, wrapped};

/// What is told, from top to bottom.
#[derive(Clone, Debug, Default)]
pub(super) struct Document {
    pub(super) sections: Vec<Section>,
    /// What to keep in mind, each on a line of its own.
    pub(super) warnings: Vec<String>,
}

/// A part of it: any of the three may be empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Section {
    pub(super) heading: String,
    pub(super) grid: Grid,
    pub(super) sentences: Vec<String>,
}

impl Document {
    pub(super) fn terminal(&self, options: TableOptions) -> String {
        let (style, width) = (Style { colour: options.colour }, options.width_columns.max(40));
        let mut blocks = Vec::new();
        for Section { heading, grid, sentences } in &self.sections {
            let mut block = String::new();
            if !heading.is_empty() {
                block += &(style.bold(heading) + "\n");
            }
            if !grid.head.is_empty() {
                block += &grid.text(style);
            }
            for sentence in sentences {
                block += &(wrapped(sentence, width).join("\n") + "\n");
            }
            blocks.push(block);
        }
        let warnings = self.warnings.iter().map(|warning| {
            let lines = wrapped(&format!("warning: {warning}"), width - 2);
            lines.join("\n  ") + "\n"
        });
        blocks.extend(Some(warnings.collect::<String>()).filter(|warnings| !warnings.is_empty()));
        blocks.join("\n")
    }

    pub(super) fn markdown(&self) -> String {
        let mut blocks = Vec::new();
        for Section { heading, grid, sentences } in &self.sections {
            if !heading.is_empty() {
                blocks.push(format!("### {}\n", escaped(heading)));
            }
            if !grid.head.is_empty() {
                blocks.push(grid.markdown());
            }
            blocks.extend(sentences.iter().map(|sentence| escaped(sentence) + "\n"));
        }
        blocks.extend(self.warnings.iter().map(|warning| format!("> {}\n", escaped(warning))));
        blocks.join("\n")
    }
}
