//! Backward convolution: weight, bias and input gradients of a group of images at a time.

use super::input_gradient::{self, input_gradient};
use super::sparse::{self, Lists};
use super::spread::{SpreadPlane, StoredPlane, spread_back, spread_out};
use super::weight_gradient::{bias_gradient, weight_gradient};
use super::{Algorithm, Conv2d, need, split, winograd};
use crate::GROUP;
use crate::activation::OfRows;
use crate::buffer::Buffer;
use crate::layout::{TOO_LARGE, product};
use crate::team::{Shares, Team};

/// Arguments of [`backward`].
#[derive(Debug)]
pub struct Backward<'a> {
    /// The geometry.
    pub conv: Conv2d,
    /// Number of images.
    pub images: usize,
    /// What went in.
    pub input: &'a [f32],
    /// What came out; only read where ReLU follows without pooling.
    pub output: &'a [f32],
    /// What went into the activation, where its gradient needs that ([`Conv2d::before_len`]).
    pub before: Option<&'a [f32]>,
    /// Which pixel of each pooling window won, with pooling.
    pub argmax: Option<&'a [u8]>,
    /// Gradient of what came out, in its layout.
    pub d_output: &'a [f32],
    /// [group][weight, then bias]: each group's gradients, packed as the weight, or as rows where the
    /// convolution is sparse (see [`pack_partials`](super::pack_partials)).
    pub partials: &'a mut [f32],
    /// Gradient of what went in, if somebody wants it.
    pub d_input: Option<InputGradient<'a>>,
    /// One a thread, made by [`Scratch::new`] and kept from call to call (its zeros are relied on).
    pub scratch: &'a mut [Scratch],
}

/// Where the input gradient goes.
#[derive(Debug)]
pub struct InputGradient<'a> {
    /// In the input's layout. What ends up in the border means nothing.
    pub values: &'a mut [f32],
    /// Add to what is there instead of overwriting it.
    pub accumulate: bool,
    /// The weight as the gradient's kernel reads it (see [`Conv2d::renew_mirror`]).
    pub mirror: &'a [f32],
}

/// What a thread needs on the way back, and with Winograd's algorithm on the way forward.
#[derive(Debug)]
pub struct Scratch {
    /// Whose it is: another convolution's zeros stand elsewhere.
    conv: Conv2d,
    /// The gradient of the convolution's own output, framed with zeros.
    framed: Buffer,
    lists: Lists,
    /// What is in Winograd's domain.
    winograd: Buffer,
}

impl Scratch {
    /// For this convolution alone.
    pub fn new(conv: &Conv2d) -> Scratch {
        conv.check();
        let len = if conv.is_sparse() { 0 } else { conv.framed_len() };
        let (framed, lists) = (Buffer::zeroed(len), Lists::new(conv));
        Scratch { conv: *conv, framed, lists, winograd: Buffer::zeroed(winograd::scratch_len(conv)) }
    }

    /// Panics unless there is one of this convolution for each thread.
    pub(super) fn check(all: &[Scratch], conv: &Conv2d, threads: usize) {
        need("the scratch", all.len(), threads);
        for scratch in all {
            assert_eq!(scratch.conv, *conv, "a thread's scratch is another convolution's");
        }
    }

    pub(super) fn winograd(&mut self) -> *mut f32 {
        self.winograd.as_mut_ptr()
    }
}

impl Conv2d {
    /// Values of one group's partial gradients.
    pub fn partial_len(&self) -> usize {
        self.weight_len().checked_add(self.bias_len()).expect(TOO_LARGE)
    }
}

