//! Progress of what is counted and soon done: nothing is shown of it before it has taken a while.

use std::io;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::notice::{is_quiet, say};
use crate::terminal;

/// Nobody wonders before.
const PATIENCE: Duration = Duration::from_secs(2);
/// Time between two lines where there is no terminal.
const PAUSE: Duration = Duration::from_secs(5);

/// How far something has come, on stderr.
#[derive(Debug)]
pub struct Counted {
    what: &'static str,
    total: usize,
    begun: Instant,
    told: Option<Instant>,
    bar: Option<ProgressBar>,
    draws: bool,
}

impl Counted {
    /// Of so many; `what` is done with them, as `predicting pictures`. Where the answers run over a terminal, they are
    /// the progress, and nothing is drawn between them.
    pub fn new(what: &'static str, total: usize, answers_run_by: bool) -> Counted {
        let draws = !answers_run_by && !is_quiet() && terminal::draws(&io::stderr());
        let told = answers_run_by.then(Instant::now);
        Counted { what, total, begun: Instant::now(), told, bar: None, draws }
    }

    /// So many are done.
    pub fn done(&mut self, done: usize) {
        if self.begun.elapsed() < PATIENCE || (self.told.is_some() && !self.draws && self.told_just_now()) {
            return;
        }
        if self.draws {
            let (what, total) = (self.what, self.total as u64);
            self.bar.get_or_insert_with(|| bar(what, total)).set_position(done as u64);
        } else {
            say(&format!("  {}: {done} of {}", self.what, self.total));
            self.told = Some(Instant::now());
        }
    }

    /// Lets something be said meanwhile.
    pub fn meanwhile(&self, say: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }

    fn told_just_now(&self) -> bool {
        self.told.is_some_and(|told| told.elapsed() < PAUSE)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(what: &'static str, total: u64) -> ProgressBar {
    let template = "  {msg} [{wide_bar}] {human_pos} of {human_len}, {per_sec}, {eta} left";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total).with_style(style.progress_chars("=> ")).with_message(what)
}
