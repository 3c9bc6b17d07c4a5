//! What commands that train share: the arguments, the data, and the end of a session.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use toile_data::{LoadOptions, Loaded};
use toile_study::conduct::Outcome;
use toile_study::numbers::count;
use toile_study::run::{Data, Options};
use toile_study::study::{Model, Study};
use toile_study::study_file::Source;

use super::run::{EXIT_INTERRUPTED, command_line, resume_line};
use super::{EXIT_ERROR, with_causes};
use crate::args::ProgressMode;
use crate::progress::{self, say};
use crate::seeds::{self, SeedRange};

/// Where data comes from.
#[derive(Clone, Debug, clap::Args)]
pub struct DataPlace {
    /// Folder that holds the data set; nothing else is looked at.
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Never fetch anything.
    #[arg(long)]
    pub offline: bool,
}

/// How runs are done.
#[derive(Clone, Debug, clap::Args)]
pub struct RunningArgs {
    /// Runs at the same time [default: one a core, at most as many as there are runs].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Threads of each run [default: the cores shared out over the runs that are left].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Go on from the checkpoints of runs that were interrupted.
    #[arg(long)]
    pub resume: bool,
    /// How to show progress: bars on a terminal, a line an epoch, or a JSON object a line on stdout.
    #[arg(long, value_enum, default_value_t = ProgressMode::Auto)]
    pub progress: ProgressMode,
    /// Where data comes from.
    #[command(flatten)]
    pub data: DataPlace,
}

impl RunningArgs {
    pub(super) fn options(&self, out: &Path) -> Options {
        Options {
            threads: self.threads.map(usize::from),
            jobs: self.jobs.map(usize::from),
            resume: self.resume,
            command: command_line(),
            compares: false,
            ..Options::new(out)
        }
    }
}

impl DataPlace {
    /// Loads the data set, and says from where.
    pub(super) fn load(&self, dataset: &str) -> anyhow::Result<Loaded> {
        let options = LoadOptions { data_dir: self.data_dir.clone(), offline: self.offline, cache_dir: None };
        let loaded = toile_data::load(dataset, &options, &mut progress::fetch::fetch_progress())?;
        say(&format!(
            "{dataset}: {} images to train on, {} to test on ({})",
            count(loaded.train.len() as u64),
            count(loaded.test.len() as u64),
            loaded.origin
        ));
        Ok(loaded)
    }
}

pub(super) fn data(loaded: &Loaded) -> Data<'_> {
    Data { train: &loaded.train, test: &loaded.test, digests: &loaded.digests }
}

/// The text of a study, and the study with the seeds asked for.
pub(super) fn open(study: &str, seeds: Option<&[SeedRange]>) -> anyhow::Result<(Source, Study)> {
    let source = Source::open(study)?;
    let mut study = source.study()?;
    if let Some(seeds) = seeds {
        study.seeds = seeds::flatten(seeds);
    }
    Ok((source, study))
}

/// The folder of a study's results.
pub(super) fn folder(out: Option<&PathBuf>, study: &Study) -> PathBuf {
    out.cloned().unwrap_or_else(|| Path::new("runs").join(&study.name))
}

/// The model of this name.
pub(super) fn model<'a>(study: &'a Study, name: &str) -> anyhow::Result<&'a Model> {
    study.models.iter().find(|model| model.name == name).with_context(|| {
        let known: Vec<&str> = study.models.iter().map(|model| model.name.as_str()).collect();
        format!("the study {} has no model {name:?}; it has {}", study.name, known.join(", "))
    })
}

/// A level for intervals.
pub(super) fn level(text: &str) -> Result<f64, String> {
    let inside = |alpha: &f64| (1e-6..=0.5).contains(alpha);
    text.parse().ok().filter(inside).ok_or_else(|| "write a number from 0.000001 to 0.5, as 0.05".to_owned())
}

/// The exit code of a session in which not every run came to its end, and what to do about it.
pub(super) fn unfinished(outcome: &Outcome) -> Option<ExitCode> {
    for (run, error) in &outcome.failures {
        say(&format!("error: {run}: {}", with_causes(error)));
    }
    if let Some(error) = &outcome.unwritten {
        say(&format!("error: {}", with_causes(error)));
    }
    if outcome.interrupted {
        say(&format!("stopped at a checkpoint; go on with:\n  {}", resume_line()));
        return Some(ExitCode::from(EXIT_INTERRUPTED));
    }
    if !outcome.failures.is_empty() {
        say(&format!("what was computed is kept; then go on with:\n  {}", resume_line()));
        return Some(ExitCode::from(EXIT_ERROR));
    }
    None
}
