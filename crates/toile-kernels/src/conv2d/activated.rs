//! Forward convolution, then an activation other than ReLU, then 2x2 max-pooling: the kernels that do not pool make
//! an image's rows, a band at a time.

use super::plane::{Activated, ForwardPart, Plane};
use crate::max_pool2d::fused::{PooledPlane, activate_and_pool};

/// A part of an image, by a kernel that does not pool.
///
/// # Safety
/// The part's pointers are valid for what the geometry reaches, and nobody else writes there.
pub(super) unsafe fn convolve_pooled(part: ForwardPart, convolve: impl Fn(Plane)) {
    let ForwardPart { isa, conv, plane, argmax, activated, .. } = part;
    let Activated { activation, before, room } = activated.expect("an activation in front of pooling");
    let Plane { rows, columns, channels, .. } = plane;
    let to = PooledPlane {
        layout: conv.output,
        values: plane.output,
        before,
        winners: argmax,
        rows,
        columns,
        channels,
    };
    // SAFETY: the caller promises what stands under Safety; a band's rows are some of the part's.
    unsafe {
        activate_and_pool(isa, activation, to, room, |row, rows, values| {
            convolve(Plane {
                input: plane.input.add(2 * row * plane.step_row),
                ahead: plane.ahead.map(|ahead| ahead.below(2 * row)),
                output: values,
                output_row: 2 * columns * channels,
                output_column: channels,
                rows: 2 * rows,
                columns: 2 * columns,
                pooled: false,
                beyond: [0, 0],
                ..plane
            });
        });
    }
}
