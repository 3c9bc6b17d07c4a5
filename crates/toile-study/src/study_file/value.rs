//! Values and tables of a parsed study file that know their place, read with the errors a user needs.

use std::borrow::Cow;
use std::ops::{Range, RangeBounds};

use toile_data::plain_text::is_no_plain_text;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Problem, did_you_mean, list_of};

/// A value under the name it goes by in messages: `epochs`, or "layer 3".
#[derive(Clone)]
pub(super) struct Value<'a> {
    pub(super) what: String,
    inner: &'a DeValue<'a>,
    span: Range<usize>,
}

impl<'a> Value<'a> {
    pub(super) fn new(what: impl Into<String>, value: &'a Spanned<DeValue<'a>>) -> Self {
        Value { what: what.into(), inner: value.get_ref(), span: value.span() }
    }

    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// A mistake in this value.
    pub(super) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::new(self.span(), message)
    }

    /// "`epochs`: expected an integer, found a string".
    pub(super) fn wrong_type(&self, expected: &str) -> Problem {
        let found = match self.inner {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a float",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.problem(format!("{}: expected {expected}, found {found}", self.what))
    }

    pub(super) fn as_str(&self) -> Option<&'a str> {
        self.inner.as_str()
    }

    pub(super) fn as_array(&self) -> Option<&'a [Spanned<DeValue<'a>>]> {
        self.inner.as_array().map(|array| &array[..])
    }

    pub(super) fn as_table(&self) -> Option<&'a DeTable<'a>> {
        self.inner.as_table()
    }

    pub(super) fn is_integer(&self) -> bool {
        self.inner.is_integer()
    }

    pub(super) fn string(&self) -> Result<&'a str, Problem> {
        self.as_str().ok_or_else(|| self.wrong_type("a string"))
    }

    /// A string that can be printed as one line.
    pub(super) fn line(&self) -> Result<&'a str, Problem> {
        let text = self.string()?;
        if text.contains(is_no_plain_text) {
            return Err(self.problem(format!("{}: expected one line of plain text", self.what)).help(
                "remove line breaks, tabs, escapes and marks that change the direction of writing from it",
            ));
        }
        Ok(text)
    }

    pub(super) fn boolean(&self) -> Result<bool, Problem> {
        self.inner.as_bool().ok_or_else(|| match self.as_str() {
            Some(text @ ("true" | "false")) => {
                self.wrong_type("true or false").help(format!("write {text} without quotes"))
            }
            _ => self.wrong_type("true or false"),
        })
    }

    pub(super) fn array(&self, of: &str) -> Result<Vec<Value<'a>>, Problem> {
        let array = self.as_array().ok_or_else(|| self.wrong_type(&format!("a list of {of}")))?;
        Ok(array
            .iter()
            .enumerate()
            .map(|(i, v)| Value::new(format!("{}, entry {}", self.what, i + 1), v))
            .collect())
    }

    pub(super) fn table(&self, example: &str) -> Result<&'a DeTable<'a>, Problem> {
        self.as_table().ok_or_else(|| self.wrong_type("a table").help(format!("write {example}")))
    }

    /// A whole number in `range`; `bound` says it in words: "1 or more".
    pub(super) fn integer(&self, range: impl RangeBounds<u64>, bound: &str) -> Result<u64, Problem> {
        let Some(integer) = self.inner.as_integer() else {
            let whole = match self.inner {
                DeValue::Float(float) => float.as_str().parse::<f64>().ok().filter(|x| x.fract() == 0.0),
                _ => None,
            };
            return Err(match whole {
                Some(whole) => self.wrong_type("an integer").help(format!("write {whole}")),
                None => self.quoted_number(self.wrong_type("an integer")),
            });
        };
        // Too large for any range, or negative.
        let value = u64::from_str_radix(integer.as_str(), integer.radix()).ok();
        value
            .filter(|value| range.contains(value))
            .ok_or_else(|| self.out_of_range(&integer.to_string(), bound))
    }

    /// A finite number for which `allowed` holds; `bound` says it in words: "more than 0".
    pub(super) fn float(&self, allowed: impl Fn(f64) -> bool, bound: &str) -> Result<f64, Problem> {
        let (value, text) = match self.inner {
            DeValue::Float(float) => (float.as_str().parse::<f64>().ok(), float.to_string()),
            // Integers are numbers too: `lr = 1`.
            DeValue::Integer(integer) => {
                let value = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
                (value.map(|value| value as f64), integer.to_string())
            }
            _ => return Err(self.quoted_number(self.wrong_type("a number"))),
        };
        let infinite = value.is_some_and(f64::is_infinite);
        value
            .filter(|&value| value.is_finite() && allowed(value))
            // Minus zero is zero.
            .map(|value| value + 0.0)
            .ok_or_else(|| match infinite {
                true => self.out_of_range(&text, &format!("{bound}, and finite")),
                false => self.out_of_range(&text, bound),
            })
    }

    /// A number as tables show it, `0.5`, `0` for 0.0; a truth value or a string as a study file writes it.
    pub(super) fn plain_text(&self) -> Option<String> {
        match self.inner {
            DeValue::Boolean(value) => Some(value.to_string()),
            DeValue::String(text) => Some(format!("\"{text}\"")),
            DeValue::Integer(_) => Some(self.integer(.., "").ok()?.to_string()),
            DeValue::Float(_) => Some(self.float(|_| true, "").ok()?.to_string()),
            _ => None,
        }
    }

    fn out_of_range(&self, value: &str, bound: &str) -> Problem {
        self.problem(format!("{}: {value} is out of range", self.what)).help(format!("choose {bound}"))
    }

    fn quoted_number(&self, problem: Problem) -> Problem {
        match self.as_str() {
            Some(text) if text.parse::<f64>().is_ok() => problem.help(format!("write {text} without quotes")),
            _ => problem,
        }
    }
}

