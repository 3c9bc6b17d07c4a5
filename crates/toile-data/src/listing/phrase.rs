//! Lists within sentences.

use std::path::Path;

use crate::plain_text::escaped;

/// Names that a sentence shows before it counts the rest.
const SHOWN: usize = 5;

/// `"a", "b" and 3 more`.
pub(super) fn names<S: AsRef<str>>(names: &[S]) -> String {
    let quoted = |name: &S| format!("\"{}\"", escaped(name.as_ref()));
    let shown: Vec<String> = names.iter().take(SHOWN).map(quoted).collect();
    match (names.len() - shown.len(), shown.split_last()) {
        (0, Some((last, []))) => last.clone(),
        (0, Some((last, first))) => format!("{} and {last}", first.join(", ")),
        (0, None) => String::new(),
        (more, _) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A path that was found, as one line: what its names hold is not ours.
pub(super) fn path(path: &Path) -> String {
    escaped(&path.display().to_string()).into_owned()
}

/// `1 picture`, `2 pictures`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
