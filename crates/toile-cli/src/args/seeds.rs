//! Seeds on a command line: `3`, `0-9`, `0,1,5-7`.

use std::str::FromStr;

/// The seeds of a list of numbers and ranges, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeds(Vec<u64>);

/// More seeds than this are a slip of the finger.
const SEEDS_MAX: u64 = 10_000;

impl Seeds {
    /// One after the other.
    pub fn list(&self) -> &[u64] {
        &self.0
    }
}

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut seeds = Vec::new();
        for part in text.split(',') {
            seeds.extend(range(part.trim())?);
            if seeds.len() as u64 > SEEDS_MAX {
                return Err(format!("name at most {SEEDS_MAX} seeds"));
            }
        }
        Ok(Seeds(seeds))
    }
}

/// One number, or all from one to another.
fn range(text: &str) -> Result<std::ops::RangeInclusive<u64>, String> {
    let number = |of: &str| {
        let of = of.trim();
        of.parse::<u64>().map_err(|_| match of.parse::<u128>() {
            Ok(_) => format!("`{of}` is too large: seeds go from 0 to {}", u64::MAX),
            Err(_) => format!(
                "`{text}` is neither a whole number from 0 nor a range; write seeds as 0,1,2 or as a range, 0-9"
            ),
        })
    };
    let Some((from, to)) = text.split_once('-').filter(|(from, _)| !from.is_empty()) else {
        return number(text).map(|seed| seed..=seed);
    };
    let (from, to) = (number(from)?, number(to)?);
    if from > to {
        return Err(format!("the range ends before it begins; write {to}-{from}"));
    }
    if to - from >= SEEDS_MAX {
        return Err(format!("name at most {SEEDS_MAX} seeds"));
    }
    Ok(from..=to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_ranges() {
        for (text, expected) in [
            ("3", Ok(vec![3])),
            ("0-3", Ok(vec![0, 1, 2, 3])),
            ("7-7", Ok(vec![7])),
            ("1, 4-5", Ok(vec![1, 4, 5])),
            ("18446744073709551615", Ok(vec![u64::MAX])),
            ("18446744073709551616", Err("from 0 to 18446744073709551615")),
            ("x", Err("`x` is neither a whole number from 0 nor a range")),
            ("0,x", Err("`x` is neither")),
            ("0,,1", Err("`` is neither")),
            ("-1", Err("`-1` is neither a whole number from 0")),
            ("3-", Err("0-9")),
            ("1-2-3", Err("0-9")),
            ("5-2", Err("2-5")),
            ("0-10000", Err("at most")),
            ("0-9999,10000", Err("at most")),
            ("0-18446744073709551615", Err("at most")),
        ] {
            match (text.parse::<Seeds>(), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found.list(), expected, "{text}"),
                (Err(found), Err(part)) => assert!(found.contains(part), "{text}: {found}"),
                (found, expected) => panic!("{text}: {found:?}, not {expected:?}"),
            }
        }
    }
}
