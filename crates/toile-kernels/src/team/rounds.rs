//! The protocol by which a caller and its workers share rounds of work. `tests/loom_team.rs` explores it: this
//! file alone, over loom's atomics in place of the standard library's.
//!
//! **Words.** The `gate` holds the number of the round in its upper half, then a bit that is set while workers may
//! come in, then how many are inside. A worker comes in by one compare-and-exchange on the whole of it, so that
//! nobody enters a round that is closed. Who comes too late has missed nothing: the caller closes the gate when
//! no item is left to claim.
//!
//! **Who sees what.** A worker that comes in (acquire) sees the job and all the caller wrote before it opened the
//! gate (release). The caller that finds nobody inside (acquire) sees all that workers wrote before they left
//! (release).
//!
//! **Sleep.** A worker says that it sleeps, then looks at the gate; the caller opens the gate, then looks who
//! sleeps. A fence between the two, on both sides, keeps them from missing each other.

#[cfg(loom)]
use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
#[cfg(loom)]
use loom::{cell::UnsafeCell, thread};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
#[cfg(not(loom))]
use std::thread;

/// Turns of spinning (some 50 nanoseconds each) before a waiting thread gives its core away, and turns of
/// giving it away before a worker sleeps. A training step waits a few microseconds at a time; where it takes
/// longer, somebody else may need the core, the thread one waits for among them.
const SPINS: usize = if cfg!(loom) { 0 } else { 400 };
const YIELDS: usize = if cfg!(loom) { 0 } else { 1_000 };

const ROUND: u64 = 1 << 32;
const OPEN: u64 = 1 << 31;

/// The standard library's cell, with loom's functions.
#[cfg(not(loom))]
struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

#[cfg(not(loom))]
impl<T> UnsafeCell<T> {
    fn new(value: T) -> Self {
        UnsafeCell(std::cell::UnsafeCell::new(value))
    }

    fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        f(self.0.get())
    }

    fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.0.get())
    }
}

/// What the caller and its workers share.
pub(super) struct Rounds<T> {
    /// Written by the caller while the gate is closed and nobody is inside, read by workers inside.
    job: UnsafeCell<Option<T>>,
    gate: AtomicU64,
    stop: AtomicBool,
    asleep: Vec<AtomicBool>,
}

// SAFETY: the job is written only while no worker reads it (see `open`); all else is atomic.
unsafe impl<T: Send> Send for Rounds<T> {}
// SAFETY: the job is written only while no worker reads it (see `open`); workers share it, which `T: Sync` allows.
unsafe impl<T: Send + Sync> Sync for Rounds<T> {}

impl<T: Copy> Rounds<T> {
    /// For so many workers.
    pub(super) fn new(workers: usize) -> Rounds<T> {
        Rounds {
            job: UnsafeCell::new(None),
            gate: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            asleep: (0..workers).map(|_| AtomicBool::new(false)).collect(),
        }
    }

    /// Begins a round, and calls `wake` with each worker that sleeps.
    ///
    /// # Safety
    /// There is one caller, and it has closed the round before.
    pub(super) unsafe fn open(&self, job: T, wake: impl Fn(usize)) {
        // SAFETY: the gate is closed and nobody is inside, so no worker reads the cell.
        self.job.with_mut(|cell| unsafe { *cell = Some(job) });
        self.next_round(wake);
    }

    /// Ends a round: lets nobody in any more, and waits until nobody is inside.
    pub(super) fn close(&self) {
        self.gate.fetch_and(!OPEN, Ordering::AcqRel);
        let mut turns = 0;
        while self.gate.load(Ordering::Acquire) & (OPEN - 1) != 0 {
            turns += 1;
            if turns < SPINS { std::hint::spin_loop() } else { thread::yield_now() }
        }
    }

    /// Makes [`work`](Rounds::work) return on all workers.
    pub(super) fn stop(&self, wake: impl Fn(usize)) {
        self.stop.store(true, Ordering::Relaxed);
        self.next_round(wake);
    }

    fn next_round(&self, wake: impl Fn(usize)) {
        let round = self.gate.load(Ordering::Relaxed) / ROUND;
        self.gate.store((round + 1).wrapping_mul(ROUND) + OPEN, Ordering::Release);
        fence(Ordering::SeqCst);
        for (worker, asleep) in self.asleep.iter().enumerate() {
            if asleep.load(Ordering::Relaxed) {
                wake(worker);
            }
        }
    }

    /// A worker's life: calls `run` with the job of each round it comes into, until [`stop`](Rounds::stop). `run`
    /// must not unwind: the caller would wait for ever.
    pub(super) fn work(&self, worker: usize, mut run: impl FnMut(T)) {
        let mut seen = 0;
        loop {
            let gate = self.wait(worker, seen);
            seen = gate / ROUND;
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            if !self.enter(gate) {
                continue;
            }
            // SAFETY: the caller wrote the job before it opened the gate, and leaves it there while anybody is
            // inside.
            let job = self.job.with(|cell| unsafe { *cell });
            run(job.expect("a round without a job"));
            self.gate.fetch_sub(1, Ordering::Release);
        }
    }

    /// Comes into the round of `gate`, unless it is closed.
    fn enter(&self, mut gate: u64) -> bool {
        let round = gate / ROUND;
        while gate / ROUND == round && gate & OPEN != 0 {
            match self.gate.compare_exchange_weak(gate, gate + 1, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(now) => gate = now,
            }
        }
        false
    }

    /// Waits for a round after `seen`; returns its gate.
    fn wait(&self, worker: usize, seen: u64) -> u64 {
        for turn in 0..SPINS + YIELDS {
            let gate = self.gate.load(Ordering::Acquire);
            if gate / ROUND != seen {
                return gate;
            }
            if turn < SPINS { std::hint::spin_loop() } else { thread::yield_now() }
        }
        self.asleep[worker].store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        loop {
            let gate = self.gate.load(Ordering::Acquire);
            if gate / ROUND != seen {
                self.asleep[worker].store(false, Ordering::Relaxed);
                return gate;
            }
            thread::park();
        }
    }
}
