//! Several runs at the same time.

use std::sync::{Condvar, Mutex};
use std::time::Duration;

use super::fixture::{Bench, Fault, model, study};
use toile_study::run::{Event, Observer};

/// Each run waits at its start for the other's; not for ever, so that a queue that gives out one run at a time is told.
#[derive(Default)]
struct Meeting {
    started: Mutex<usize>,
    both: Condvar,
}

impl Observer for Meeting {
    fn event(&self, event: &Event) {
        if matches!(event, Event::Started { .. }) {
            let mut started = self.started.lock().unwrap();
            *started += 1;
            self.both.notify_all();
            let limit = Duration::from_secs(20);
            let (_guard, waited) =
                self.both.wait_timeout_while(started, limit, |started| *started < 2).unwrap();
            assert!(!waited.timed_out(), "the other run has not started meanwhile");
        }
    }
}

#[test]
fn two_runs_train_side_by_side() {
    let mut study = study(vec![model("a")]);
    study.seeds = vec![0, 1];
    let mut bench = Bench::new(study);
    bench.options.jobs = Some(2);
    let outcome = bench.run_with(Fault::None, &Meeting::default()).unwrap();
    assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
}
