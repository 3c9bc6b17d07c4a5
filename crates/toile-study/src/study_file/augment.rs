//! Lists of transforms: from names and settings to [`Transform`]s. Which transforms and settings there are, and what the
//! settings may be, the transforms know themselves.

use toile_pixels::augment::{self, AugmentError, Augmenter, ReadSettings, Single, Transform};

use super::error::Problem;
use super::settings::one_of;
use super::training::{choice, settings};
use super::value::{Fields, Value};

const EXAMPLE: &str = "{ RandomCrop = { padding = 4 } }";

/// The transforms of a list, checked as far as that goes without the shape of the images.
pub(super) fn augment(value: &Value) -> Result<Vec<Transform>, Problem> {
    let entries = value.array("transforms").map_err(|problem| {
        problem.help(format!("write augment = [{EXAMPLE}, \"RandomHorizontalFlip\"], or [] for none"))
    })?;
    let transforms = entries.iter().map(transform).collect::<Result<Vec<_>, _>>()?;
    augment::check(&transforms).map_err(|error| located(&entries, error))?;
    Ok(transforms)
}

/// Refuses transforms that cannot be done to images of this shape.
pub(super) fn check_fits(value: &Value, shape: [usize; 3]) -> Result<(), Problem> {
    let entries = value.array("transforms")?;
    Augmenter::new(&augment(value)?, shape).map_err(|error| located(&entries, error))?;
    Ok(())
}

fn transform(value: &Value) -> Result<Transform, Problem> {
    let (name, inner) = choice(value, Transform::NAMES, "transform", EXAMPLE)?;
    let (keys, example) = Transform::keys_and_example(name).expect("the choice is among the names");
    let mut reader = Reader { fields: settings(&inner, name, keys, example)? };
    Transform::read(name, &mut reader).expect("the choice is among the names")
}

/// What the transforms say is wrong, at its place in the file.
fn located(entries: &[Value], AugmentError { index, transform, mistake }: AugmentError) -> Problem {
    let entry = &entries[index];
    let settings = Fields::named(entry, "", "").ok().and_then(|entry| entry.get(transform));
    let setting = settings
        .and_then(|settings| Fields::named(&settings, "", "").ok())
        .and_then(|settings| settings.get(mistake.setting));
    match setting {
        Some(setting) => setting.problem(mistake.message).help(mistake.help),
        None => entry.problem(format!("{transform}: {}", mistake.message)).help(mistake.help),
    }
}

/// The settings of a transform as they stand in its table.
struct Reader<'a> {
    fields: Fields<'a>,
}

impl<'a> Reader<'a> {
    /// The value of a key, or its default; a key that has none must be there.
    fn get<T>(
        &self,
        name: &str,
        default: Option<T>,
        example: &str,
        read: impl FnOnce(&Value<'a>) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        match (self.fields.get(name), default) {
            (Some(value), _) => read(&value),
            (None, Some(default)) => Ok(default),
            (None, None) => read(&self.fields.required(name, &format!("{name} = {example}"))?),
        }
    }
}

impl ReadSettings for Reader<'_> {
    type Error = Problem;

    fn integer(&mut self, name: &'static str, default: Option<usize>) -> Result<usize, Problem> {
        self.get(name, default, "4", |value| {
            Ok(value.integer(..=WHOLE_MAX, "an integer, 0 or more")? as usize)
        })
    }

    fn number(&mut self, name: &'static str, default: Option<f64>) -> Result<f64, Problem> {
        self.get(name, default, "0.5", |value| value.float(|_| true, "a number"))
    }

    fn numbers(
        &mut self,
        name: &'static str,
        single: Single,
        default: Option<(f64, f64)>,
    ) -> Result<(f64, f64), Problem> {
        let finite = |value: &Value| value.float(|_| true, "a number");
        self.get(name, default, "10", |value| {
            if value.as_array().is_none() {
                return match single.numbers(finite(value)?) {
                    Some(numbers) => Ok(numbers),
                    None => Err(value.wrong_type("two numbers").help(format!("write {name} = [0.5, 1.0]"))),
                };
            }
            match &value.array("two numbers")?[..] {
                [first, second] => Ok((finite(first)?, finite(second)?)),
                others => {
                    let message = format!("{}: expected two numbers, found {}", value.what, others.len());
                    Err(value.problem(message).help(format!("write {name} = [0.5, 1.0]")))
                }
            }
        })
    }

    fn word(&mut self, name: &'static str, words: &[&'static str]) -> Result<Option<&'static str>, Problem> {
        one_of(&self.fields, name, words)
    }

    fn integer_or(
        &mut self,
        name: &'static str,
        word: &'static str,
        default: usize,
    ) -> Result<Option<usize>, Problem> {
        match self.fields.get(name) {
            Some(value) if value.as_str() == Some(word) => Ok(None),
            Some(value) if !value.is_integer() => {
                let expected = format!("an integer or \"{word}\"");
                Err(value
                    .wrong_type(&expected)
                    .help(format!("write {name} = {default}, or {name} = \"{word}\"")))
            }
            _ => self.integer(name, Some(default)).map(Some),
        }
    }
}

/// More pixels than any image has along a side.
const WHOLE_MAX: u64 = 1 << 30;
