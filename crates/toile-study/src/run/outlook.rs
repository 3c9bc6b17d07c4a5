//! How long all runs together will still take, as those that are under way make it known.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::pace::makespan;
use toile_store::RunId;

/// What is left of every run. Chains are done one run after the other, several chains at a time.
pub(super) struct Outlook {
    workers: usize,
    chains: Mutex<Vec<Vec<Share>>>,
}

/// One run.
struct Share {
    id: RunId,
    /// Seconds it was thought to take before the first one started.
    estimate: f64,
    /// Seconds it turned out to take, done and left together; from its first report on.
    measured: Option<f64>,
    /// Seconds left, where that is known.
    left: Option<f64>,
}

impl Outlook {
    /// Of chains of (run, estimated seconds), in the order in which `workers` take them.
    pub(super) fn new(workers: usize, chains: Vec<Vec<(RunId, f64)>>) -> Self {
        Outlook { workers, chains: Mutex::new(shares(chains)) }
    }

    /// Takes note of further chains, which are taken before those that wait.
    pub(super) fn add(&self, chains: Vec<Vec<(RunId, f64)>>) {
        self.chains().splice(0..0, shares(chains));
    }

    /// Takes note of a run that has worked for `done` seconds and has `left` before it. Gives the seconds until
    /// all runs are over.
    pub(super) fn update(&self, id: &RunId, done: f64, left: f64) -> f64 {
        let mut chains = self.chains();
        if let Some(share) = chains.iter_mut().flatten().find(|share| share.id == *id) {
            (share.measured, share.left) = (Some(done + left), Some(left));
        }
        left_of(&chains, self.workers)
    }

    /// Takes note of a run that is over, however it ended.
    pub(super) fn over(&self, id: &RunId) {
        if let Some(share) = self.chains().iter_mut().flatten().find(|share| share.id == *id) {
            share.left = Some(0.0);
        }
    }

    /// What is behind the lock is whole even where its holder panicked: fields are only set.
    fn chains(&self) -> MutexGuard<'_, Vec<Vec<Share>>> {
        self.chains.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shares(chains: Vec<Vec<(RunId, f64)>>) -> Vec<Vec<Share>> {
    let share = |(id, estimate)| Share { id, estimate, measured: None, left: None };
    chains.into_iter().map(|chain| chain.into_iter().map(share).collect()).collect()
}

/// Estimates are corrected by how far those of the runs that have begun were off.
fn left_of(chains: &[Vec<Share>], workers: usize) -> f64 {
    let begun = chains.iter().flatten().filter(|share| share.measured.is_some());
    let (measured, estimated) = begun.fold((0.0, 0.0), |(measured, estimated), share| {
        (measured + share.measured.unwrap_or(0.0), estimated + share.estimate)
    });
    let correction = if measured > 0.0 && estimated > 0.0 { measured / estimated } else { 1.0 };
    let left = |share: &Share| share.left.unwrap_or(share.estimate * correction);
    let (begun, waiting): (Vec<_>, Vec<_>) =
        chains.iter().partition(|chain| chain.iter().any(|share| share.left.is_some()));
    let seconds: Vec<f64> =
        begun.into_iter().chain(waiting).map(|chain| chain.iter().map(left).sum()).collect();
    makespan(&seconds, workers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(seed: u64) -> RunId {
        RunId { model: "a".into(), seed }
    }

    #[test]
    fn what_is_left_follows_what_was_measured() {
        let outlook = Outlook::new(2, vec![vec![(id(0), 10.0)], vec![(id(1), 10.0)], vec![(id(2), 10.0)]]);
        // Half done, and as fast as thought: 5 are left of each, then 10 of the third.
        outlook.update(&id(0), 5.0, 5.0);
        assert_eq!(outlook.update(&id(1), 5.0, 5.0), 15.0);
        // Both take twice as long as thought; so will the third.
        outlook.update(&id(0), 10.0, 10.0);
        assert_eq!(outlook.update(&id(1), 10.0, 10.0), 30.0);
        outlook.over(&id(0));
        outlook.over(&id(1));
        assert_eq!(outlook.update(&id(2), 0.0, 20.0), 20.0);
    }

    #[test]
    fn a_row_is_done_one_run_after_the_other() {
        let outlook = Outlook::new(2, vec![vec![(id(0), 10.0), (id(1), 10.0)], vec![(id(2), 5.0)]]);
        assert_eq!(outlook.update(&id(0), 0.0, 10.0), 20.0);
    }

    #[test]
    fn runs_that_come_later_count_from_then_on() {
        let outlook = Outlook::new(1, vec![vec![(id(0), 10.0)]]);
        assert_eq!(outlook.update(&id(0), 5.0, 5.0), 5.0);
        outlook.add(vec![vec![(id(1), 30.0)]]);
        assert_eq!(outlook.update(&id(0), 6.0, 4.0), 34.0);
    }

    #[test]
    fn runs_that_break_off_leave_nothing() {
        let outlook = Outlook::new(1, vec![vec![(id(0), 10.0)], vec![(id(1), 10.0)]]);
        outlook.over(&id(0));
        assert_eq!(outlook.update(&id(1), 1.0, 9.0), 9.0);
    }
}
