//! Buffers on paper: how much memory something would take, without taking it.
//!
//! Whoever makes buffers is the only one who knows all of them. So it is asked to make them, while each buffer is
//! noted and none is allocated: the figure cannot differ from what is allocated later.

use std::cell::Cell;

thread_local! {
    /// Bytes noted so far by this thread; none while buffers are real.
    static NOTED: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Bytes of the buffers that `make` makes in this thread. They are noted and not allocated: while it runs, a
/// [`Buffer`](crate::buffer::Buffer) and what [`try_filled`](crate::buffer::try_filled) gives hold nothing. Memory
/// from elsewhere is not counted. More bytes than 64 bits count are `u64::MAX`.
pub fn bytes<T>(make: impl FnOnce() -> T) -> u64 {
    let noting = Noting { before: NOTED.replace(Some(0)) };
    drop(make());
    let noted = NOTED.get().unwrap_or(0);
    drop(noting);
    noted
}

/// Notes a buffer of so many bytes; false where buffers are real, and it is to be allocated.
pub(crate) fn notes(bytes: usize) -> bool {
    let Some(noted) = NOTED.get() else { return false };
    NOTED.set(Some(noted.saturating_add(bytes as u64)));
    true
}

/// Ends the noting, also where `make` panics.
struct Noting {
    before: Option<u64>,
}

impl Drop for Noting {
    fn drop(&mut self) {
        NOTED.set(self.before);
    }
}
