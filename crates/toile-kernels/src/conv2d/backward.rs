//! Backward convolution: weight, bias and input gradients of a group of images at a time.

use super::input_gradient::{self, input_gradient};
use super::sparse::{self, Lists};
use super::{Algorithm, Conv2d, need, split, winograd};
use crate::buffer::Buffer;
use crate::layout::{TOO_LARGE, product};
use crate::simd::{Simd, versions};
use crate::team::{Shares, Team};
use crate::{GROUP, LANES};

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
    let Backward { conv, images, input, output, argmax, d_output, partials, d_input, scratch } = args;
    conv.check();
    let groups = images.div_ceil(GROUP);
    need("the input", input.len(), conv.input.buffer_len(images));
    need("the output gradient", d_output.len(), conv.output.buffer_len(images));
    need("the partial gradients", partials.len(), product([groups, conv.partial_len()]));
    assert_eq!(conv.pool, argmax.is_some(), "pooling goes with an argmax");
    if let Some(bytes) = argmax {
        need("the argmax", bytes.len(), images * conv.argmax_len());
    } else if conv.relu {
        need("the output", output.len(), conv.output.buffer_len(images));
    }
    Scratch::check(scratch, &conv, team.threads());
    let d_input = d_input.map(|d| {
        need("the input gradient", d.values.len(), conv.input.buffer_len(images));
        assert_eq!(d.mirror.len(), conv.mirror_len(), "mirrored weight");
        (Shares(d.values.as_mut_ptr()), d.accumulate, d.mirror)
    });
    let isa = team.isa();
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
                    output: if argmax.is_none() && conv.relu {
                        output.as_ptr().add(at)
                    } else {
                        std::ptr::null()
                    },
                    argmax: argmax.map_or(std::ptr::null(), |b| b.as_ptr().add(image * conv.argmax_len())),
                };
                spread_out(isa, conv, stored, gradient);
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

/// Where the gradient of the convolution's own output is laid out for the two gradients that read it.
#[derive(Clone, Copy)]
struct SpreadPlane {
    /// Pixel (0, 0).
    values: *mut f32,
    /// From one row and column to the next.
    row: usize,
    column: usize,
}

/// One image's output as it was stored, after ReLU and pooling.
#[derive(Clone, Copy)]
struct StoredPlane {
    gradient: *const f32,
    output: *const f32,
    argmax: *const u8,
}

versions! {
    /// Takes the gradient back through pooling and ReLU.
    fn spread_out<S>(conv: Conv2d, stored: StoredPlane, to: SpreadPlane) {
        let channels = conv.output.channels;
        for row in 0..conv.output.height {
            for column in 0..conv.output.width {
                let from = row * conv.output.row_stride() + column * channels;
                let mut first = 0;
                while first < channels {
                    let lanes = (channels - first).min(LANES);
                    let gradient = S::load_first(stored.gradient.add(from + first), lanes);
                    if conv.pool {
                        let at = (row * conv.output.width + column) * channels + first;
                        let place = S::load_bytes_first(stored.argmax.add(at), lanes);
                        for q in 0..4 {
                            let pixel = (2 * row + q / 2) * to.row + (2 * column + q % 2) * to.column;
                            let value = S::select(S::eq(place, S::splat(q as f32)), gradient, S::zero());
                            S::store_first(to.values.add(pixel + first), lanes, value);
                        }
                    } else {
                        let gradient = if conv.relu {
                            let output = S::load_first(stored.output.add(from + first), lanes);
                            S::select(S::le(output, S::zero()), S::zero(), gradient)
                        } else {
                            gradient
                        };
                        S::store_first(to.values.add(row * to.row + column * to.column + first), lanes, gradient);
                    }
                    first += LANES;
                }
            }
        }
    }
}

/// Calls `$visit` for each pixel of an output of this size, in the order of a weight gradient: 2x2 blocks.
/// The pixel is told by what it adds to two offsets, each with a step down and a step right.
macro_rules! each_pixel {
    ($size:expr, $down:expr, $right:expr, |$at:ident| $visit:expr) => {{
        let ([rows, columns], down, right): ([usize; 2], [usize; 2], [usize; 2]) = ($size, $down, $right);
        let mut start = [0, 0];
        for _ in 0..rows / 2 {
            let mut at = start;
            for _ in 0..columns / 2 {
                let below = [at[0] + down[0], at[1] + down[1]];
                for $at in [at, [at[0] + right[0], at[1] + right[1]]] {
                    $visit;
                }
                for $at in [below, [below[0] + right[0], below[1] + right[1]]] {
                    $visit;
                }
                at = [at[0] + 2 * right[0], at[1] + 2 * right[1]];
            }
            if columns % 2 == 1 {
                for $at in [at, [at[0] + down[0], at[1] + down[1]]] {
                    $visit;
                }
            }
            start = [start[0] + 2 * down[0], start[1] + 2 * down[1]];
        }
        if rows % 2 == 1 {
            let mut at = start;
            for _ in 0..columns {
                let $at = at;
                $visit;
                at = [at[0] + right[0], at[1] + right[1]];
            }
        }
    }};
}

