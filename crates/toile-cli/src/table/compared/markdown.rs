//! A comparison to be pasted into a page.

use toile_study::evidence::comparison::Comparison;

use super::sections::{Table, sections};

/// All of it as Markdown, a line break at the end.
pub fn markdown(comparison: &Comparison) -> String {
    let mut blocks = Vec::new();
    for section in sections(comparison) {
        blocks.push(format!("### {}\n", escaped(&section.heading)));
        blocks.extend(section.paragraphs.iter().map(|paragraph| escaped(paragraph) + "\n"));
        blocks.extend(section.table.as_ref().map(table));
    }
    blocks.extend(comparison.warnings.iter().map(|warning| format!("> {}\n", escaped(warning))));
    blocks.join("\n")
}

fn table(table: &Table) -> String {
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let cells: Vec<String> = cells.map(|cell| escaped(cell.trim())).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let columns = || table.columns.iter().map(String::as_str);
    let mut text = line(&mut std::iter::once(table.corner).chain(columns()));
    text += &format!("|---|{}\n", "---:|".repeat(table.columns.len()));
    for (label, cells) in &table.rows {
        text += &line(&mut std::iter::once(label.as_str()).chain(cells.iter().map(String::as_str)));
    }
    text
}

/// Names of models and classes are not to be taken for Markdown.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if matches!(c, '|' | '*' | '_' | '`' | '<' | '>' | '#' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
