//! JSON files that carry their own digest: a change anywhere in them is noticed.
//!
//! The last entry of the file is `"sha256"`. The digest is that of the file's bytes with the digest's own 64 digits
//! written as zeros.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::digest::sha256;

const DIGITS: usize = 64;
const BEFORE: &str = ",\n  \"sha256\": \"";
const BEHIND: &str = "\"\n}\n";

/// A record as a sealed file.
///
/// # Panics
/// If the record is not written as a JSON object with entries.
pub(crate) fn seal(record: &impl Serialize) -> Vec<u8> {
    let text = serde_json::to_string_pretty(record).expect("records are plain data");
    let open = text.strip_suffix("\n}").expect("records have entries");
    let with = |digest: &str| format!("{open}{BEFORE}{digest}{BEHIND}");
    with(&sha256(with(&"0".repeat(DIGITS)).as_bytes())).into_bytes()
}

/// A record that was read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Opened<T> {
    pub(crate) record: T,
    /// Whether the file carries its digest; files of earlier versions do not.
    pub(crate) is_sealed: bool,
}

/// Reads a record, sealed or of an earlier version; `marks` are entries that only sealed files have.
///
/// # Errors
/// What is wrong with the bytes.
pub(crate) fn open<T: DeserializeOwned>(bytes: &[u8], marks: &[&str]) -> Result<Opened<T>, String> {
    if let Some((before, digest)) = split(bytes) {
        let zeroed = [before, "0".repeat(DIGITS).as_bytes(), BEHIND.as_bytes()].concat();
        if sha256(&zeroed).as_bytes() != digest {
            return Err("its digest does not match its contents".into());
        }
        let record = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        return Ok(Opened { record, is_sealed: true });
    }
    let entries: Map<String, Value> = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if entries.contains_key("sha256") || marks.iter().any(|mark| entries.contains_key(*mark)) {
        return Err("its digest is missing or not where it belongs".into());
    }
    let record = serde_json::from_value(Value::Object(entries)).map_err(|error| error.to_string())?;
    Ok(Opened { record, is_sealed: false })
}

/// What stands before the digest, and the digest.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = bytes.strip_suffix(BEHIND.as_bytes())?;
    let (before, digest) = rest.split_at_checked(rest.len().checked_sub(DIGITS)?)?;
    before.ends_with(BEFORE.as_bytes()).then_some((before, digest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Record {
        value: f64,
        #[serde(default)]
        mark: String,
    }

    fn record() -> Record {
        Record { value: 0.1 + 0.2, mark: "a \"b\"\n".into() }
    }

    #[test]
    fn every_change_of_a_sealed_file_is_noticed() {
        let bytes = seal(&record());
        assert_eq!(open(&bytes, &["mark"]).unwrap(), Opened { record: record(), is_sealed: true });
        for place in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[place] ^= 1 << bit;
                assert!(open::<Record>(&flipped, &["mark"]).is_err(), "byte {place}, bit {bit}");
            }
            assert!(open::<Record>(&bytes[..place], &["mark"]).is_err(), "cut at {place}");
        }
        assert!(open::<Record>(&[&bytes[..], b"\n"].concat(), &["mark"]).is_err());
    }

    #[test]
    fn files_of_earlier_versions_are_read() {
        let before = open::<Record>(b"{\"value\": 1.5}\n", &["mark"]).unwrap();
        assert_eq!(before, Opened { record: Record { value: 1.5, mark: String::new() }, is_sealed: false });
    }
}
