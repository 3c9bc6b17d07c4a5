//! The threads that run a kernel together.
//!
//! A [`Team`] is one thread (the caller) or more. Work comes as items. Each thread has a share of them, always
//! the same of as many: what an item reads was often written by the one of that number in the round before, and
//! is then in the cache of this core. It claims them one by one, and then the others' that are left, so that a
//! busy neighbour on one core does not hold up the rest. What an item computes must not depend on who computes
//! it: that is what makes results the same for every number of threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle, Thread};

use crate::floats::with_default_settings;
use crate::isa::Isa;

/// Rounds of spinning (some 50 nanoseconds each) before a waiting thread gives its core away, and rounds of
/// giving it away before a worker sleeps. A training step waits a few microseconds at a time; where it takes
/// longer, somebody else may need the core, the thread one waits for among them.
const SPINS: usize = 400;
const YIELDS: usize = 1_000;

type Job = *const (dyn Fn(usize) + Sync);

/// A round is numbered in the upper half of the gate. Workers come in while it is open and are counted below;
/// who comes too late has missed nothing, since the caller closes it only when no item is left to claim.
const ROUND: u64 = 1 << 32;
const OPEN: u64 = 1 << 31;

/// A number in cache lines of its own.
#[repr(align(128))]
struct Next(AtomicUsize);

struct Shared {
    /// The job of this round. Written by the caller before the gate opens, read by workers inside.
    job: std::cell::UnsafeCell<Option<Job>>,
    gate: AtomicU64,
    /// The next item of each thread's share that nobody has claimed.
    next: Vec<Next>,
    panicked: AtomicBool,
    stop: AtomicBool,
    asleep: Vec<AtomicBool>,
    started: AtomicUsize,
}

// SAFETY: `job` is written only while no worker reads it (see `run`), the rest is atomic.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

/// Threads with the instruction set they use. Threads end when the team is dropped.
pub struct Team {
    isa: Isa,
    shared: Arc<Shared>,
    workers: Vec<(JoinHandle<()>, Thread)>,
}

impl std::fmt::Debug for Team {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Team({} threads, {})", self.threads(), self.isa.name())
    }
}

