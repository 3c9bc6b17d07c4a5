//! `toile status`: how the runs of a study's folder are going, from its files alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::ensure;
use serde_json::json;
use toile_cluster::slurm::{QueuedTask, queued};
use toile_study::conduct::{RunState, status};

use super::shared_out::{self, Jobs};
use crate::progress::remark;
use crate::stdout::print;
use crate::stop;
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
        return shared_out::follow(out, false, &*stop::soon()?);
    }
    let runs = status(out, None);
    let jobs = Jobs::read(out)?;
    let tasks = match jobs.numbers() {
        numbers if numbers.is_empty() => Vec::new(),
        numbers => queued(&numbers).unwrap_or_else(|error| {
            remark(&format!("from the files alone: {error}"));
            Vec::new()
        }),
    };
    if args.json {
        let queue: Vec<_> = tasks
            .iter()
            .map(|QueuedTask { id, state, place }| json!({ "id": id, "state": state, "place": place }))
            .collect();
        let answer = json!({ "runs": runs, "queue": queue });
        print("the state", &(serde_json::to_string_pretty(&answer)? + "\n"));
        return Ok(ExitCode::SUCCESS);
    }
    let mut text = standing::table(&runs, LISTED, table_options(&std::io::stdout()));
    for run in &runs {
        let (RunState::Failed { log, .. } | RunState::Interrupted { log, .. }) = &run.state else { continue };
        if let Some(lines) = log.as_ref().and_then(|log| last_lines(Path::new(log))) {
            text +=
                &format!("\n{}, the last lines of {}:\n{lines}", run.run, log.as_deref().unwrap_or_default());
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
    print("the state", &text);
    Ok(ExitCode::SUCCESS)
}

/// The end of a log; `None` where there is none.
fn last_lines(path: &Path) -> Option<String> {
    use std::io::{Read as _, Seek as _, SeekFrom};

    let mut file =
        fs::File::open(path).ok().filter(|file| file.metadata().is_ok_and(|about| about.is_file()))?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOG_BYTES))).ok()?;
    let mut bytes = Vec::new();
    file.take(LOG_BYTES).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let shown = &lines[lines.len().saturating_sub(LOG_LINES)..];
    // What a log holds is not to move the cursor.
    let plain = |line: &&str| line.chars().filter(|c| !c.is_control()).collect::<String>();
    (!shown.is_empty()).then(|| shown.iter().map(|line| format!("  {}\n", plain(line))).collect())
}
