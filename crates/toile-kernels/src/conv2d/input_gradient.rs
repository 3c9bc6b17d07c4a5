//! The input gradient as plain convolutions of the output gradient, one for each residue class.
//!
//! Along an axis, input position i meets kernel offset k at output (i + padding - k) / stride, where that is
//! a whole number. Positions whose i + padding leave the same remainder by the stride meet the same offsets:
//! every stride-th one, from the remainder on. Their gradient is a convolution of stride 1 of the output
//! gradient with those offsets alone, so that nothing is multiplied between two outputs. The classes of rows
//! by those of columns each have their own small kernel.

use super::algorithms::Tile;
use super::direct::{convolve, convolve_pairs};
use super::geometry::Conv2d;
use super::plane::{Init, Plane};
use super::split::Share;
use super::spread::SpreadPlane;
use super::winograd::{Convolution, mirror_panel_len};
use crate::LANES;
use crate::isa::Isa;
use crate::layout::product;

/// A class of input positions along one axis.
#[derive(Clone, Copy, Debug)]
struct Class {
    /// The first position and how many there are, each `step` behind the one before.
    first: usize,
    count: usize,
    step: usize,
    /// The smallest kernel offset they meet and how many there are, each `step` behind the one before.
    offset: usize,
    taps: usize,
    /// Place of the output that the first position meets first (with the largest offset) behind the frame.
    start: usize,
}

/// Zeros before and behind the output gradient that windows reach into, along one axis.
#[derive(Clone, Copy, Debug)]
struct Frame {
    before: usize,
    behind: usize,
}

impl Conv2d {
    fn classes(&self, axis: usize) -> impl Iterator<Item = Class> + Clone {
        let frame = self.frame(axis);
        self.framed_classes(axis).map(move |(class, start)| {
            // A class that meets nothing reads nothing.
            let start = if class.taps == 0 { 0 } else { frame.before as isize + start };
            Class { start: start as usize, ..class }
        })
    }

    /// The classes with the output that the first position meets first, which may lie in the frame.
    fn framed_classes(&self, axis: usize) -> impl Iterator<Item = (Class, isize)> + Clone {
        let (kernel, padding) = (self.kernel[axis], self.padding[axis]);
        let input = [self.input.height, self.input.width][axis];
        // With one output there is nothing between two: each position meets one offset at most.
        let one = self.conv_size()[axis] == 1;
        let step = if one { self.stride[axis].max(kernel) } else { self.stride[axis] };
        (0..step).map(move |remainder| {
            let first = (remainder + step - padding % step) % step;
            let count = input.saturating_sub(first).div_ceil(step);
            let taps = if count == 0 { 0 } else { kernel.saturating_sub(remainder).div_ceil(step) };
            let last_met = (first + padding - remainder) / step;
            let start = last_met as isize - (taps as isize - 1);
            (Class { first, count, step, offset: remainder, taps, start: 0 }, start)
        })
    }

    fn frame(&self, axis: usize) -> Frame {
        let outputs = self.conv_size()[axis] as isize;
        let mut frame = Frame { before: 0, behind: 0 };
        for (class, start) in self.framed_classes(axis).filter(|(class, _)| class.taps > 0) {
            let end = start + (class.count + class.taps - 1) as isize;
            frame.before = frame.before.max((-start).max(0) as usize);
            frame.behind = frame.behind.max((end - outputs).max(0) as usize);
        }
        frame
    }

    /// Values from one row of the framed output gradient to the next.
    pub(super) fn framed_row(&self) -> usize {
        let Frame { before, behind } = self.frame(1);
        product([before + self.conv_size()[1] + behind, self.output.channels])
    }

    /// Values of the framed output gradient.
    pub(super) fn framed_len(&self) -> usize {
        let Frame { before, behind } = self.frame(0);
        product([before + self.conv_size()[0] + behind, self.framed_row()])
    }

    /// Whether windows reach into nothing that stands around the output gradient.
    pub(super) fn has_no_frame(&self) -> bool {
        [0, 1].into_iter().all(|axis| {
            let Frame { before, behind } = self.frame(axis);
            before + behind == 0
        })
    }

    /// Where the frame of an output gradient begins.
    pub(super) fn framed(&self, gradient: SpreadPlane) -> *const f32 {
        let [before, left] = [0, 1].map(|axis| self.frame(axis).before);
        gradient.values.cast_const().wrapping_sub(before * gradient.row + left * gradient.column)
    }

    /// Where output pixel (0, 0) stands in the framed output gradient.
    pub(super) fn framed_origin(&self) -> usize {
        self.frame(0).before * self.framed_row() + self.frame(1).before * self.output.channels
    }

    /// Places of a panel of 16 input channels, all classes: `[class of rows][class of columns][row tap]`
    /// `[column tap][oc, or two][16]`, taps in the order of the outputs they meet.
    pub(super) fn mirror_panel_len(&self) -> usize {
        self.kernel[0] * self.kernel[1] * self.output.channels / self.gradients_in_a_place() * LANES
    }

