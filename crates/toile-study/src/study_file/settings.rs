//! Settings of layers and optimizers, read from the tables of a study file.

use std::ops::RangeInclusive;

use toile_nn::description::{Layer, Pair, ReadLayers};
use toile_nn::setting::{Absent, Bound, PIXELS_MAX, ReadSettings, SettingValue};

use super::error::{Problem, nearest};
use super::layers::{LayerReader, Variable, Wanted};
use super::value::{Fields, Value};

/// The settings of a table as they stand there.
pub(super) struct Settings<'a> {
    pub(super) fields: Fields<'a>,
}

/// The settings of a layer, whose numbers and words may be the names of variables.
pub(super) struct LayerSettings<'r, 'm, 'a> {
    pub(super) settings: Settings<'a>,
    /// Name of the layer.
    pub(super) layer: &'r str,
    pub(super) reader: &'r mut LayerReader<'m, 'a>,
}

impl<'a> Settings<'a> {
    /// The value of a key, or what is done without one.
    fn get<T: Into<SettingValue> + Copy>(
        &self,
        name: &str,
        absent: Absent<T>,
    ) -> Result<Result<Value<'a>, T>, Problem> {
        match absent {
            Absent::Default(default) => Ok(self.fields.get(name).ok_or(default)),
            Absent::Refuse { example } => {
                self.fields.required(name, &format!("{name} = {}", example.into())).map(Ok)
            }
        }
    }
}

/// A whole number in a range.
fn whole(value: &Value, range: RangeInclusive<usize>) -> Result<usize, Problem> {
    let bound = format!("an integer from {} to {}", range.start(), range.end());
    let range = *range.start() as u64..=*range.end() as u64;
    Ok(value.integer(range, &bound)? as usize)
}

/// An integer for both directions, or [height, width], each read by `side`.
fn sides<'a>(
    value: &Value<'a>,
    mut side: impl FnMut(&Value<'a>) -> Result<usize, Problem>,
) -> Result<Pair, Problem> {
    if value.as_array().is_none() {
        if !value.is_integer() && value.as_str().is_none() {
            return Err(value.wrong_type("an integer or [height, width]"));
        }
        return Ok(Pair::square(side(value)?));
    }
    let entries = value.array("two integers")?;
    let [height, width] = entries.as_slice() else {
        let message = format!("{}: expected [height, width], found {} entries", value.what, entries.len());
        return Err(value.problem(message).help("write one integer for a square, or [height, width]"));
    };
    Ok(Pair { height: side(height)?, width: side(width)? })
}

/// One of these words; `None` where the key is not there.
pub(super) fn one_of(
    fields: &Fields<'_>,
    name: &str,
    words: &[&'static str],
) -> Result<Option<&'static str>, Problem> {
    fields.get(name).map(|value| word_of(&value, words)).transpose()
}

fn word_of(value: &Value<'_>, words: &[&'static str]) -> Result<&'static str, Problem> {
    let text = value.string()?;
    words.iter().find(|word| **word == text).copied().ok_or_else(|| {
        let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        let message = format!("{} = \"{text}\" is unknown", value.what);
        value.problem(message).help(format!("choose {}", words.join(" or ")))
    })
}

/// Whether a string is nearly one of these.
fn nearest_word(value: &Value<'_>, words: &[&'static str]) -> bool {
    value.as_str().is_some_and(|text| nearest(text, words.iter().copied()).is_some())
}

impl ReadSettings for Settings<'_> {
    type Error = Problem;

    fn integer(
        &mut self,
        name: &'static str,
        range: RangeInclusive<usize>,
        absent: Absent<usize>,
    ) -> Result<usize, Problem> {
        match self.get(name, absent)? {
            Ok(value) => whole(&value, range),
            Err(default) => Ok(default),
        }
    }

    fn pair(&mut self, name: &'static str, least: usize, absent: Absent<Pair>) -> Result<Pair, Problem> {
        match self.get(name, absent)? {
            Ok(value) => sides(&value, |value| whole(value, least..=PIXELS_MAX)),
            Err(default) => Ok(default),
        }
    }

    fn number(&mut self, name: &'static str, bound: Bound, default: f64) -> Result<f64, Problem> {
        self.fields.get(name).map_or(Ok(default), |value| value.float(bound.allows, bound.words))
    }

    fn numbers(
        &mut self,
        name: &'static str,
        bound: Bound,
        default: (f64, f64),
    ) -> Result<(f64, f64), Problem> {
        let Some(value) = self.fields.get(name) else { return Ok(default) };
        let entries = value.array("two numbers")?;
        let [first, second] = entries.as_slice() else {
            let message = format!("{}: expected two numbers, found {}", value.what, entries.len());
            let help = format!("write {name} = {}", SettingValue::from(default));
            return Err(value.problem(message).help(help));
        };
        let one = |value: &Value| value.float(bound.allows, bound.words);
        Ok((one(first)?, one(second)?))
    }

    fn triple(&mut self, name: &'static str, default: (f64, f64, f64)) -> Result<(f64, f64, f64), Problem> {
        let Some(value) = self.fields.get(name) else { return Ok(default) };
        let entries = value.array("three numbers")?;
        let [first, second, third] = entries.as_slice() else {
            let message = format!("{}: expected three numbers, found {}", value.what, entries.len());
            let help = format!("write {name} = {}", SettingValue::from(default));
            return Err(value.problem(message).help(help));
        };
        let one = |value: &Value| value.float(|_| true, "a number");
        Ok((one(first)?, one(second)?, one(third)?))
    }

    fn boolean(&mut self, name: &'static str, default: bool) -> Result<bool, Problem> {
        self.fields.get(name).map_or(Ok(default), |value| value.boolean())
    }

    fn word(&mut self, name: &'static str, words: &[&'static str]) -> Result<Option<&'static str>, Problem> {
        one_of(&self.fields, name, words)
    }

    fn is_word(&self, name: &'static str, word: &str) -> bool {
        self.fields.get(name).is_some_and(|value| value.as_str() == Some(word))
    }

    fn refuse(&self, name: &'static str, message: &str, help: &str) -> Problem {
        self.fields.problem(name, message).help(help)
    }
}

