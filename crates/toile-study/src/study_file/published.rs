//! Figures somebody published for a model.

use std::ops::Range;

use toile_data::DatasetInfo;

use super::error::{Problem, did_you_mean, list_of};
use super::value::{Fields, Value};
use crate::published::Published;

const EXAMPLE: &str = "published = { source = \"...\", accuracy = 0.9089 }";
const KEYS: &[&str] =
    &["source", "accuracy", "training_loss", "evaluation_loss", "correct_of_class", "confusion"];

pub(super) fn published(value: &Value) -> Result<Published, Problem> {
    let f = Fields::new(value, "published", KEYS, EXAMPLE)?;
    let share = |v: Value| v.float(|x| (0.0..=1.0).contains(&x), "a share from 0 to 1: 69.18 % is 0.6918");
    let loss = |v: Value| v.float(|x| x >= 0.0, "0 or more");
    let correct = f.get("correct_of_class").map_or(Ok(vec![]), |v| {
        let counts = correct_of_class(&v)?;
        counts.entries().iter().map(|(name, _, count)| Ok((name.to_string(), images(count)?))).collect()
    });
    let confusion = |v: Value| {
        let rows = v.array(ROWS)?;
        rows.iter().map(|row| row.array(COLUMNS)?.iter().map(images).collect()).collect()
    };
    Ok(Published {
        source: f.required("source", "source = \"who says so\"")?.line()?.to_string(),
        accuracy: f.get("accuracy").map(share).transpose()?,
        training_loss: f.get("training_loss").map(loss).transpose()?,
        evaluation_loss: f.get("evaluation_loss").map(loss).transpose()?,
        correct_of_class: correct?,
        confusion: f.get("confusion").map(confusion).transpose()?,
    })
}

const ROWS: &str = "rows";
const COLUMNS: &str = "columns";

fn correct_of_class<'a>(value: &Value<'a>) -> Result<Fields<'a>, Problem> {
    Fields::named(value, "correct_of_class", "correct_of_class = { \"Shirt\" = 769 }")
}

fn images(value: &Value) -> Result<u64, Problem> {
    value.integer(0.., "a number of test images")
}

/// Refuses figures of classes or images that the data set does not have.
pub(super) fn check(value: &Value, dataset: &DatasetInfo) -> Result<(), Problem> {
    let f = Fields::new(value, "published", KEYS, EXAMPLE)?;
    if let Some(counts) = f.get("correct_of_class") {
        for (name, span, count) in correct_of_class(&counts)?.entries() {
            check_class(name, span, dataset)?;
            check_images(&count, dataset)?;
        }
    }
    if let Some(confusion) = f.get("confusion") {
        for row in one_a_class(&confusion, ROWS, dataset)? {
            for count in one_a_class(&row, COLUMNS, dataset)? {
                check_images(&count, dataset)?;
            }
        }
    }
    Ok(())
}

fn check_class(name: &str, span: Range<usize>, dataset: &DatasetInfo) -> Result<(), Problem> {
    if dataset.class_names.iter().any(|known| known == name) {
        return Ok(());
    }
    let classes = || dataset.class_names.iter().map(String::as_str);
    let help =
        did_you_mean(name, classes()).unwrap_or_else(|| format!("the classes are {}", list_of(classes())));
    Err(Problem::new(span, format!("{} has no class `{name}`", dataset.name)).help(help))
}

fn one_a_class<'a>(list: &Value<'a>, of: &str, dataset: &DatasetInfo) -> Result<Vec<Value<'a>>, Problem> {
    let entries = list.array(of)?;
    if entries.len() == dataset.class_names.len() {
        return Ok(entries);
    }
    let (what, title, classes) = (&list.what, &dataset.name, dataset.class_names.len());
    let message = format!("{what}: expected {classes} {of}, one a class of {title}, found {}", entries.len());
    Err(list.problem(message).help("write a row a true class, in it a column a predicted class"))
}

fn check_images(value: &Value, dataset: &DatasetInfo) -> Result<(), Problem> {
    let most = dataset.test_images as u64;
    value.integer(0..=most, &format!("a number of test images, from 0 to {most}")).map(|_| ())
}