    /// Channels of the output's gradient that share a place where the direct kernel reads it.
    fn gradients_in_a_place(&self) -> usize {
        if self.input_gradient_in_pairs() { 2 } else { 1 }
    }

    /// A panel of the mirror from the packed weight: rows of sixteen, or pairs of them where the kernel reads those.
    pub(super) fn mirror_panel(&self, isa: Isa, packed: &[f32], panel: usize, mirror: &mut [f32]) {
        let first = panel * LANES;
        let lanes = LANES.min(self.input.channels - first);
        let together = self.gradients_in_a_place();
        let mut places = mirror.chunks_exact_mut(LANES);
        for rows in self.classes(0) {
            for columns in self.classes(1) {
                for row in (0..rows.taps).rev() {
                    for column in (0..columns.taps).rev() {
                        let kh = rows.offset + row * rows.step;
                        let kw = columns.offset + column * columns.step;
                        for oc in (0..self.output.channels).step_by(together) {
                            let mut terms = [0.0; 2 * LANES];
                            for (i, sixteen) in terms.chunks_exact_mut(LANES).enumerate().take(together) {
                                let from = self.packed_index(oc + i, first, kh, kw);
                                for (value, weight) in
                                    sixteen[..lanes].iter_mut().zip(packed[from..].iter().step_by(LANES))
                                {
                                    *value = *weight;
                                }
                            }
                            let place = places.next().expect("as many places as the kernel has weights");
                            match together {
                                2 => Conv2d::pair_rows(isa, &terms, place),
                                _ => place.copy_from_slice(&terms[..LANES]),
                            }
                        }
                    }
                }
            }
        }
    }
}

/// An output gradient with its frame, in pairs of channels where the kernel reads those.
#[derive(Clone, Copy)]
pub(super) struct Framed {
    pub(super) values: *const f32,
    /// From one row to the next.
    pub(super) row: usize,
}

/// One image's input gradient.
#[derive(Clone, Copy)]
pub(super) struct Image {
    pub(super) framed: Framed,
    /// The weight by classes, see [`Conv2d::mirror_panel_len`].
    pub(super) mirror: *const f32,
    /// Pixel (0, 0) of the input gradient.
    pub(super) dx: *mut f32,
    pub(super) accumulate: bool,
}

/// Writes a share of an image's input gradient, or adds to it. Winograd's algorithm, which takes the classes of stride 1
/// (one an axis) with a weight of its own, adds the image to a `convolution`.
///
/// # Safety
/// Pointers valid for what the geometry reaches.
pub(super) unsafe fn input_gradient(
    isa: Isa,
    conv: &Conv2d,
    image: Image,
    share: Share,
    mut convolution: Option<&mut Convolution>,
) {
    let Share { part, parts } = share;
    let (tile, in_pairs) = (conv.algorithms.input_gradient.tile(), conv.input_gradient_in_pairs());
    let in_a_place = conv.gradients_in_a_place();
    let (channels, framed_row) = (conv.output.channels / in_a_place, image.framed.row);
    let panel = tile.map_or(conv.mirror_panel_len(), |tile| mirror_panel_len(conv, tile));
    // Parts of whole tiles.
    let together = tile.map_or(1, Tile::outputs);
    let mut pixels = 0;
    for rows in conv.classes(0) {
        for columns in conv.classes(1) {
            let weight = pixels * channels * LANES;
            pixels += rows.taps * columns.taps;
            // What meets nothing has a gradient of +0, or keeps what it has.
            if image.accumulate && rows.taps * columns.taps == 0 {
                continue;
            }
            let [begin, end] = [part, part + 1]
                .map(|part| (rows.count.div_ceil(together) * part / parts * together).min(rows.count));
            let row = rows.first + begin * rows.step;
            // SAFETY: the caller promises input and frame in memory; `classes` gives positions inside the input,
            // whose neighbours are inside the frame.
            unsafe {
                let at = (rows.start + begin) * framed_row + columns.start * channels;
                let to = row * conv.input.row_stride() + columns.first * conv.input.channels;
                let plane = Plane {
                    input: image.framed.values.wrapping_add(at),
                    input_row: framed_row,
                    ahead: None,
                    step_row: framed_row,
                    step_column: channels,
                    kernel_rows: rows.taps,
                    segment: columns.taps * channels,
                    weight: image.mirror.add(weight),
                    panel,
                    output: image.dx.wrapping_add(to),
                    output_row: rows.step * conv.input.row_stride(),
                    output_column: columns.step * conv.input.channels,
                    channels: conv.input.channels,
                    rows: end - begin,
                    columns: columns.count,
                    pooled: false,
                    beyond: [0, 0],
                    init: if image.accumulate { Init::Existing } else { Init::Zero },
                    relu: false,
                };
                match &mut convolution {
                    None if in_pairs => convolve_pairs(isa, plane),
                    None => convolve(isa, plane),
                    Some(convolution) => convolution.add(plane, std::ptr::null_mut()),
                }
            }
        }
    }
}
