//! Every picture below the folders of the classes, found by several threads.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use super::entries::{self, Folder, NO_PLAIN_NAME, Picture};
use crate::listing::Skipped;
use crate::plain_text::{escaped, is_no_plain_text};

/// Above this many, threads wait for the file system and each other.
const THREADS_MAX: usize = 8;

/// A folder to be read.
pub(super) struct Task {
    /// Which folder of a class it lies in: whatever the caller counts.
    pub(super) origin: u32,
    pub(super) path: PathBuf,
    /// Its path below the root.
    pub(super) name: String,
    /// The folders that it was reached through.
    pub(super) above: Arc<Above>,
}

/// The folders on the way from the root to a folder, without links.
pub(super) struct Above {
    pub(super) real: PathBuf,
    pub(super) parent: Option<Arc<Above>>,
}

/// A picture, and the folder of a class that it lies in.
pub(super) struct Found {
    pub(super) origin: u32,
    pub(super) picture: Picture,
    /// Its path below the root.
    pub(super) name: String,
}

/// Pictures and what is none, in no order.
#[derive(Default)]
pub(super) struct Walked {
    pub(super) found: Vec<Found>,
    pub(super) skipped: Vec<Skipped>,
}

/// Reads the folders and all below them. Links are followed, but to no folder that they lie in.
pub(super) fn walk(tasks: Vec<Task>) -> Walked {
    let queue = Queue { state: Mutex::new(State { tasks, busy: 0 }), changed: Condvar::new() };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
    let parts: Vec<Walked> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(|| queue.work())).collect();
        let join = |thread: thread::ScopedJoinHandle<'_, Walked>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().map(join).collect()
    });
    let mut all = Walked::default();
    for part in parts {
        all.found.extend(part.found);
        all.skipped.extend(part.skipped);
    }
    all
}

/// Folders that wait to be read.
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    tasks: Vec<Task>,
    /// Folders that are being read, which may bring more.
    busy: usize,
}

impl Queue {
    /// Reads folders until there are none and none can come.
    fn work(&self) -> Walked {
        let mut walked = Walked::default();
        while let Some(task) = self.next() {
            let _done = Done(self);
            let below = walked.read(task);
            if !below.is_empty() {
                self.state.lock().unwrap_or_else(PoisonError::into_inner).tasks.extend(below);
            }
        }
        walked
    }

    fn next(&self) -> Option<Task> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = |state: &mut State| state.tasks.is_empty() && state.busy > 0;
        let mut state = self.changed.wait_while(state, waits).unwrap_or_else(PoisonError::into_inner);
        let task = state.tasks.pop()?;
        state.busy += 1;
        Some(task)
    }
}

/// Says that a folder has been read, also if reading it panicked: nobody waits for ever.
struct Done<'a>(&'a Queue);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).busy -= 1;
        self.0.changed.notify_all();
    }
}

impl Walked {
    /// Takes the pictures of a folder and returns the folders in it.
    fn read(&mut self, task: Task) -> Vec<Task> {
        let Task { origin, path, name, above } = task;
        let above = match enter(&path, above) {
            Ok(above) => above,
            Err(reason) => {
                self.skipped.push(Skipped { path, reason });
                return Vec::new();
            }
        };
        let entries = match entries::read(&path) {
            Ok(entries) => entries,
            Err(error) => {
                self.skipped.push(Skipped { path, reason: format!("the folder cannot be read: {error}") });
                return Vec::new();
            }
        };
        self.skipped.extend(entries.skipped);
        let found = entries.pictures.into_iter().map(|picture| {
            let name = format!("{name}/{}", picture.name);
            Found { origin, picture, name }
        });
        self.found.extend(found);
        let is_plain = |folder: &Folder| !folder.name.contains(is_no_plain_text);
        let (folders, others): (Vec<Folder>, Vec<Folder>) = entries.folders.into_iter().partition(is_plain);
        let skipped = |folder: Folder| Skipped { path: folder.path, reason: NO_PLAIN_NAME.to_owned() };
        self.skipped.extend(others.into_iter().map(skipped));
        let task = |Folder { name: last, path }| {
            let above = Arc::clone(&above);
            Task { origin, path, name: format!("{name}/{last}"), above }
        };
        folders.into_iter().map(task).collect()
    }
}

/// The folder as one that others are reached through, unless it is among those above it.
fn enter(path: &Path, above: Arc<Above>) -> Result<Arc<Above>, String> {
    let real = path.canonicalize().map_err(|error| format!("the folder cannot be read: {error}"))?;
    let mut next = Some(&above);
    while let Some(folder) = next {
        if folder.real == real {
            let real = real.display().to_string();
            return Err(format!("it leads back to {}, in which it lies: a loop", escaped(&real)));
        }
        next = folder.parent.as_ref();
    }
    Ok(Arc::new(Above { real, parent: Some(above) }))
}
