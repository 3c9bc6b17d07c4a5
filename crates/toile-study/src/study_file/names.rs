//! Names that become folders.

use std::ops::Range;

use toile_store::names::{is_reserved, shared_drawing};

use super::error::Problem;

/// File systems end at 255 bytes.
const NAME_CHARS_MAX: usize = 100;

/// Whether this can be the name of a model, and so of a folder everywhere.
pub fn is_model_name(name: &str) -> bool {
    can_be_folder(name) && !is_reserved(name)
}

fn can_be_folder(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
    !name.is_empty()
        && name.len() <= NAME_CHARS_MAX
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(allowed)
}

/// A name that can be a folder everywhere.
pub(super) fn check_name<'a>(name: &'a str, of: &str, place: Range<usize>) -> Result<&'a str, Problem> {
    if can_be_folder(name) {
        return Ok(name);
    }
    let help = format!(
        "it names a folder: use 1 to {NAME_CHARS_MAX} letters (a to z), digits, - _ . and +, the first a letter or a digit"
    );
    Err(Problem::new(place, format!("\"{name}\" cannot be the name of a {of}")).help(help))
}

/// Refuses the name of a file or folder that Toile writes beside the models' folders.
pub(super) fn check_not_reserved(name: &str, place: Range<usize>) -> Result<(), Problem> {
    if !is_reserved(name) {
        return Ok(());
    }
    let message = format!("\"{name}\" cannot be the name of a model: Toile writes something of that name");
    Err(Problem::new(place, message).help("it would lie where the model's runs do; choose another name"))
}

/// Refuses a model of which something is drawn into the file of another one.
pub(super) fn check_draws_apart(name: &str, other: &str, place: Range<usize>) -> Result<(), Problem> {
    let Some(drawing) = shared_drawing(other, name) else { return Ok(()) };
    let message = format!("models `{other}` and `{name}` would both be drawn as {drawing}.svg");
    Err(Problem::new(place, message).help("choose another name for one of them"))
}
