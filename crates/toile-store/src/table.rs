//! Tables as CSV (RFC 4180, lines end in `\n`): written so that spreadsheets, pandas and R read them as they are, and
//! read back.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return for a formula. Text that
//! does so is written with an apostrophe before it (the way of OWASP, "CSV Injection"), which [`read`] takes away
//! again.

use csv::{ReaderBuilder, Terminator, WriterBuilder};

/// A table with named columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new<S: Into<String>>(columns: impl IntoIterator<Item = S>) -> Self {
        let columns = columns.into_iter().map(|name| Field::from(name.into()).0).collect();
        Table { columns, rows: Vec::new() }
    }

    /// Adds a row with a field for each column.
    ///
    /// # Panics
    /// If there are more or fewer fields than columns.
    pub fn row(&mut self, fields: impl IntoIterator<Item = Field>) {
        let row: Vec<String> = fields.into_iter().map(|field| field.0).collect();
        assert_eq!(row.len(), self.columns.len(), "a field for each of the columns {:?}", self.columns);
        self.rows.push(row);
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as CSV.
    pub fn text(&self) -> String {
        lines(std::iter::once(&self.columns).chain(&self.rows))
    }

    /// Its rows as CSV without the header, and none of them is kept: for a table that is written as it comes.
    pub fn take_rows(&mut self) -> String {
        lines(&std::mem::take(&mut self.rows))
    }

    /// The table as the bytes of a CSV file.
    pub fn write(&self) -> Vec<u8> {
        self.text().into_bytes()
    }
}

/// Rows of the same length as CSV.
fn lines<'a>(rows: impl IntoIterator<Item = &'a Vec<String>>) -> String {
    let mut writer = WriterBuilder::new().terminator(Terminator::Any(b'\n')).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).expect("rows are as long as the header, and memory takes what is written");
    }
    let bytes = writer.into_inner().expect("memory takes what is written");
    String::from_utf8(bytes).expect("the fields are text")
}

/// What stands in a cell. Numbers are the shortest text that reads back to the same bits; what is absent is empty;
/// text is made safe for spreadsheets.
#[derive(Clone, Debug, PartialEq)]
pub struct Field(String);

impl From<&str> for Field {
    fn from(text: &str) -> Self {
        Field(if is_formula(text) { format!("'{text}") } else { text.to_owned() })
    }
}

impl From<&String> for Field {
    fn from(text: &String) -> Self {
        Field::from(text.as_str())
    }
}

impl From<String> for Field {
    fn from(text: String) -> Self {
        Field::from(text.as_str())
    }
}

macro_rules! fields_of_numbers {
    ($($number:ty),*) => {$(
        impl From<$number> for Field {
            fn from(number: $number) -> Self {
                Field(number.to_string())
            }
        }
    )*};
}

fields_of_numbers!(u32, u64, usize, f32, f64);

impl<T: Into<Field>> From<Option<T>> for Field {
    fn from(value: Option<T>) -> Self {
        value.map_or_else(|| Field(String::new()), Into::into)
    }
}

impl Field {
    /// A number whose text is made elsewhere.
    pub fn number(text: String) -> Self {
        Field(text)
    }
}

/// The fields of a row, each from what it is.
#[macro_export]
macro_rules! fields {
    ($($value:expr),* $(,)?) => { [$($crate::table::Field::from($value)),*] };
}
pub use fields;

/// Whether a spreadsheet would take the text for a formula; also where apostrophes stand before one, so that taking
/// one away is always right. A number, as "-1.5", is none.
fn is_formula(text: &str) -> bool {
    let begins = text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r']);
    let is_number = text.parse::<f64>().is_ok_and(f64::is_finite);
    begins && !is_number
}

/// A row of a table that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The line of the file that it begins on, from 1.
    pub line: u64,
    /// Its fields, as they were before they were made safe.
    pub fields: Vec<String>,
}

