//! A table's lines, cell by cell.

use std::collections::HashMap;

use csv::StringRecord;

use super::header::{Column, Header};
use super::text::{self, Record};
use crate::listing::error::TableProblem;
use crate::listing::part::Part;
use crate::plain_text::is_no_plain_text;

/// A line of a table.
pub(super) struct Row {
    pub(super) line: u64,
    /// Path or index.
    pub(super) key: String,
    /// Index among the labels.
    pub(super) label: u32,
    pub(super) part: Option<Part>,
    /// Index among the groups.
    pub(super) group: Option<u32>,
}

/// A table's lines with the words they use, in the order of their first use.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) rows: Vec<Row>,
    pub(super) labels: Words,
    pub(super) groups: Words,
}

/// Each word once.
#[derive(Default)]
pub(super) struct Words {
    pub(super) words: Vec<String>,
    indices: HashMap<String, u32>,
}

impl Words {
    fn index(&mut self, word: &str) -> u32 {
        if let Some(&index) = self.indices.get(word) {
            return index;
        }
        let index = self.words.len() as u32;
        self.words.push(word.to_owned());
        self.indices.insert(word.to_owned(), index);
        index
    }
}

/// What is wrong with which line.
pub(super) type RowError = (u64, TableProblem);

/// Reads the lines below the header.
pub(super) fn read(text: &str, header: &Header) -> Result<Rows, RowError> {
    let mut rows = Rows::default();
    for record in text::records(text, header.delimiter).skip(1) {
        let line = record.line;
        rows.add(&record, header).map_err(|problem| (line, problem))?;
    }
    Ok(rows)
}

impl Rows {
    fn add(&mut self, Record { line, fields }: &Record, header: &Header) -> Result<(), TableProblem> {
        // A quote that is left open swallows lines: said first, because the number of fields is wrong as well.
        for column in [Some(&header.key), Some(&header.label), header.split.as_ref(), header.group.as_ref()] {
            let Some(column) = column else { continue };
            if fields.get(column.at).is_some_and(|field| field.contains(['\n', '\r'])) {
                return Err(TableProblem::LineBreak { column: column.name.clone() });
            }
        }
        if fields.len() != header.fields {
            return Err(TableProblem::Ragged { fields: fields.len(), expected: header.fields });
        }
        cell(fields, &header.key)?;
        // A path with spaces around it may be that of a file.
        let key = &fields[header.key.at];
        let label = self.labels.index(cell(fields, &header.label)?);
        let part = header.split.as_ref().map(|column| {
            let word = cell(fields, column)?;
            let unknown = || TableProblem::NoPart { word: word.to_owned(), column: column.name.clone() };
            Part::of(word).ok_or_else(unknown)
        });
        let group = header.group.as_ref().map(|column| Ok(self.groups.index(cell(fields, column)?)));
        let row = Row {
            line: *line,
            key: key.to_owned(),
            label,
            part: part.transpose()?,
            group: group.transpose()?,
        };
        self.rows.push(row);
        Ok(())
    }
}

/// A cell without spaces around it.
fn cell<'a>(fields: &'a StringRecord, column: &Column) -> Result<&'a str, TableProblem> {
    match fields[column.at].trim() {
        "" => Err(TableProblem::EmptyCell { column: column.name.clone() }),
        word if word.contains(is_no_plain_text) => {
            Err(TableProblem::NotPlain { word: word.to_owned(), column: column.name.clone() })
        }
        word => Ok(word),
    }
}
