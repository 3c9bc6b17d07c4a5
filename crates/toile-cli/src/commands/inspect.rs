//! `toile data inspect DATA`: what a data set holds, before anything is trained on it.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use toile_study::atomic;

use super::named::{self, Named};
use crate::args::DataPlace;
use crate::args::values::whole;
use crate::inspection::{Inspection, json, page, text};
use crate::progress::{say, waiting};
use crate::stdout::print;
use crate::terminal::table_options;

/// The page's name in a folder.
const PAGE: &str = "inspect.html";

/// Arguments of `toile data inspect`.
#[derive(Args, Clone, Debug)]
pub(super) struct InspectArgs {
    /// A data set of the catalogue, a folder of class folders, a table, a NumPy archive, or a study file
    data: String,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
    /// Write a page with pictures: a file, or a folder that gets inspect.html
    #[arg(long, value_name = "FILE|DIR")]
    page: Option<PathBuf>,
    /// Threads that look [default: all cores]
    #[arg(long, value_name = "N", value_parser = whole::<usize>(1..=1024), allow_hyphen_values = true)]
    threads: Option<usize>,
}

/// Loads the data set, looks through it, and says what was found.
///
/// # Errors
/// A data set that is not there, and a page that cannot be written.
pub(super) fn run(args: &InspectArgs, place: &DataPlace) -> anyhow::Result<ExitCode> {
    let Named { loaded, files } = named::open(&args.data, place)?;
    let cores = || std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    // The argument is 1 or more.
    let threads = args.threads.and_then(NonZero::new).unwrap_or_else(cores);
    let waiting = waiting("looking through the images");
    let inspection = Inspection::new(&loaded, files, threads);
    drop(waiting);
    let answer = match args.json {
        true => json::json(&inspection),
        false => text::text(&inspection, table_options(&std::io::stdout())),
    };
    print("what was found", &answer);
    match &args.page {
        Some(path) => {
            let path = file_of(path);
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                atomic::create_folder(folder)?;
            }
            atomic::write(&path, page::page(&inspection).as_bytes())?;
            say(&format!("page: {}", path.display()));
        }
        None if !args.json => say("with pictures: --page FILE; everything that was found: --json"),
        None => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// The file that is meant: a name without an ending, or a folder that is there, is a folder.
fn file_of(path: &Path) -> PathBuf {
    if path.is_dir() || path.extension().is_none() { path.join(PAGE) } else { path.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gets_a_file() {
        for (given, expected) in [
            ("look.html", "look.html"),
            ("some/folder", "some/folder/inspect.html"),
            ("some/folder/", "some/folder/inspect.html"),
            (".", "./inspect.html"),
        ] {
            assert_eq!(file_of(Path::new(given)), Path::new(expected), "{given}");
        }
    }
}
