//! Backward through a max-pooled convolution, touching only what won its window.
//!
//! At most one in four of the convolution's outputs has a gradient. The terms are added in the order of
//! the dense kernels, so skipping the zeros cannot be seen in the bits (for finite data).
//!
//! Both gradients run along kernel rows: the kw and ic of one kernel row are adjacent in the input and in
//! a weight row [oc][kh][kw][ic], so one winner of channel oc at one pixel touches a few vectors of each.

use super::Conv2d;
use crate::LANES;
use crate::buffer::Buffer;
use crate::layout::product;
use crate::simd::{Simd, versions};
use crate::team::{Shares, Team};

impl Conv2d {
    /// Whether the sparse kernels do the backward pass: a matter of shapes alone. Their lists hold offsets
    /// and channels in 32 bits.
    pub fn is_sparse(&self) -> bool {
        let largest = self.input.image_stride().max(self.output.channels);
        self.pool && self.segment() >= LANES && u32::try_from(largest).is_ok()
    }

    /// Values of the weight as rows, [oc][kh][kw][ic], with room for a vector read at the very end.
    pub(super) fn rows_len(&self) -> usize {
        self.output.channels * self.window_len() + LANES
    }

    /// The rows of the output channels of `panel`, from the packed weight.
    pub(super) fn unpack_rows(&self, packed: &[f32], panel: usize, rows: &mut [f32]) {
        let len = self.window_len();
        let panel = &packed[panel * len * LANES..][..len * LANES];
        for (lane, row) in rows.chunks_exact_mut(len).enumerate().take(LANES) {
            for (value, sixteen) in row.iter_mut().zip(panel.chunks_exact(LANES)) {
                *value = sixteen[lane];
            }
        }
    }
}

/// Sums the groups' partial weight gradients, rows [oc][kh][kw][ic], in order; writes the total packed as
/// the weight. Only for a convolution that is sparse ([`Conv2d::is_sparse`]).
pub fn pack_partials(team: &mut Team, conv: Conv2d, partials: &[f32], groups: usize, packed: &mut [f32]) {
    assert!(conv.is_sparse(), "dense partial gradients are packed already");
    assert_eq!(packed.len(), conv.weight_len(), "packed gradient");
    assert!(partials.len() >= product([groups, conv.partial_len()]), "partial gradients");
    let (len, stride) = (conv.window_len(), conv.partial_len());
    team.for_each_chunk(packed, len * LANES, |_, panel, packed| {
        packed.fill(0.0);
        let channels = LANES.min(conv.output.channels - panel * LANES);
        for group in 0..groups {
            let rows = &partials[group * stride + panel * LANES * len..][..channels * len];
            for (lane, row) in rows.chunks_exact(len).enumerate() {
                for (sixteen, value) in packed.chunks_exact_mut(LANES).zip(row) {
                    sixteen[lane] += value;
                }
            }
        }
    });
}

/// A winner: where its window starts in the input, and its gradient.
#[derive(Clone, Copy, Debug, Default)]
struct Winner {
    offset: u32,
    gradient: f32,
}

/// A thread's lists of winners, for one image.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// [oc][pooled pixel], in the order of the convolution's pixels.
    by_channel: Vec<Winner>,
    counts: Vec<u32>,
    /// One row of the convolution's pixels: (channel, gradient) lists of [`Lists::slots`] places.
    channels: Vec<u32>,
    gradients: Buffer,
    row_counts: Vec<u32>,
    slots: usize,
}

impl Lists {
    pub(super) fn new(conv: &Conv2d) -> Lists {
        if !conv.is_sparse() {
            return Lists::default();
        }
        let channels = conv.output.channels;
        let pixels = conv.output.height * conv.output.width;
        let slots = channels + LANES;
        let columns = 2 * conv.output.width;
        Lists {
            // A list's end may be written once more than it is kept.
            by_channel: vec![Winner::default(); product([channels, pixels + 1])],
            counts: vec![0; channels],
            channels: vec![0; product([columns, slots])],
            gradients: Buffer::zeroed(product([columns, slots])),
            row_counts: vec![0; columns],
            slots,
        }
    }
}