/// A table whose keys are known: the unknown ones have been refused.
pub(super) struct Fields<'a> {
    /// None for a layer written as a bare name, which sets nothing.
    table: Option<&'a DeTable<'a>>,
    span: Range<usize>,
    what: String,
}

impl<'a> Fields<'a> {
    /// `what` names the table in messages: "model `better`".
    pub(super) fn new(
        value: &Value<'a>,
        what: impl Into<String>,
        known: &[&str],
        example: &str,
    ) -> Result<Self, Problem> {
        let fields = Fields { table: Some(value.table(example)?), span: value.span(), what: what.into() };
        match fields.unknown(known) {
            None => Ok(fields),
            Some(key) => Err(fields.refuse(&key, known)),
        }
    }

    /// No settings at all, at the place of the bare name.
    pub(super) fn none(value: &Value<'a>, what: impl Into<String>) -> Self {
        Fields { table: None, span: value.span(), what: what.into() }
    }

    /// A table without a check of its keys, for one whose keys are names.
    pub(super) fn named(value: &Value<'a>, what: impl Into<String>, example: &str) -> Result<Self, Problem> {
        Ok(Fields { table: Some(value.table(example)?), span: value.span(), what: what.into() })
    }

    /// The first key, in the order of the file, that is not among `known`.
    pub(super) fn unknown(&self, known: &[&str]) -> Option<(&'a str, Range<usize>)> {
        let unknown = self.entries().into_iter().find(|(key, ..)| !known.contains(key))?;
        Some((unknown.0, unknown.1))
    }

    fn refuse(&self, (key, span): &(&str, Range<usize>), known: &[&str]) -> Problem {
        let help = did_you_mean(key, known.iter().copied()).unwrap_or_else(|| match known {
            [] => format!("{} has no settings: write it as \"{}\"", self.what, self.what),
            known => format!("{} knows {}", self.what, list_of(known.iter().copied())),
        });
        Problem::new(span.clone(), format!("{} has no key `{key}`", self.what)).help(help)
    }

    /// All keys with their places and values, in the order of the file.
    pub(super) fn entries(&self) -> Vec<(&'a str, Range<usize>, Value<'a>)> {
        let mut entries: Vec<_> = self
            .table
            .into_iter()
            .flatten()
            .map(|(key, value)| {
                let name = key.get_ref().as_ref();
                (name, key.span(), Value::new(format!("`{name}`"), value))
            })
            .collect();
        entries.sort_by_key(|(_, span, _)| span.start);
        entries
    }

    /// All keys and values as they were parsed.
    pub(super) fn raw_entries(&self) -> Vec<(&'a Spanned<Cow<'a, str>>, &'a Spanned<DeValue<'a>>)> {
        self.table.into_iter().flatten().collect()
    }

    pub(super) fn get(&self, key: &str) -> Option<Value<'a>> {
        Some(Value::new(format!("`{key}`"), self.table?.get(key)?))
    }

    /// A mistake in the value of a key, or in the table where the key is absent.
    pub(super) fn problem(&self, key: &str, message: impl Into<String>) -> Problem {
        let span = self.get(key).map_or_else(|| self.span.clone(), |value| value.span());
        Problem::new(span, message)
    }

    /// A key that must be there; `example` shows how to write it.
    pub(super) fn required(&self, key: &str, example: &str) -> Result<Value<'a>, Problem> {
        self.get(key).ok_or_else(|| {
            Problem::new(self.span.clone(), format!("{} has no `{key}`", self.what))
                .help(format!("add {example}"))
        })
    }
}
