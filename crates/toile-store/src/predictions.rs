//! `predictions.csv`: what a finished run makes of every image that judges it: of the test images, of those of a fold, or
//! of those held out where a run is shown no test image.

use crate::exponential::probability;
use crate::table::{self, Field, Row, Table};

/// The test images under one run: a value an image in each list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Predictions {
    /// Names of the classes, in the order of their indices.
    pub class_names: Vec<String>,
    /// Place of each image in the data set, ascending: 0, 1, 2 and so on where the run was tested on all of it.
    pub indices: Vec<u32>,
    /// The true class of each image.
    pub labels: Vec<u32>,
    /// The most probable class.
    pub predictions: Vec<u32>,
    /// Its probability.
    pub confidence: Vec<f32>,
    /// The probability of the true class, rounded.
    pub probability: Vec<f32>,
    /// The log-probability of the true class, as it was measured; absent in files of earlier versions.
    pub log_probability: Option<Vec<f32>>,
}

/// One test image under a run.
#[derive(Clone, Copy, Debug)]
pub struct Predicted<'a> {
    /// Place in the test set.
    pub index: u32,
    /// The true class.
    pub label: usize,
    /// The most probable class.
    pub prediction: usize,
    /// A log-probability a class.
    pub log_probabilities: &'a [f32],
    /// The file it was, where images have files of their own: all of them or none.
    pub file: Option<&'a str>,
}

pub(crate) const IMAGE: [&str; 3] = ["index", "label", "prediction"];
pub(crate) const CLASS: &str = "probability ";
pub(crate) const TRUE_CLASS: &str = "log_probability";
pub(crate) const FILE: &str = "file";

/// The file's text: index, label, prediction, a probability a class, and the log-probability of the true class, which
/// keeps what a probability rounds away; last the file, where images have one. Classes stand by name.
pub fn format<'a>(class_names: &[String], images: impl IntoIterator<Item = Predicted<'a>>) -> String {
    let columns = IMAGE.into_iter().map(str::to_owned);
    let columns = columns.chain(class_names.iter().map(|name| format!("{CLASS}{name}")));
    let mut images = images.into_iter().peekable();
    let file = images.peek().and_then(|image| image.file).map(|_| FILE.to_owned());
    let mut table = Table::new(columns.chain([TRUE_CLASS.to_owned()]).chain(file));
    for Predicted { index, label, prediction, log_probabilities, file } in images {
        let first =
            [Field::from(index), Field::from(&class_names[label]), Field::from(&class_names[prediction])];
        let number = |value: f32| Field::number(format!("{value:?}"));
        let probabilities = log_probabilities.iter().map(|&value| number(probability(value)));
        table.row(
            first
                .into_iter()
                .chain(probabilities)
                .chain([number(log_probabilities[label])])
                .chain(file.map(Field::from)),
        );
    }
    table.text()
}

/// Reads what [`format`] wrote, also in an earlier version.
///
/// # Errors
/// What is wrong, and where.
pub(crate) fn parse(bytes: &[u8]) -> Result<Predictions, String> {
    let (mut form, mut read, mut exact) = (None, Predictions::default(), Vec::new());
    table::each(bytes, |row| {
        let Some(form) = &form else {
            let header: Vec<String> = row.fields().map(str::to_owned).collect();
            let found;
            (read.class_names, found) =
                Form::of(&header).ok_or("line 1 is not the header of a predictions.csv")?;
            form = Some(found);
            return Ok(());
        };
        let found = parse_row(&mut read, &row, form);
        exact.extend(found.ok_or_else(|| format!("line {} is no row of predictions", row.line))?);
        Ok(())
    })?;
    let form = form.ok_or("it is empty")?;
    read.log_probability = form.is_exact.then_some(exact);
    Ok(read)
}

/// Which columns a table has beside those of each image and each class.
struct Form {
    /// The log-probability of the true class.
    is_exact: bool,
    /// The files of the images: one column, or none.
    files: usize,
}

impl Form {
    /// What a header says, with the names of the classes.
    fn of(header: &[String]) -> Option<(Vec<String>, Form)> {
        let (columns, files) = without_file(header.strip_prefix(&IMAGE.map(str::to_owned)[..])?);
        let (classes, is_exact) = match columns.split_last() {
            Some((last, classes)) if last == TRUE_CLASS => (classes, true),
            _ => (columns, false),
        };
        let names: Option<Vec<String>> =
            classes.iter().map(|name| name.strip_prefix(CLASS).map(str::to_owned)).collect();
        Some((names.filter(|names| !names.is_empty())?, Form { is_exact, files }))
    }
}

/// The columns without that of the files, and how many that are.
pub(crate) fn without_file(columns: &[String]) -> (&[String], usize) {
    match columns.split_last() {
        Some((last, others)) if last == FILE => (others, 1),
        _ => (columns, 0),
    }
}

/// Adds a row; gives its log-probability where the file has it.
fn parse_row(read: &mut Predictions, row: &Row<'_>, form: &Form) -> Option<Option<f32>> {
    let classes = read.class_names.len();
    if row.len() != IMAGE.len() + classes + usize::from(form.is_exact) + form.files {
        return None;
    }
    let index: u32 =
        row.field(0).parse().ok().filter(|index| read.indices.last().is_none_or(|last| last < index))?;
    let class = |name: &str| read.class_names.iter().position(|known| known == name);
    let probability = |class: usize| {
        let value = row.field(IMAGE.len() + class).parse::<f32>().ok();
        value.filter(|value| (0.0..=1.0).contains(value))
    };
    let (label, prediction) = (class(row.field(1))?, class(row.field(2))?);
    let (confidence, of_label) = (probability(prediction)?, probability(label)?);
    let exact = match form.is_exact {
        true => Some(row.field(IMAGE.len() + classes).parse::<f32>().ok().filter(|value| !value.is_nan())?),
        false => None,
    };
    read.indices.push(index);
    read.labels.push(label as u32);
    read.predictions.push(prediction as u32);
    read.confidence.push(confidence);
    read.probability.push(of_label);
    Some(exact)
}

