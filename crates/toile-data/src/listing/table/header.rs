//! A table's columns, found by their names.

use csv::StringRecord;

use super::options::TableOptions;
use super::text::{self, Record};
use crate::listing::error::{ListingError, TableProblem};
use crate::listing::kind::FileKind;
use crate::plain_text::escaped;

const PATH: &[&str] =
    &["path", "file", "filename", "file_name", "filepath", "file_path", "image", "image_path"];
const INDEX: &[&str] = &["index"];
const LABEL: &[&str] = &["label", "class", "class_name", "category", "target"];
const SPLIT: &[&str] = &["split", "subset"];
const GROUP: &[&str] = &["group"];

/// What a table's lines are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// Pictures, by their paths.
    Pictures,
    /// Images of an array, by their indices.
    Array,
}

/// A table's header.
pub(super) struct Header {
    pub(super) delimiter: u8,
    /// Fields of a line.
    pub(super) fields: usize,
    /// Path or index.
    pub(super) key: Column,
    pub(super) label: Column,
    pub(super) split: Option<Column>,
    pub(super) group: Option<Column>,
    /// Columns that could have been taken and were not.
    pub(super) passed_over: Vec<String>,
}

/// A column that is used.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) at: usize,
    pub(super) name: String,
}

/// Finds the columns, and by them the delimiter: the first of comma, tab and semicolon with which the header has all.
pub(super) fn find(text: &str, options: &TableOptions, about: About) -> Result<Header, ListingError> {
    let given = options.delimiter.map(|delimiter| vec![delimiter]);
    let delimiters = given.unwrap_or_else(|| vec![b',', b'\t', b';']);
    let mut most: Option<(usize, ListingError)> = None;
    for delimiter in delimiters {
        let Some(record) = text::records(text, delimiter).next() else { break };
        match Columns::of(&record.fields).header(delimiter, options, about) {
            Ok(header) => return Ok(header),
            Err(problem) => {
                let fields = record.fields.len();
                if most.as_ref().is_none_or(|(others, _)| fields > *others) {
                    let problem = without_header(&record, options).unwrap_or(problem);
                    let error =
                        ListingError::Table { path: options.table.clone(), line: Some(record.line), problem };
                    most = Some((fields, error));
                }
            }
        }
    }
    let empty = ListingError::Table { path: options.table.clone(), line: None, problem: TableProblem::Empty };
    Err(most.map_or(empty, |(_, error)| error))
}

/// What is wrong with a first line that is no header.
fn without_header(record: &Record, options: &TableOptions) -> Option<TableProblem> {
    let fields = &record.fields;
    let is_picture = |field: &&str| FileKind::of(field.trim()) == FileKind::Picture;
    if fields.len() == 1 && options.delimiter.is_none() && fields[0].contains(['|', ' ', ':']) {
        return Some(TableProblem::Delimiter { header: escaped(&fields[0]).into_owned() });
    }
    fields.iter().find(is_picture).map(|field| TableProblem::NoHeader { field: escaped(field).into_owned() })
}

struct Columns(Vec<String>);

impl Columns {
    fn of(record: &StringRecord) -> Columns {
        Columns(record.iter().map(|name| escaped(name.trim()).into_owned()).collect())
    }

    fn header(&self, delimiter: u8, options: &TableOptions, about: About) -> Result<Header, TableProblem> {
        let mut passed_over = Vec::new();
        let mut column = |named: &Option<String>, known: &[&str]| match named {
            Some(name) => self
                .one(&[name], &mut passed_over)
                .transpose()
                .unwrap_or_else(|| {
                    Err(TableProblem::NoColumn { wanted: vec![name.clone()], found: self.0.clone() })
                })
                .map(Some),
            None => self.one(known, &mut passed_over),
        };
        let missing = |wanted: &[&str]| TableProblem::NoColumn {
            wanted: wanted.iter().map(|name| (*name).to_owned()).collect(),
            found: self.0.clone(),
        };
        let key = match about {
            About::Pictures => column(&options.path, PATH)?,
            About::Array => column(&options.path, INDEX)?,
        };
        let key = match (key, about) {
            (Some(key), _) => key,
            (None, About::Array) => return Err(missing(INDEX)),
            (None, About::Pictures) => {
                let index = self.one(INDEX, &mut Vec::new())?;
                return Err(match index {
                    Some(index) => TableProblem::OfArray { column: index.name },
                    None => missing(&["path", "file", "filename", "image"]),
                });
            }
        };
        let label = column(&options.label, LABEL)?.ok_or_else(|| missing(&["label", "class"]))?;
        let (split, group) = (column(&options.split, SPLIT)?, column(&options.group, GROUP)?);
        Ok(Header { delimiter, fields: self.0.len(), key, label, split, group, passed_over })
    }

    /// The column with the first of the names that is there; letters of any case. The others are noted.
    fn one(&self, names: &[&str], passed_over: &mut Vec<String>) -> Result<Option<Column>, TableProblem> {
        let mut taken: Option<Column> = None;
        for name in names {
            let mut named = (0..self.0.len()).filter(|&at| self.0[at].eq_ignore_ascii_case(name));
            let Some(at) = named.next() else { continue };
            match &taken {
                Some(taken) => passed_over.push(format!(
                    "The column {} was taken, not {}, which could have meant the same.",
                    taken.name, self.0[at]
                )),
                None if named.next().is_some() => {
                    return Err(TableProblem::RepeatedColumn { name: self.0[at].clone() });
                }
                None => taken = Some(Column { at, name: self.0[at].clone() }),
            }
        }
        Ok(taken)
    }
}
