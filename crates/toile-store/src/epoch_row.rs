//! `results.csv`: a row an epoch.

use serde::{Deserialize, Deserializer, Serialize};

use crate::digest::sha256;
use crate::table::{self, Record, Table, fields};

/// One row of `results.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRow {
    /// From 1.
    pub epoch: u32,
    /// Learning rate of the epoch's last step.
    #[serde(deserialize_with = "number_or_nan")]
    pub learning_rate: f64,
    /// Mean loss over the epoch as training saw it (dropout on, weights moving).
    #[serde(deserialize_with = "number_or_nan")]
    pub train_loss: f64,
    /// Share of training images right as training saw them.
    #[serde(deserialize_with = "number_or_nan")]
    pub train_accuracy: f64,
    /// Validation loss, with a validation split.
    pub validation_loss: Option<f64>,
    /// Validation accuracy, with a validation split.
    pub validation_accuracy: Option<f64>,
    /// Test loss after the epoch; absent where the run is shown no test image.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present_or_nan")]
    pub test_loss: Option<f64>,
    /// Test accuracy after the epoch; absent where the run is shown no test image.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present_or_nan")]
    pub test_accuracy: Option<f64>,
}

/// JSON has no word for a number that is not finite and writes `null`, which is read as NaN.
pub(crate) fn number_or_nan<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(f64::NAN))
}

/// As [`number_or_nan`], where the number may not be there at all: that is another thing than one that is not finite.
pub(crate) fn present_or_nan<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    number_or_nan(from).map(Some)
}

const COLUMNS: [&str; 8] = [
    "epoch",
    "learning_rate",
    "train_loss",
    "train_accuracy",
    "validation_loss",
    "validation_accuracy",
    "test_loss",
    "test_accuracy",
];

/// The rows as `results.csv`. Numbers are the shortest that read back to the same bits; columns of an absent
/// validation split stay empty, and so do those of test images that the run was not shown.
pub(crate) fn format_epoch_rows(rows: &[EpochRow]) -> String {
    let mut table = Table::new(COLUMNS);
    for row in rows {
        table.row(fields![
            row.epoch,
            row.learning_rate,
            row.train_loss,
            row.train_accuracy,
            row.validation_loss,
            row.validation_accuracy,
            row.test_loss,
            row.test_accuracy,
        ]);
    }
    table.text()
}

/// The SHA-256 of `results.csv` with these rows.
pub fn results_sha256(rows: &[EpochRow]) -> String {
    sha256(format_epoch_rows(rows).as_bytes())
}

/// Reads what [`format_epoch_rows`] wrote. An error says what is wrong, and where.
pub(crate) fn parse_epoch_rows(bytes: &[u8]) -> Result<Vec<EpochRow>, String> {
    let records = table::read(bytes)?;
    let mut records = records.iter();
    if records.next().is_none_or(|header| header.fields != COLUMNS) {
        return Err("line 1 is not the header of a results.csv".into());
    }
    records.map(parse_row).collect()
}

fn parse_row(Record { line, fields }: &Record) -> Result<EpochRow, String> {
    let wrong = || format!("line {line} is no row of results");
    if fields.len() != COLUMNS.len() {
        return Err(wrong());
    }
    let number = |i: usize| fields[i].parse::<f64>().map_err(|_| wrong());
    let optional = |i: usize| if fields[i].is_empty() { Ok(None) } else { number(i).map(Some) };
    Ok(EpochRow {
        epoch: fields[0].parse().map_err(|_| wrong())?,
        learning_rate: number(1)?,
        train_loss: number(2)?,
        train_accuracy: number(3)?,
        validation_loss: optional(4)?,
        validation_accuracy: optional(5)?,
        test_loss: optional(6)?,
        test_accuracy: optional(7)?,
    })
}

#[cfg(test)]
mod tests {
    use toile_testing::{Chance, changed_bytes, changed_text};

    use super::*;

    #[test]
    fn rows_that_are_not_finite_are_read_back() {
        let row = EpochRow {
            epoch: 1,
            learning_rate: 0.1,
            train_loss: f64::INFINITY,
            train_accuracy: 0.5,
            validation_loss: None,
            validation_accuracy: None,
            test_loss: Some(f64::NAN),
            test_accuracy: Some(0.25),
        };
        let back: EpochRow = serde_json::from_str(&serde_json::to_string(&row).unwrap()).unwrap();
        assert!(back.train_loss.is_nan() && back.test_loss.is_some_and(f64::is_nan));
        assert_eq!((back.learning_rate, back.test_accuracy, back.validation_loss), (0.1, Some(0.25), None));
    }

    #[test]
    fn rows_are_read_back_to_the_bit() {
        let row = EpochRow {
            epoch: 1,
            learning_rate: 1e-4,
            train_loss: 0.1 + 0.2,
            train_accuracy: 1.0 / 3.0,
            validation_loss: None,
            validation_accuracy: None,
            test_loss: Some(f64::MIN_POSITIVE),
            test_accuracy: Some(0.9118),
        };
        let other =
            EpochRow { epoch: 2, validation_loss: Some(0.5), validation_accuracy: Some(1.0), ..row.clone() };
        let untested = EpochRow { epoch: 3, test_loss: None, test_accuracy: None, ..other.clone() };
        let json = serde_json::to_string(&untested).unwrap();
        assert!(!json.contains("test_"), "{json}");
        assert_eq!(serde_json::from_str::<EpochRow>(&json).unwrap(), untested);
        let rows = [row, other, untested];
        assert_eq!(parse_epoch_rows(format_epoch_rows(&rows).as_bytes()).unwrap(), rows);
        assert!(format_epoch_rows(&rows).starts_with("epoch,learning_rate,train_loss"));
    }

    #[test]
    fn damaged_rows_are_refused_with_their_line() {
        let header = COLUMNS.join(",");
        for (text, expected) in [
            (String::new(), "line 1 is not the header"),
            (format!("{header}\n1,2\n"), "line 2 is no row"),
            (format!("{header}\n1,0.1,x,1,,,1,1\n"), "line 2 is no row"),
        ] {
            assert!(parse_epoch_rows(text.as_bytes()).unwrap_err().contains(expected));
        }
    }

    #[test]
    fn changed_tables_are_read_as_they_are_or_refused_with_their_line() {
        let row = |epoch: u32, validation: Option<f64>| EpochRow {
            epoch,
            learning_rate: 1e-4,
            train_loss: 0.1 + 0.2,
            train_accuracy: 1.0 / 3.0,
            validation_loss: validation,
            validation_accuracy: validation,
            test_loss: Some(f64::INFINITY),
            test_accuracy: Some(0.9118),
        };
        let whole = format_epoch_rows(&[row(1, None), row(2, Some(0.5)), row(3, Some(0.25))]);
        let mut read = 0;
        for case in 0..2000 {
            let text = changed_text(&whole, &mut Chance::new(1, case));
            match parse_epoch_rows(text.as_bytes()) {
                Ok(rows) => {
                    read += 1;
                    let again = format_epoch_rows(&rows);
                    let back = parse_epoch_rows(again.as_bytes()).unwrap();
                    assert_eq!(format_epoch_rows(&back), again, "case {case}");
                }
                Err(problem) => assert!(problem.starts_with("line "), "case {case}: {problem}"),
            }
            let bytes = changed_bytes(whole.as_bytes(), &mut Chance::new(2, case));
            if let Err(problem) = parse_epoch_rows(&bytes) {
                assert!(problem.starts_with("line "), "case {case}: {problem}");
            }
        }
        assert!((100..1900).contains(&read), "{read} of 2000");
    }
}
