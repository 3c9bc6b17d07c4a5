//! Which class a text of a file means, and what a file says of images whose classes are known.

use super::error::Wrong;
use super::table::{Row, Table};
use crate::evidence::outcomes::RunOutcomes;
use crate::numbers::joined;

/// Probabilities may be rounded where a prediction was not: by this much another class's may be larger.
const LARGEST_TOLERANCE: f64 = 1e-6;

/// How far the exponential of a log-probability may be from the probability beside it.
const LOG_TOLERANCE: f64 = 1e-3;

/// What the images of a file are, and what was made of them.
pub(super) struct Matched {
    pub(super) labels: Vec<u32>,
    pub(super) run: RunOutcomes,
    /// Images whose true class has probability 0, without a logarithm that says more.
    pub(super) impossible: usize,
}

/// Class names that these files agree on, where nothing else names the classes: those of the first file with a column a
/// class, or, without one, all that stand in them, in order.
pub(super) fn class_names<'a>(tables: impl Iterator<Item = &'a Table> + Clone) -> Vec<String> {
    let with_columns = || tables.clone().map(|table| &table.classes).filter(|classes| !classes.is_empty());
    let by_name = with_columns().find(|classes| !are_indices(classes));
    if let Some(classes) = by_name.or_else(|| with_columns().next()) {
        return classes.clone();
    }
    let texts = tables.flat_map(|table| &table.rows).flat_map(|row| [&row.label, &row.prediction]);
    let mut named: Vec<String> = texts.filter(|text| index_of(text).is_none()).cloned().collect();
    named.sort();
    named.dedup();
    if !named.is_empty() {
        return named;
    }
    Vec::new()
}

/// The largest index that stands for a class in these files.
pub(super) fn largest_index<'a>(tables: impl Iterator<Item = &'a Table>) -> Option<usize> {
    let texts = tables.flat_map(|table| &table.rows).flat_map(|row| [&row.label, &row.prediction]);
    texts.filter_map(|text| index_of(text)).max()
}

/// What a file says under these class names.
pub(super) fn matched(table: &Table, class_names: &[String], seed: u64) -> Result<Matched, Wrong> {
    let places = columns(table, class_names)?;
    let classes = Classes::of(table, class_names);
    let images = table.rows.len();
    let mut run =
        RunOutcomes { seed, predictions: vec![], confidence: vec![], nll: vec![], folds: Vec::new() };
    let mut labels = Vec::with_capacity(images);
    let mut impossible = 0;
    for row in &table.rows {
        let (label, prediction) = (classes.class(row, &row.label)?, classes.class(row, &row.prediction)?);
        let (confidence, nll) = match table.classes.is_empty() {
            // Nothing is known of either; whoever needs one asks before.
            true => (f64::NAN, row.log_probability.map_or(f64::NAN, |value| -value)),
            false => {
                let of_class = by_class(row, &places);
                check_largest(row, prediction, &of_class, class_names)?;
                impossible += usize::from(of_class[label] == 0.0 && row.log_probability.is_none());
                (of_class[prediction], nll(row, of_class[label])?)
            }
        };
        labels.push(label as u32);
        run.predictions.push(prediction as u32);
        run.confidence.push(confidence as f32);
        run.nll.push(nll);
    }
    Ok(Matched { labels, run, impossible })
}

/// The class that each column of probabilities is for.
fn columns(table: &Table, class_names: &[String]) -> Result<Vec<usize>, Wrong> {
    let columns = &table.classes;
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let by_name: Option<Vec<usize>> =
        columns.iter().map(|name| class_names.iter().position(|known| known == name)).collect();
    let by_index = || columns.iter().map(|name| index_of(name)).collect::<Option<Vec<usize>>>();
    let places = by_name.or_else(by_index).filter(|places| {
        let mut sorted = places.clone();
        sorted.sort_unstable();
        sorted.into_iter().eq(0..class_names.len())
    });
    places.ok_or_else(|| {
        let problem = format!(
            "its columns of probabilities are for {}, the classes are {}",
            joined(columns),
            joined(class_names)
        );
        Wrong::on(1, problem, "write a column `probability CLASS` for each of the classes")
    })
}

fn by_class(row: &Row, places: &[usize]) -> Vec<f64> {
    let mut of_class = vec![0.0; places.len()];
    places.iter().zip(&row.probabilities).for_each(|(&class, &value)| of_class[class] = value);
    of_class
}

fn check_largest(
    row: &Row,
    prediction: usize,
    of_class: &[f64],
    class_names: &[String],
) -> Result<(), Wrong> {
    let larger = (0..of_class.len()).max_by(|a, b| of_class[*a].total_cmp(&of_class[*b]));
    match larger.filter(|&larger| of_class[larger] > of_class[prediction] + LARGEST_TOLERANCE) {
        None => Ok(()),
        Some(larger) => Err(Wrong::on(
            row.line,
            format!(
                "{} is predicted with probability {}, though {} has {}",
                class_names[prediction], of_class[prediction], class_names[larger], of_class[larger]
            ),
            "predict the most probable class, or leave the probabilities away where they are not what decided",
        )),
    }
}

/// The loss of a row whose true class has this probability.
fn nll(row: &Row, probability: f64) -> Result<f64, Wrong> {
    match row.log_probability {
        Some(exact) if (exact.exp() - probability).abs() > LOG_TOLERANCE => Err(Wrong::on(
            row.line,
            format!("its log_probability is {exact}, the true class's probability {probability}"),
            "write the natural logarithm of the true class's probability, or leave the column away",
        )),
        Some(exact) => Ok(-exact),
        // The smallest that Toile's own files can hold: a loss of about 103.
        None => Ok(-probability.max(f64::from(f32::from_bits(1))).ln()),
    }
}

/// How a file calls classes: all of its labels and predictions the same way.
struct Classes<'a> {
    names: &'a [String],
    by_index: bool,
}

impl<'a> Classes<'a> {
    fn of(table: &Table, names: &'a [String]) -> Self {
        let mut texts = table.rows.iter().flat_map(|row| [&row.label, &row.prediction]);
        let has = |text: &String| names.contains(text);
        let by_index = !texts.clone().all(has) && texts.all(|text| index_of(text).is_some());
        Classes { names, by_index }
    }

    fn class(&self, row: &Row, text: &str) -> Result<usize, Wrong> {
        let found = match self.by_index {
            true => index_of(text).filter(|index| *index < self.names.len()),
            false => self.names.iter().position(|name| name == text),
        };
        found.ok_or_else(|| {
            let known = match self.by_index {
                true => format!("classes are counted from 0 to {} here", self.names.len() - 1),
                false => format!("write one of {}, or indices from 0 throughout", joined(self.names)),
            };
            Wrong::on(row.line, format!("{text:?} is no class"), known)
        })
    }
}

fn are_indices(names: &[String]) -> bool {
    names.iter().all(|name| index_of(name).is_some())
}

/// A class by its index: digits alone.
fn index_of(text: &str) -> Option<usize> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}
