//! Seeds on a command line: `3`, `0-9`, `0,1,5-7`.

use std::str::FromStr;

/// One seed, or those from one to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedRange(Vec<u64>);

/// More seeds than this are a slip of the finger.
const SEEDS_MAX: u64 = 10_000;

impl FromStr for SeedRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            text.trim().parse::<u64>().map_err(|_| "write seeds as 0,1,2 or as a range, 0-9".to_owned())
        };
        let Some((from, to)) = text.split_once('-') else { return Ok(SeedRange(vec![number(text)?])) };
        let (from, to) = (number(from)?, number(to)?);
        if from > to {
            return Err(format!("the range ends before it begins; write {to}-{from}"));
        }
        if to - from >= SEEDS_MAX {
            return Err(format!("name at most {SEEDS_MAX} seeds"));
        }
        Ok(SeedRange((from..=to).collect()))
    }
}

/// All seeds of a list of ranges, in its order.
pub fn flatten(ranges: &[SeedRange]) -> Vec<u64> {
    ranges.iter().flat_map(|range| range.0.iter().copied()).collect()
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
            ("18446744073709551615", Ok(vec![u64::MAX])),
            ("x", Err("0-9")),
            ("-1", Err("0-9")),
            ("3-", Err("0-9")),
            ("1-2-3", Err("0-9")),
            ("5-2", Err("2-5")),
            ("0-10000", Err("at most")),
            ("0-18446744073709551615", Err("at most")),
        ] {
            match (text.parse::<SeedRange>(), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found.0, expected, "{text}"),
                (Err(found), Err(part)) => assert!(found.contains(part), "{text}: {found}"),
                (found, expected) => panic!("{text}: {found:?}, not {expected:?}"),
            }
        }
        assert_eq!(flatten(&["1".parse().unwrap(), "4-5".parse().unwrap()]), [1, 4, 5]);
    }
}