/// M adjacent weights of a kernel row by V panels, over all pixels of an image.
#[inline(always)]
unsafe fn weight_tile<S: Simd, const M: usize, const V: usize>(
    conv: &Conv2d,
    size: [usize; 2],
    x: *const f32,
    gradient: SpreadPlane,
    partial: *mut f32,
    lanes: usize,
    fresh: bool,
) {
    let panel = conv.window_len() * LANES;
    let down = [conv.stride[0] * conv.input.row_stride(), gradient.row];
    let right = [conv.stride[1] * conv.input.channels, gradient.column];
    // SAFETY: the façade's checks. Only the last panel may be partly filled.
    unsafe {
        let mut sums = [[S::zero(); V]; M];
        if !fresh {
            for m in 0..M {
                for v in 0..V {
                    sums[m][v] = S::load(partial.add(v * panel + m * LANES));
                }
            }
        }
        each_pixel!(size, down, right, |at| {
            let (x, g) = (x.add(at[0]), gradient.values.add(at[1]).cast_const());
            let mut gradients = [S::zero(); V];
            for v in 0..V {
                gradients[v] = if v + 1 < V || lanes == LANES {
                    S::load(g.add(v * LANES))
                } else {
                    S::load_first(g.add(v * LANES), lanes)
                };
            }
            for m in 0..M {
                let value = S::splat(*x.add(m));
                for v in 0..V {
                    sums[m][v] = S::fma(value, gradients[v], sums[m][v]);
                }
            }
        });
        for m in 0..M {
            for v in 0..V {
                S::store(partial.add(v * panel + m * LANES), sums[m][v]);
            }
        }
    }
}

/// Which of the tiles somebody else does.
struct Turns {
    part: [usize; 2],
    next: usize,
}

impl Turns {
    /// Whether the next tile is this part's.
    fn mine(&mut self) -> bool {
        let [part, parts] = self.part;
        self.next += 1;
        (self.next - 1) % parts == part
    }
}

/// All weights of V panels, from output channel `first`, in tiles of at most M.
#[inline(always)]
unsafe fn weight_sweep<S: Simd, const M: usize, const V: usize>(
    conv: &Conv2d,
    x: *const f32,
    gradient: SpreadPlane,
    partial: *mut f32,
    first: usize,
    fresh: bool,
    turns: &mut Turns,
) {
    let lanes = (conv.output.channels - first - (V - 1) * LANES).min(LANES);
    let size = conv.conv_size();
    // SAFETY: the façade's checks.
    unsafe {
        let gradient = SpreadPlane { values: gradient.values.add(first), ..gradient };
        for kernel_row in 0..conv.kernel[0] {
            let x = x.add(kernel_row * conv.input.row_stride());
            let to = partial.add((first / LANES * conv.window_len() + kernel_row * conv.segment()) * LANES);
            let mut m = 0;
            while m < conv.segment() {
                let width = match conv.segment() - m {
                    n if n >= M => M,
                    n => n.min(4),
                };
                if turns.mine() {
                    let (x, to) = (x.add(m), to.add(m * LANES));
                    match width {
                        1 => weight_tile::<S, 1, V>(conv, size, x, gradient, to, lanes, fresh),
                        2 => weight_tile::<S, 2, V>(conv, size, x, gradient, to, lanes, fresh),
                        3 => weight_tile::<S, 3, V>(conv, size, x, gradient, to, lanes, fresh),
                        4 => weight_tile::<S, 4, V>(conv, size, x, gradient, to, lanes, fresh),
                        _ => weight_tile::<S, M, V>(conv, size, x, gradient, to, lanes, fresh),
                    }
                }
                m += width;
            }
        }
    }
}

versions! {
    /// Adds one image's weight and bias gradients to its group's, those of this part alone; the first image
    /// of a group writes them.
    fn weight_gradient<S>(
        conv: Conv2d,
        x: *const f32,
        gradient: SpreadPlane,
        partial: *mut f32,
        fresh: bool,
        part: [usize; 2],
    ) {
        let channels = conv.output.channels;
        let mut turns = Turns { part, next: 0 };
        let mut first = 0;
        while first < channels {
            if S::WIDE && channels - first > LANES {
                weight_sweep::<S, 12, 2>(&conv, x, gradient, partial, first, fresh, &mut turns);
                first += 2 * LANES;
            } else {
                weight_sweep::<S, 6, 1>(&conv, x, gradient, partial, first, fresh, &mut turns);
                first += LANES;
            }
        }
        if turns.mine() {
            bias_sums::<S>(&conv, gradient, partial, fresh);
        }
    }
}

versions! {
    /// Adds one image's bias gradient to its group's; the first image of a group writes it.
    fn bias_gradient<S>(conv: Conv2d, gradient: SpreadPlane, partial: *mut f32, fresh: bool) {
        bias_sums::<S>(&conv, gradient, partial, fresh);
    }
}

#[inline(always)]
unsafe fn bias_sums<S: Simd>(conv: &Conv2d, gradient: SpreadPlane, partial: *mut f32, fresh: bool) {
    let (channels, size) = (conv.output.channels, conv.conv_size());
    // SAFETY: the façade's checks.
    unsafe {
        let bias = partial.add(conv.weight_len());
        let mut first = 0;
        while first < channels {
            let lanes = (channels - first).min(LANES);
            let mut sum = if fresh { S::zero() } else { S::load(bias.add(first)) };
            each_pixel!(size, [gradient.row, 0], [gradient.column, 0], |at| {
                sum = S::add(sum, S::load_first(gradient.values.add(at[0] + first), lanes));
            });
            S::store(bias.add(first), sum);
            first += LANES;
        }
    }
}
