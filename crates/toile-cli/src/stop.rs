//! Stopping on request: Ctrl-C, a request to terminate, a terminal that is closed.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use toile_study::run::{Event, Observer};

use crate::progress::{Notice, tell};

/// As shells report a program that Ctrl-C ended.
pub const EXIT_INTERRUPTED: u8 = 130;

/// Requests to stop a training.
pub struct Stop {
    /// Set by the first request: all runs stop at a checkpoint.
    pub requested: Arc<AtomicBool>,
    /// Whether a run has begun. Before, there is nothing to save, and the first request ends the program.
    under_way: Arc<AtomicBool>,
}

/// Lets the first request stop all runs at a checkpoint; the second ends the program at once, as does the first where
/// no run has begun. `resume` is the command that goes on from there.
///
/// # Errors
/// The system takes no handler.
pub fn at_a_checkpoint(notice: Notice, resume: String) -> anyhow::Result<Stop> {
    let stop = Stop { requested: Arc::default(), under_way: Arc::default() };
    let (requested, under_way) = (stop.requested.clone(), stop.under_way.clone());
    on_request(move |by| {
        if requested.swap(true, Ordering::Relaxed) {
            // A scheduler may say the same in several ways.
            if by == By::System {
                return;
            }
            tell(&format!("\nended at once; go on from the last checkpoint with:\n  {resume}"));
            process::exit(i32::from(EXIT_INTERRUPTED));
        }
        if !under_way.load(Ordering::Relaxed) {
            notice("stopped before any run began");
            process::exit(i32::from(EXIT_INTERRUPTED));
        }
        notice("stopping at a checkpoint (Ctrl-C again ends at once, back to the checkpoint before)");
    })?;
    Ok(stop)
}

/// For work that is done elsewhere and goes on without this process: only the flag is set, for whoever follows it.
///
/// # Errors
/// The system takes no handler.
pub fn of_the_following() -> anyhow::Result<Stop> {
    Ok(Stop { requested: soon()?, under_way: Arc::default() })
}

/// Sets a flag at the first request, and ends the program at the second: for what has no checkpoints.
///
/// # Errors
/// The system takes no handler.
pub fn soon() -> anyhow::Result<Arc<AtomicBool>> {
    let requested = Arc::new(AtomicBool::new(false));
    let flag = requested.clone();
    on_request(move |_| {
        if flag.swap(true, Ordering::Relaxed) {
            process::exit(i32::from(EXIT_INTERRUPTED));
        }
    })?;
    Ok(requested)
}

/// For a server: the first request to stop calls `stop`, the second ends the program at once. A terminal that is closed,
/// or whoever sends SIGHUP, calls `reload`.
///
/// # Errors
/// The system takes no handler.
#[cfg(feature = "serve")]
pub fn serving(stop: impl Fn() + Send + 'static, reload: impl Fn() + Send + 'static) -> anyhow::Result<()> {
    let is_stopping = AtomicBool::new(false);
    on_request(move |by| match by {
        By::Terminal => reload(),
        By::Person | By::System if !is_stopping.swap(true, Ordering::Relaxed) => stop(),
        By::Person => process::exit(i32::from(EXIT_INTERRUPTED)),
        By::System => {}
    })
}

impl Stop {
    /// The same observer, watched for the first run that begins.
    pub fn watching(&self, observer: Box<dyn Observer>) -> Watched {
        Watched { observer, under_way: self.under_way.clone() }
    }
}

/// An observer that is watched for the first run that begins.
pub struct Watched {
    observer: Box<dyn Observer>,
    under_way: Arc<AtomicBool>,
}

impl Observer for Watched {
    fn event(&self, event: &Event) {
        if matches!(event, Event::Started { .. }) {
            self.under_way.store(true, Ordering::Relaxed);
        }
        self.observer.event(event);
    }
}

/// Who asks for a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// Somebody at a terminal.
    Person,
    /// The terminal, which is closed: SIGHUP.
    Terminal,
    /// The system, or a scheduler: SIGTERM, or SIGUSR1, which Slurm sends ahead of a time limit.
    System,
}

/// Calls back at each request to stop, in a thread of its own.
#[cfg(unix)]
fn on_request(call: impl Fn(By) + Send + 'static) -> anyhow::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
    use signal_hook::iterator::Signals;

    let wanted = [SIGINT, SIGTERM, SIGHUP, SIGUSR1].into_iter().filter(|signal| !is_ignored(*signal));
    let mut signals = Signals::new(wanted)?;
    std::thread::Builder::new().name("stop".into()).spawn(move || {
        for signal in signals.forever() {
            call(match signal {
                SIGTERM | SIGUSR1 => By::System,
                SIGHUP => By::Terminal,
                _ => By::Person,
            });
        }
    })?;
    Ok(())
}

#[cfg(not(unix))]
fn on_request(call: impl Fn(By) + Send + 'static) -> anyhow::Result<()> {
    Ok(ctrlc::set_handler(move || call(By::Person))?)
}

/// Whether whoever started the program had this signal ignored, as `nohup` does with SIGHUP and a shell with SIGINT for
/// what it runs in the background. Such a signal is left alone.
#[cfg(target_os = "linux")]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignored_in(&status, signal).unwrap_or(signal == signal_hook::consts::SIGHUP)
}

/// Elsewhere a program without `unsafe` cannot ask: SIGHUP keeps its default, which `nohup` relies on.
#[cfg(all(unix, not(target_os = "linux")))]
fn is_ignored(signal: i32) -> bool {
    signal == signal_hook::consts::SIGHUP
}

/// The signal's bit in the line `SigIgn` of Linux's `/proc/<pid>/status`.
#[cfg(target_os = "linux")]
fn ignored_in(status: &str, signal: i32) -> Option<bool> {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    let mask = u64::from_str_radix(mask.trim(), 16).ok()?;
    Some(mask >> (signal - 1) & 1 == 1)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn linux_says_which_signals_are_ignored() {
        let status =
            "Name:\ttoile\nSigBlk:\t0000000000000003\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000002\n";
        assert_eq!(ignored_in(status, 1), Some(true));
        assert_eq!(ignored_in(status, 2), Some(false));
        assert_eq!(ignored_in(status, 13), Some(true));
        assert_eq!(ignored_in("Name:\ttoile\n", 1), None);
    }
}
