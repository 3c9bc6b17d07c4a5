//! Columns that fit a terminal.

use unicode_width::UnicodeWidthStr;

use super::comparison::ComparisonRow;

/// Space between columns.
const GAP: usize = 2;
/// A column is never narrower than this, unless its texts are.
const COLUMN_MIN: usize = 14;

/// Whether text may carry ANSI escapes.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    pub(crate) colour: bool,
}

impl Style {
    pub(crate) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.colour && !text.trim().is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_string()
        }
    }
}

/// A table with a column a model; as many models side by side as fit, the others below.
pub(super) fn table(names: &[String], rows: &[ComparisonRow], width: usize, style: Style) -> String {
    let label_width = rows.iter().map(|row| row.label.width()).max().unwrap_or(0).max("published".len() + 2);
    let label_width = label_width.min(width / 2);
    let natural: Vec<usize> = (0..names.len())
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.cells.get(column));
            let cells =
                cells.flat_map(|cell| [cell.value.width(), cell.published.as_ref().map_or(0, |p| p.width())]);
            cells.max().unwrap_or(0).max(names[column].width())
        })
        .collect();
    let mut text = String::new();
    let mut from = 0;
    while from < names.len() {
        let mut to = from + 1;
        let least = |to: usize| -> usize {
            natural[from..to].iter().map(|width| GAP + (*width).min(COLUMN_MIN)).sum::<usize>() + label_width
        };
        while to < names.len() && least(to + 1) <= width {
            to += 1;
        }
        let widths = column_widths(&natural[from..to], width.saturating_sub(label_width));
        if from > 0 {
            text.push('\n');
        }
        block(&mut text, &names[from..to], rows, from, label_width, &widths, style);
        from = to;
    }
    text
}

/// Natural widths if they fit, else the widest are cut until they do.
fn column_widths(natural: &[usize], space: usize) -> Vec<usize> {
    let mut widths = natural.to_vec();
    while widths.iter().map(|width| width + GAP).sum::<usize>() > space {
        let Some(widest) = widths.iter_mut().max() else { break };
        if *widest <= 1 {
            break;
        }
        *widest -= 1;
    }
    widths
}

fn block(
    text: &mut String,
    names: &[String],
    rows: &[ComparisonRow],
    from: usize,
    label_width: usize,
    widths: &[usize],
    style: Style,
) {
    let header: Vec<&str> = names.iter().map(String::as_str).collect();
    line(text, "", &header, label_width, widths, &|part| style.bold(part));
    let total = label_width + widths.iter().map(|width| width + GAP).sum::<usize>();
    text.push_str(&style.dim(&"─".repeat(total)));
    text.push('\n');
    let mut was_measured = false;
    for row in rows {
        if row.measured && !was_measured {
            text.push_str(&style.dim(&"─".repeat(total)));
            text.push('\n');
        }
        was_measured = row.measured;
        let cells = &row.cells[from..from + names.len()];
        let values: Vec<&str> = cells.iter().map(|cell| cell.value.as_str()).collect();
        line(text, &row.label, &values, label_width, widths, &|part| part.to_string());
        if cells.iter().any(|cell| cell.published.is_some()) {
            let values: Vec<&str> =
                cells.iter().map(|cell| cell.published.as_deref().unwrap_or("")).collect();
            line(text, "  published", &values, label_width, widths, &|part| style.dim(part));
        }
    }
}

/// One row, on as many lines as its longest cell needs; no space at the end of a line.
fn line(
    text: &mut String,
    label: &str,
    values: &[&str],
    label_width: usize,
    widths: &[usize],
    paint: &dyn Fn(&str) -> String,
) {
    let indent = if label.starts_with("  ") { "  " } else { "" };
    let labels = wrapped(label.trim_start(), label_width - indent.len());
    let cells: Vec<Vec<String>> =
        values.iter().zip(widths).map(|(value, width)| wrapped(value, *width)).collect();
    let lines = cells.iter().map(Vec::len).max().unwrap_or(0).max(labels.len());
    for index in 0..lines {
        let mut plain_width = 0;
        let mut at = 0;
        let part = labels.get(index).map_or(String::new(), |part| format!("{indent}{part}"));
        let mut put = |part: &str, column: usize, text: &mut String| {
            if !part.is_empty() {
                text.push_str(&" ".repeat(column - plain_width));
                text.push_str(&paint(part));
                plain_width = column + part.width();
            }
        };
        put(&part, at, text);
        at += label_width;
        for (cell, width) in cells.iter().zip(widths) {
            at += GAP;
            put(cell.get(index).map_or("", String::as_str), at, text);
            at += width;
        }
        text.push('\n');
    }
}

/// Text broken at spaces, but not before a percent sign, into lines of at most `width` columns; a longer word is broken where it must be.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = vec![];
    let mut line = String::new();
    // A percent sign stays with its number.
    let words = text.replace(" %", "\u{a0}%");
    for word in words.split(' ').filter(|word| !word.is_empty()) {
        let word = word.replace('\u{a0}', " ");
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
        while line.width() > width {
            let end = prefix_that_fits(&line, width);
            let rest = line.split_off(end);
            lines.push(std::mem::replace(&mut line, rest));
        }
    }
    lines.push(line);
    lines
}

/// Bytes of the longest prefix of at most `width` columns, at least one character.
fn prefix_that_fits(text: &str, width: usize) -> usize {
    let ends = text.char_indices().map(|(index, character)| index + character.len_utf8());
    let first = text.chars().next().map_or(0, char::len_utf8);
    ends.take_while(|end| text[..*end].width() <= width).last().unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_at_spaces_and_in_words_that_are_too_long() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrapped("a 時計時計", 5), ["a", "時計", "時計"], "wide letters count twice");
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(wrapped("from 69.18 % on", 10), ["from", "69.18 % on"]);
    }

    #[test]
    fn columns_shrink_from_the_widest() {
        assert_eq!(column_widths(&[10, 20], 34), [10, 20]);
        assert_eq!(column_widths(&[10, 20], 24), [10, 10]);
    }
}
