//! A file of predictions as it stands, row by row; which class a text means is not known here.

use std::collections::HashMap;

use toile_store::table::{self, Record};

use super::error::Wrong;

/// A file of predictions.
#[derive(Debug)]
pub(super) struct Table {
    /// Classes as the columns of probabilities call them; empty without such columns.
    pub(super) classes: Vec<String>,
    /// In the order of the images: row i is that of image i.
    pub(super) rows: Vec<Row>,
}

/// An image.
#[derive(Debug)]
pub(super) struct Row {
    /// Of the file, from 1.
    pub(super) line: u64,
    /// The true class, by name or by index.
    pub(super) label: String,
    /// The predicted one.
    pub(super) prediction: String,
    /// A value a column, in the order of [`Table::classes`].
    pub(super) probabilities: Vec<f64>,
    /// Of the true class, where the file has it.
    pub(super) log_probability: Option<f64>,
}

/// How far the probabilities of a row may be from 1 in sum: what sixteen-bit numbers of a thousand classes round away.
const SUM_TOLERANCE: f64 = 1e-3;

const HEADER: &str =
    "the first line is to be index,label,prediction and then `probability CLASS` for each class";

/// Which column holds what.
struct Columns {
    index: usize,
    label: usize,
    prediction: usize,
    /// (class, column).
    probabilities: Vec<(String, usize)>,
    log_probability: Option<usize>,
    count: usize,
}

/// Reads a file.
pub(super) fn read(bytes: &[u8]) -> Result<Table, Wrong> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let records = table::read(bytes).map_err(|problem| {
        Wrong::of_all(problem, "save it as CSV in UTF-8, with commas between its columns")
    })?;
    let (header, records) = records.split_first().ok_or_else(|| Wrong::of_all("it is empty", HEADER))?;
    let columns = columns(header)?;
    let mut seen: HashMap<u32, u64> = HashMap::new();
    let mut rows = Vec::new();
    for record in records {
        let (index, row) = row(&columns, record)?;
        if let Some(before) = seen.insert(index, record.line) {
            let problem = format!("image {index} stands on line {before} already");
            return Err(Wrong::on(record.line, problem, "write one row an image"));
        }
        rows.push((index, row));
    }
    if rows.is_empty() {
        return Err(Wrong::of_all("it has no rows", "write one row an image"));
    }
    rows.sort_by_key(|(index, _)| *index);
    if let Some(missing) = (0..).zip(&rows).find(|(place, (index, _))| place != index).map(|(place, _)| place)
    {
        return Err(Wrong::of_all(
            format!("it has {} rows, and none of image {missing}", rows.len()),
            "count the test images from 0 in the order of the data set, and write a row for each",
        ));
    }
    let classes = columns.probabilities.into_iter().map(|(class, _)| class).collect();
    Ok(Table { classes, rows: rows.into_iter().map(|(_, row)| row).collect() })
}

fn columns(header: &Record) -> Result<Columns, Wrong> {
    let wrong = |problem: String| Wrong::on(header.line, problem, HEADER);
    let names: Vec<&str> = header.fields.iter().map(|name| name.trim()).collect();
    if let [only] = names[..]
        && only.contains([';', '\t'])
    {
        return Err(wrong("its columns are not separated by commas".into()));
    }
    if let Some(name) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
        return Err(wrong(format!("two columns are called {:?}", name.1)));
    }
    let find = |name: &str| names.iter().position(|known| *known == name);
    let needed = |name: &str| find(name).ok_or_else(|| wrong(format!("no column is called {name}")));
    let (index, label, prediction) = (needed("index")?, needed("label")?, needed("prediction")?);
    let mut probabilities = Vec::new();
    for (place, name) in names.iter().enumerate() {
        match name.strip_prefix("probability ") {
            Some(class) => probabilities.push((class.to_owned(), place)),
            None if ["index", "label", "prediction", "log_probability", "file"].contains(name) => {}
            None if name.is_empty() => {
                let problem = "a column has no name (pandas writes one, unless it is told index=False)";
                return Err(wrong(problem.into()));
            }
            None => return Err(wrong(format!("it is not known what the column {name:?} is"))),
        }
    }
    if let [(class, _)] = &probabilities[..] {
        return Err(wrong(format!("{class} is the only class with a probability")));
    }
    let log_probability = find("log_probability");
    Ok(Columns { index, label, prediction, probabilities, log_probability, count: names.len() })
}

fn row(columns: &Columns, record: &Record) -> Result<(u32, Row), Wrong> {
    let Record { line, fields } = record;
    let wrong = |problem: String, remedy: &str| Wrong::on(*line, problem, remedy);
    if fields.len() != columns.count {
        let problem = format!("it has {} fields where the header has {}", fields.len(), columns.count);
        return Err(wrong(problem, "write a field for each column; quote texts with commas"));
    }
    let text = |column: usize| fields[column].trim();
    let index = text(columns.index).parse::<u32>().map_err(|_| {
        let problem = format!("the index {:?} is no whole number from 0", text(columns.index));
        wrong(problem, "write the place of the image among the test images, from 0")
    })?;
    let mut probabilities = Vec::with_capacity(columns.probabilities.len());
    for (class, column) in &columns.probabilities {
        let value = text(*column).parse::<f64>().ok().filter(|value| (0.0..=1.0).contains(value));
        probabilities.push(value.ok_or_else(|| {
            let problem = format!("the probability of {class} is {:?}", text(*column));
            wrong(problem, "write numbers from 0 to 1; take the softmax of logits before")
        })?);
    }
    let sum: f64 = probabilities.iter().sum();
    if !probabilities.is_empty() && (sum - 1.0).abs() > SUM_TOLERANCE {
        let problem = format!("its probabilities sum to {sum:.4}, not to 1 (within {SUM_TOLERANCE})");
        return Err(wrong(problem, "write the probability of every class, with four digits or more"));
    }
    let log_probability = match columns.log_probability {
        None => None,
        Some(column) => {
            let value = text(column).parse::<f64>().ok().filter(|value| *value <= 0.0 && value.is_finite());
            Some(value.ok_or_else(|| {
                let problem = format!("the log_probability is {:?}", text(column));
                wrong(
                    problem,
                    "write the natural logarithm of the true class's probability, or leave the column away",
                )
            })?)
        }
    };
    let (label, prediction) = (text(columns.label).to_owned(), text(columns.prediction).to_owned());
    Ok((index, Row { line: *line, label, prediction, probabilities, log_probability }))
}
