//! `toile data`: which data sets there are, fetching them, verifying them, looking through them.

mod json;

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use toile_data::catalog::{CATALOG, CatalogEntry, FASHION_MNIST};
use toile_data::{FileReport, FileState, FolderReport, LoadOptions, Loaded, NOT_VERIFIED, Origin, Place};

use super::inspect::{self, InspectArgs};
use super::shared::grouped;
use super::show_data::{self, ShowDataArgs};
use super::suspects::{self, SuspectsArgs};
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
    List {
        /// Print the list as JSON
        #[arg(long)]
        json: bool,
    },
    /// Find a data set, or fetch it into the cache
    Get {
        /// Name of the data set
        #[arg(default_value = FASHION_MNIST.name)]
        name: String,
        /// Print where it is as JSON
        #[arg(long)]
        json: bool,
    },
    /// Draw images of each class, or what a model of a study sees in training, as a PNG file
    Show(ShowDataArgs),
    /// Remove the decoded pictures of one's own data sets from the cache
    Clear,
    /// Compare each file of a data set, where it is, with the published SHA-256
    Verify {
        /// Name of the data set; every one that is there if left out
        name: Option<String>,
        /// Print what was found as JSON
        #[arg(long)]
        json: bool,
    },
    /// Look through a data set: counts, images that are there more than once, classes that look wrong
    Inspect(InspectArgs),
    /// List labels that are probably wrong, by what the networks of a cross-validated study say
    Suspects(SuspectsArgs),
}

/// Runs it. 0: done; 1: `verify` found a file that is not the published one, or none at all; 3: nothing speaks against
/// what it found, but not all of it can be verified.
///
/// # Errors
/// An unknown name, and a data set that could be neither found nor fetched.
pub fn run(args: DataArgs) -> anyhow::Result<ExitCode> {
    let options = opened::load_options(&args.place);
    match args.action {
        Action::List { json: true } => print("the list of data sets", &text(&json::list(&options)?)),
        Action::List { json: false } => {
            print("the list of data sets", &(list(&options)? + &decoded::list(&options)?))
        }
        Action::Clear => print("what was removed", &decoded::clear(&options)?),
        Action::Get { name, json } => {
            let loaded = toile_data::load(&name, &options, &mut fetch_progress())?;
            let answer = if json { text(&json::loaded(&name, &loaded)) } else { get(&name, &loaded) };
            print("where the data set is", &answer);
        }
        Action::Show(show) => return show_data::run(&show, &args.place),
        Action::Verify { name, json } => {
            let found = looked_at(name.as_deref(), &options)?;
            let verdict = verdict(name.as_deref(), &found);
            let answer = if json { text(&json::verified(&found)) } else { verified(&found) };
            print("what was verified", &answer);
            return Ok(ExitCode::from(verdict as u8));
        }
        Action::Inspect(inspect) => return inspect::run(&inspect, &args.place),
        Action::Suspects(suspects) => return suspects::run(&suspects, &args.place),
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
            "{:width$}  {} training and {} test images, {height} x {width_px}, {}, {} classes{}",
            "",
            grouped(info.train_images),
            grouped(info.test_images),
            if *channels == 1 { "grey".to_owned() } else { format!("{channels} channels") },
            info.class_names.len(),
            if toile_data::is_verifiable(name)? { "" } else { ", not verified" },
        )?;
        let places = toile_data::find_places(name, options)?;
        writeln!(text, "{:width$}  {}", "", whereabouts(name, &places))?;
    }
    Ok(text)
}

/// Where a data set is, in a line: the first complete place is the one `load` takes.
fn whereabouts(name: &str, places: &[Place]) -> String {
    if let Some(place) = places.iter().find(|place| place.is_complete()) {
        return match &place.origin {
            Origin::Cache(folder) => format!("cached in {}", folder.display()),
            Origin::BuiltIn => "built in".to_owned(),
            origin => format!("in {origin}"),
        };
    }
    match places.iter().find(|place| place.files > 0) {
        Some(Place { origin, files, of }) => format!("incomplete: {files} of {of} files in {origin}"),
        None if matches!(places, [Place { origin: Origin::Named(_), .. }]) => {
            format!("not in {}", places[0].origin)
        }
        None => {
            let fetches = " yet: `toile data get NAME` fetches it, and so does a study that names it";
            format!("not here{}", remedy(name, fetches))
        }
    }
}

/// Indented, with a line's end behind it.
fn text(answer: &serde_json::Value) -> String {
    format!("{answer:#}\n")
}

fn get(name: &str, loaded: &Loaded) -> String {
    let (train, test) = (grouped(loaded.train.len()), grouped(loaded.test.len()));
    let verified = if loaded.is_verified { "verified" } else { "not verified" };
    format!("{name}: {train} training and {test} test images, {verified}: {}\n", loaded.origin)
}

/// What came of comparing files with the published ones; as an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Published = 0,
    Not = 1,
    Undecided = 3,
}

impl Verdict {
    /// That of both.
    fn and(self, other: Verdict) -> Verdict {
        match (self, other) {
            (Verdict::Not, _) | (_, Verdict::Not) => Verdict::Not,
            (Verdict::Undecided, _) | (_, Verdict::Undecided) => Verdict::Undecided,
            _ => Verdict::Published,
        }
    }

    fn of(report: &FolderReport) -> Verdict {
        match (report.is_verified(), report.is_sound()) {
            (true, _) => Verdict::Published,
            (_, true) => Verdict::Undecided,
            _ => Verdict::Not,
        }
    }
}

