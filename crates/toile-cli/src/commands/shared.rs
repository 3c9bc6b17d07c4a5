//! What commands share: options, models, the answer, and the end of a session.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use serde::Serialize;
use toile_nn::description::Network;
use toile_study::conduct::Outcome;
use toile_study::run::{Options, RunError, RunId};
use toile_study::study::{Model, Study};
use toile_study::study_file;

use crate::args::{Format, ProgressMode, RunningArgs};
use crate::command_line::{command_line, resume_line};
use crate::exit::{EXIT_ERROR, with_causes};
use crate::progress::{Notice, complain, say, tell};
use crate::stdout::print;
use crate::stop::{self, EXIT_INTERRUPTED, Stop};
use crate::table::TableOptions;
use crate::terminal::table_options;

/// The options of a session in this folder; it compares nothing.
pub(super) fn options(args: &RunningArgs, out: &Path) -> Options {
    Options {
        threads: args.threads,
        jobs: args.jobs,
        resume: args.resume,
        command: command_line(),
        compares: false,
        share: args.sharing.share(),
        presence: args.sharing.presence(),
        ..Options::new(out)
    }
}

/// Requests to stop: runs that are done here stop at a checkpoint, those of a cluster are only followed no further.
///
/// # Errors
/// The system takes no handler.
pub(super) fn stop(args: &RunningArgs, notice: Notice) -> anyhow::Result<Stop> {
    match args.sharing.cluster.on {
        Some(_) => stop::of_the_following(),
        None => stop::at_a_checkpoint(notice, resume_line()),
    }
}

/// Refuses a study that is cross-validated, where a command cannot work on folds.
///
/// # Errors
/// Such a study.
pub(super) fn refuse_folds(study: &Study, command: &str, instead: &str) -> anyhow::Result<()> {
    anyhow::ensure!(
        study.cross_validation().is_none(),
        "{command} does not work on a study that is cross-validated, as {} is; {instead}",
        study.name
    );
    Ok(())
}

/// The network of a model of a study that was bound to its data set.
pub(super) fn network(study: &Study, model: &Model) -> anyhow::Result<Network> {
    Ok(model.recipe.network(study.data.image_shape, study.data.class_names.len())?)
}

/// (model, its resolved configuration) of all models.
pub(super) fn resolved(study: &Study) -> Vec<(String, String)> {
    study.models.iter().map(|model| (model.name.clone(), study_file::resolved(study, model))).collect()
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

/// Prints an answer in the form asked for. With events on standard output a table is for whoever watches.
pub(super) fn show(
    format: Format,
    progress: ProgressMode,
    answer: &impl Serialize,
    markdown: impl FnOnce() -> String,
    terminal: impl FnOnce(TableOptions) -> String,
) -> anyhow::Result<()> {
    let text = match format {
        Format { json: true, .. } => serde_json::to_string_pretty(answer)? + "\n",
        Format { markdown: true, .. } => markdown(),
        _ if progress == ProgressMode::Json => {
            say(&terminal(table_options(&std::io::stderr())));
            return Ok(());
        }
        _ => terminal(table_options(&std::io::stdout())),
    };
    print("the answer", &text);
    Ok(())
}

/// The exit code of a session in which not every run came to its end, and what to do about it.
pub(super) fn unfinished(outcome: &Outcome) -> Option<ExitCode> {
    if let Some(error) = &outcome.unwritten {
        complain(&with_causes(error));
    }
    broken_off(&outcome.failures, outcome.interrupted)
}

/// The same of runs by themselves.
pub(super) fn broken_off(failures: &[(RunId, RunError)], interrupted: bool) -> Option<ExitCode> {
    for (run, error) in failures {
        complain(&format!("{run}: {}", with_causes(error)));
    }
    if interrupted {
        tell(&format!("stopped at a checkpoint; go on with:\n  {}", resume_line()));
        return Some(ExitCode::from(EXIT_INTERRUPTED));
    }
    if !failures.is_empty() {
        tell(&format!("what was computed is kept; then go on with:\n  {}", resume_line()));
        return Some(ExitCode::from(EXIT_ERROR));
    }
    None
}

/// Refuses to answer while runs are not over, as where parts of the work are done elsewhere.
///
/// # Errors
/// Such runs.
pub(super) fn refuse_missing(outcome: &Outcome) -> anyhow::Result<()> {
    let Some(first) = outcome.missing.first() else { return Ok(()) };
    anyhow::bail!(
        "{} not over, as {first}: what others do is waited for, what nobody does is done with `--shard` or without \
         `--gather`",
        match outcome.missing.len() {
            1 => "one run is".to_owned(),
            runs => format!("{} runs are", grouped(runs)),
        }
    )
}

/// `643,082`.
pub(super) fn grouped(number: usize) -> String {
    toile_study::numbers::count(number as u64)
}
