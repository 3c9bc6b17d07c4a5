//! A small table: the first column to the left, the others to the right.

use unicode_width::UnicodeWidthStr;

use super::layout::Style;

/// Rows of cells under a head.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Grid {
    pub(crate) head: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Grid {
    pub(super) fn new<const N: usize>(head: [&str; N]) -> Self {
        Grid { head: head.map(str::to_owned).to_vec(), rows: Vec::new() }
    }

    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.to_vec());
    }

    /// For a terminal, each line indented by two; no space at the end of a line.
    pub(crate) fn text(&self, style: Style) -> String {
        let all = || std::iter::once(&self.head).chain(&self.rows);
        let widths: Vec<usize> = (0..self.head.len())
            .map(|column| all().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0))
            .collect();
        let mut text = String::new();
        for (index, row) in all().enumerate() {
            let mut line = String::from(" ");
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let space = " ".repeat(width - cell.width());
                line += &if column == 0 { format!(" {cell}{space}") } else { format!("  {space}{cell}") };
            }
            let line = line.trim_end();
            text += &if index == 0 { style.bold(line) } else { line.to_string() };
            text.push('\n');
        }
        text
    }

    pub(super) fn markdown(&self) -> String {
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rule: String = (1..self.head.len()).map(|_| " ---: |").collect();
        let rows: String = self.rows.iter().map(|row| line(row)).collect();
        format!("{}| --- |{rule}\n{rows}", line(&self.head))
    }
}

/// Names of models and factors are not to be taken for Markdown.
pub(super) fn escaped(text: &str) -> String {
    let special = |c: char| matches!(c, '|' | '*' | '_' | '`' | '<' | '>' | '#' | '\\');
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_markdown_is_escaped() {
        let mut grid = Grid::new(["factor", "change"]);
        grid.row(["batch_size".into(), "+1.00".into()]);
        grid.row(["a".into(), "−10.25".into()]);
        let text = "  factor      change\n  batch_size   +1.00\n  a           −10.25\n";
        assert_eq!(grid.text(Style { colour: false }), text);
        let markdown = "| factor | change |\n| --- | ---: |\n| batch\\_size | +1.00 |\n| a | −10.25 |\n";
        assert_eq!(grid.markdown(), markdown);
    }
}
