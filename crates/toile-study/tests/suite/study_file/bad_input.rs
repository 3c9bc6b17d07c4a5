//! What bad files are told. `bad_input.txt` holds the cases and the full messages:
//!
//! ```text
//! == title of the case
//! - lines of base.toml that are replaced (without any: all of them)
//! + by these
//!
//! the message
//! ```
//!
//! `TOILE_BLESS=1 cargo test -p toile-study bad_input` writes the messages anew, for a reading eye.

use std::fmt::Write;
use std::path::Path;

use toile_testing::check_kept;

use crate::bound::parse;

const BASE: &str = include_str!("base.toml");

struct Case<'a> {
    title: &'a str,
    removed: Vec<&'a str>,
    added: Vec<&'a str>,
}

fn cases(text: &str) -> Vec<Case<'_>> {
    let cases = text.split("== ").skip(1).map(|case| {
        let (title, rest) = case.split_once('\n').unwrap();
        let edit = rest.split_once("\n\n").map_or(rest, |(edit, _)| edit);
        let lines = |sign: &str| -> Vec<&str> {
            edit.lines()
                .filter_map(|line| line.strip_prefix(sign))
                .map(|l| l.strip_prefix(' ').unwrap_or(l))
                .collect()
        };
        Case { title, removed: lines("-"), added: lines("+") }
    });
    cases.collect()
}

fn file_of(case: &Case) -> String {
    let added = case.added.join("\n");
    if case.removed.is_empty() {
        return added;
    }
    let removed = case.removed.join("\n");
    assert_eq!(BASE.matches(&removed).count(), 1, "{}: {removed:?} stands in base.toml once", case.title);
    BASE.replace(&removed, &added)
}

#[test]
fn bad_input_is_told_what_is_wrong_and_where() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/study_file/bad_input.txt");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut found = String::new();
    for case in cases(&text) {
        let Err(error) = parse(&file_of(&case), "bad.toml") else { panic!("{} is no error", case.title) };
        writeln!(found, "== {}", case.title).unwrap();
        for (sign, lines) in [("-", &case.removed), ("+", &case.added)] {
            for line in lines {
                writeln!(found, "{}", format!("{sign} {line}").trim_end()).unwrap();
            }
        }
        writeln!(found, "\n{error}\n").unwrap();
    }
    check_kept(&path, &found);
}

#[test]
fn the_base_of_the_bad_files_is_good() {
    if let Err(error) = parse(BASE, "base.toml") {
        panic!("{error}");
    }
}

/// A file cut off anywhere, or with any byte replaced, is refused or parsed: never a panic.
#[test]
fn damaged_files_do_not_panic() {
    const BYTES: [u8; 10] = [b'0', b'9', b'"', b'=', b'{', b']', b'-', b'\n', 0xc3, 0x1b];
    for source in [BASE, super::keys::EVERYTHING] {
        for end in (0..source.len()).filter(|&end| source.is_char_boundary(end)) {
            let _ = parse(&source[..end], "cut.toml").map_err(|error| error.to_string());
        }
        for at in 0..source.len() {
            // Two of them, which change from place to place: all ten took half a minute.
            for step in [0, BYTES.len() / 2] {
                let mut bytes = source.as_bytes().to_vec();
                bytes[at] = BYTES[(at + step) % BYTES.len()];
                let text = String::from_utf8_lossy(&bytes);
                let _ = parse(&text, "damaged.toml").map_err(|error| error.to_string());
            }
        }
    }
}
