//! The CSV files read back, against the results they were written from.

use std::collections::BTreeMap;

use toile_cli::outputs::{FORMER_NAMES, known_names};
use toile_study::evidence::Evidence;
use toile_study::results::{ConfusionMatrix, RunStatus};

use super::fixture::{evidence, results, study_files};

/// A CSV file read back: a map from column to text for each row. A reader of its own, so that a mistake in the
/// writer is not made twice.
struct Read {
    columns: Vec<String>,
    rows: Vec<BTreeMap<String, String>>,
}

fn read(text: &str) -> Read {
    let mut records: Vec<Vec<String>> = vec![vec![String::new()]];
    let (mut quoted, mut chars) = (false, text.chars().peekable());
    while let Some(c) = chars.next() {
        let record = records.last_mut().unwrap();
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                record.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(String::new()),
            '\n' if !quoted => records.push(vec![String::new()]),
            c => record.last_mut().unwrap().push(c),
        }
    }
    assert_eq!(records.pop().unwrap(), [""], "the file ends with its last line");
    let columns = records.remove(0);
    let rows = records.into_iter().map(|record| {
        assert_eq!(record.len(), columns.len(), "{record:?}");
        columns.iter().cloned().zip(record).collect()
    });
    let rows = rows.collect();
    Read { columns, rows }
}

fn file(name: &str) -> Read {
    read(study_files(&results(), &evidence(), false).text(&format!("data/{name}")))
}

impl Read {
    /// The only row with these values.
    #[track_caller]
    fn row(&self, wanted: &[(&str, &str)]) -> &BTreeMap<String, String> {
        let is =
            |row: &&BTreeMap<String, String>| wanted.iter().all(|(column, value)| row[*column] == *value);
        let found: Vec<_> = self.rows.iter().filter(is).collect();
        assert_eq!(found.len(), 1, "{wanted:?}");
        found[0]
    }
}

#[track_caller]
fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} is {:?}", row[column]))
}

#[test]
fn the_page_on_files_names_every_file_with_its_columns() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/files.md");
    let page = std::fs::read_to_string(page).expect("docs/files.md is there");
    let files = study_files(&results(), &evidence(), false);
    let names: Vec<&str> = files.names().into_iter().filter(|name| name.starts_with("data/")).collect();
    let known = known_names().filter(|name| !FORMER_NAMES.contains(name));
    assert_eq!(names, known.collect::<Vec<_>>(), "all that there can be");
    for name in names {
        let section =
            page.split_once(&format!("\n| `{name}`")).unwrap_or_else(|| panic!("{name} has no row")).1;
        let line = section.lines().next().unwrap();
        let mut described: Vec<&str> = line.split('`').skip(1).step_by(2).collect();
        let mut columns = read(files.text(name)).columns;
        // One column a seed, however many there are.
        columns.retain(|column| !column.starts_with("seed_"));
        described.retain(|column| *column != "seed_<n>");
        assert_eq!(columns, described, "{name}");
    }
}

#[test]
fn curves_read_back_to_the_bit() {
    let (results, read) = (results(), file("curves.csv"));
    assert_eq!(
        read.columns,
        ["model", "metric", "epoch", "seeds", "mean", "min", "max", "seed_0", "seed_1", "seed_2"]
    );
    let epochs: usize = results.models.iter().map(|model| model.runs[0].epochs.len()).sum();
    assert_eq!(read.rows.len(), epochs * 4, "loss and accuracy, training and test");
    for model in &results.models {
        for place in 0..model.runs[0].epochs.len() {
            let epoch = (place + 1).to_string();
            let find = |metric| read.row(&[("model", &model.name), ("metric", metric), ("epoch", &epoch)]);
            let row = find("test_accuracy");
            let values: Vec<f64> =
                model.runs.iter().map(|run| run.epochs[place].test_accuracy.unwrap()).collect();
            for (run, value) in model.runs.iter().zip(&values) {
                assert_eq!(number(row, &format!("seed_{}", run.seed)).to_bits(), value.to_bits());
            }
            assert_eq!((number(row, "min"), number(row, "max")), (values[2], values[0]));
            assert!((number(row, "mean") - values.iter().sum::<f64>() / 3.0).abs() < 1e-15);
            let loss = find("train_loss");
            assert_eq!(number(loss, "seed_1"), model.runs[1].epochs[place].train_loss);
        }
    }
    // A loss that is not finite is shown, counts in no mean, and the number of seeds says so.
    let last = results.models[0].runs[0].epochs.len().to_string();
    let row = read.row(&[("model", "baseline"), ("metric", "test_loss"), ("epoch", &last)]);
    assert_eq!((row["seed_2"].as_str(), row["seeds"].as_str()), ("NaN", "2"));
    assert!(number(row, "mean").is_finite());
}

