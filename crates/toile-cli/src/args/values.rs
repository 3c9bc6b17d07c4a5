//! Numbers on a command line: what each may be, in our words.

use std::ops::RangeInclusive;

use toile_study::numbers::count;

/// A whole number of a range.
pub fn whole<T: TryFrom<u64>>(
    range: RangeInclusive<u64>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    move |text| {
        let inside = text.trim().parse().ok().filter(|number| range.contains(number));
        inside.and_then(|number| T::try_from(number).ok()).ok_or_else(|| {
            format!("write a whole number from {} to {}", count(*range.start()), count(*range.end()))
        })
    }
}

/// A list of numbers, each read by `one`.
fn list(text: &str, one: fn(&str) -> Option<f64>, bound: &str) -> Result<Vec<f64>, String> {
    let numbers = text.split(',').map(|part| one(part.trim()).ok_or(part));
    numbers
        .collect::<Result<_, _>>()
        .map_err(|part| if part == text { bound.to_owned() } else { format!("`{part}`: {bound}") })
}

/// A list in one argument, so that it can be told from repeated ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers(pub Vec<f64>);

/// Learning rates, as `0.01,1e-4`.
///
/// # Errors
/// Anything else.
pub fn rates(text: &str) -> Result<Numbers, String> {
    let rate = |text: &str| text.parse().ok().filter(|rate: &f64| *rate > 0.0 && rate.is_finite());
    list(text, rate, "write numbers more than 0, as 0.01,1e-4").map(Numbers)
}

/// Shares of units, as `0,0.25,1`.
///
/// # Errors
/// Anything else.
pub fn shares(text: &str) -> Result<Numbers, String> {
    let share = |text: &str| {
        let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
        // Minus zero is zero.
        share.map(|share: f64| share + 0.0)
    };
    list(text, share, "write shares from 0 to 1, as 0,0.25").map(Numbers)
}

/// A share of the training images.
///
/// # Errors
/// Anything else.
pub fn held_out(text: &str) -> Result<f64, String> {
    let inside = |share: &f64| *share > 0.0 && *share <= 0.5;
    text.parse()
        .ok()
        .filter(inside)
        .ok_or_else(|| "write a share more than 0 and up to 0.5, as 0.1".to_owned())
}

/// A level for intervals.
///
/// # Errors
/// Anything else.
pub fn level(text: &str) -> Result<f64, String> {
    let inside = |alpha: &f64| (1e-6..=0.5).contains(alpha);
    text.parse().ok().filter(inside).ok_or_else(|| "write a number from 0.000001 to 0.5, as 0.05".to_owned())
}

/// A number whose bound depends on other arguments.
///
/// # Errors
/// What is no number.
pub fn number(text: &str) -> Result<f64, String> {
    text.trim()
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
        .ok_or_else(|| "write a number, as 0.05".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_said_in_words() {
        let whole = whole::<u32>(1..=100_000);
        assert_eq!(whole("100000"), Ok(100_000));
        for text in ["0", "-1", "100001", "1.5", "", "x", "18446744073709551616"] {
            assert_eq!(whole(text), Err("write a whole number from 1 to 100,000".to_owned()), "{text}");
        }
        assert_eq!(rates("0.1, 1e-4"), Ok(Numbers(vec![0.1, 1e-4])));
        assert_eq!(rates("-1").unwrap_err(), "write numbers more than 0, as 0.01,1e-4");
        assert!(rates("0.1,0").unwrap_err().starts_with("`0`: write numbers more than 0"));
        assert!(rates("1,,2").is_err() && rates("inf").is_err() && rates("NaN").is_err());
        assert_eq!(shares("-0,1"), Ok(Numbers(vec![0.0, 1.0])));
        assert!(shares("0,1.5").unwrap_err().contains("`1.5`: write shares from 0 to 1"));
        assert!(held_out("0").unwrap_err().contains("more than 0 and up to 0.5"));
        assert_eq!((level("0.05"), number("-1")), (Ok(0.05), Ok(-1.0)));
        assert!(level("5").is_err() && number("five").is_err() && number("nan").is_err());
    }
}
