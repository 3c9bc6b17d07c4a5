//! The decoded pictures of one's own data sets: how much room they take, and removing them.

use std::fmt::Write as _;

use toile_data::decoded::{self, DecodedFile};
use toile_data::{DataError, LoadOptions};
use toile_study::numbers::bytes;

/// A line a decoded file; nothing where there is none.
pub(super) fn list(options: &LoadOptions) -> Result<String, DataError> {
    let files = decoded::files(options)?;
    if files.is_empty() {
        return Ok(String::new());
    }
    let mut text = String::from(
        "\ndecoded pictures (`toile data clear` removes them; they are made again when needed)\n",
    );
    write_files(&mut text, &files);
    Ok(text)
}

/// Removes them, and says what was there.
pub(super) fn clear(options: &LoadOptions) -> Result<String, DataError> {
    let files = decoded::clear(options)?;
    if files.is_empty() {
        return Ok("nothing to remove: no pictures are decoded\n".to_owned());
    }
    let mut text = String::from("removed\n");
    write_files(&mut text, &files);
    Ok(text)
}

fn write_files(text: &mut String, files: &[DecodedFile]) {
    for DecodedFile { path, bytes: size, place } in files {
        let of = place.as_ref().map_or("damaged".to_owned(), |place| place.display().to_string());
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {of}: {}, {}", bytes(*size), path.display());
    }
}
