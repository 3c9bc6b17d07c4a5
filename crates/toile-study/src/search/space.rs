//! What is varied: a setting and its values, as a command line writes them.

use crate::numbers::three_digits;

/// A setting that is varied.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// `lr`, `label_smoothing`, a variable, `schedule.eta_min`.
    pub key: String,
    /// What it is set to.
    pub values: Values,
}

/// What a setting is set to.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// One of these, as TOML.
    Listed(Vec<String>),
    /// Numbers between two ends.
    Range(Range),
}

/// Numbers between two ends, both included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// How they lie between the ends.
    pub scale: Scale,
    /// How many a grid takes of them.
    pub count: Option<u32>,
}

/// How numbers lie between two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// Their logarithms evenly.
    Log,
    /// Whole numbers, evenly.
    Whole,
}

/// Points of a grid along one range.
const COUNT_MAX: u32 = 1000;

const HELP: &str = "write KEY=V,V,.. or KEY=LOW..HIGH, with log: or int: in front of LOW and :N behind HIGH for N values, \
                    as lr=0.01,0.1 or weight_decay=log:1e-5..1e-2:4";

impl Axis {
    /// Reads `lr=0.01,0.1`, `lr=log:1e-3..1`, `width=int:8..64:4`, `augment=[],["RandomHorizontalFlip"]`.
    ///
    /// # Errors
    /// What is wrong, and what to write.
    pub fn read(text: &str) -> Result<Axis, String> {
        let (key, values) = text.split_once('=').ok_or_else(|| format!("there is no `=`; {HELP}"))?;
        let (key, values) = (key.trim(), values.trim());
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        if key.is_empty() || !key.chars().all(is_name) {
            return Err(format!("`{key}` is no setting's name; {HELP}"));
        }
        let key = key.to_owned();
        if values.contains("..") && !values.starts_with(['[', '{', '"']) {
            return Ok(Axis { key, values: Values::Range(range(values)?) });
        }
        let listed: Vec<String> = listed(values).iter().map(|value| toml(value)).collect();
        if let Some(twice) = listed.iter().enumerate().find(|(at, value)| listed[..*at].contains(value)) {
            return Err(format!("{} is there twice; name each value once", twice.1));
        }
        match listed.iter().any(|value| value == "\"\"") {
            true => Err(format!("a value is missing; {HELP}")),
            false => Ok(Axis { key, values: Values::Listed(listed) }),
        }
    }
}

fn range(text: &str) -> Result<Range, String> {
    let (scale, rest) = match text.split_once(':') {
        Some(("log", rest)) => (Scale::Log, rest),
        Some(("int", rest)) => (Scale::Whole, rest),
        _ => (Scale::Linear, text),
    };
    let (ends, count) = match rest.split_once(':') {
        Some((ends, count)) => (ends, Some(count)),
        None => (rest, None),
    };
    let wrong = || format!("`{text}` is no range; {HELP}");
    let (low, high) = ends.split_once("..").ok_or_else(wrong)?;
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    let (low, high) = (number(low).ok_or_else(wrong)?, number(high).ok_or_else(wrong)?);
    if low >= high {
        return Err(format!("`{text}`: the range ends where it begins or before; write the lower end first"));
    }
    if scale == Scale::Log && low <= 0.0 {
        return Err(format!("`{text}`: log: needs ends more than 0"));
    }
    if scale == Scale::Whole && (low.fract() != 0.0 || high.fract() != 0.0 || high.abs() > 1e15) {
        return Err(format!("`{text}`: int: needs whole numbers as ends"));
    }
    let count = match count {
        None => None,
        Some(count) => match count.trim().parse::<u32>() {
            Ok(count) if (2..=COUNT_MAX).contains(&count) => Some(count),
            _ => return Err(format!("`{text}`: write how many values as a number from 2 to {COUNT_MAX}")),
        },
    };
    Ok(Range { low, high, scale, count })
}

