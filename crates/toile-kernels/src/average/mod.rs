//! Averages of weights over a training: exponential ones, running means, and Lookahead's slow weights.
//!
//! **Formula, order.** As [`reference`] says; element by element, so the reference itself is compiled for each
//! instruction set.
//!
//! **Layout.** Any: average and values lie alike. **Aliasing.** None.

pub mod reference;

use crate::simd::versions;
use crate::team::{Shares, Team};

/// Values a thread takes at a time.
const CHUNK: usize = 4096;

/// Moves the average by a share of the way to the values.
pub fn toward(team: &mut Team, share: f32, average: &mut [f32], values: &[f32]) {
    let len = average.len();
    assert_eq!(len, values.len(), "average: lengths");
    let isa = team.isa();
    let to = Shares(average.as_mut_ptr());
    team.for_each(len.div_ceil(CHUNK), |_, chunk| {
        let (start, end) = (chunk * CHUNK, len.min((chunk + 1) * CHUNK));
        // SAFETY: an item has its own chunk of the average, whose length is checked above.
        let average = unsafe { std::slice::from_raw_parts_mut(to.at(start), end - start) };
        // SAFETY: the function works on slices, and `isa` comes from the team, which has detected it.
        unsafe { toward_chunk(isa, share, average, &values[start..end]) }
    });
}

versions! {
    fn toward_chunk<S>(share: f32, average: &mut [f32], values: &[f32]) {
        reference::toward(share, average, values);
    }
}