/// One image's pooled gradient and winners, and its input.
#[derive(Clone, Copy)]
pub(super) struct Image {
    /// Gradient of the pooled output, pixel (0, 0).
    pub(super) gradient: *const f32,
    pub(super) argmax: *const u8,
    /// First value of output (0, 0)'s window in the input.
    pub(super) x: *const f32,
    /// The same place in the input's gradient, or null.
    pub(super) dx: *mut f32,
    /// The weight as rows, where there is an input gradient.
    pub(super) rows: *const f32,
}

/// Adds one image's weight and bias gradients to its group's `partial` (rows, then bias), and its input
/// gradient to `dx`.
///
/// # Safety
/// All pointers valid for what the geometry reaches; `lists` made for it.
pub(super) unsafe fn image_gradients(
    isa: crate::isa::Isa,
    conv: Conv2d,
    image: Image,
    lists: &mut Lists,
    partial: *mut f32,
) {
    list_by_channel(conv, image, lists);
    // SAFETY: the caller's promise.
    unsafe {
        weight_gradient(isa, &conv, image, lists, partial);
        if !image.dx.is_null() {
            input_gradient(isa, &conv, image, lists);
        }
    }
}

/// Fills the lists by channel. Row by row of the convolution's output, so that winners of the upper rows
/// of a line of windows come before those of the lower rows.
fn list_by_channel(conv: Conv2d, image: Image, lists: &mut Lists) {
    let channels = conv.output.channels;
    let capacity = conv.output.height * conv.output.width + 1;
    let step_row = conv.stride[0] * conv.input.row_stride();
    let step_column = conv.stride[1] * conv.input.channels;
    lists.counts.fill(0);
    for row in 0..conv.output.height {
        for lower in 0..2 {
            for column in 0..conv.output.width {
                let pixel = row * conv.output.width + column;
                // SAFETY: inside the image (the façade's checks).
                let (argmax, gradients) = unsafe {
                    let at = row * conv.output.row_stride() + column * channels;
                    (
                        std::slice::from_raw_parts(image.argmax.add(pixel * channels), channels),
                        std::slice::from_raw_parts(image.gradient.add(at), channels),
                    )
                };
                let start = (2 * row + lower) * step_row + 2 * column * step_column;
                let lists_of = lists.by_channel.chunks_exact_mut(capacity).zip(&mut lists.counts);
                for ((&place, &gradient), (list, count)) in argmax.iter().zip(gradients).zip(lists_of) {
                    let offset = (start + usize::from(place & 1) * step_column) as u32;
                    // Written always, kept if it won: no branch to mispredict.
                    list[*count as usize] = Winner { offset, gradient };
                    *count += u32::from(usize::from(place >> 1) == lower);
                }
            }
        }
    }
}

/// A tile of R kernel rows by V vectors; the last vector of a row has `lanes` values.
#[derive(Clone, Copy)]
struct Tile {
    /// From one kernel row to the next, in the image and in a weight row.
    image_row: usize,
    segment: usize,
    lanes: usize,
}

#[inline(always)]
unsafe fn load<S: Simd, const V: usize>(p: *const f32, v: usize, lanes: usize) -> S::F {
    // SAFETY: the caller's promise; the last vector reads only its lanes.
    unsafe {
        if v + 1 < V || lanes == LANES {
            S::load(p.add(v * LANES))
        } else {
            S::load_first(p.add(v * LANES), lanes)
        }
    }
}

#[inline(always)]
unsafe fn store<S: Simd, const V: usize>(p: *mut f32, v: usize, lanes: usize, value: S::F) {
    // SAFETY: the caller's promise; the last vector writes only its lanes.
    unsafe {
        if v + 1 < V || lanes == LANES {
            S::store(p.add(v * LANES), value)
        } else {
            S::store_first(p.add(v * LANES), lanes, value)
        }
    }
}