impl<'a> LayerSettings<'_, '_, 'a> {
    /// A mistake in a string that may be a misspelt variable.
    fn meant(&self, value: &Value<'a>, problem: Problem) -> Problem {
        match value.as_str().and_then(|text| self.reader.meant_by(text)) {
            Some(name) => problem.help(format!("did you mean `{name}`, which a model sets?")),
            None => problem,
        }
    }

    /// A whole number or the variable that stands for it; a variable nobody sets yet is 1.
    fn whole(&mut self, value: &Value<'a>, range: RangeInclusive<usize>) -> Result<usize, Problem> {
        match self.reader.variable(value, self.layer, Wanted::Integer)? {
            Variable::Here => whole(value, range),
            Variable::Unknown => Ok(1),
            Variable::Set(set, used) => whole(&set, range).map_err(|problem| problem.note(used)),
        }
    }
}

impl ReadSettings for LayerSettings<'_, '_, '_> {
    type Error = Problem;

    fn integer(
        &mut self,
        name: &'static str,
        range: RangeInclusive<usize>,
        absent: Absent<usize>,
    ) -> Result<usize, Problem> {
        match self.settings.get(name, absent)? {
            Ok(value) => self.whole(&value, range),
            Err(default) => Ok(default),
        }
    }

    fn pair(&mut self, name: &'static str, least: usize, absent: Absent<Pair>) -> Result<Pair, Problem> {
        match self.settings.get(name, absent)? {
            Ok(value) => sides(&value, |value| self.whole(value, least..=PIXELS_MAX)),
            Err(default) => Ok(default),
        }
    }

    /// A variable nobody sets yet is the default.
    fn number(&mut self, name: &'static str, bound: Bound, default: f64) -> Result<f64, Problem> {
        let Some(value) = self.settings.fields.get(name) else { return Ok(default) };
        match self.reader.variable(&value, self.layer, Wanted::Number)? {
            Variable::Here => value.float(bound.allows, bound.words),
            Variable::Unknown => Ok(default),
            Variable::Set(set, used) => {
                set.float(bound.allows, bound.words).map_err(|problem| problem.note(used))
            }
        }
    }

    fn numbers(
        &mut self,
        name: &'static str,
        bound: Bound,
        default: (f64, f64),
    ) -> Result<(f64, f64), Problem> {
        self.settings.numbers(name, bound, default)
    }

    fn triple(&mut self, name: &'static str, default: (f64, f64, f64)) -> Result<(f64, f64, f64), Problem> {
        self.settings.triple(name, default)
    }

    fn boolean(&mut self, name: &'static str, default: bool) -> Result<bool, Problem> {
        let Some(value) = self.settings.fields.get(name) else { return Ok(default) };
        match self.reader.variable(&value, self.layer, Wanted::Boolean)? {
            Variable::Here => value.boolean().map_err(|problem| self.meant(&value, problem)),
            Variable::Unknown => Ok(default),
            Variable::Set(set, used) => set.boolean().map_err(|problem| problem.note(used)),
        }
    }

    /// A variable nobody sets yet is not set.
    fn word(&mut self, name: &'static str, words: &[&'static str]) -> Result<Option<&'static str>, Problem> {
        let Some(value) = self.settings.fields.get(name) else { return Ok(None) };
        match self.reader.variable(&value, self.layer, Wanted::Word(words))? {
            Variable::Here => {
                word_of(&value, words).map(Some).map_err(|problem| match nearest_word(&value, words) {
                    true => problem,
                    false => self.meant(&value, problem),
                })
            }
            Variable::Unknown => Ok(None),
            Variable::Set(set, used) => word_of(&set, words).map(Some).map_err(|problem| problem.note(used)),
        }
    }

    fn is_word(&self, name: &'static str, word: &str) -> bool {
        let Some(text) = self.settings.fields.get(name).and_then(|value| value.as_str()) else {
            return false;
        };
        let set = || self.reader.set(text).is_some_and(|value| value.as_str() == Some(word));
        text == word || set()
    }

    fn refuse(&self, name: &'static str, message: &str, help: &str) -> Problem {
        let value = self.settings.fields.get(name);
        let set = value.as_ref().and_then(|value| Some((value, self.reader.set(value.as_str()?)?)));
        match set {
            None => self.settings.refuse(name, message, help),
            Some((value, set)) => {
                let used = format!("the architecture uses it as {} of {}", value.what, self.layer);
                set.problem(format!("{}: {message}", set.what)).help(help).note(used)
            }
        }
    }
}

impl ReadLayers for LayerSettings<'_, '_, '_> {
    fn layers(&mut self, name: &'static str) -> Result<Vec<Layer>, Problem> {
        let value = self.settings.fields.required(name, &format!("{name} = [...]"))?;
        self.reader.layers(&value)
    }
}
