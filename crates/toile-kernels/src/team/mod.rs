//! The threads that run a kernel together.
//!
//! A [`Team`] is one thread (the caller) or more. Work comes as items. Each thread has a share of them, always
//! the same of as many: what an item reads was often written by the one of that number in the round before, and
//! is then in the cache of this core. It claims them one by one, and then the others' that are left, so that a
//! busy neighbour on one core does not hold up the rest: from their end, so that these too are mostly those of the
//! round before. What an item computes must not depend on who computes it: that is what makes results the same for
//! every number of threads.

mod left;
mod rounds;
mod shares;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle, Thread};

use crate::floats::with_default_settings;
use crate::isa::Isa;
use left::Left;
use rounds::Rounds;
pub(crate) use shares::Shares;

/// What each thread does once in a round, given its number.
#[derive(Clone, Copy)]
struct Job(*const (dyn Fn(usize) + Sync));

// SAFETY: what it points to is `Sync`, and `Team::run` keeps it alive while a worker may use it.
unsafe impl Send for Job {}
// SAFETY: what it points to is `Sync`, and `Team::run` keeps it alive while a worker may use it.
unsafe impl Sync for Job {}

struct Shared {
    rounds: Rounds<Job>,
    /// What is left of each thread's share.
    left: Vec<Left>,
    panicked: AtomicBool,
    started: AtomicUsize,
}

/// Threads with the instruction set they use. Threads end when the team is dropped.
pub struct Team {
    isa: Isa,
    shared: Arc<Shared>,
    workers: Vec<(JoinHandle<()>, Thread)>,
}

/// The operating system refuses a thread.
#[derive(Debug)]
pub struct ThreadRefused {
    /// Which one, from 1 on; the caller is thread 1.
    pub thread: usize,
    /// How many were asked for.
    pub threads: usize,
    /// What the operating system says.
    pub source: std::io::Error,
}

impl std::fmt::Display for ThreadRefused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ThreadRefused { thread, threads, source } = self;
        write!(f, "thread {thread} of {threads} could not be started: {source}")
    }
}

impl std::error::Error for ThreadRefused {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

impl std::fmt::Debug for Team {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Team({} threads, {})", self.threads(), self.isa.name())
    }
}

impl Team {
    /// A team of `threads` (at least 1, the caller included). An error where the operating system refuses one
    /// of them; the others have ended then.
    pub fn new(threads: usize, isa: Isa) -> Result<Team, ThreadRefused> {
        let others = threads.max(1) - 1;
        let shared = Arc::new(Shared {
            rounds: Rounds::new(others),
            left: (0..=others).map(|_| Left::default()).collect(),
            panicked: AtomicBool::new(false),
            started: AtomicUsize::new(0),
        });
        // The team comes first: if a thread is refused, dropping it ends the others.
        let mut team = Team { isa, shared, workers: vec![] };
        for worker in 0..others {
            let shared = Arc::clone(&team.shared);
            let handle = thread::Builder::new()
                .name(format!("toile-{}", worker + 1))
                .spawn(move || with_default_settings(|| work(&shared, worker)))
                .map_err(|source| ThreadRefused { thread: worker + 2, threads, source })?;
            let thread = handle.thread().clone();
            team.workers.push((handle, thread));
        }
        // What a thread does to begin (it allocates its name) is over before the first round.
        while team.shared.started.load(Ordering::Acquire) < others {
            thread::yield_now();
        }
        Ok(team)
    }

    /// Number of threads, the caller included.
    pub fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// The instruction set the team computes with.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// Calls `item(thread, i)` once for each `i` in `0..items`, on all threads, and returns when all are
    /// done. `thread` is below [`Team::threads`] and no two running calls share it. On every thread the
    /// floating-point settings are the default ones.
    pub fn for_each(&mut self, items: usize, item: impl Fn(usize, usize) + Sync) {
        with_default_settings(|| self.share_out(items, item));
    }

    fn share_out(&mut self, items: usize, item: impl Fn(usize, usize) + Sync) {
        if self.workers.is_empty() || items <= 1 {
            (0..items).for_each(|i| item(0, i));
            return;
        }
        let (left, threads) = (&self.shared.left, self.threads());
        // Both numbers of a share have 32 bits, and the first one is counted up once more at the end.
        assert!(items < 1 << 31, "{items} items");
        let start = |share: usize| items * share / threads;
        for (share, left) in left.iter().enumerate() {
            left.set(start(share), start(share + 1));
        }
        let job = |thread: usize| {
            while let Some(i) = left[thread].claim_first() {
                item(thread, i);
            }
            for share in (thread + 1..threads).chain(0..thread) {
                while let Some(i) = left[share].claim_last() {
                    item(thread, i);
                }
            }
        };
        self.run(&job);
    }

    /// Calls `item(thread, i, chunk)` once for each chunk of `len` values (the last may be shorter).
    pub fn for_each_chunk(
        &mut self,
        values: &mut [f32],
        len: usize,
        item: impl Fn(usize, usize, &mut [f32]) + Sync,
    ) {
        assert!(len > 0, "chunks of no value");
        let all = values.len();
        let start = Shares(values.as_mut_ptr());
        self.for_each(all.div_ceil(len), |thread, i| {
            // SAFETY: chunks are disjoint parts of the slice.
            let chunk = unsafe { std::slice::from_raw_parts_mut(start.at(i * len), len.min(all - i * len)) };
            item(thread, i, chunk);
        });
    }

    /// Runs `job` on this thread, and once on each other that is there in time.
    fn run(&self, job: &(dyn Fn(usize) + Sync)) {
        let shared = &*self.shared;
        // SAFETY: the lifetime is erased, not outlived: this function returns (or unwinds) only behind `close`,
        // when no worker runs the job any more.
        let erased =
            unsafe { std::mem::transmute::<&(dyn Fn(usize) + Sync), *const (dyn Fn(usize) + Sync)>(job) };
        // SAFETY: `for_each` borrows the team uniquely, so this is the only caller, and each round is closed below.
        unsafe { shared.rounds.open(Job(erased), |worker| self.wake(worker)) };
        let mine = catch_unwind(AssertUnwindSafe(|| job(0)));
        shared.rounds.close();
        // Taken back in any case: a round must not answer for the one before.
        let theirs = shared.panicked.swap(false, Ordering::Relaxed);
        if let Err(panic) = mine {
            std::panic::resume_unwind(panic);
        }
        assert!(!theirs, "a worker thread panicked (see above)");
    }

    fn wake(&self, worker: usize) {
        // Where a thread was refused, those behind it do not exist.
        if let Some((_, thread)) = self.workers.get(worker) {
            thread.unpark();
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.shared.rounds.stop(|worker| self.wake(worker));
        for (handle, _) in self.workers.drain(..) {
            // A worker catches its panics; there is nothing left to report here.
            let _ = handle.join();
        }
    }
}

fn work(shared: &Shared, worker: usize) {
    shared.started.fetch_add(1, Ordering::Release);
    shared.rounds.work(worker, |Job(job)| {
        // SAFETY: `Team::run` keeps the job alive until this worker has left the round.
        let job = unsafe { &*job };
        if catch_unwind(AssertUnwindSafe(|| job(worker + 1))).is_err() {
            shared.panicked.store(true, Ordering::Relaxed);
        }
    });
}
