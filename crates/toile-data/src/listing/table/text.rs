//! A table's file as lines of fields.

use std::fs;
use std::io;
use std::path::Path;

use csv::{ReaderBuilder, StringRecord};

use crate::listing::error::{ListingError, TableProblem};

/// Larger is no table of pictures; a stop before an image file fills the memory.
const BYTES_MAX: u64 = 512 << 20;

/// The text of a table, without a byte-order mark.
pub(super) fn read(path: &Path) -> Result<String, ListingError> {
    let error = |problem| ListingError::Table { path: path.to_owned(), line: None, problem };
    let unreadable = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => error(TableProblem::NotThere),
        _ => error(TableProblem::Unreadable(source)),
    };
    let found = fs::metadata(path).map_err(unreadable)?;
    if found.is_dir() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Err(error(TableProblem::Folder { name }));
    }
    if !found.is_file() {
        return Err(unreadable(io::Error::other("it is no regular file")));
    }
    if found.len() > BYTES_MAX {
        return Err(error(TableProblem::TooLarge { bytes: found.len(), limit: BYTES_MAX }));
    }
    let bytes = fs::read(path).map_err(unreadable)?;
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(error(TableProblem::Utf16));
    }
    let mut text = String::from_utf8(bytes).map_err(|bytes| {
        let valid = &bytes.as_bytes()[..bytes.utf8_error().valid_up_to()];
        let line = 1 + valid.iter().filter(|&&byte| byte == b'\n').count() as u64;
        ListingError::Table { path: path.to_owned(), line: Some(line), problem: TableProblem::NotText }
    })?;
    if text.starts_with('\u{FEFF}') {
        text.drain(..'\u{FEFF}'.len_utf8());
    }
    Ok(text)
}

/// A line of a table.
pub(super) struct Record {
    /// Which, from 1.
    pub(super) line: u64,
    pub(super) fields: StringRecord,
}

/// The lines of a table; empty ones left out.
pub(super) fn records(text: &str, delimiter: u8) -> impl Iterator<Item = Record> {
    let reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut lines = Lines { text, byte: 0, line: 1 };
    // Text is read from memory, and any text is fields: there is no error to be had.
    reader.into_records().filter_map(Result::ok).map(move |fields| {
        let start = fields.position().map_or(0, csv::Position::byte) as usize;
        Record { line: lines.of(start), fields }
    })
}

/// Counts lines up to a byte.
struct Lines<'a> {
    text: &'a str,
    byte: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the first byte from `start` on that is no line break: the position of a record is before the empty
    /// lines above it.
    fn of(&mut self, start: usize) -> u64 {
        let bytes = self.text.as_bytes();
        let blank = bytes[start..].iter().take_while(|&&byte| byte == b'\n' || byte == b'\r').count();
        let end = start + blank;
        let passed = &bytes[self.byte..end];
        let newlines = passed.iter().filter(|&&byte| byte == b'\n').count();
        let is_old = newlines == 0 && passed.contains(&b'\r');
        let returns = if is_old { passed.iter().filter(|&&byte| byte == b'\r').count() } else { 0 };
        self.line += (newlines + returns) as u64;
        self.byte = end;
        self.line
    }
}
