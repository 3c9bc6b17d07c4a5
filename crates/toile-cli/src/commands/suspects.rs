//! `toile data suspects RUN`: labels that are probably wrong, from what networks said of images they had not seen.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::Args;
use toile_data::{Dataset, Loaded};
use toile_store::{StoredRun, names, sealed};
use toile_study::suspects::{SuspectSummary, Suspects, judges, suspects};
use toile_study::{atomic, study_file};

use super::{opened, report};
use crate::args::DataPlace;
use crate::label_errors::{LabelErrors, page};
use crate::progress::{fetch::fetch_progress, remark, say, waiting};
use crate::stdout::print;
use crate::terminal::table_options;

/// Arguments of `toile data suspects`.
#[derive(Args, Clone, Debug)]
pub(super) struct SuspectsArgs {
    /// Folder of a study's results, of one of its models, or of a run
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

/// Judges the labels and writes what was found into the folder, and into the report where it is that of a study.
///
/// # Errors
/// No finished run that can judge, damaged files, and a folder that cannot be written.
pub(super) fn run(args: &SuspectsArgs, place: &DataPlace) -> anyhow::Result<ExitCode> {
    let judges = judges(&args.run)?;
    judges.left_out.iter().for_each(|left_out| remark(left_out));
    let waiting = waiting("judging the labels");
    let found = suspects(&judges.runs)?;
    drop(waiting);
    let loaded =
        data_of(&judges.runs, place).map_err(|error| remark(&format!("without pictures: {error:#}"))).ok();
    let part = loaded.as_ref().and_then(|loaded| part_of(loaded, &found));
    if loaded.is_some() && part.is_none() {
        remark("without pictures: the labels that the runs were tested on are not those of the data set");
    }
    let errors = LabelErrors { name: args.run.display().to_string(), part, found: &found };
    let answer = match args.json {
        true => errors.json(),
        false => errors.text(table_options(&std::io::stdout())),
    };
    print("what was found", &answer);
    let [kept, csv, own_page] = names::SUSPECTS;
    write(&args.run, csv, &errors.csv())?;
    write(&args.run, own_page, page(&errors).as_bytes())?;
    if args.run.join(names::RESULTS).exists() {
        let summary = SuspectSummary { runs_sha256: Some(judges.digest()?), ..found.summary() };
        sealed::write(&args.run.join(kept), &summary)?;
        report::write(&args.run, part.map(|(_, data)| data))?;
        say(&format!("report: {}", args.run.join(names::REPORT).display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn write(folder: &Path, name: &str, contents: &[u8]) -> anyhow::Result<()> {
    let path = folder.join(name);
    atomic::write(&path, contents)?;
    say(&format!("wrote {}", path.display()));
    Ok(())
}

/// The data set that the runs were trained on, if it still is where it was and what it was.
fn data_of(runs: &[StoredRun], place: &DataPlace) -> anyhow::Result<Loaded> {
    let StoredRun { config, provenance, .. } = runs.first().context("there is no run")?;
    let source = study_file::data_source(config)
        .context("the run's configuration is not one that this version of Toile writes")?;
    let options = opened::load_options(place);
    let loaded = toile_data::open(&source, Path::new(""), &options, &mut fetch_progress())?;
    let now = study_file::recipe(config).map(|recipe| opened::data(&loaded).of_recipe(&recipe).digests);
    let then = provenance.as_ref().map(|provenance| &provenance.data);
    // Beside the report they would be taken for what the runs saw.
    ensure!(
        now.as_ref().is_none_or(|now| then.is_none_or(|then| then == now)),
        "the data are not those that the runs were trained on"
    );
    Ok(loaded)
}

/// The part whose labels are those that were judged: a cross-validated study is tested on what it trains on.
fn part_of<'a>(loaded: &'a Loaded, found: &Suspects) -> Option<(&'static str, &'a Dataset)> {
    let is_of = |data: &Dataset| {
        data.class_names == found.class_names
            && found.judged.iter().all(|&(image, label)| data.labels.get(image as usize) == Some(&label))
    };
    [("test", &loaded.test), ("train", &loaded.train)].into_iter().find(|(_, data)| is_of(data))
}
