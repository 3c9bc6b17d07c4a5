//! Texts that are kept beside tests, and compared with what is made now.

use std::path::Path;

/// Compares with a kept file. `TOILE_BLESS=1` writes it instead; look at the difference before keeping it.
///
/// # Panics
/// If the file is another, or cannot be read or written.
#[track_caller]
pub fn check_kept(path: impl AsRef<Path>, found: &str) {
    let path = path.as_ref();
    if std::env::var_os("TOILE_BLESS").is_some() {
        std::fs::write(path, found).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        return;
    }
    let kept = std::fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{}: {error}; TOILE_BLESS=1 writes it", path.display()));
    if let Some(difference) = difference(&kept, found) {
        panic!("{} {difference}", path.display());
    }
}

/// How two texts differ, with the first few lines that do; `None` where they do not.
fn difference(kept: &str, found: &str) -> Option<String> {
    const SHOWN: usize = 5;
    if kept == found {
        return None;
    }
    let longer = kept.lines().count().max(found.lines().count());
    let (mut old, mut new) = (kept.lines(), found.lines());
    let pairs = (1..=longer).map(|line| (line, old.next(), new.next()));
    let different: Vec<String> = pairs
        .filter(|(_, kept, found)| kept != found)
        .map(|(line, kept, found)| format!("line {line}\nkept:  {kept:?}\nfound: {found:?}"))
        .collect();
    let shown = different[..different.len().min(SHOWN)].join("\n");
    Some(match different.len() {
        // How a line ends is no line.
        0 => "differs in how its lines end; TOILE_BLESS=1 rewrites it".to_owned(),
        1 => format!("differs in 1 line; TOILE_BLESS=1 rewrites it\n{shown}"),
        many => format!("differs in {many} lines; TOILE_BLESS=1 rewrites it\n{shown}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_difference_is_told_with_its_line() {
        assert_eq!(difference("a\nb\n", "a\nb\n"), None);
        for (found, expected) in [
            ("a\nc\n", "1 line; TOILE_BLESS=1 rewrites it\nline 2\nkept:  Some(\"b\")\nfound: Some(\"c\")"),
            ("a\n", "found: None"),
            ("a\nb\nc\n", "line 3\nkept:  None"),
            ("x\ny\n", "2 lines"),
            ("a\nb", "how its lines end"),
            ("a\r\nb\n", "how its lines end"),
        ] {
            let told = difference("a\nb\n", found).expect(found);
            assert!(told.contains(expected), "{found:?}: {told}");
        }
    }
}