/// The parts between commas that stand in no bracket and no quotes.
fn listed(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quoted) = (Vec::new(), 0, 0i32, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

/// A value as TOML: a word gets its quotes, which shells like to take away.
fn toml(value: &str) -> String {
    let is_toml = value.starts_with(['[', '{', '"', '\''])
        || matches!(value, "true" | "false")
        || value.parse::<f64>().is_ok_and(f64::is_finite);
    if is_toml { value.to_owned() } else { format!("{value:?}") }
}

impl Range {
    /// The number at a place from 0, the lower end, to 1, with three digits.
    pub(super) fn at(&self, place: f64) -> String {
        let Range { low, high, scale, .. } = *self;
        let number = match scale {
            Scale::Linear => low + place * (high - low),
            Scale::Log => (low.ln() + place * (high.ln() - low.ln())).exp(),
            Scale::Whole => return format!("{}", (low + place * (high - low)).round() as i64),
        };
        // Nobody needs more to choose by, and everybody can type it again.
        format!("{:?}", three_digits(number).clamp(low, high))
    }

    /// As [`at`](Range::at), where each whole number is as probable as any other.
    pub(super) fn drawn(&self, uniform: f64) -> String {
        match self.scale {
            Scale::Whole => {
                let numbers = self.high - self.low + 1.0;
                format!("{}", (self.low + (uniform * numbers).floor()).min(self.high) as i64)
            }
            _ => self.at(uniform),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_listed_or_a_range() {
        let list = |values: &[&str]| Values::Listed(values.iter().map(|v| v.to_string()).collect());
        let range = |low, high, scale, count| Values::Range(Range { low, high, scale, count });
        for (text, key, values) in [
            ("lr=0.01, 1e-1", "lr", list(&["0.01", "1e-1"])),
            ("sampler=shuffle,balanced", "sampler", list(&["\"shuffle\"", "\"balanced\""])),
            ("augment=[],[\"A\", { B = 1 }]", "augment", list(&["[]", "[\"A\", { B = 1 }]"])),
            ("optimizer={ SGD = { lr = 1 } },Adam", "optimizer", list(&["{ SGD = { lr = 1 } }", "\"Adam\""])),
            ("nesterov=true,false", "nesterov", list(&["true", "false"])),
            ("lr=log:1e-3..1", "lr", range(1e-3, 1.0, Scale::Log, None)),
            ("width=int:8..64:4", "width", range(8.0, 64.0, Scale::Whole, Some(4))),
            ("schedule.eta_min=0..0.5:2", "schedule.eta_min", range(0.0, 0.5, Scale::Linear, Some(2))),
        ] {
            assert_eq!(Axis::read(text), Ok(Axis { key: key.into(), values }), "{text}");
        }
        for (text, part) in [
            ("lr", "there is no `=`"),
            ("=1", "no setting's name"),
            ("lr=", "a value is missing"),
            ("lr=1,,2", "a value is missing"),
            ("lr=1,1", "1 is there twice"),
            ("lr=1..0.1", "ends where it begins or before"),
            ("lr=log:0..1", "more than 0"),
            ("lr=int:1..2.5", "whole numbers"),
            ("lr=a..b", "is no range"),
            ("lr=0..1:1", "a number from 2 to 1000"),
        ] {
            let problem = Axis::read(text).unwrap_err();
            assert!(problem.contains(part), "{text}: {problem}");
        }
    }

    #[test]
    fn ranges_begin_and_end_at_their_ends() {
        let of = |scale, low, high| Range { low, high, scale, count: None };
        let places = |range: Range| [0.0, 0.5, 1.0].map(|place| range.at(place));
        assert_eq!(places(of(Scale::Log, 0.001, 0.1)), ["0.001", "0.01", "0.1"]);
        assert_eq!(places(of(Scale::Linear, 0.0, 0.123456)), ["0.0", "0.0617", "0.123"]);
        assert_eq!(places(of(Scale::Whole, 3.0, 8.0)), ["3", "6", "8"]);
        let drawn = [0.0, 0.4999, 0.5, 0.9999].map(|u| of(Scale::Whole, 3.0, 4.0).drawn(u));
        assert_eq!(drawn, ["3", "3", "4", "4"]);
    }
}
