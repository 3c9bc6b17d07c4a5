//! `toile data`: which data sets there are, fetching them, verifying them.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use toile_data::catalog::{CATALOG, CatalogEntry, FASHION_MNIST};
use toile_data::{FileState, FolderReport, LoadOptions, Origin, Place};

use super::shared::grouped;
use super::show_data::{self, ShowDataArgs};
use super::{decoded, opened};
use crate::args::DataPlace;
use crate::progress::fetch::fetch_progress;
use crate::stdout::print;

/// Arguments of `toile data`.
#[derive(Args, Clone, Debug)]
pub struct DataArgs {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    place: DataPlace,
}

#[derive(Subcommand, Clone, Debug)]
enum Action {
    /// Data sets, their sizes and where they are
    List,
    /// Find a data set, or fetch it into the cache
    Get {
        /// Name of the data set
        #[arg(default_value = FASHION_MNIST.name)]
        name: String,
    },
    /// Draw images of each class, or what a model of a study sees in training, as a PNG file
    Show(ShowDataArgs),
    /// Remove the decoded pictures of one's own data sets from the cache
    Clear,
    /// Compare each file of a data set, where it is, with the published SHA-256
    Verify {
        /// Name of the data set; every one that is there if left out
        name: Option<String>,
    },
}

/// Runs it. 0: done; 1: `verify` found a file that is not the published one, or none at all.
///
/// # Errors
/// An unknown name, and a data set that could be neither found nor fetched.
pub fn run(args: DataArgs) -> anyhow::Result<ExitCode> {
    let options = opened::load_options(&args.place);
    match args.action {
        Action::List => print("the list of data sets", &(list(&options)? + &decoded::list(&options)?)),
        Action::Clear => print("what was removed", &decoded::clear(&options)?),
        Action::Get { name } => print("where the data set is", &get(&name, &options)?),
        Action::Show(show) => return show_data::run(&show, &args.place),
        Action::Verify { name } => {
            let (text, is_sound) = verify(name.as_deref(), &options)?;
            print("what was verified", &text);
            return Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(options: &LoadOptions) -> anyhow::Result<String> {
    let mut text = String::new();
    let width = CATALOG.iter().map(|info| info.name.len()).max().unwrap_or(0);
    for info in CATALOG {
        let CatalogEntry { name, title, image_shape: [channels, height, width_px], .. } = info;
        writeln!(text, "{name:width$}  {title}")?;
        writeln!(
            text,
            "{:width$}  {} training and {} test images, {height} x {width_px}, {}, {} classes",
            "",
            grouped(info.train_images),
            grouped(info.test_images),
            if *channels == 1 { "grey".to_owned() } else { format!("{channels} channels") },
            info.class_names.len(),
        )?;
        let places = toile_data::find_places(name, options)?;
        writeln!(text, "{:width$}  {}", "", whereabouts(name, &places))?;
    }
    Ok(text)
}

/// Where a data set is, in a line: the first complete place is the one `load` takes.
fn whereabouts(name: &str, places: &[Place]) -> String {
    if let Some(place) = places.iter().find(|place| place.files == 4) {
        return match &place.origin {
            Origin::Cache(folder) => format!("cached in {}", folder.display()),
            Origin::BuiltIn => "built in".to_owned(),
            origin => format!("in {origin}"),
        };
    }
    match places.iter().find(|place| place.files > 0) {
        Some(Place { origin, files }) => format!("incomplete: {files} of 4 files in {origin}"),
        None if matches!(places, [Place { origin: Origin::Named(_), .. }]) => {
            format!("not in {}", places[0].origin)
        }
        None => {
            let fetches = " yet: `toile data get NAME` fetches it, and so does a study that names it";
            format!("not here{}", remedy(name, fetches))
        }
    }
}

fn get(name: &str, options: &LoadOptions) -> anyhow::Result<String> {
    let loaded = toile_data::load(name, options, &mut fetch_progress())?;
    let (train, test) = (grouped(loaded.train.len()), grouped(loaded.test.len()));
    Ok(format!("{name}: {train} training and {test} test images, verified: {}\n", loaded.origin))
}

/// What was found of each data set, and whether all of it is as published.
fn verify(name: Option<&str>, options: &LoadOptions) -> anyhow::Result<(String, bool)> {
    // A folder holds one data set; which, only its user knows.
    let names: Vec<&str> = match name {
        Some(name) => vec![name],
        None if options.data_dir.is_some() => vec![FASHION_MNIST.name],
        None => CATALOG.iter().map(|info| info.name).collect(),
    };
    let (mut text, mut is_sound) = (String::new(), true);
    for of_name in names {
        let reports = toile_data::inspect(of_name, options)?;
        if reports.is_empty() {
            writeln!(text, "{of_name}: not here{}", remedy(of_name, "; `toile data get NAME` fetches it"))?;
            // Whoever asks for one by name expects it to be there.
            is_sound &= name.is_none();
        }
        for report in &reports {
            is_sound &= report.is_sound();
            write_report(of_name, report, &mut text)?;
        }
    }
    Ok((text, is_sound))
}

/// How a data set that is not here gets here: `fetches`, where this build can, with the data set's name for NAME.
fn remedy(name: &str, fetches: &str) -> String {
    if toile_data::CAN_FETCH {
        return fetches.replace("NAME", name);
    }
    "; this build cannot fetch it: name the folder of its four files with --data-dir".to_owned()
}

fn write_report(name: &str, report: &FolderReport, out: &mut String) -> std::fmt::Result {
    let sound = report.files.iter().filter(|file| matches!(file.state, FileState::Verified { .. })).count();
    writeln!(out, "{name}, {}: {sound} of {} files as published", report.origin, report.files.len())?;
    for file in &report.files {
        match &file.state {
            FileState::Verified { sha256 } => writeln!(out, "  ok       {sha256}  {}", file.path.display())?,
            FileState::Missing => writeln!(out, "  missing  {}", file.path.display())?,
            FileState::Bad(error) => {
                writeln!(out, "  bad      {}", error.to_string().replace('\n', "\n         "))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_where_a_data_set_is() {
        let cache = |files| Place { origin: Origin::Cache("cache".into()), files };
        let system = |files| Place { origin: Origin::System("system".into()), files };
        let cases: &[(&[Place], &str)] = &[
            (&[cache(4), system(4)], "cached in cache"),
            (&[cache(0), system(4)], "in system"),
            (&[cache(3), system(0)], "incomplete: 3 of 4 files in cache"),
            (
                &[cache(0), system(0)],
                if toile_data::CAN_FETCH {
                    "not here yet: `toile data get x` fetches it"
                } else {
                    "not here; this build"
                },
            ),
            (&[Place { origin: Origin::BuiltIn, files: 4 }], "built in"),
            (&[Place { origin: Origin::Named("here".into()), files: 0 }], "not in here"),
        ];
        for (places, expected) in cases {
            let said = whereabouts("x", places);
            assert!(said.starts_with(expected), "{said:?} is not {expected:?}");
        }
    }

    #[test]
    fn the_built_in_set_verifies() {
        let (text, is_sound) = verify(Some("fashion-mnist-small"), &LoadOptions::default()).unwrap();
        assert!(is_sound);
        assert!(text.starts_with("fashion-mnist-small, built in: 4 of 4 files as published\n"), "{text}");
    }

    #[test]
    fn a_folder_without_the_files_does_not_verify() {
        let options = LoadOptions { data_dir: Some("no/such/folder".into()), ..LoadOptions::default() };
        let (text, is_sound) = verify(None, &options).unwrap();
        assert!(!is_sound);
        assert_eq!(text.matches("  missing  ").count(), 4, "{text}");
    }
}