#[inline(always)]
unsafe fn weight_tile<S: Simd, const R: usize, const V: usize>(
    tile: Tile,
    x: *const f32,
    winners: &[Winner],
    to: *mut f32,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut sums = [[S::zero(); V]; R];
        for r in 0..R {
            for v in 0..V {
                sums[r][v] = load::<S, V>(to.add(r * tile.segment), v, tile.lanes);
            }
        }
        for winner in winners {
            let gradient = S::splat(winner.gradient);
            let x = x.add(winner.offset as usize);
            for r in 0..R {
                for v in 0..V {
                    let value = load::<S, V>(x.add(r * tile.image_row), v, tile.lanes);
                    sums[r][v] = S::fma(value, gradient, sums[r][v]);
                }
            }
        }
        for r in 0..R {
            for v in 0..V {
                store::<S, V>(to.add(r * tile.segment), v, tile.lanes, sums[r][v]);
            }
        }
    }
}

/// Calls a tile function over all kernel rows and vectors: several rows at once where they fit.
macro_rules! each_tile {
    ($S:ident, $conv:expr, $tile:ident, |$row:ident, $start:ident, $t:ident| ($($arg:expr),*)) => {{
        let segment = $conv.segment();
        let vectors = segment.div_ceil(LANES);
        let last = segment - (vectors - 1) * LANES;
        let tile = |lanes| Tile { image_row: $conv.input.row_stride(), segment, lanes };
        if $S::WIDE && $conv.kernel[0] == 3 && vectors <= 6 {
            let ($row, $start, $t) = (0usize, 0usize, tile(last));
            match vectors {
                1 => $tile::<$S, 3, 1>($t, $($arg),*),
                2 => $tile::<$S, 3, 2>($t, $($arg),*),
                3 => $tile::<$S, 3, 3>($t, $($arg),*),
                4 => $tile::<$S, 3, 4>($t, $($arg),*),
                5 => $tile::<$S, 3, 5>($t, $($arg),*),
                _ => $tile::<$S, 3, 6>($t, $($arg),*),
            }
        } else {
            for $row in 0..$conv.kernel[0] {
                let mut v = 0;
                while v < vectors {
                    let $start = v * LANES;
                    let width = match vectors - v {
                        n if n >= 6 => 6,
                        n if n >= 4 => 4,
                        n if n >= 2 => 2,
                        _ => 1,
                    };
                    let $t = tile(if v + width == vectors { last } else { LANES });
                    match width {
                        6 => $tile::<$S, 1, 6>($t, $($arg),*),
                        4 => $tile::<$S, 1, 4>($t, $($arg),*),
                        2 => $tile::<$S, 1, 2>($t, $($arg),*),
                        _ => $tile::<$S, 1, 1>($t, $($arg),*),
                    }
                    v += width;
                }
            }
        }
    }};
}

versions! {
    fn weight_gradient<S>(conv: &Conv2d, image: Image, lists: &Lists, partial: *mut f32) {
        let len = conv.window_len();
        let capacity = conv.output.height * conv.output.width + 1;
        let bias = partial.add(conv.weight_len());
        for (oc, (list, &count)) in lists.by_channel.chunks_exact(capacity).zip(&lists.counts).enumerate() {
            let winners = &list[..count as usize];
            let to = partial.add(oc * len);
            each_tile!(S, conv, weight_tile, |row, start, t| (
                image.x.add(row * t.image_row + start),
                winners,
                to.add(row * t.segment + start)
            ));
            let mut sum = *bias.add(oc);
            for winner in winners {
                sum += winner.gradient;
            }
            *bias.add(oc) = sum;
        }
    }
}

/// The winners at one pixel of the convolution's output: `count` channels and gradients.
#[derive(Clone, Copy)]
struct Pixel {
    channels: *const u32,
    gradients: *const f32,
    count: usize,
}