#[cfg(test)]
mod tests {
    use toile_testing::{Chance, changed_bytes, changed_text};

    use super::*;

    fn names() -> Vec<String> {
        vec!["a".into(), "b, \"c\"".into()]
    }

    const HEADER: &str = "index,label,prediction,probability a,\"probability b, \"\"c\"\"\"\n";

    #[test]
    fn what_is_written_is_read_back_to_the_bit() {
        let rows = [[-0.25f32, -1.5], [-1e-7, -200.25]];
        let image = |(index, row): (usize, &'static [f32; 2])| Predicted {
            index: index as u32,
            label: 1,
            prediction: 0,
            log_probabilities: row,
            file: None,
        };
        let rows: &'static [[f32; 2]; 2] = Box::leak(Box::new(rows));
        let text = format(&names(), rows.iter().enumerate().map(image));
        let read = parse(text.as_bytes()).unwrap();
        assert_eq!((read.class_names, read.labels, read.predictions), (names(), vec![1, 1], vec![0, 0]));
        // A probability of e^-200 is 0 to an f32.
        assert_eq!((read.probability[1], read.log_probability.unwrap()), (0.0, vec![-1.5, -200.25]));
    }

    #[test]
    fn images_with_files_of_their_own_say_which() {
        let image = |(index, file)| Predicted {
            index,
            label: 1,
            prediction: 0,
            log_probabilities: &[-0.25, -1.5],
            file: Some(file),
        };
        let text = format(&names(), [(0, "a/1.png"), (3, "b, c/2.png")].map(image));
        assert!(text.lines().next().unwrap().ends_with(",log_probability,file"), "{text}");
        assert!(text.lines().nth(2).unwrap().ends_with(",-1.5,\"b, c/2.png\""), "{text}");
        let read = parse(text.as_bytes()).unwrap();
        assert_eq!((read.indices, read.log_probability), (vec![0, 3], Some(vec![-1.5, -1.5])));
        let all = crate::probabilities::parse(text.as_bytes()).unwrap();
        assert_eq!((all.class_names, all.probabilities.len()), (names(), 4));
        assert!(parse(text.replace(",a/1.png", "").as_bytes()).is_err(), "a row without its file");
    }

    #[test]
    fn files_of_earlier_versions_are_read() {
        let text = format!("{HEADER}0,a,a,0.75,0.25\n1,a,\"b, \"\"c\"\"\",0.0,1.0\n");
        let read = parse(text.as_bytes()).unwrap();
        assert_eq!((&read.labels[..], &read.predictions[..]), (&[0, 0][..], &[0, 1][..]));
        assert_eq!((&read.confidence[..], &read.probability[..]), (&[0.75, 1.0][..], &[0.75, 0.0][..]));
        assert_eq!(read.log_probability, None);
    }

    #[test]
    fn what_no_run_wrote_is_refused_with_its_line() {
        for (text, expected) in [
            (String::new(), "empty"),
            (HEADER.replace("probability a", "z"), "line 1"),
            (format!("{HEADER}0,a,a,0.75\n"), "line 2"),
            (format!("{HEADER}7,a,a,0.5,0.5\n7,a,a,0.5,0.5\n"), "line 3"),
            (format!("{HEADER}7,a,a,0.5,0.5\n3,a,a,0.5,0.5\n"), "line 3"),
            (format!("{HEADER}0,z,a,0.5,0.5\n"), "line 2"),
            (format!("{HEADER}0,a,a,x,0.5\n"), "line 2"),
            (format!("{HEADER}0,a,a,NaN,0.5\n"), "line 2"),
            (format!("{HEADER}0,a,a,0.5,0.5\n1,a,a,inf,0\n"), "line 3"),
            (format!("{HEADER}0,a,a,-0.5,1.5\n"), "line 2"),
        ] {
            let problem = parse(text.as_bytes()).unwrap_err();
            assert!(problem.contains(expected), "{text:?}: {problem}");
        }
    }

    #[test]
    fn changed_tables_are_whole_or_refused_with_their_line() {
        let images = [[-0.25f32, -1.5], [-1e-7, -200.25], [-0.5, -0.75]];
        let images = images.iter().enumerate().map(|(index, row)| Predicted {
            index: index as u32,
            label: index % 2,
            prediction: 0,
            log_probabilities: row,
            file: None,
        });
        let whole = format(&names(), images);
        let mut read = 0;
        for case in 0..2000 {
            let text = changed_text(&whole, &mut Chance::new(1, case)).into_bytes();
            let bytes = changed_bytes(whole.as_bytes(), &mut Chance::new(2, case));
            for table in [text, bytes] {
                match parse(&table) {
                    Ok(found) => {
                        read += 1;
                        let classes = found.class_names.len() as u32;
                        let images = found.labels.len();
                        assert!(found.labels.iter().chain(&found.predictions).all(|class| *class < classes));
                        let shares = found.confidence.iter().chain(&found.probability);
                        assert!(shares.clone().count() == 2 * images, "case {case}");
                        assert!(shares.into_iter().all(|share| (0.0..=1.0).contains(share)), "case {case}");
                        assert!(found.log_probability.is_none_or(|values| values.len() == images));
                    }
                    Err(problem) => {
                        assert!(
                            problem.starts_with("line ") || problem == "it is empty",
                            "case {case}: {problem}"
                        );
                    }
                }
            }
        }
        assert!((200..3800).contains(&read), "{read} of 4000");
    }
}