/// As in the report's chart: runs that are under way have a column and no part in the mean.
#[test]
fn curves_are_means_over_the_finished_runs() {
    let mut results = results();
    let run = &mut results.models[0].runs[1];
    (run.status, run.evaluation) = (RunStatus::Unfinished, None);
    run.epochs.truncate(3);
    let values: Vec<f64> =
        results.models[0].runs.iter().map(|run| run.epochs[0].test_accuracy.unwrap()).collect();
    let files = study_files(&results, &evidence(), false);
    let read = read(files.text("data/curves.csv"));
    let row = read.row(&[("model", "baseline"), ("metric", "test_accuracy"), ("epoch", "1")]);
    assert_eq!((row["seeds"].as_str(), number(row, "seed_1")), ("2", values[1]));
    assert!((number(row, "mean") - (values[0] + values[2]) / 2.0).abs() < 1e-15);
    // A model's only run is its curve, finished or not.
    results.models[0].runs = vec![results.models[0].runs.remove(1)];
    let files = study_files(&results, &evidence(), false);
    let read = self::read(files.text("data/curves.csv"));
    let row = read.row(&[("model", "baseline"), ("metric", "test_accuracy"), ("epoch", "1")]);
    assert_eq!((row["seeds"].as_str(), number(row, "mean")), ("1", values[1]));
}

#[test]
fn classes_have_intervals_and_runs_a_calibration_error() {
    let mut results = results();
    // A single run: Wilson's interval.
    results.models[1].runs.truncate(1);
    let files = study_files(&results, &evidence(), false);
    let read = self::read(files.text("data/classes.csv"));
    let row = read.row(&[("model", "better"), ("class", "Dress"), ("metric", "recall")]);
    let [low, mean, high] = ["low", "mean", "high"].map(|column| number(row, column));
    assert!(low < mean && mean < high && high - low < 0.05, "{low} {mean} {high}");
    assert_eq!(number(row, "confidence"), 0.95);
    // One image of the class says nothing of others.
    let row = read.row(&[("model", "baseline"), ("class", "Dress"), ("metric", "recall")]);
    assert_eq!((row["low"].as_str(), row["confidence"].as_str()), ("", ""));

    // A class that one seed never calls.
    let confusion = &mut results.models[0].runs[1].evaluation.as_mut().unwrap().confusion;
    let mut rows = confusion.to_rows();
    for row in &mut rows {
        row[0] += std::mem::take(&mut row[3]);
    }
    *confusion = ConfusionMatrix::from_rows(&rows).expect("a square");
    let files = study_files(&results, &evidence(), false);
    let read = self::read(files.text("data/classes.csv"));
    let row = read.row(&[("model", "baseline"), ("class", "Dress"), ("metric", "precision")]);
    assert_eq!((row["seeds"].as_str(), row["low"].as_str()), ("2", ""));
    assert!(number(row, "min") > 0.0);

    let read = file("calibration.csv");
    assert_eq!(read.rows.len(), 4);
    // Sure by 0.5, 0.7, 0.75 and 1, each in a bin of its own: wrong, right, wrong, right.
    let row = read.row(&[("model", "baseline"), ("seed", "0")]);
    assert_eq!(row["images"], "4");
    assert!((number(row, "ece") - (0.5 + 0.3 + 0.75) / 4.0).abs() < 1e-7);
}

#[test]
fn confusions_are_means_with_rows_true() {
    let (results, read) = (results(), file("confusion_matrix.csv"));
    assert_eq!(read.rows.len(), 200);
    let row = read.row(&[("model", "baseline"), ("true", "Coat"), ("predicted", "Pullover")]);
    assert_eq!((number(row, "images"), number(row, "share"), number(row, "seeds")), (331.0, 0.331, 3.0));
    let row = read.row(&[("model", "better"), ("true", "T-shirt/top"), ("predicted", "Shirt")]);
    let first = results.models[1].runs[0].evaluation.as_ref().unwrap().confusion.at(0, 6);
    assert_eq!(number(row, "images"), (first + 1) as f64);
    let published = file("confusion_matrix_published.csv");
    let matrix = results.models[0].published.as_ref().unwrap().confusion.as_ref().unwrap();
    let row = published.row(&[("model", "baseline"), ("true", "Coat"), ("predicted", "Pullover")]);
    assert_eq!((number(row, "images"), row["seeds"].as_str()), (matrix[4][2] as f64, ""));
}

