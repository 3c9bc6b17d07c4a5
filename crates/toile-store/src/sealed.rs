//! JSON files that carry their own digest: a change anywhere in them is noticed.
//!
//! The last entry of the file is `"sha256"`. The digest is that of the file's bytes with the digest's own 64 digits
//! written as zeros. Files of earlier versions have no such entry and are read as they are.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::atomic::{self, WriteError};
use crate::digest::sha256;
use crate::error::StoreError;
use crate::file::{self, Kind};

const DIGITS: usize = 64;
const BEFORE: &str = ",\n  \"sha256\": \"";
const BEHIND: &str = "\"\n}\n";

/// A record as a sealed file.
///
/// # Panics
/// If the record is not written as a JSON object with entries.
pub fn seal(record: &impl Serialize) -> Vec<u8> {
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

/// Reads a record, sealed or of an earlier version; `marks` are entries that only sealed files have. Without marks it
/// is one whose last entry is no text, so that a damaged digest is not taken for an entry of an earlier version.
///
/// # Errors
/// What is wrong with the bytes.
pub(crate) fn open<T: DeserializeOwned>(bytes: &[u8], marks: &[&str]) -> Result<Opened<T>, String> {
    let digest = split(bytes);
    if let Some((before, digest)) = digest {
        let zeroed = [before, "0".repeat(DIGITS).as_bytes(), BEHIND.as_bytes()].concat();
        if sha256(&zeroed).as_bytes() != digest {
            return Err("its digest does not match its contents".into());
        }
    }
    // Also where the digest has spoken: a second way of reading would be compiled for every record.
    let entries: Map<String, Value> = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let is_sealed = digest.is_some();
    let is_marked = marks.iter().chain(&["sha256"]).any(|mark| entries.contains_key(*mark));
    if !is_sealed && (is_marked || (marks.is_empty() && ends_in_text(bytes))) {
        return Err("its digest is missing or not where it belongs".into());
    }
    let record = serde_json::from_value(Value::Object(entries)).map_err(|error| error.to_string())?;
    Ok(Opened { record, is_sealed })
}

/// Whether the last entry is a text, as the digest is, whatever became of its name and its digits.
fn ends_in_text(bytes: &[u8]) -> bool {
    let entries = bytes.trim_ascii_end().strip_suffix(b"}");
    entries.is_some_and(|entries| entries.trim_ascii_end().ends_with(b"\""))
}

/// What stands before the digest, and the digest.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = bytes.strip_suffix(BEHIND.as_bytes())?;
    let (before, digest) = rest.split_at_checked(rest.len().checked_sub(DIGITS)?)?;
    before.ends_with(BEFORE.as_bytes()).then_some((before, digest))
}

/// A record of a study's folder, such as `results.json`; `None` where there is no such file. Records of earlier versions
/// carry no digest and are believed.
///
/// # Errors
/// A file that cannot be read, or is not as it was written; `remedy` says what to do then.
pub fn read<T: DeserializeOwned>(path: &Path, remedy: &str) -> Result<Option<T>, StoreError> {
    let Some(bytes) = file::read(path, Kind::Record)? else { return Ok(None) };
    let opened = open(&bytes, &[]).map_err(|problem| StoreError::damaged(path, problem, remedy))?;
    Ok(Some(opened.record))
}

/// Writes a record of a study's folder.
///
/// # Errors
/// A file that cannot be written; the one before stays.
pub fn write(path: &Path, record: &impl Serialize) -> Result<(), WriteError> {
    atomic::write(path, &seal(record))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use toile_testing::{Chance, changed_bytes};

    use super::*;

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
        for marks in [&["mark"][..], &[]] {
            assert_eq!(open(&bytes, marks).unwrap(), Opened { record: record(), is_sealed: true });
            for place in 0..bytes.len() {
                for bit in 0..8 {
                    let mut flipped = bytes.clone();
                    flipped[place] ^= 1 << bit;
                    assert!(open::<Record>(&flipped, marks).is_err(), "byte {place}, bit {bit}");
                }
                assert!(open::<Record>(&bytes[..place], marks).is_err(), "cut at {place}");
            }
            assert!(open::<Record>(&[&bytes[..], b"\n"].concat(), marks).is_err());
        }
    }

    #[test]
    fn files_of_earlier_versions_are_read() {
        let before = open::<Record>(b"{\"value\": 1.5}\n", &["mark"]).unwrap();
        assert_eq!(before, Opened { record: Record { value: 1.5, mark: String::new() }, is_sealed: false });
    }

    #[test]
    fn changed_records_are_refused_or_the_same() {
        let bytes = seal(&record());
        for case in 0..2000 {
            let changed = changed_bytes(&bytes, &mut Chance::new(1, case));
            if let Ok(opened) = open::<Record>(&changed, &[]) {
                assert_eq!(opened.record, record(), "case {case}: {}", String::from_utf8_lossy(&changed));
            }
        }
    }
}
