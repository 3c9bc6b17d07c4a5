//! `toile report DIR`: the report of a study, made again from its folder alone.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use toile_data::Dataset;
use toile_study::atomic;
use toile_study::conduct::{StudyView, reread};
use toile_study::names;
use toile_study::results::StudyResults;

use crate::outputs;
use crate::progress::{remark, say};
use crate::report::{self, Kept, Pictures};

/// Writes the report of a study again, from what its runs left: no study file and no data set is needed
#[derive(clap::Args, Clone, Debug, PartialEq, Eq)]
pub struct ReportArgs {
    /// Folder of the results, as `toile run` named it at its end
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Show it in the browser
    #[arg(long)]
    pub open: bool,
}

/// Reads the folder and writes the report into it.
///
/// # Errors
/// No results there, a file that is not as Toile leaves it, or one that cannot be written.
pub fn run(args: &ReportArgs) -> anyhow::Result<ExitCode> {
    let folder = &args.folder;
    let lacks_images = write(folder, None)?;
    let path = folder.join(names::REPORT);
    if lacks_images {
        say(
            "without images: images.png and images.csv are not in the folder; `toile run` on the study writes them",
        );
    }
    say(&format!("report: {}", path.display()));
    if args.open {
        open(&path);
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the report and the drawings of a study's folder again; with the images of `test`, or with those that were kept.
/// Whether it lacks images that its runs would be shown by.
///
/// # Errors
/// No results there, a file that is not as Toile leaves it, or one that cannot be written.
pub(super) fn write(folder: &Path, test: Option<&Dataset>) -> anyhow::Result<bool> {
    let found = reread(folder)?;
    for note in &found.notes {
        remark(&note);
    }
    let kept = if test.is_none() { kept(folder, &found.results)? } else { None };
    let view = StudyView {
        results: &found.results,
        receipts: &found.receipts,
        evidence: &found.evidence,
        test,
        between_epochs: false,
    };
    let pictures = kept.as_ref().map(|kept| kept as &dyn Pictures);
    let report = report::files(view, &found.resolved, pictures);
    let drawn = outputs::study_files(view);
    // A table that would have no row now is not there.
    for name in outputs::known_names().filter(|name| drawn.iter().all(|(drawn, _)| drawn != name)) {
        atomic::remove(&folder.join(name))?;
    }
    for (name, contents) in report.into_iter().chain(drawn) {
        let path = folder.join(name);
        if let Some(above) = path.parent() {
            atomic::create_folder(above)?;
        }
        atomic::write(&path, &contents)?;
    }
    Ok(kept.is_none() && test.is_none() && !found.evidence.outcomes.models.is_empty())
}

/// The images that were kept beside the report.
fn kept(folder: &Path, results: &StudyResults) -> anyhow::Result<Option<Kept>> {
    let read = |name: &str| match fs::read(folder.join(name)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e).with_context(|| format!("cannot read {}", folder.join(name).display())),
    };
    let (Some(png), Some(csv)) = (read("images.png")?, read("images.csv")?) else { return Ok(None) };
    let kept = Kept::read(results.dataset.image_shape, &png, &String::from_utf8_lossy(&csv));
    kept.map(Some).map_err(|problem| {
        anyhow!(
            "the images kept in {} cannot be used: {problem}; delete images.png to make the report without \
             them, or run the study again, which trains nothing that is finished",
            folder.display()
        )
    })
}

/// Shows a page in the browser; where there is none, that is said and no more.
pub(super) fn open(path: &Path) {
    if let Err(error) = open::that_detached(path) {
        say(&format!("cannot open a browser ({error}); open {} yourself", path.display()));
    }
}
