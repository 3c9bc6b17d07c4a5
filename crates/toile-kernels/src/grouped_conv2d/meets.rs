//! Which outputs an input position meets, along one axis.
//!
//! Input position i meets kernel offset k at output (i + padding - k dilation) / stride, where that is a whole
//! number. So the offsets that it meets are every so many, from a first one on; and every stride-th position meets
//! the same offsets, each time one output further.

use super::geometry::GroupedConv2d;

/// The offsets `tap + i step` that a position meets at the outputs `place - i back`, for `i` from 0 to `taps`. Outputs
/// may lie outside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meets {
    pub(super) tap: usize,
    pub(super) step: usize,
    pub(super) place: isize,
    pub(super) back: usize,
    pub(super) taps: usize,
    /// How many outputs there are.
    outputs: usize,
}

impl Meets {
    pub(super) fn new(conv: &GroupedConv2d, axis: usize, position: usize) -> Meets {
        let (stride, dilation) = (conv.stride[axis], conv.dilation[axis]);
        let outputs = [conv.output.height, conv.output.width][axis];
        let ahead = position + conv.padding[axis];
        // Offsets repeat what they leave of the stride after so many.
        let step = stride / common_divisor(stride, dilation);
        let first = (0..step).find(|tap| tap * dilation % stride == ahead % stride);
        let tap = first.unwrap_or(conv.kernel[axis]);
        let taps = conv.kernel[axis].saturating_sub(tap).div_ceil(step);
        let place =
            if taps == 0 { 0 } else { (ahead as isize - (tap * dilation) as isize) / stride as isize };
        Meets { tap, step, place, back: step * dilation / stride, taps, outputs }
    }

    /// The same of the position `count` strides further.
    pub(super) fn further(self, count: usize) -> Meets {
        Meets { place: self.place + count as isize, ..self }
    }

    /// Only the outputs that there are.
    pub(super) fn inside(self) -> Meets {
        let beyond = self.place - (self.outputs as isize - 1);
        let skipped = if beyond > 0 { (beyond as usize).div_ceil(self.back).min(self.taps) } else { 0 };
        let end = if self.place < 0 { 0 } else { (self.place as usize / self.back + 1).min(self.taps) };
        Meets {
            tap: self.tap + skipped * self.step,
            place: self.place - (skipped * self.back) as isize,
            taps: end.saturating_sub(skipped),
            ..self
        }
    }

    /// Of `count` positions, each a stride behind the one before, the first that meets only outputs that there are,
    /// and the first behind it that no longer does.
    pub(super) fn interior(self, count: usize) -> [usize; 2] {
        if self.taps == 0 {
            return [0, count];
        }
        let lowest = self.place - ((self.taps - 1) * self.back) as isize;
        let begin = ((-lowest).max(0) as usize).min(count);
        let end = (self.outputs as isize - self.place).max(0) as usize;
        [begin, end.clamp(begin, count)]
    }
}

fn common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { common_divisor(b, a % b) }
}
