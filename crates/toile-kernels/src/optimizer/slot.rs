//! A parameter as the kernels see it.

/// States a parameter has at most.
pub const STATES_MAX: usize = 3;

/// A parameter with its states, as pointers; states the rule does not have are never touched.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) parameter: *mut f32,
    pub(crate) states: [*mut f32; STATES_MAX],
}

// SAFETY: whoever made the slot from a `Parameter` holds its slices; every item of a kernel touches values of
// its own, as with `Shares`.
unsafe impl Send for Slot {}
// SAFETY: the same promise as for `Send`: no two items touch the same value.
unsafe impl Sync for Slot {}

impl Slot {
    /// The slot `offset` values further.
    #[inline(always)]
    pub(crate) fn at(self, offset: usize) -> Slot {
        Slot {
            parameter: self.parameter.wrapping_add(offset),
            states: self.states.map(|state| state.wrapping_add(offset)),
        }
    }
}
