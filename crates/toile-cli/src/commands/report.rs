//! `toile report DIR`: the report of a study, made again from its folder alone.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use toile_data::Dataset;
use toile_study::atomic;
use toile_study::conduct::{StudyView, reread};
use toile_study::names;
use toile_study::trained;

use crate::kept;
use crate::live;
use crate::outputs;
use crate::progress::{remark, say, waiting};
use crate::report::{self, Pictures, Whose};

/// Writes the report of a study again, from what its runs left: no study file and no data set is needed
#[derive(clap::Args, Clone, Debug, PartialEq, Eq)]
pub struct ReportArgs {
    /// Folder of the results, as `toile run` named it at its end
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Write a page per model beside it in which its network runs, for pictures that are drawn or opened
    #[arg(long)]
    pub live: bool,
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
    if args.live {
        write_live(folder)?;
    }
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
    let _waiting = waiting("writing the report");
    let found = reread(folder)?;
    for note in &found.notes {
        remark(note);
    }
    let kept = match test {
        None => kept::read(folder, found.results.dataset.image_shape, Some(&Whose::of(&found.results)))?,
        Some(_) => None,
    };
    let view = StudyView {
        results: &found.results,
        receipts: &found.receipts,
        evidence: &found.evidence,
        test,
        between_epochs: false,
    };
    let pictures = kept.as_ref().map(|kept| kept as &dyn Pictures);
    let models = found.results.models.iter().map(|model| model.name.as_str());
    let report = report::files(view, &found.resolved, pictures, &live::models_in(folder, models));
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

/// Writes the live page of each model that has a finished run.
fn write_live(folder: &Path) -> anyhow::Result<()> {
    let models = reread(folder)?.results.models;
    let mut written = 0;
    for model in &models {
        let Some(run) = trained::lowest_finished(&folder.join(&model.name))? else {
            say(&format!("no live page of {}: none of its runs is finished", model.name));
            continue;
        };
        let path = folder.join(live::file_name(&model.name));
        atomic::write(&path, live::page(run.path())?.as_bytes())?;
        say(&format!("live page: {}", path.display()));
        written += 1;
    }
    match written {
        0 => bail!("no run in {} is finished; finish one with `toile run ... --resume`", folder.display()),
        _ => Ok(()),
    }
}

/// Shows a page in the browser; where there is none, that is said and no more.
pub(super) fn open(path: &Path) {
    if let Err(error) = open::that_detached(path) {
        say(&format!("cannot open a browser ({error}); open {} yourself", path.display()));
    }
}
