//! Which table, and what its columns mean.

use std::path::PathBuf;

/// Which table, and what its columns mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableOptions {
    /// The table: CSV (RFC 4180) with a header.
    pub table: PathBuf,
    /// The folder that its paths are below; its own, if none.
    pub images: Option<PathBuf>,
    /// Names of the classes in the order of their indices; all labels in natural order, if none.
    pub classes: Option<Vec<String>>,
    /// Column of the paths (of the indices for an array); by its usual names, if none.
    pub path: Option<String>,
    /// Column of the labels; by its usual names, if none.
    pub label: Option<String>,
    /// Column of the parts; `split` or `subset`, if none and if there is one.
    pub split: Option<String>,
    /// Column of the groups; `group`, if none and if there is one.
    pub group: Option<String>,
    /// What separates fields; if none, the first of comma, tab and semicolon with which the header has its columns.
    pub delimiter: Option<u8>,
}

impl TableOptions {
    /// A table with nothing set.
    pub fn of(table: impl Into<PathBuf>) -> TableOptions {
        TableOptions { table: table.into(), ..TableOptions::default() }
    }
}
