//! What gradient clipping does to values: scales them, or bounds each.
//!
//! **Formula, order.** As [`reference`] says; element by element, so the reference itself is compiled for each
//! instruction set.
//!
//! **Layout.** Any. **Aliasing.** In place.

pub mod reference;

use crate::simd::versions;
use crate::team::Team;

/// Values a thread takes at a time.
const CHUNK: usize = 4096;

/// Multiplies the values by a factor.
pub fn scale(team: &mut Team, factor: f32, values: &mut [f32]) {
    let isa = team.isa();
    team.for_each_chunk(values, CHUNK, |_, _, chunk| {
        // SAFETY: the function works on slices, and `isa` comes from the team, which has detected it.
        unsafe { scale_chunk(isa, factor, chunk) }
    });
}

/// Replaces each value by the nearest from -most to most; NaN stays.
pub fn bound(team: &mut Team, most: f32, values: &mut [f32]) {
    let isa = team.isa();
    team.for_each_chunk(values, CHUNK, |_, _, chunk| {
        // SAFETY: the function works on slices, and `isa` comes from the team, which has detected it.
        unsafe { bound_chunk(isa, most, chunk) }
    });
}

versions! {
    fn scale_chunk<S>(factor: f32, values: &mut [f32]) {
        reference::scale(factor, values);
    }
}

versions! {
    fn bound_chunk<S>(most: f32, values: &mut [f32]) {
        reference::bound(most, values);
    }
}