#[test]
fn classes_and_published_figures() {
    let (results, read) = (results(), file("classes.csv"));
    assert_eq!(read.rows.len(), 60);
    let row = read.row(&[("model", "baseline"), ("class", "T-shirt/top"), ("metric", "recall")]);
    let right = results.models[0].runs[0].evaluation.as_ref().unwrap().confusion.at(0, 0) as f64;
    assert_eq!((number(row, "max"), number(row, "min")), (right / 1000.0, (right - 2.0) / 1000.0));
    assert_eq!((row["images"].as_str(), row["seeds"].as_str()), ("1000", "3"));

    let read = file("published.csv");
    let published = results.models[1].published.as_ref().unwrap();
    let row = read.row(&[("model", "better"), ("figure", "accuracy")]);
    assert_eq!(number(row, "published"), published.accuracy.unwrap());
    let measured = results.models[1].runs[0].evaluation.as_ref().unwrap().test_accuracy;
    assert_eq!(Some(number(row, "max")), measured);
    assert_eq!(row["source"], published.source);
    let row = read.row(&[("model", "better"), ("figure", "training_loss")]);
    assert_eq!(number(row, "min"), results.models[1].runs[0].epochs.last().unwrap().train_loss);
}

#[test]
fn images_and_reliability() {
    let read = file("hardest_images.csv");
    let hardest = read.row(&[("model", "baseline"), ("rank", "1")]);
    // (2 + 3 + 0.1) / 3 of image 0 is more than (3 + 1 + 0.2) / 3 of image 2; two seeds of three call it a shirt.
    assert_eq!((hardest["image"].as_str(), hardest["true"].as_str()), ("0", "T-shirt/top"));
    assert_eq!((hardest["predicted"].as_str(), hardest["seeds_wrong"].as_str()), ("Shirt", "2"));
    assert!((number(hardest, "nll") - 1.7).abs() < 1e-12);
    assert_eq!(read.row(&[("model", "better"), ("rank", "1")])["image"], "3");

    let read = file("reliability.csv");
    assert_eq!(read.rows.len(), 30);
    let images: f64 =
        read.rows.iter().filter(|row| row["model"] == "baseline").map(|row| number(row, "images")).sum();
    assert_eq!(images, 12.0, "four images of three seeds");
    // 0.5 lies in the eighth of 15 bins; one seed of three is right there.
    let bin = read.row(&[("model", "baseline"), ("bin", "8")]);
    assert_eq!(
        (number(bin, "images"), number(bin, "confidence"), number(bin, "accuracy")),
        (3.0, 0.5, 1.0 / 3.0)
    );
    assert_eq!(read.row(&[("model", "baseline"), ("bin", "1")])["accuracy"], "");
}

#[test]
fn evidence_is_written_as_it_was_found() {
    let read = file("comparison.csv");
    let row = read.row(&[("first", "baseline"), ("second", "better")]);
    let numbers = ["difference", "standard_error", "low", "high", "confidence", "p_value", "margin"];
    assert_eq!(numbers.map(|column| number(row, column)), [0.22, 0.004, 0.21, 0.23, 0.975, 1e-9, 0.003]);
    assert_eq!((row["verdict"].as_str(), row["metric"].as_str()), ("better", "accuracy_top1"));
    assert_eq!(row["sentence"], "better is better, by 22 points");
    assert_eq!(number(file("models.csv").row(&[("model", "better")]), "mean"), 0.91);

    let row = &file("class_changes.csv").rows[0];
    assert_eq!((row["class"].as_str(), number(row, "fixed"), number(row, "broken")), ("Shirt", 300.5, 20.25));
    let row = &file("confusion_changes.csv").rows[0];
    assert_eq!((number(row, "images_first"), number(row, "images_second")), (331.0, 60.5));
    let read = file("changed_images.csv");
    assert_eq!(read.row(&[("image", "2")])["change"], "fixed");
    assert_eq!(read.row(&[("image", "3")])["change"], "broken");
    assert_eq!(read.row(&[("image", "3")])["true"], "Dress");

    let read = file("attribution.csv");
    assert_eq!(number(read.row(&[("kind", "gain")]), "value"), 0.22);
    assert_eq!(read.row(&[("kind", "interaction")])["factors"], "optimizer x epochs");
    let row = read.row(&[("kind", "shapley"), ("factors", "epochs")]);
    assert_eq!((number(row, "value"), number(row, "share")), (0.03, 0.15));

    let read = file("ablation.csv");
    let row = read.row(&[("share", "0.5")]);
    let columns = ["mean", "min", "max", "seed_0", "seed_1", "draws"];
    assert_eq!(columns.map(|column| number(row, column)), [0.375, 0.125, 0.625, 0.5, 0.25, 5.0]);
}

#[test]
fn what_is_not_known_has_no_file() {
    let mut results = results();
    for model in &mut results.models {
        model.published = None;
        for run in &mut model.runs {
            run.evaluation = None;
        }
    }
    let files = study_files(&results, &Evidence::default(), false);
    let data: Vec<&str> = files.names().into_iter().filter(|name| name.starts_with("data/")).collect();
    assert_eq!(data, ["data/curves.csv"]);
}