/// The rows of a CSV file, the header included. They may have different lengths.
///
/// # Errors
/// Bytes that are not UTF-8, told with the line.
pub fn read(bytes: &[u8]) -> Result<Vec<Record>, String> {
    let mut records = Vec::new();
    each(bytes, |row| {
        records.push(Record { line: row.line, fields: row.fields().map(str::to_owned).collect() });
        Ok(())
    })?;
    Ok(records)
}

/// A row of a table that is being read.
pub(crate) struct Row<'a> {
    /// The line of the file that it begins on, from 1.
    pub(crate) line: u64,
    record: &'a csv::StringRecord,
}

impl Row<'_> {
    /// How many fields it has.
    pub(crate) fn len(&self) -> usize {
        self.record.len()
    }

    /// A field, as it was before it was made safe.
    pub(crate) fn field(&self, place: usize) -> &str {
        self.record.get(place).map_or("", plain)
    }

    /// All of them.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.record.iter().map(plain)
    }
}

/// Hands the rows of a CSV file over one by one, the header included: none of them is kept, so that tables of thousands
/// of runs are read quickly.
///
/// # Errors
/// Bytes that are not UTF-8, told with the line; what a row is refused with.
pub(crate) fn each(bytes: &[u8], mut take: impl FnMut(Row<'_>) -> Result<(), String>) -> Result<(), String> {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut record = csv::StringRecord::new();
    for index in 1.. {
        let line_of = |position: Option<&csv::Position>| position.map_or(index, csv::Position::line);
        match reader.read_record(&mut record) {
            Ok(true) => take(Row { line: line_of(record.position()), record: &record })?,
            Ok(false) => break,
            Err(error) => return Err(format!("line {} is not readable text", line_of(error.position()))),
        }
    }
    Ok(())
}

/// Without the apostrophe that makes text safe.
fn plain(field: &str) -> &str {
    match field.strip_prefix('\'') {
        Some(text) if is_formula(text) => text,
        _ => field,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_have_to_be() {
        let mut table = Table::new(["class", "share"]);
        assert!(table.is_empty());
        table.row(fields!["Shoe, \"left\"", 0.1 + 0.2]);
        table.row(fields!["Bag", None::<f64>]);
        assert_eq!(table.text(), "class,share\n\"Shoe, \"\"left\"\"\",0.30000000000000004\nBag,\n");
        assert_eq!(table.take_rows(), "\"Shoe, \"\"left\"\"\",0.30000000000000004\nBag,\n");
        assert_eq!((table.take_rows().as_str(), table.text().as_str()), ("", "class,share\n"));
    }

    #[test]
    fn text_is_no_formula_and_reads_back_as_it_was() {
        let texts = [
            "=1+1", "+x", "-x", "@x", "\tx", "\r\nx", "'=x", "''-x", "'x", "-1.5", "-inf", "a\nb", "", " =x",
        ];
        let mut table = Table::new(["text", "number"]);
        texts.iter().for_each(|text| table.row(fields![*text, -2.5]));
        let written = read(&table.write()).unwrap();
        let back: Vec<&str> = written[1..].iter().map(|record| &*record.fields[0]).collect();
        assert_eq!(back, texts);
        for line in table.text().lines() {
            let cell = line.trim_start_matches('"');
            assert!(!cell.starts_with(['=', '+', '@', '\t']), "{line:?}");
        }
        assert!(table.text().contains("\n-1.5,-2.5\n"), "numbers stay as they are");
        assert!(table.text().contains("\n'-x,"), "{}", table.text());
    }

    #[test]
    fn rows_know_their_lines() {
        let found = read(b"a,b\n\"x\ny\",1\nz\n").unwrap();
        let lines: Vec<u64> = found.iter().map(|record| record.line).collect();
        assert_eq!((lines, found[1].fields[0].as_str()), (vec![1, 2, 4], "x\ny"));
        assert!(read(b"a\n\xff\n").unwrap_err().contains("line 2"));
    }
}
