//! One image's convolution as the kernels see it, and what they share.

use super::ahead::Ahead;
use super::geometry::Conv2d;
use crate::activation::OfRows;
use crate::isa::Isa;

/// What an output starts from.
#[derive(Clone, Copy)]
pub(super) enum Init {
    Zero,
    /// A value a channel, whole panels.
    Bias(*const f32),
    /// What the output holds.
    Existing,
}

/// One image's convolution as pointers and strides (in values).
#[derive(Clone, Copy)]
pub(super) struct Plane {
    /// First value of output (0, 0)'s window.
    pub(super) input: *const f32,
    pub(super) input_row: usize,
    /// The image that comes behind this one, where that is far away.
    pub(super) ahead: Option<Ahead>,
    /// From one output row's window to the next, and from one column's to the next.
    pub(super) step_row: usize,
    pub(super) step_column: usize,
    pub(super) kernel_rows: usize,
    /// Values of a kernel row, adjacent in the input and in a panel.
    pub(super) segment: usize,
    pub(super) weight: *const f32,
    /// From one panel of 16 channels' weights to the next.
    pub(super) panel: usize,
    pub(super) output: *mut f32,
    pub(super) output_row: usize,
    /// From one stored pixel to the next.
    pub(super) output_column: usize,
    pub(super) channels: usize,
    /// Of the stored output: pooled if it is pooled.
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Whether it is max-pooled, and odd rows and columns of the convolution's output behind the last that are.
    pub(super) pooled: bool,
    pub(super) beyond: [usize; 2],
    pub(super) init: Init,
    pub(super) relu: bool,
}

impl Plane {
    /// From this image to the one that is asked for meanwhile; 0 where none is.
    pub(super) fn next(&self) -> usize {
        self.ahead.map_or(0, |ahead| (ahead.input().addr() - self.input.addr()) / size_of::<f32>())
    }
}

/// One image's input as the gradient of the weight reads it.
#[derive(Clone, Copy)]
pub(super) struct InputPlane {
    /// From output (0, 0)'s window on.
    pub(super) values: *const f32,
    /// From this image to the one that comes behind it, where that is far away: it is asked for while this one is read.
    /// Else 0.
    pub(super) next: usize,
}

/// A part of an image's convolution.
#[derive(Clone, Copy)]
pub(super) struct ForwardPart {
    pub(super) isa: Isa,
    pub(super) conv: Conv2d,
    pub(super) plane: Plane,
    /// How many parts the kernel is given.
    pub(super) together: usize,
    /// Where the winners of a pooled part go; else null.
    pub(super) argmax: *mut u8,
    /// For Winograd's algorithm, or for pairs of bf16.
    pub(super) scratch: *mut f32,
    /// Where an activation other than ReLU comes before pooling.
    pub(super) activated: Option<Activated>,
}

/// What is needed between the convolution and its pooling.
#[derive(Clone, Copy)]
pub(super) struct Activated {
    pub(super) activation: OfRows,
    /// Where what went into the activation is kept, of the winners; or null.
    pub(super) before: *mut f32,
    /// For a band.
    pub(super) room: *mut f32,
}

/// Applies an activation to what has been computed: from the plane's output to `to`, the same place or one laid
/// out alike.
///
/// # Safety
/// Both are valid for what the plane describes, which nobody else writes.
pub(super) unsafe fn activate(rows: OfRows, plane: &Plane, to: *mut f32) {
    // Where all channels have been computed, a row is one line of values.
    let (lines, len) = match plane.channels == plane.output_column {
        true => (1, plane.columns * plane.channels),
        false => (plane.columns, plane.channels),
    };
    for row in 0..plane.rows {
        for line in 0..lines {
            let at = row * plane.output_row + line * plane.output_column;
            // SAFETY: inside the plane, for which the caller vouches.
            unsafe { rows.forward(plane.output.add(at), to.add(at), len) };
        }
    }
}