/// The files of a data set wherever they are; of each one of the catalogue without a name.
type Found = (String, Vec<FolderReport>);

fn looked_at(name: Option<&str>, options: &LoadOptions) -> anyhow::Result<Vec<Found>> {
    // A folder holds one data set; which, only its user knows.
    let names: Vec<&str> = match name {
        Some(name) => vec![name],
        None if options.data_dir.is_some() => vec![FASHION_MNIST.name],
        None => CATALOG.iter().map(|entry| entry.name).collect(),
    };
    names.into_iter().map(|name| Ok((name.to_owned(), toile_data::inspect(name, options)?))).collect()
}

/// Whether all of it is as published.
fn verdict(name: Option<&str>, found: &[Found]) -> Verdict {
    // Whoever asks for one by name expects it to be there.
    let nowhere = if name.is_none() { Verdict::Published } else { Verdict::Not };
    let of = |(_, reports): &Found| match reports.is_empty() {
        true => nowhere,
        false => reports.iter().map(Verdict::of).fold(Verdict::Published, Verdict::and),
    };
    found.iter().map(of).fold(Verdict::Published, Verdict::and)
}

/// What was found of each data set.
fn verified(found: &[Found]) -> String {
    let mut text = String::new();
    for (name, reports) in found {
        if reports.is_empty() {
            text += &format!("{name}: not here{}\n", remedy(name, "; `toile data get NAME` fetches it"));
        }
        for report in reports {
            // Writing to a string cannot fail.
            let _ = write_report(name, report, &mut text);
        }
    }
    text
}

/// How a data set that is not here gets here: `fetches`, where this build can, with the data set's name for NAME.
fn remedy(name: &str, fetches: &str) -> String {
    if toile_data::CAN_FETCH {
        return fetches.replace("NAME", name);
    }
    "; this build cannot fetch it: name the folder of its files with --data-dir".to_owned()
}

fn write_report(name: &str, report: &FolderReport, out: &mut String) -> std::fmt::Result {
    let verified =
        report.files.iter().filter(|file| matches!(file.state, FileState::Verified { .. })).count();
    writeln!(out, "{name}, {}: {verified} of {} files as published", report.origin, report.files.len())?;
    let is_unknown = |file: &FileReport| matches!(file.state, FileState::Unverified { .. });
    if report.files.iter().any(is_unknown) {
        writeln!(out, "  {NOT_VERIFIED}; what is marked unknown is sound and is used")?;
    }
    for file in &report.files {
        match &file.state {
            FileState::Verified { sha256 } => writeln!(out, "  ok       {sha256}  {}", file.path.display())?,
            FileState::Unverified { sha256 } => {
                writeln!(out, "  unknown  {sha256}  {}", file.path.display())?
            }
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
        let cache = |files| Place { origin: Origin::Cache("cache".into()), files, of: 4 };
        let system = |files| Place { origin: Origin::System("system".into()), files, of: 4 };
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
            (&[Place { origin: Origin::BuiltIn, files: 4, of: 4 }], "built in"),
            (&[Place { origin: Origin::Named("here".into()), files: 0, of: 6 }], "not in here"),
        ];
        for (places, expected) in cases {
            let said = whereabouts("x", places);
            assert!(said.starts_with(expected), "{said:?} is not {expected:?}");
        }
    }

    #[test]
    fn the_built_in_set_verifies() {
        let name = Some("fashion-mnist-small");
        let found = looked_at(name, &LoadOptions::default()).unwrap();
        assert_eq!(verdict(name, &found), Verdict::Published);
        let text = verified(&found);
        assert!(text.starts_with("fashion-mnist-small, built in: 4 of 4 files as published\n"), "{text}");
    }

    #[test]
    fn a_folder_without_the_files_does_not_verify() {
        let options = LoadOptions { data_dir: Some("no/such/folder".into()), ..LoadOptions::default() };
        let found = looked_at(None, &options).unwrap();
        assert_eq!(verdict(None, &found), Verdict::Not);
        let text = verified(&found);
        assert_eq!(text.matches("  missing  ").count(), 4, "{text}");
    }

    #[test]
    fn what_no_digest_vouches_for_is_neither_published_nor_bad() {
        let file = |state| FileReport { name: "x", path: "here/x".into(), state };
        let (sha256, other) = ("12".to_owned(), "34".to_owned());
        let report = |files| FolderReport { origin: Origin::Named("here".into()), files };
        let unknown = || file(FileState::Unverified { sha256: sha256.clone() });
        let cases = [
            (
                report(vec![file(FileState::Verified { sha256: other.clone() })]),
                Verdict::Published,
                "1 of 1 files",
            ),
            (
                report(vec![file(FileState::Verified { sha256: other }), unknown()]),
                Verdict::Undecided,
                "  not verified: no digest of its published files is known",
            ),
            (report(vec![unknown(), file(FileState::Missing)]), Verdict::Not, "  unknown  12  here/x\n"),
        ];
        for (report, verdict, expected) in cases {
            let mut text = String::new();
            write_report("x", &report, &mut text).unwrap();
            assert!(text.contains(expected), "{text:?} lacks {expected:?}");
            assert_eq!(Verdict::of(&report), verdict, "{text}");
        }
        assert_eq!(Verdict::Undecided.and(Verdict::Not), Verdict::Not);
        assert_eq!(Verdict::Published.and(Verdict::Undecided), Verdict::Undecided);
    }
}