impl Team {
    /// A team of `threads` (at least 1, the caller included). Panics where the operating system refuses
    /// them.
    pub fn new(threads: usize, isa: Isa) -> Team {
        let others = threads.max(1) - 1;
        let shared = Arc::new(Shared {
            job: std::cell::UnsafeCell::new(None),
            gate: AtomicU64::new(0),
            next: (0..=others).map(|_| Next(AtomicUsize::new(0))).collect(),
            panicked: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            asleep: (0..others).map(|_| AtomicBool::new(false)).collect(),
            started: AtomicUsize::new(0),
        });
        // The team comes first: if a thread is refused, dropping it ends the others.
        let mut team = Team { isa, shared, workers: vec![] };
        for worker in 0..others {
            let shared = Arc::clone(&team.shared);
            let handle = thread::Builder::new()
                .name(format!("toile-{}", worker + 1))
                .spawn(move || with_default_settings(|| work(&shared, worker)))
                .expect("the operating system refuses another thread");
            let thread = handle.thread().clone();
            team.workers.push((handle, thread));
        }
        // What a thread does to begin (it allocates its name) is over before the first round.
        while team.shared.started.load(Ordering::Acquire) < others {
            thread::yield_now();
        }
        team
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
        let (next, threads) = (&self.shared.next, self.threads());
        let start = |share: usize| items * share / threads;
        for (share, Next(next)) in next.iter().enumerate() {
            next.store(start(share), Ordering::Relaxed);
        }
        let job = |thread: usize| {
            for share in (thread..threads).chain(0..thread) {
                loop {
                    let i = next[share].0.fetch_add(1, Ordering::Relaxed);
                    if i >= start(share + 1) {
                        break;
                    }
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
        // SAFETY: the lifetime is erased, not outlived: this function returns (or unwinds) only when no
        // worker runs the job any more.
        let erased: Job = unsafe { std::mem::transmute::<&(dyn Fn(usize) + Sync), Job>(job) };
        // SAFETY: no round is running (`&mut self` in `for_each`), so no worker reads the cell.
        unsafe { *shared.job.get() = Some(erased) };
        self.open();
        let mine = catch_unwind(AssertUnwindSafe(|| job(0)));
        shared.gate.fetch_and(!OPEN, Ordering::AcqRel);
        let mut rounds = 0;
        while shared.gate.load(Ordering::Acquire) & (OPEN - 1) != 0 {
            rounds += 1;
            if rounds < SPINS { std::hint::spin_loop() } else { thread::yield_now() }
        }
        // Taken back in any case: a round must not answer for the one before.
        let theirs = shared.panicked.swap(false, Ordering::Relaxed);
        if let Err(panic) = mine {
            std::panic::resume_unwind(panic);
        }
        assert!(!theirs, "a worker thread panicked (see above)");
    }

    /// Begins a round, and wakes who sleeps. Nobody is inside.
    fn open(&self) {
        let round = self.shared.gate.load(Ordering::Relaxed) / ROUND;
        self.shared.gate.store((round + 1).wrapping_mul(ROUND) + OPEN, Ordering::SeqCst);
        for ((_, thread), asleep) in self.workers.iter().zip(&self.shared.asleep) {
            if asleep.load(Ordering::SeqCst) {
                thread.unpark();
            }
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.open();
        for (handle, _) in self.workers.drain(..) {
            // A worker catches its panics; there is nothing left to report here.
            let _ = handle.join();
        }
    }
}

fn work(shared: &Shared, worker: usize) {
    let mut seen = 0;
    shared.started.fetch_add(1, Ordering::Release);
    loop {
        let gate = wait(shared, worker, seen);
        seen = gate / ROUND;
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        if !enter(shared, gate) {
            continue;
        }
        // SAFETY: the caller wrote the job before it opened the gate, and leaves it there while anybody is
        // inside.
        let job = unsafe { &*(*shared.job.get()).expect("a round without a job") };
        if catch_unwind(AssertUnwindSafe(|| job(worker + 1))).is_err() {
            shared.panicked.store(true, Ordering::Relaxed);
        }
        shared.gate.fetch_sub(1, Ordering::Release);
    }
}

/// Comes into the round of `gate`, unless it is closed.
fn enter(shared: &Shared, mut gate: u64) -> bool {
    let round = gate / ROUND;
    while gate / ROUND == round && gate & OPEN != 0 {
        match shared.gate.compare_exchange_weak(gate, gate + 1, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => return true,
            Err(now) => gate = now,
        }
    }
    false
}

/// Waits for a round after `seen`; returns its gate.
fn wait(shared: &Shared, worker: usize, seen: u64) -> u64 {
    for attempt in 0..SPINS + YIELDS {
        let gate = shared.gate.load(Ordering::Acquire);
        if gate / ROUND != seen {
            return gate;
        }
        if attempt < SPINS { std::hint::spin_loop() } else { thread::yield_now() }
    }
    shared.asleep[worker].store(true, Ordering::SeqCst);
    loop {
        let gate = shared.gate.load(Ordering::SeqCst);
        if gate / ROUND != seen {
            shared.asleep[worker].store(false, Ordering::SeqCst);
            return gate;
        }
        thread::park();
    }
}

/// A pointer that items of one round may share; they write disjoint places.
pub(crate) struct Shares<T>(pub(crate) *mut T);

impl<T> Clone for Shares<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Shares<T> {}

// SAFETY: whoever dereferences it vouches for disjointness.
unsafe impl<T> Send for Shares<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Shares<T> {}

impl<T> Shares<T> {
    /// The pointer `offset` values further.
    ///
    /// # Safety
    /// As for pointers: inside the same allocation.
    #[inline(always)]
    pub(crate) unsafe fn at(self, offset: usize) -> *mut T {
        // SAFETY: the caller's promise.
        unsafe { self.0.add(offset) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    #[test]
    fn every_item_once_for_any_number_of_threads() {
        for threads in [1, 2, 3, 5, 8] {
            let mut team = Team::new(threads, Isa::best());
            for items in [0, 1, 2, 7, 100] {
                let counts: Vec<AtomicU32> = (0..items).map(|_| AtomicU32::new(0)).collect();
                team.for_each(items, |thread, i| {
                    assert!(thread < threads);
                    counts[i].fetch_add(1, Ordering::Relaxed);
                });
                assert!(counts.iter().all(|c| c.load(Ordering::Relaxed) == 1), "{threads} {items}");
            }
        }
    }

    #[test]
    fn what_a_busy_thread_leaves_is_done_by_another() {
        for threads in [2, 3] {
            let mut team = Team::new(threads, Isa::best());
            let done = AtomicUsize::new(0);
            let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
            team.for_each(9, |_, i| {
                while i == 0 && done.load(Ordering::SeqCst) < 8 {
                    assert!(std::time::Instant::now() < end, "the others are not done");
                    thread::yield_now();
                }
                done.fetch_add(1, Ordering::SeqCst);
            });
            assert_eq!(done.into_inner(), 9);
        }
    }

    #[test]
    fn workers_that_fell_asleep_come_back() {
        let mut team = Team::new(3, Isa::best());
        let sum = AtomicUsize::new(0);
        for _ in 0..3 {
            team.for_each(10, |_, i| {
                sum.fetch_add(i, Ordering::Relaxed);
            });
            thread::sleep(std::time::Duration::from_millis(30));
        }
        assert_eq!(sum.load(Ordering::Relaxed), 3 * 45);
    }

    #[test]
    fn a_panic_in_an_item_reaches_the_caller_and_the_team_survives() {
        let mut team = Team::new(2, Isa::best());
        let result = catch_unwind(AssertUnwindSafe(|| {
            team.for_each(8, |_, i| assert!(i != 5, "item 5 fails on purpose"));
        }));
        assert!(result.is_err());
        let sum = AtomicUsize::new(0);
        team.for_each(8, |_, i| {
            sum.fetch_add(i, Ordering::Relaxed);
        });
        assert_eq!(sum.load(Ordering::Relaxed), 28);
    }

    #[test]
    fn a_round_does_not_answer_for_the_panics_of_the_one_before() {
        let mut team = Team::new(2, Isa::best());
        let both = std::sync::Barrier::new(2);
        let result = catch_unwind(AssertUnwindSafe(|| {
            team.for_each(2, |_, i| {
                both.wait();
                panic!("item {i} fails on purpose");
            });
        }));
        assert!(result.is_err());
        team.for_each(2, |_, _| {});
    }
}
