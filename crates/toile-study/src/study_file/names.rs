//! Names that become folders.

use std::ops::Range;

use super::error::Problem;

/// File systems end at 255 bytes.
const NAME_CHARS_MAX: usize = 100;

/// A name that can be a folder everywhere.
pub(super) fn check_name<'a>(name: &'a str, of: &str, place: Range<usize>) -> Result<&'a str, Problem> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
    let fine = !name.is_empty()
        && name.len() <= NAME_CHARS_MAX
        && !name.starts_with('.')
        && name.chars().all(allowed);
    if fine {
        return Ok(name);
    }
    let help = format!(
        "it names a folder: use 1 to {NAME_CHARS_MAX} letters (a to z), digits, - _ . and +, not starting with a dot"
    );
    Err(Problem::new(place, format!("\"{name}\" cannot be the name of a {of}")).help(help))
}
