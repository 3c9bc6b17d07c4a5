//! What is left of a thread's share in a round: its own thread claims from the front, the others from the end.

use std::sync::atomic::{AtomicU64, Ordering};

/// The items of a share that nobody has claimed, in cache lines of its own: the first one's number in the lower half, the
/// end's in the upper one. Once none is left, the first only grows and the end stays.
#[derive(Default)]
#[repr(align(128))]
pub(super) struct Left(AtomicU64);

impl Left {
    const END: u64 = 1 << 32;

    pub(super) fn set(&self, first: usize, end: usize) {
        self.0.store(end as u64 * Left::END + first as u64, Ordering::Relaxed);
    }

    /// Claims the first one.
    pub(super) fn claim_first(&self) -> Option<usize> {
        let left = self.0.fetch_add(1, Ordering::Relaxed);
        let [first, end] = [left % Left::END, left / Left::END];
        (first < end).then_some(first as usize)
    }

    /// Claims the last one.
    pub(super) fn claim_last(&self) -> Option<usize> {
        let fewer = |left: u64| (left % Left::END < left / Left::END).then(|| left - Left::END);
        let left = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer).ok()?;
        Some((left / Left::END - 1) as usize)
    }
}
