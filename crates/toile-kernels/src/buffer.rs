//! Buffers that kernels like: zeroed, aligned to a cache line, and on huge pages where they are large.

use std::alloc::{Layout, alloc, dealloc};
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use crate::layout::{TOO_LARGE, product};
use crate::paper;

/// The operating system has no memory left for a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory {
    /// How many bytes it was to have.
    pub bytes: usize,
}

impl std::fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "there is no memory for a buffer of {} bytes", self.bytes)
    }
}

impl std::error::Error for OutOfMemory {}

/// `len` times a value, or an error where there is no memory for them. Empty [on paper](crate::paper).
pub fn try_filled<T: Clone>(value: T, len: usize) -> Result<Vec<T>, OutOfMemory> {
    let mut values = vec![];
    let bytes = len.saturating_mul(size_of::<T>());
    if paper::notes(bytes) {
        return Ok(values);
    }
    values.try_reserve_exact(len).map_err(|_| OutOfMemory { bytes })?;
    values.resize(len, value);
    Ok(values)
}

/// A fixed number of f32, zero at first.
pub struct Buffer {
    start: *mut f32,
    len: usize,
    /// Of what is allocated; of no bytes where nothing is.
    layout: Layout,
}

/// From this size on, memory comes aligned to (and advised for) huge pages.
const HUGE_BYTES: usize = 2 << 20;

impl Buffer {
    /// `len` zeros. Panics where there is no memory for them; see [`Buffer::try_zeroed`].
    pub fn zeroed(len: usize) -> Self {
        Self::try_zeroed(len).unwrap_or_else(|error| panic!("{error}"))
    }

    /// `len` zeros, or an error where there is no memory for them. Panics where their bytes are more than there
    /// are addresses. Empty [on paper](crate::paper).
    pub fn try_zeroed(len: usize) -> Result<Self, OutOfMemory> {
        let bytes = product([len.max(1), size_of::<f32>()]);
        let align = if bytes >= HUGE_BYTES { HUGE_BYTES } else { 64 };
        let bytes = bytes.checked_next_multiple_of(align).expect(TOO_LARGE);
        if paper::notes(bytes) {
            return Ok(Buffer { start: NonNull::dangling().as_ptr(), len: 0, layout: Layout::new::<()>() });
        }
        let layout = Layout::from_size_align(bytes, align).map_err(|_| OutOfMemory { bytes })?;
        // SAFETY: the layout's size is not 0.
        let start = unsafe { alloc(layout) };
        if start.is_null() {
            return Err(OutOfMemory { bytes });
        }
        if align == HUGE_BYTES {
            // Before the first touch, which decides what the pages are.
            advise_huge_pages(start, bytes);
        }
        // SAFETY: so many bytes, just allocated.
        unsafe { start.write_bytes(0, bytes) };
        Ok(Buffer { start: start.cast(), len, layout })
    }
}

/// Asks for huge pages: large weights are walked in blocks, more pages at a time than a processor keeps
/// addresses of.
#[cfg(target_os = "linux")]
fn advise_huge_pages(start: *mut u8, bytes: usize) {
    // SAFETY: memory just allocated; the advice changes no value, and nothing depends on its success.
    unsafe { libc::madvise(start.cast(), bytes, libc::MADV_HUGEPAGE) };
}

#[cfg(not(target_os = "linux"))]
fn advise_huge_pages(_: *mut u8, _: usize) {}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.layout.size() > 0 {
            // SAFETY: allocated in `try_zeroed` with this layout, which has bytes.
            unsafe { dealloc(self.start.cast(), self.layout) }
        }
    }
}

// SAFETY: a buffer owns its memory, like a Vec.
unsafe impl Send for Buffer {}
// SAFETY: `&self` only gives out shared slices, and the borrow checker keeps writers away meanwhile.
unsafe impl Sync for Buffer {}

impl Deref for Buffer {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        // SAFETY: `try_zeroed` made `len` initialised values, which this buffer owns.
        unsafe { std::slice::from_raw_parts(self.start, self.len) }
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        // SAFETY: `try_zeroed` made `len` initialised values, which this buffer owns and `&mut self` borrows alone.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.len) }
    }
}

impl std::fmt::Debug for Buffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Buffer({} values)", self.len)
    }
}

impl Default for Buffer {
    fn default() -> Self {
        Buffer::zeroed(0)
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        let mut copy = Buffer::zeroed(self.len);
        copy.copy_from_slice(self);
        copy
    }
}
