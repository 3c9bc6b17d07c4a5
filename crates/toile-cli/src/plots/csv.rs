//! Tables as CSV (RFC 4180, lines end in `\n`): what spreadsheets, pandas and R read as it is.

/// A table with named columns.
pub(crate) struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new<S: Into<String>>(columns: impl IntoIterator<Item = S>) -> Self {
        Table { columns: columns.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Adds a row with a field for each column.
    pub(crate) fn row(&mut self, fields: impl IntoIterator<Item = Field>) {
        let row: Vec<String> = fields.into_iter().map(|field| field.0).collect();
        debug_assert_eq!(row.len(), self.columns.len());
        self.rows.push(row);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        self.text().into_bytes()
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for row in std::iter::once(&self.columns).chain(&self.rows) {
            let fields: Vec<String> = row.iter().map(|field| quoted(field)).collect();
            text.push_str(&fields.join(","));
            text.push('\n');
        }
        text
    }
}

/// What stands in a cell. Numbers are the shortest text that reads back to the same bits; what is absent is empty.
pub(crate) struct Field(String);

impl From<&str> for Field {
    fn from(text: &str) -> Self {
        Field(text.to_owned())
    }
}

impl From<&String> for Field {
    fn from(text: &String) -> Self {
        Field(text.clone())
    }
}

impl From<String> for Field {
    fn from(text: String) -> Self {
        Field(text)
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

fields_of_numbers!(u32, u64, usize, f64);

impl<T: Into<Field>> From<Option<T>> for Field {
    fn from(value: Option<T>) -> Self {
        value.map_or_else(|| Field(String::new()), Into::into)
    }
}

/// The fields of a row, each from what it is.
macro_rules! fields {
    ($($value:expr),* $(,)?) => { [$($crate::plots::csv::Field::from($value)),*] };
}
pub(crate) use fields;

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
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
        let text = String::from_utf8(table.write()).unwrap();
        assert_eq!(text, "class,share\n\"Shoe, \"\"left\"\"\",0.30000000000000004\nBag,\n");
    }
}