#[inline(always)]
unsafe fn input_tile<S: Simd, const R: usize, const V: usize>(
    tile: Tile,
    dx: *mut f32,
    pixel: Pixel,
    rows: *const f32,
    row_len: usize,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut sums = [[S::zero(); V]; R];
        for r in 0..R {
            for v in 0..V {
                sums[r][v] = load::<S, V>(dx.add(r * tile.image_row), v, tile.lanes);
            }
        }
        for i in 0..pixel.count {
            let gradient = S::splat(*pixel.gradients.add(i));
            let row = rows.add(*pixel.channels.add(i) as usize * row_len);
            for r in 0..R {
                for v in 0..V {
                    // A row read past its end is followed by the next, the last one by a vector of room.
                    let weight = S::load(row.add(r * tile.segment + v * LANES));
                    sums[r][v] = S::fma(gradient, weight, sums[r][v]);
                }
            }
        }
        for r in 0..R {
            for v in 0..V {
                store::<S, V>(dx.add(r * tile.image_row), v, tile.lanes, sums[r][v]);
            }
        }
    }
}

versions! {
    /// Pixel by pixel of the convolution's output, each a few vectors of the input's gradient.
    fn input_gradient<S>(conv: &Conv2d, image: Image, lists: &mut Lists) {
        let channels = conv.output.channels;
        let step_row = conv.stride[0] * conv.input.row_stride();
        let step_column = conv.stride[1] * conv.input.channels;
        let row_len = conv.window_len();
        for row in 0..conv.output.height {
            for lower in 0..2 {
                for column in 0..conv.output.width {
                    let pixel = row * conv.output.width + column;
                    let from = image.gradient.add(row * conv.output.row_stride() + column * channels);
                    let mut counts = [0; 2];
                    let mut first = 0;
                    while first < channels {
                        let lanes = (channels - first).min(LANES);
                        let gradient = S::load_first(from.add(first), lanes);
                        let place = S::load_bytes_first(image.argmax.add(pixel * channels + first), lanes);
                        for (right, count) in counts.iter_mut().enumerate() {
                            let wins = S::eq(place, S::splat((2 * lower + right) as f32));
                            let at = (2 * column + right) * lists.slots + *count;
                            let to = lists.channels.as_mut_ptr().add(at);
                            let values = lists.gradients.as_mut_ptr().add(at);
                            *count += S::compress(wins, lanes, first as u32, gradient, to, values);
                        }
                        first += LANES;
                    }
                    lists.row_counts[2 * column] = counts[0] as u32;
                    lists.row_counts[2 * column + 1] = counts[1] as u32;
                }
                for column in 0..2 * conv.output.width {
                    let count = lists.row_counts[column] as usize;
                    if count == 0 {
                        continue;
                    }
                    let dx = image.dx.add((2 * row + lower) * step_row + column * step_column);
                    let at = column * lists.slots;
                    let (channels, gradients) = (lists.channels.as_ptr().add(at), lists.gradients.as_ptr().add(at));
                    let pixel = Pixel { channels, gradients, count };
                    each_tile!(S, conv, input_tile, |row, start, t| (
                        dx.add(row * t.image_row + start),
                        pixel,
                        image.rows.add(row * t.segment + start),
                        row_len
                    ));
                }
            }
        }
    }
}

/// Where the sparse kernels leave the input's gradient unwritten, it must be +0 before.
///
/// # Safety
/// `dx` is the start of a batch's gradient in the input's layout, which has this image.
pub(super) unsafe fn clear(conv: &Conv2d, dx: Shares<f32>, image: usize) {
    let layout = conv.input;
    for row in 0..layout.height {
        let at = image * layout.image_stride() + layout.origin() + row * layout.row_stride();
        // SAFETY: inside the image.
        unsafe { dx.at(at).write_bytes(0, layout.row_len()) };
    }
}
