//! The pictures that a command line names, in its order.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use toile::pictures::Picture;
use toile_data::listing::{self, Skipped};
use toile_picture::Limits;
use toile_study::numbers::counted;

use crate::exit::with_causes;
use crate::progress::{complain, remark};

/// The word for standard input.
pub(super) const STDIN: &str = "-";

/// Pictures with what they are called.
pub(super) struct Named {
    pub(super) names: Vec<String>,
    pub(super) pictures: Vec<Picture>,
    /// Words that stand for no picture, which has been said.
    pub(super) failures: usize,
}

/// Lists folders and reads standard input; files are not looked into.
///
/// # Errors
/// Standard input that is named twice, is a terminal, or cannot be read.
pub(super) fn all(words: &[OsString]) -> anyhow::Result<Named> {
    let from_stdin = words.iter().filter(|word| *word == STDIN).count();
    ensure!(
        from_stdin <= 1,
        "- is named {from_stdin} times; standard input holds one picture, so name it once"
    );
    let mut named = Named { names: Vec::new(), pictures: Vec::new(), failures: 0 };
    for word in words {
        let path = Path::new(word);
        if word == STDIN {
            named.names.push(STDIN.into());
            named.pictures.push(Picture::Bytes(stdin()?));
        } else if path.is_dir() {
            named.folder(path);
        } else {
            named.file(path);
        }
    }
    Ok(named)
}

impl Named {
    fn file(&mut self, path: &Path) {
        self.names.push(path.display().to_string());
        self.pictures.push(Picture::File(path.to_owned()));
    }

    fn folder(&mut self, path: &Path) {
        match listing::pictures(path) {
            Ok((found, skipped)) => {
                found.iter().for_each(|path| self.file(path));
                told(path, &skipped);
                if found.is_empty() {
                    self.failures += 1;
                    complain(&format!(
                        "{}: no picture is in it or in its folders; PNG, JPEG, WebP, BMP, GIF and TIFF are read",
                        path.display()
                    ));
                }
            }
            Err(error) => {
                self.failures += 1;
                complain(&with_causes(&error));
            }
        }
    }
}

/// Says which files of a folder are no pictures, the first ones with the reason.
fn told(folder: &Path, skipped: &[Skipped]) {
    const SHOWN: usize = 3;
    if skipped.is_empty() {
        return;
    }
    let first: Vec<String> = skipped.iter().take(SHOWN).map(|file| format!("\n  {file}")).collect();
    let more = match skipped.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("\n  and {more} more"),
    };
    remark(&format!(
        "{} in {} left out:{}{more}",
        counted(skipped.len(), "file"),
        folder.display(),
        first.concat()
    ));
}

/// The bytes of the picture that comes from standard input.
fn stdin() -> anyhow::Result<Vec<u8>> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        bail!(
            "- reads a picture from standard input, which is a terminal; send one, as in: toile predict RUN - < cat.jpg"
        );
    }
    let mut bytes = Vec::new();
    let limit = Limits::default().bytes_max;
    // One byte more than a picture may have: then it is told as too large, not as cut off.
    stdin
        .lock()
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .context("standard input cannot be read; name a file")?;
    ensure!(!bytes.is_empty(), "standard input is empty; send one picture's bytes, or name a file");
    Ok(bytes)
}