/// Gradients of `images` images, each group of [`GROUP`] an item of the team, or several where there are few.
pub fn backward(team: &mut Team, args: Backward<'_>) {
    let Backward { conv, images, input, output, before, argmax, d_output, partials, d_input, scratch } = args;
    conv.check();
    let groups = images.div_ceil(GROUP);
    need("the input", input.len(), conv.input.buffer_len(images));
    need("the output gradient", d_output.len(), conv.output.buffer_len(images));
    need("the partial gradients", partials.len(), product([groups, conv.partial_len()]));
    assert_eq!(conv.pool, argmax.is_some(), "pooling goes with an argmax");
    if let Some(bytes) = argmax {
        need("the argmax", bytes.len(), images * conv.argmax_len());
    } else if conv.relu() {
        need("the output", output.len(), conv.output.buffer_len(images));
    }
    let before = if conv.keeps_before() { before.expect("what went into the activation") } else { &[] };
    need("what went into the activation", before.len(), conv.before_len(images));
    Scratch::check(scratch, &conv, team.threads());
    let d_input = d_input.map(|d| {
        need("the input gradient", d.values.len(), conv.input.buffer_len(images));
        assert_eq!(d.mirror.len(), conv.mirror_len(), "mirrored weight");
        (Shares(d.values.as_mut_ptr()), d.accumulate, d.mirror)
    });
    let isa = team.isa();
    let rows = OfRows::new(isa, conv.activation);
    let partials = Shares(partials.as_mut_ptr());
    let scratch = Shares(scratch.as_mut_ptr());
    let (framed_row, framed_origin) = (conv.framed_row(), conv.framed_origin());
    let transformed_sums = conv.algorithms().weight_gradient == Algorithm::Winograd;
    let parts = parts(&conv, images, team.threads(), d_input.is_some());
    team.for_each(groups * parts, |thread, item| {
        let (group, part) = (item / parts, [item % parts, parts]);
        // SAFETY: lengths are checked above; a thread has its own scratch, an item its own part of the
        // group's partial gradients and of its images' input gradients.
        unsafe {
            let scratch = &mut *scratch.at(thread);
            let framed = scratch.framed.as_mut_ptr();
            let partial = partials.at(group * conv.partial_len());
            // One part sees to the whole weight gradient.
            let by_windows = conv.goes_by_windows() && part[0] == 0;
            if conv.is_sparse() || by_windows {
                partial.write_bytes(0, conv.partial_len());
            }
            let mut transformed = transformed_sums.then(|| {
                let scratch = scratch.winograd().add(winograd::sums_start(&conv));
                winograd::WeightGradient::new(isa, &conv, part, scratch)
            });
            for image in group * GROUP..images.min((group + 1) * GROUP) {
                let at = image * conv.output.image_stride() + conv.output.origin();
                let x = input.as_ptr().add(image * conv.input.image_stride() + conv.window_origin());
                let mut sparse = sparse::Image {
                    gradient: d_output.as_ptr().add(at),
                    argmax: argmax.map_or(std::ptr::null(), |b| b.as_ptr().add(image * conv.argmax_len())),
                    x,
                    dx: std::ptr::null_mut(),
                    rows: std::ptr::null(),
                };
                if by_windows {
                    sparse::window_gradients(isa, &conv, sparse, &mut scratch.lists, partial);
                }
                if conv.goes_by_windows() && d_input.is_none() {
                    continue;
                }
                if conv.is_sparse() {
                    if let Some((values, accumulate, mirror)) = d_input {
                        if !accumulate {
                            sparse::clear(&conv, values, image);
                        }
                        sparse.dx = values.at(image * conv.input.image_stride() + conv.window_origin());
                        sparse.rows = mirror.as_ptr();
                    }
                    sparse::image_gradients(isa, conv, sparse, &mut scratch.lists, partial);
                    continue;
                }
                let gradient = SpreadPlane {
                    values: framed.add(framed_origin),
                    row: framed_row,
                    column: conv.output.channels,
                };
                let stored = StoredPlane {
                    gradient: d_output.as_ptr().add(at),
                    output: if argmax.is_none() && conv.relu() {
                        output.as_ptr().add(at)
                    } else {
                        std::ptr::null()
                    },
                    before: before.as_ptr().wrapping_add(at),
                    argmax: argmax.map_or(std::ptr::null(), |b| b.as_ptr().add(image * conv.argmax_len())),
                };
                match rows {
                    Some(rows) => spread_back(rows, &conv, stored, gradient),
                    None => spread_out(isa, conv, stored, gradient),
                }
                let fresh = image % GROUP == 0;
                match &mut transformed {
                    Some(sums) => {
                        sums.add(x, gradient.values, gradient.row);
                        if part[0] == 0 {
                            bias_gradient(isa, conv, gradient, partial, fresh);
                        }
                    }
                    None if conv.goes_by_windows() => {}
                    None => weight_gradient(isa, conv, x, gradient, partial, fresh, part),
                }
                if let Some((values, accumulate, mirror)) = d_input {
                    let at = image * conv.input.image_stride() + conv.input.origin();
                    let image = input_gradient::Image {
                        framed,
                        mirror: mirror.as_ptr(),
                        dx: values.at(at),
                        accumulate,
                        scratch: scratch.winograd(),
                    };
                    input_gradient(isa, &conv, image, part);
                }
            }
            if let Some(sums) = transformed {
                sums.finish(partial);
            }
        }
    });
}

/// Parts of a group's gradients. Each frames the output gradient for itself, which is little beside the rest.
fn parts(conv: &Conv2d, images: usize, threads: usize, d_input: bool) -> usize {
    // The sparse kernels' lists are made for whole groups, and windows passed once.
    if conv.is_sparse() || (conv.goes_by_windows() && !d_input) {
        return 1;
    }
    let [rows, columns] = conv.conv_size();
    let multiplications = rows * columns * conv.output.channels * conv.window_len();
    split::parts(images.div_ceil(GROUP), multiplications * images.min(GROUP), threads)
}
