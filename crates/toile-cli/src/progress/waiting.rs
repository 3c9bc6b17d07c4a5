//! What is said of work that takes a while and cannot be counted.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use toile_study::numbers::duration;

use super::notice::say;

/// Nobody wonders before, and then not for a while.
const PATIENCE: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(10)];

/// Enough for a line of text.
const STACK_BYTES: usize = 256 << 10;

/// While it lives, somebody waits.
#[derive(Debug)]
pub struct Waiting {
    work: Option<(Sender<()>, JoinHandle<()>)>,
}

/// Says on stderr what is being done, as `measuring 70,000 images`, once it has taken longer than anybody expects.
pub fn waiting(what: impl Into<String>) -> Waiting {
    Waiting::new(what.into(), PATIENCE, say)
}

impl Waiting {
    fn new(what: String, [first, later]: [Duration; 2], tell: impl Fn(&str) + Send + 'static) -> Waiting {
        let (done, is_done) = mpsc::channel::<()>();
        let begun = Instant::now();
        let watch = move || {
            let mut patience = first;
            while is_done.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
                tell(&format!("  {what}, {} so far", duration(begun.elapsed().as_secs_f64())));
                patience = later;
            }
        };
        // It needs next to nothing of what the work may need itself; if it is refused all the same, nothing is said.
        let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(watch).ok();
        Waiting { work: thread.map(|thread| (done, thread)) }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some((done, thread)) = self.work.take() {
            drop(done);
            // It does nothing that could fail.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(patience: Duration, work: Duration) -> Vec<String> {
        let (tell, told) = mpsc::channel();
        let waiting = Waiting::new("measuring".into(), [patience; 2], move |line| {
            let _ = tell.send(line.to_owned());
        });
        thread::sleep(work);
        drop(waiting);
        told.into_iter().collect()
    }

    #[test]
    fn what_is_done_at_once_is_not_told_and_what_takes_long_is() {
        assert_eq!(said(Duration::from_secs(60), Duration::ZERO), Vec::<String>::new());
        let lines = said(Duration::from_millis(1), Duration::from_millis(40));
        assert!(lines.len() > 1 && lines[0].starts_with("  measuring, "), "{lines:?}");
    }
}
