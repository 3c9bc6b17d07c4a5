//! Runs loaded again without losing a request: when somebody says so, or when their files have changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, SystemTime};

use toile_study::trained::each_located;
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::event::Event;
use crate::models::load::{Making, load};
use crate::options::Options;
use crate::service::App;
use crate::worker::Answers;

/// How often files are looked at. A change counts once it has stood still for so long: a run is written file by file.
const INTERVAL: Duration = Duration::from_millis(500);

/// What can be told of a file without reading it.
pub(crate) type Stamp = (PathBuf, u64, Option<SystemTime>);

/// What reloading needs.
pub(crate) struct Reloading {
    pub(crate) app: Arc<App>,
    pub(crate) runs: Vec<String>,
    /// Of the files as they were before they were loaded.
    pub(crate) loaded: Vec<Stamp>,
    pub(crate) asked: Arc<Notify>,
    pub(crate) answers: UnboundedSender<Answers>,
    pub(crate) tell: Arc<dyn Fn(Event) + Send + Sync>,
}

impl Reloading {
    /// Reloads whenever that is asked for, or where it is wanted when files have changed.
    pub(crate) async fn run(mut self) {
        let mut loaded = std::mem::take(&mut self.loaded);
        let this = Arc::new(self);
        let mut before = loaded.clone();
        loop {
            let is_asked = match this.app.options.reload {
                false => {
                    this.asked.notified().await;
                    true
                }
                true => timeout(INTERVAL, this.asked.notified()).await.is_ok(),
            };
            let now = this.look().await;
            let has_changed = now != loaded && now == before;
            before.clone_from(&now);
            if is_asked || has_changed {
                // Also where it is refused: the same files are not tried again and again.
                loaded = now;
                this.reload().await;
            }
        }
    }

    async fn look(self: &Arc<Self>) -> Vec<Stamp> {
        let this = Arc::clone(self);
        spawn_blocking(move || stamps(&this.runs, &this.app.options)).await.unwrap_or_default()
    }

    async fn reload(self: &Arc<Self>) {
        let this = Arc::clone(self);
        let load = move || {
            let App { options, metrics, .. } = &*this.app;
            load(&this.runs, &Making { options, metrics, answers: &this.answers })
        };
        let metrics = &self.app.metrics;
        let event = match spawn_blocking(load).await {
            Ok(Ok(models)) => {
                metrics.reloads.fetch_add(1, Relaxed);
                let facts = models.facts();
                self.app.serve(models);
                Event::Reloaded(facts)
            }
            Ok(Err(error)) => {
                metrics.reloads_refused.fetch_add(1, Relaxed);
                Event::ReloadRefused(error.to_string())
            }
            Err(_) => {
                metrics.reloads_refused.fetch_add(1, Relaxed);
                Event::ReloadRefused("loading failed; this is a bug in Toile".into())
            }
        };
        (self.tell)(event);
    }
}

/// Of the files of all runs, where somebody wants to know. A name may mean another run than before, as a lower seed has
/// finished.
pub(crate) fn stamps(runs: &[String], options: &Options) -> Vec<Stamp> {
    let mut found = Vec::new();
    if !options.reload {
        return found;
    }
    for path in runs.iter().flat_map(|run| each_located(run).unwrap_or_default()) {
        stamp(&path, 2, &mut found);
    }
    found.sort();
    found
}

/// Of a file, or of those in a folder and so many levels below.
fn stamp(path: &Path, depth: usize, found: &mut Vec<Stamp>) {
    let Ok(about) = fs::metadata(path) else { return };
    if about.is_file() {
        found.push((path.to_owned(), about.len(), about.modified().ok()));
    } else if depth > 0 {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            stamp(&entry.path(), depth - 1, found);
        }
    }
}
