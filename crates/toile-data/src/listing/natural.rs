//! The order in which people count: `img2` before `img10`.

use std::cmp::Ordering;

/// Compares two names by their code points, except that runs of the digits 0 to 9 compare as numbers of any length.
/// Names that differ in leading zeros alone compare by code points: only equal names are equal.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.as_bytes(), b.as_bytes());
    loop {
        // UTF-8 bytes are in the order of the code points they spell.
        match (left.first(), right.first()) {
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (number, rest) = split_number(left);
                let (other, other_rest) = split_number(right);
                let ordering = number.len().cmp(&other.len()).then_with(|| number.cmp(other));
                if ordering.is_ne() {
                    return ordering;
                }
                (left, right) = (rest, other_rest);
            }
            (Some(x), Some(y)) if x == y => (left, right) = (&left[1..], &right[1..]),
            (Some(x), Some(y)) => return x.cmp(y),
            (None, None) => return a.cmp(b),
            (x, y) => return x.is_some().cmp(&y.is_some()),
        }
    }
}

/// The leading digits without their leading zeros, and what follows.
fn split_number(bytes: &[u8]) -> (&[u8], &[u8]) {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let zeros = bytes[..digits].iter().take_while(|&&byte| byte == b'0').count();
    (&bytes[zeros..digits], &bytes[digits..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_and_letters_are_in_order() {
        // Each before the next.
        let order = [
            "",
            "0",
            "00",
            "01",
            "1",
            "2",
            "2a",
            "10",
            "10 a",
            "99999999999999999999998",
            "99999999999999999999999",
            "Z",
            "a",
            "a0b1",
            "a0b02",
            "a00b3",
            "img2.png",
            "img10.png",
            "img10b.png",
            "É",
            "é",
            "猫2",
            "猫10",
        ];
        for (i, a) in order.iter().enumerate() {
            for (j, b) in order.iter().enumerate() {
                assert_eq!(compare(a, b), i.cmp(&j), "{a:?} and {b:?}");
            }
        }
    }
}
