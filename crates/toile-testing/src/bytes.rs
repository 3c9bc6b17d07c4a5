//! Changes of binary files.

use super::Chance;

/// The bytes with one to four changes: bits flipped, pieces taken away, doubled, zeroed or put in, ends cut off.
pub fn changed_bytes(bytes: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..1 + chance.below(4) {
        let from = chance.below(bytes.len() + 1);
        let to = bytes.len().min(from + 1 + chance.below(16));
        match chance.below(7) {
            0 => bytes.truncate(from),
            1 => drop(bytes.drain(from..to)),
            2 => bytes[from..to].fill(chance.one_of(&[0, 0xff])),
            3 => {
                let doubled = bytes[from..to].to_vec();
                bytes.splice(from..from, doubled);
            }
            4 => {
                let count = 1 + chance.below(16);
                let put_in = chance.bytes(count);
                bytes.splice(from..from, put_in);
            }
            // What is short and at the front, a header, is met as often as all the rest.
            5 if !bytes.is_empty() => {
                let place = chance.below(bytes.len().min(24));
                bytes[place] ^= 1 << chance.below(8);
            }
            _ => bytes[from..to].iter_mut().take(1).for_each(|byte| *byte ^= 1 << chance.below(8)),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_cases_change_something_and_none_needs_bytes_to_change() {
        let whole: Vec<u8> = (0..100).collect();
        let changed = (0..500).filter(|&case| changed_bytes(&whole, &mut Chance::new(0, case)) != whole);
        assert!(changed.count() > 450);
        assert!((0..500).any(|case| !changed_bytes(&[], &mut Chance::new(0, case)).is_empty()));
    }
}
