//! `predictions.csv` read for all of its probabilities.

use crate::predictions::{CLASS, IMAGE, TRUE_CLASS, without_file};
use crate::table::{self, Record};

/// What a run said of the images that it was tested on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Probabilities {
    /// Names of the classes, in the order of their indices.
    pub class_names: Vec<String>,
    /// Place of each image in the data set, ascending.
    pub indices: Vec<u32>,
    /// The class that each image has in the data set.
    pub labels: Vec<u32>,
    /// `[image][class]`.
    pub probabilities: Vec<f32>,
}

/// Reads what [`crate::predictions::format`] wrote, also in an earlier version, and also of some images alone.
///
/// # Errors
/// What is wrong, and where.
pub(crate) fn parse(bytes: &[u8]) -> Result<Probabilities, String> {
    let records = table::read(bytes)?;
    let (header, rows) = records.split_first().ok_or("it is empty")?;
    let names = header.fields.get(IMAGE.len()..).unwrap_or(&[]);
    let (names, _) = without_file(names);
    let names = names.strip_suffix(&[TRUE_CLASS.to_owned()]).unwrap_or(names);
    let names: Option<Vec<String>> =
        names.iter().map(|name| name.strip_prefix(CLASS).map(str::to_owned)).collect();
    let starts = header.fields.iter().map(String::as_str).take(IMAGE.len()).eq(IMAGE);
    let class_names = names
        .filter(|names| starts && !names.is_empty())
        .ok_or("line 1 is not the header of a predictions.csv")?;
    let mut read = Probabilities { class_names, ..Probabilities::default() };
    for row in rows {
        let wrong = || format!("line {} is no row of predictions", row.line);
        if row.fields.len() != header.fields.len() {
            return Err(wrong());
        }
        parse_row(&mut read, row).ok_or_else(wrong)?;
    }
    Ok(read)
}

fn parse_row(read: &mut Probabilities, row: &Record) -> Option<()> {
    let index = row.fields[0].parse::<u32>().ok()?;
    read.indices.last().is_none_or(|last| *last < index).then_some(())?;
    let label = read.class_names.iter().position(|name| *name == row.fields[1])?;
    for text in &row.fields[IMAGE.len()..IMAGE.len() + read.class_names.len()] {
        let value = text.parse::<f32>().ok().filter(|value| (0.0..=1.0).contains(value))?;
        read.probabilities.push(value);
    }
    read.indices.push(index);
    read.labels.push(label as u32);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predictions::{Predicted, format};

    #[test]
    fn what_is_written_is_read_back() {
        let rows = [[0.25f32.ln(), 0.75f32.ln()], [0.5f32.ln(), 0.5f32.ln()]];
        let images = rows.iter().enumerate().map(|(index, row)| Predicted {
            index: 3 * index as u32 + 4,
            label: index,
            prediction: 0,
            log_probabilities: row,
            file: None,
        });
        let names = ["a".to_owned(), "=b, \"c\"".to_owned()];
        let read = parse(format(&names, images).as_bytes()).unwrap();
        assert_eq!(
            (&read.class_names[..], &read.indices[..], &read.labels[..]),
            (&names[..], &[4, 7][..], &[0, 1][..])
        );
        let expected = [0.25, 0.75, 0.5, 0.5];
        assert!(
            read.probabilities.iter().zip(expected).all(|(a, b): (&f32, f32)| (a - b).abs() < 1e-6),
            "{read:?}"
        );
    }

    #[test]
    fn what_no_run_wrote_is_refused_with_its_line() {
        let header = "index,label,prediction,probability a,probability b\n";
        for (text, expected) in [
            (String::new(), "empty"),
            ("index,label\n".to_owned(), "line 1"),
            (header.replace("probability a", "z"), "line 1"),
            (header.replace("label", "class"), "line 1"),
            (format!("{header}0,a,a,1\n"), "line 2"),
            (format!("{header}0,a,a,1,0\n0,a,a,1,0\n"), "line 3"),
            (format!("{header}0,c,a,1,0\n"), "line 2"),
            (format!("{header}0,a,a,1,NaN\n"), "line 2"),
            (format!("{header}0,a,a,1,2\n"), "line 2"),
        ] {
            let problem = parse(text.as_bytes()).expect_err(&text);
            assert!(problem.contains(expected), "{text:?}: {problem}");
        }
        assert_eq!(parse(format!("{header}0,a,a,1,0\n").as_bytes()).unwrap().indices, [0]);
    }
}
