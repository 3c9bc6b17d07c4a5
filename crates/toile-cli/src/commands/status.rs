//! `toile status`: how the runs of a study's folder are going, from its files alone.

use std::mem::{Discriminant, discriminant};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::ensure;
use serde_json::json;
use toile_cluster::slurm::{QueuedTask, queued};
use toile_data::plain_text::is_no_plain_text;
use toile_store::file;
use toile_study::conduct::{RunStanding, RunState, status};
use toile_study::run::RunId;

use super::shared_out::{Jobs, unheard};
use super::waiting::pause;
use crate::progress::remark;
use crate::stdout::print;
use crate::stop::{self, EXIT_INTERRUPTED};
use crate::table::standing;
use crate::terminal::table_options;

/// Says how the runs of a study are going: waiting, claimed, running, done, failed
#[derive(clap::Args, Clone, Debug)]
pub struct StatusArgs {
    /// Folder of the results
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Go on saying so until all runs are over
    #[arg(long, conflicts_with = "json")]
    pub watch: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Of more runs than this, those that are done or wait are counted and not listed.
const LISTED: usize = 40;
/// Between two looks of a watch at least,
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// and so many times as long as a look took: a large study's file system is to serve the runs.
const LOOK_SHARE: u32 = 20;
/// How far the runs are is told so often where nothing else is.
const TELL_EVERY: Duration = Duration::from_secs(60);
/// Lines of a log that are shown.
const LOG_LINES: usize = 5;
/// Bytes of a log's end that are read for them.
const LOG_BYTES: u64 = 16 << 10;

/// Reads the files, asks the scheduler where the study was submitted, and prints.
///
/// # Errors
/// No such folder.
pub fn run(args: &StatusArgs) -> anyhow::Result<ExitCode> {
    let out = &args.folder;
    ensure!(
        out.is_dir(),
        "{} is no folder; give the folder of a study's results, as runs/quick",
        out.display()
    );
    if args.watch {
        return watch(out, &*stop::soon()?);
    }
    let state = State::of(out, status(out, None))?;
    if args.json {
        let queue: Vec<_> = state
            .tasks
            .iter()
            .map(|QueuedTask { id, state, place }| json!({ "id": id, "state": state, "place": place }))
            .collect();
        let answer = json!({ "runs": state.runs, "queue": queue });
        print("the state", &(serde_json::to_string_pretty(&answer)? + "\n"));
        return Ok(ExitCode::SUCCESS);
    }
    print("the state", &state.text());
    Ok(ExitCode::SUCCESS)
}

/// Prints the state when a run has got into another one, and now and then how far they are, until all are over or it is
/// asked to stop.
fn watch(out: &Path, stopped: &AtomicBool) -> anyhow::Result<ExitCode> {
    let mut told: Option<(Instant, Vec<RunStanding>)> = None;
    loop {
        let looked = Instant::now();
        let runs = status(out, None);
        let is_news = told.as_ref().is_none_or(|(at, before)| {
            kinds(&runs) != kinds(before) || (at.elapsed() >= TELL_EVERY && runs != *before)
        });
        if is_news {
            let apart = if told.is_some() { "\n" } else { "" };
            let state = State::of(out, runs.clone())?;
            print("the state", &format!("{apart}{}", state.text()));
            told = Some((Instant::now(), runs.clone()));
        }
        if !runs.is_empty() && runs.iter().all(RunStanding::is_over) {
            return Ok(ExitCode::SUCCESS);
        }
        if !pause(LOOK_EVERY.max(looked.elapsed() * LOOK_SHARE), stopped) {
            return Ok(ExitCode::from(EXIT_INTERRUPTED));
        }
    }
}

/// In which state each run is, however far it is.
fn kinds(runs: &[RunStanding]) -> Vec<(&RunId, Discriminant<RunState>)> {
    runs.iter().map(|run| (&run.run, discriminant(&run.state))).collect()
}

/// How a study is going.
struct State {
    runs: Vec<RunStanding>,
    /// In the scheduler's queue.
    tasks: Vec<QueuedTask>,
}

impl State {
    fn of(out: &Path, runs: Vec<RunStanding>) -> anyhow::Result<State> {
        let jobs = Jobs::read(out)?;
        let tasks = match jobs.numbers() {
            numbers if numbers.is_empty() => Vec::new(),
            numbers => match queued(&numbers) {
                Ok(tasks) => tasks,
                Err(error) => {
                    remark(&format!("from the files alone: {error}"));
                    return Ok(State { runs, tasks: Vec::new() });
                }
            },
        };
        if tasks.is_empty() && !runs.iter().all(RunStanding::is_over) {
            unheard(out).iter().for_each(|words| remark(words));
        }
        Ok(State { runs, tasks })
    }

    fn text(&self) -> String {
        let State { runs, tasks } = self;
        let mut text = standing::table(runs, LISTED, table_options(&std::io::stdout()));
        for run in runs {
            let (RunState::Failed { log, .. } | RunState::Interrupted { log, .. }) = &run.state else {
                continue;
            };
            if let Some(lines) = log.as_ref().and_then(|log| last_lines(Path::new(log))) {
                let log = log.as_deref().unwrap_or_default();
                text += &format!("\n{}, the last lines of {log}:\n{lines}", run.run);
            }
        }
        if !tasks.is_empty() {
            text += "\nin the scheduler's queue:\n";
            for QueuedTask { id, state, place } in tasks.iter().take(LISTED) {
                text += &format!("  {id}  {}  {place}\n", state.to_lowercase());
            }
            if tasks.len() > LISTED {
                text += &format!("  and {} more\n", tasks.len() - LISTED);
            }
        }
        text
    }
}

/// The end of a log; `None` where there is none.
fn last_lines(path: &Path) -> Option<String> {
    let bytes = file::last_bytes(path, LOG_BYTES).ok()??;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let shown = &lines[lines.len().saturating_sub(LOG_LINES)..];
    // What a log holds is not to move the cursor, nor to turn what stands beside it.
    let plain = |line: &&str| line.chars().filter(|&c| !is_no_plain_text(c)).collect::<String>();
    (!shown.is_empty()).then(|| shown.iter().map(|line| format!("  {}\n", plain(line))).collect())
}
