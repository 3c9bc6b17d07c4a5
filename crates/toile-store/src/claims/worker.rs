//! A process that does runs of a study's folder: its file in `.workers`, written anew again and again.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::process::Process;
use crate::atomic::{self, WriteError};
use crate::file::Kind;
use crate::run_id::RunId;

/// The folder of all workers' files, in a study's folder.
const WORKERS: &str = ".workers";

/// How often a worker says that it is there, and when it is taken for dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// Between two beats.
    pub every: Duration,
    /// Without a beat for so long, a worker on another machine is taken for dead.
    pub dead_after: Duration,
}

impl Default for Pulse {
    fn default() -> Self {
        Pulse { every: Duration::from_secs(20), dead_after: Duration::from_secs(300) }
    }
}

/// What a worker's file says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WorkerRecord {
    /// Which process it is.
    pub process: Process,
    /// The runs that are under way.
    pub runs: Vec<RunProgress>,
}

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunProgress {
    /// Which.
    #[serde(flatten)]
    pub run: RunId,
    /// Whole epochs done.
    pub epochs_done: u32,
    /// Epochs it is to have; 0 while that is not known.
    pub epochs: u32,
    /// Training images a second.
    pub images_per_second: f64,
    /// Seconds until it is finished, about.
    pub seconds_left: f64,
}

/// This process, at work in a study's folder. Its file is there as long as this is.
#[derive(Debug)]
pub struct Worker {
    out: PathBuf,
    id: String,
    process: Process,
    pulse: Pulse,
    runs: Arc<Mutex<Vec<RunProgress>>>,
    /// Closed to end the thread below.
    stop: Option<Sender<()>>,
    beating: Option<JoinHandle<()>>,
}

impl Worker {
    /// Begins to work in a study's folder, which it makes. Where the system gives no thread for the beats, only the
    /// first one is written, and others may take this process for dead; that costs work, and no result.
    ///
    /// # Errors
    /// The worker's file cannot be written.
    pub fn begin(out: &Path, process: Process, pulse: Pulse) -> Result<Worker, WriteError> {
        let id = format!("{}-{}-{}", plain(&process.host), process.pid, process.started);
        let runs = Arc::<Mutex<Vec<RunProgress>>>::default();
        let path = file(out, &id);
        atomic::create_folder(&folder(out))?;
        if beat(&path, &process, &runs).is_err() {
            // Another worker, the last one there, may just have taken the folder away with its own file.
            atomic::create_folder(&folder(out))?;
            beat(&path, &process, &runs)?;
        }
        let (stop, stopped) = mpsc::channel::<()>();
        let beating = {
            let (process, runs, path) = (process.clone(), runs.clone(), path);
            Builder::new().name("pulse".into()).stack_size(256 << 10).spawn(move || {
                while stopped.recv_timeout(pulse.every) == Err(RecvTimeoutError::Timeout) {
                    // One beat may be missed: the next one will tell.
                    let _ = beat(&path, &process, &runs);
                }
            })
        };
        let (out, stop, beating) = (out.to_owned(), Some(stop), beating.ok());
        Ok(Worker { out, id, process, pulse, runs, stop, beating })
    }

    /// What its claims call it.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Which process it is.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// When workers are taken for dead.
    pub(super) fn pulse(&self) -> Pulse {
        self.pulse
    }

    /// The study's folder.
    pub(super) fn out(&self) -> &Path {
        &self.out
    }

    /// Takes note of how far a run is: of one that begins at once, else with the next beat.
    pub fn note(&self, progress: RunProgress) {
        let mut runs = lock(&self.runs);
        if let Some(known) = runs.iter_mut().find(|known| known.run == progress.run) {
            *known = progress;
            return;
        }
        runs.push(progress);
        drop(runs);
        // Where it cannot be told now, the next beat tries again.
        let _ = beat(&file(&self.out, &self.id), &self.process, &self.runs);
    }

    /// Takes note that a run is not under way any more.
    pub fn forget(&self, run: &RunId) {
        lock(&self.runs).retain(|known| known.run != *run);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(beating) = self.beating.take() {
            // It cannot have panicked with anything of ours half done.
            let _ = beating.join();
        }
        // A file that stays is that of a process which is no more, and is found to be so.
        let _ = fs::remove_file(file(&self.out, &self.id));
        // Where it is empty.
        let _ = fs::remove_dir(folder(&self.out));
    }
}

/// All workers of a study's folder whose files are there, as (id, what it says), in the order of their ids. What cannot
/// be read is left out.
pub fn workers(out: &Path) -> Vec<(String, WorkerRecord)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(out.join(WORKERS)).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(id) = name.to_str().and_then(|name| name.strip_suffix(".json")) else { continue };
        if let Some(record) = record(out, id) {
            found.push((id.to_owned(), record));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

/// Removes the files of workers that are known to be dead, where no claim is left that could be theirs. What cannot be
/// removed does no harm.
pub fn remove_dead_workers(out: &Path, me: &Process) {
    for (id, record) in workers(out) {
        if me.knows_alive(&record.process) == Some(false) {
            let _ = fs::remove_file(file(out, &id));
        }
    }
    let _ = fs::remove_dir(folder(out));
}

/// Where a worker's file is.
pub(super) fn file(out: &Path, id: &str) -> PathBuf {
    out.join(WORKERS).join(format!("{id}.json"))
}

/// The folder that workers' files are in.
pub(super) fn folder(out: &Path) -> PathBuf {
    out.join(WORKERS)
}

/// What a worker's file says, where it is there and whole.
pub(super) fn record(out: &Path, id: &str) -> Option<WorkerRecord> {
    let bytes = crate::file::read(&file(out, id), Kind::Record).ok()??;
    serde_json::from_slice(&bytes).ok()
}

/// Not synced: a beat that a crash of the machine takes away told of a process that is gone with it.
fn beat(path: &Path, process: &Process, runs: &Mutex<Vec<RunProgress>>) -> Result<(), WriteError> {
    let record = WorkerRecord { process: process.clone(), runs: lock(runs).clone() };
    let text = serde_json::to_string_pretty(&record).expect("records are plain data");
    atomic::write_unsynced(path, text.as_bytes())
}

/// A machine's name as part of a file's.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "-.".contains(c) { c } else { '_' }).collect()
}

/// What is behind the lock is whole even where its holder panicked: entries are set, added and taken away whole.
fn lock(runs: &Mutex<Vec<RunProgress>>) -> std::sync::MutexGuard<'_, Vec<RunProgress>> {
    runs.lock().unwrap_or_else(PoisonError::into_inner)
}
