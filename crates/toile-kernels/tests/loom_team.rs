//! The thread team's protocol under loom, which runs it in every order of steps with at most so many preemptions
//! (three between two threads, two between three), and with every value that the memory model lets a load see. That
//! takes seconds:
//!
//!     RUSTFLAGS="--cfg loom" cargo test -p toile-kernels --release --test loom_team
//!
//! The protocol stands in a file of its own, which this test compiles over loom's atomics. A deadlock, a race on the
//! job or on a result, an item done twice or not at all ends a run with its trace.
#![cfg(loom)]

#[path = "../src/team/rounds.rs"]
mod rounds;

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use rounds::Rounds;

/// What a round's job points to: items to claim, and what each writes.
struct Work {
    rounds: Rounds<usize>,
    next: AtomicUsize,
    /// One an item; loom reports an access that is not ordered behind the one before.
    results: Vec<UnsafeCell<usize>>,
}

// SAFETY: whoever claims an item is the only one to write its result; that is what loom checks.
unsafe impl Sync for Work {}
// SAFETY: whoever claims an item is the only one to write its result; that is what loom checks.
unsafe impl Send for Work {}

impl Work {
    /// Claims items until there are none, and adds the job to the result of each.
    fn claim(&self, job: usize) {
        loop {
            let item = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(result) = self.results.get(item) else { return };
            // SAFETY: nobody else has claimed this item in this round; loom sees it if an access of the round
            // before is not ordered before.
            result.with_mut(|result| unsafe { *result += job });
        }
    }
}

/// A team of `workers` and the caller does `rounds` rounds of `items` items. Between two steps of a thread others may
/// come in as often as loom likes, or `preemptions` times in all.
fn explore(workers: usize, rounds: usize, items: usize, preemptions: Option<usize>) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = preemptions;
    model.check(move || {
        let work = Arc::new(Work {
            rounds: Rounds::new(workers),
            next: AtomicUsize::new(0),
            results: (0..items).map(|_| UnsafeCell::new(0)).collect(),
        });
        let handles: Vec<_> = (0..workers)
            .map(|worker| {
                let work = Arc::clone(&work);
                thread::spawn(move || work.rounds.work(worker, |job| work.claim(job)))
            })
            .collect();
        let wake = |worker: usize| handles[worker].thread().unpark();
        for round in 1..=rounds {
            work.next.store(0, Ordering::Relaxed);
            // SAFETY: this is the only caller, and it closes each round.
            unsafe { work.rounds.open(round, wake) };
            work.claim(round);
            work.rounds.close();
            for result in &work.results {
                // SAFETY: the round is closed, so nobody writes; loom sees it if that is not so.
                let result = result.with(|result| unsafe { *result });
                assert_eq!(result, (1..=round).sum::<usize>(), "each item once in each round");
            }
        }
        work.rounds.stop(wake);
        for handle in handles {
            handle.join().expect("a worker ends");
        }
    });
}

#[test]
fn two_threads() {
    explore(1, 2, 2, Some(3));
}

#[test]
fn three_threads() {
    explore(2, 2, 2, Some(2));
}
