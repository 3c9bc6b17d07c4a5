//! Figures somebody published for a model.

use toile_data::catalog::DatasetInfo;

use super::error::{Problem, did_you_mean, list_of};
use super::value::{Fields, Value};
use crate::results::Published;

const EXAMPLE: &str = "published = { source = \"...\", accuracy = 0.9089 }";
const KEYS: &[&str] =
    &["source", "accuracy", "training_loss", "evaluation_loss", "correct_of_class", "confusion"];

pub(super) fn published(value: &Value, dataset: &DatasetInfo) -> Result<Published, Problem> {
    let f = Fields::new(value, "published", KEYS, EXAMPLE)?;
    let share = |v: Value| v.float(|x| (0.0..=1.0).contains(&x), "a share from 0 to 1: 69.18 % is 0.6918");
    let loss = |v: Value| v.float(|x| x >= 0.0, "0 or more");
    Ok(Published {
        source: f.required("source", "source = \"who says so\"")?.line()?.to_string(),
        accuracy: f.get("accuracy").map(share).transpose()?,
        training_loss: f.get("training_loss").map(loss).transpose()?,
        evaluation_loss: f.get("evaluation_loss").map(loss).transpose()?,
        correct_of_class: f.get("correct_of_class").map_or(Ok(vec![]), |v| correct_of_class(&v, dataset))?,
        confusion: f.get("confusion").map(|v| confusion(&v, dataset)).transpose()?,
    })
}

fn correct_of_class(value: &Value, dataset: &DatasetInfo) -> Result<Vec<(String, u64)>, Problem> {
    let classes = || dataset.class_names.iter().copied();
    let f = Fields::named(value, "correct_of_class", "correct_of_class = { \"Shirt\" = 769 }")?;
    let mut correct = vec![];
    for (name, span, count) in f.entries() {
        if !dataset.class_names.contains(&name) {
            let help = did_you_mean(name, classes())
                .unwrap_or_else(|| format!("the classes are {}", list_of(classes())));
            let message = format!("{} has no class `{name}`", dataset.name);
            return Err(Problem::new(span, message).help(help));
        }
        correct.push((name.to_string(), images(&count, dataset)?));
    }
    Ok(correct)
}

/// Rows true, columns predicted.
fn confusion(value: &Value, dataset: &DatasetInfo) -> Result<Vec<Vec<u64>>, Problem> {
    one_a_class(value, "rows", dataset)?
        .iter()
        .map(|row| one_a_class(row, "columns", dataset)?.iter().map(|count| images(count, dataset)).collect())
        .collect()
}

fn one_a_class<'a>(list: &Value<'a>, of: &str, dataset: &DatasetInfo) -> Result<Vec<Value<'a>>, Problem> {
    let entries = list.array(of)?;
    if entries.len() == dataset.class_names.len() {
        return Ok(entries);
    }
    let (what, title, classes) = (&list.what, dataset.name, dataset.class_names.len());
    let message = format!("{what}: expected {classes} {of}, one a class of {title}, found {}", entries.len());
    Err(list.problem(message).help("write a row a true class, in it a column a predicted class"))
}

fn images(value: &Value, dataset: &DatasetInfo) -> Result<u64, Problem> {
    let most = dataset.test_images as u64;
    value.integer(0..=most, &format!("a number of test images, from 0 to {most}"))
}
