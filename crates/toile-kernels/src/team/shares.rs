//! Pointers for the items of a round.

/// A pointer that items of one round may share; they write disjoint places.
pub(crate) struct Shares<T>(pub(crate) *mut T);

impl<T> Clone for Shares<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Shares<T> {}

// SAFETY: whoever dereferences the pointer vouches for the memory, and for items that write disjoint places.
unsafe impl<T> Send for Shares<T> {}
// SAFETY: whoever dereferences the pointer vouches for the memory, and for items that write disjoint places.
unsafe impl<T> Sync for Shares<T> {}

impl<T> Shares<T> {
    /// The pointer `offset` values further.
    ///
    /// # Safety
    /// As for pointers: inside the same allocation.
    #[inline(always)]
    pub(crate) unsafe fn at(self, offset: usize) -> *mut T {
        // SAFETY: the caller promises what stands under Safety.
        unsafe { self.0.add(offset) }
    }
}
