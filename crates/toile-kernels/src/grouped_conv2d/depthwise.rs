//! Kernels where each channel is by itself: lanes are channels, and nothing is ever broadcast.
//!
//! A tap costs one multiply-add for one value loaded, so that what counts is how the values come: pixels side by side
//! share a tap's weight in a register, and the loads themselves are the operands of the multiply-adds.

use super::geometry::GroupedConv2d;
use super::meets::Meets;
use super::part::{OfInput, OfWeight, Outputs};
use crate::LANES;
use crate::simd::{Vector, prefetch, versions};

/// Channels from `first` on, at most a vector of them, of the sixteen that share a panel.
#[derive(Clone, Copy)]
struct Channels {
    first: usize,
    lanes: usize,
}

impl Channels {
    /// Those of a share of the units, a vector at a time.
    fn of<V: Vector>(conv: &GroupedConv2d, units: [usize; 2]) -> impl Iterator<Item = Channels> {
        let [begin, end] = units.map(|unit| (unit * LANES).min(conv.groups));
        let lanes = move |first: usize| (end - first).min(V::LANES);
        (begin..end).step_by(V::LANES).map(move |first| Channels { first, lanes: lanes(first) })
    }

    /// Where these channels' values of the packed weight begin, `[kh][kw][16]` from there on.
    fn weight(&self, conv: &GroupedConv2d) -> usize {
        self.first / LANES * conv.panel_len() + self.first % LANES
    }

    fn is_full<V: Vector>(&self) -> bool {
        self.lanes == V::LANES
    }
}

#[inline(always)]
unsafe fn load<V: Vector, const FULL: bool>(p: *const f32, lanes: usize) -> V::F {
    // SAFETY: the caller has so many values at `p`.
    unsafe { if FULL { V::load(p) } else { V::load_first(p, lanes) } }
}

#[inline(always)]
unsafe fn store<V: Vector, const FULL: bool>(p: *mut f32, lanes: usize, values: V::F) {
    // SAFETY: the caller has so many values at `p`.
    unsafe { V::store_first(p, if FULL { V::LANES } else { lanes }, values) }
}

/// Calls `$tile::<V, C, FULL>` for all of `$count` places: C side by side while there are as many. Rows of 7, 14 and 28
/// pixels, which images of 28 become, leave none over.
macro_rules! tiles {
    ($V:ident, $channels:expr, $count:expr, $tile:ident($at:ident => $($arg:expr),*)) => {{
        let mut $at = 0;
        while $at < $count {
            $at += match ($channels.is_full::<$V>(), $count - $at) {
                (true, 7 | 14 | 21 | 28) => { $tile::<$V, 7, true>($($arg),*); 7 }
                (true, 8..) => { $tile::<$V, 8, true>($($arg),*); 8 }
                (true, 4..) => { $tile::<$V, 4, true>($($arg),*); 4 }
                (true, 2..) => { $tile::<$V, 2, true>($($arg),*); 2 }
                (true, _) => { $tile::<$V, 1, true>($($arg),*); 1 }
                (false, 4..) => { $tile::<$V, 4, false>($($arg),*); 4 }
                (false, _) => { $tile::<$V, 1, false>($($arg),*); 1 }
            };
        }
    }};
}

versions! {
    /// A share of an image's outputs.
    pub(super) fn forward<S>(conv: GroupedConv2d, image: Outputs, units: [usize; 2]) {
        if S::PARTS {
            forward_rows::<S::First8>(&conv, image, units);
        } else {
            forward_rows::<S>(&conv, image, units);
        }
    }
}

#[inline(always)]
unsafe fn forward_rows<V: Vector>(conv: &GroupedConv2d, image: Outputs, units: [usize; 2]) {
    // SAFETY: the façade has compared the buffers with what the geometry reaches.
    unsafe {
        for row in 0..conv.output.height {
            let x = image.x.add(row * conv.stride[0] * conv.input.row_stride());
            let y = image.y.add(row * conv.output.row_stride());
            for channels in Channels::of::<V>(conv, units) {
                tiles!(V, channels, conv.output.width, forward_tile(at => conv, &image, channels, x, y, at));
            }
        }
    }
}

/// C outputs of a row side by side, from column `at`.
#[inline(always)]
unsafe fn forward_tile<V: Vector, const C: usize, const FULL: bool>(
    conv: &GroupedConv2d,
    image: &Outputs,
    channels: Channels,
    x: *const f32,
    y: *mut f32,
    at: usize,
) {
    let Channels { first, lanes } = channels;
    let step = conv.stride[1] * conv.input.channels;
    let [down, right] = [conv.dilation[0] * conv.input.row_stride(), conv.dilation[1] * conv.input.channels];
    // SAFETY: the caller promises whole panels, windows inside the padded input, and channels inside a pixel.
    unsafe {
        let (x, y) = (x.add(at * step + first), y.add(at * conv.output.channels + first));
        // What the next row of outputs will read for the first time, and where it will be written.
        let new_row = x.wrapping_add((conv.kernel[0] - 1) * down);
        for c in 0..C {
            if image.is_far {
                for row in 1..=conv.stride[0] {
                    for column in 0..conv.stride[1] {
                        let pixel = c * step + column * conv.input.channels;
                        prefetch(new_row.wrapping_add(row * conv.input.row_stride() + pixel));
                    }
                }
            }
            prefetch(y.wrapping_add(conv.output.row_stride() + c * conv.output.channels));
        }
        let mut weight = image.weight.add(channels.weight(conv));
        let bias = if image.bias.is_null() { V::zero() } else { V::load(image.bias.add(first)) };
        let mut sums = [bias; C];
        for kh in 0..conv.kernel[0] {
            let mut x = x.add(kh * down);
            for _ in 0..conv.kernel[1] {
                let tap = V::load(weight);
                for c in 0..C {
                    sums[c] = V::fma(load::<V, FULL>(x.add(c * step), lanes), tap, sums[c]);
                }
                weight = weight.wrapping_add(LANES);
                x = x.wrapping_add(right);
            }
        }
        for c in 0..C {
            let value = if image.relu { V::relu(sums[c]) } else { sums[c] };
            store::<V, FULL>(y.add(c * conv.output.channels), lanes, value);
        }
    }
}

versions! {
    /// A share of an image's input gradients.
    pub(super) fn input_gradient<S>(conv: GroupedConv2d, image: OfInput, units: [usize; 2]) {
        if S::PARTS {
            input_gradient_rows::<S::First8>(&conv, image, units);
        } else {
            input_gradient_rows::<S>(&conv, image, units);
        }
    }
}

#[inline(always)]
unsafe fn input_gradient_rows<V: Vector>(conv: &GroupedConv2d, image: OfInput, units: [usize; 2]) {
    let (width, stride) = (conv.input.width, conv.stride[1]);
    for row in 0..conv.input.height {
        let rows = Meets::new(conv, 0, row).inside();
        for first_column in 0..stride.min(width) {
            let columns = Meets::new(conv, 1, first_column);
            let count = (width - first_column).div_ceil(stride);
            let [begin, end] = columns.interior(count);
            for channels in Channels::of::<V>(conv, units) {
                // SAFETY: the façade has compared the buffers with what the geometry reaches; a position's taps are
                // clipped to the outputs that there are, those of interior positions lie inside.
                unsafe {
                    let to = row * conv.input.row_stride() + first_column * conv.input.channels;
                    let place = Place { conv, image: &image, channels, dx: image.dx.add(to), rows };
                    for at in (0..begin).chain(end..count) {
                        let columns = columns.further(at).inside();
                        match channels.is_full::<V>() {
                            true => input_gradient_tile::<V, 1, true>(&place, columns, at),
                            false => input_gradient_tile::<V, 1, false>(&place, columns, at),
                        }
                    }
                    tiles!(V, channels, end - begin, input_gradient_tile(at =>
                        &place, columns.further(begin + at), begin + at));
                }
            }
        }
    }
}

/// Where a tile of the input gradient stands.
struct Place<'a> {
    conv: &'a GroupedConv2d,
    image: &'a OfInput,
    channels: Channels,
    /// The first position of its class in its row.
    dx: *mut f32,
    rows: Meets,
}

/// C positions of a row, each a stride behind the one before, from the class's position `at` on.
#[inline(always)]
unsafe fn input_gradient_tile<V: Vector, const C: usize, const FULL: bool>(
    place: &Place<'_>,
    columns: Meets,
    at: usize,
) {
    let Place { conv, image, channels, dx, rows } = *place;
    let (pixel, lanes) = (conv.output.channels, channels.lanes);
    let step = conv.stride[1] * conv.input.channels;
    // SAFETY: the caller promises what stands under Safety: outputs and positions are inside, panels are whole.
    unsafe {
        let dx = dx.add(at * step + channels.first);
        let weight = image.weight.add(channels.weight(conv));
        for c in 0..C {
            prefetch(dx.wrapping_add(conv.input.row_stride() + c * step));
        }
        let mut sums = [V::zero(); C];
        if image.accumulate {
            for c in 0..C {
                sums[c] = load::<V, FULL>(dx.add(c * step), lanes);
            }
        }
        for i in 0..rows.taps {
            let row = (rows.place as usize).wrapping_sub(i * rows.back) * conv.output.row_stride();
            let taps = (rows.tap + i * rows.step) * conv.kernel[1] + columns.tap;
            let mut weight = weight.add(taps * LANES);
            let mut dy = image
                .dy
                .wrapping_add(row)
                .wrapping_offset(columns.place * pixel as isize)
                .wrapping_add(channels.first);
            for _ in 0..columns.taps {
                let tap = V::load(weight);
                for c in 0..C {
                    sums[c] = V::fma(load::<V, FULL>(dy.add(c * pixel), lanes), tap, sums[c]);
                }
                weight = weight.wrapping_add(columns.step * LANES);
                dy = dy.wrapping_sub(columns.back * pixel);
            }
        }
        for c in 0..C {
            store::<V, FULL>(dx.add(c * step), lanes, sums[c]);
        }
    }
}

versions! {
    /// Adds a share of an image's weight gradients to its group's; and of the bias', where they are wanted.
    pub(super) fn weight_gradient<S>(conv: GroupedConv2d, image: OfWeight, units: [usize; 2]) {
        if S::PARTS {
            weight_gradients::<S::First8>(&conv, image, units);
        } else {
            weight_gradients::<S>(&conv, image, units);
        }
    }
}

#[inline(always)]
unsafe fn weight_gradients<V: Vector>(conv: &GroupedConv2d, image: OfWeight, units: [usize; 2]) {
    for channels in Channels::of::<V>(conv, units) {
        // SAFETY: the façade has compared the buffers with what the geometry reaches.
        unsafe {
            match channels.is_full::<V>() {
                true => weight_taps::<V, true>(conv, &image, channels),
                false => weight_taps::<V, false>(conv, &image, channels),
            }
            if image.bias {
                bias_sum::<V>(conv, &image, channels);
            }
        }
    }
}

/// All taps, as many at a time as there are sums for: of the kernels that networks have most, whole rows.
#[inline(always)]
unsafe fn weight_taps<V: Vector, const FULL: bool>(
    conv: &GroupedConv2d,
    image: &OfWeight,
    channels: Channels,
) {
    let [rows, columns] = conv.kernel;
    let mut row = 0;
    // SAFETY: the caller promises what stands under Safety; taps stay inside the kernel.
    unsafe {
        while row < rows {
            row += match (columns, rows - row) {
                (3, 3..) => {
                    weight_tile::<V, 3, 3, FULL>(conv, image, channels, [row, 0]);
                    3
                }
                (5, 2..) => {
                    weight_tile::<V, 2, 5, FULL>(conv, image, channels, [row, 0]);
                    2
                }
                (5, _) => {
                    weight_tile::<V, 1, 5, FULL>(conv, image, channels, [row, 0]);
                    1
                }
                (7, _) => {
                    weight_tile::<V, 1, 7, FULL>(conv, image, channels, [row, 0]);
                    1
                }
                _ => {
                    for column in 0..columns {
                        weight_tile::<V, 1, 1, FULL>(conv, image, channels, [row, column]);
                    }
                    1
                }
            };
        }
    }
}

/// R x K taps from this one on, over all pixels of an image.
#[inline(always)]
unsafe fn weight_tile<V: Vector, const R: usize, const K: usize, const FULL: bool>(
    conv: &GroupedConv2d,
    image: &OfWeight,
    channels: Channels,
    [row, column]: [usize; 2],
) {
    let Channels { first, lanes } = channels;
    let (pixel, step) = (conv.output.channels, conv.stride[1] * conv.input.channels);
    let [down, right] = [conv.dilation[0] * conv.input.row_stride(), conv.dilation[1] * conv.input.channels];
    // SAFETY: the caller promises what stands under Safety: windows stay inside the padded input, panels are whole.
    unsafe {
        let sum = |r: usize, k: usize| ((row + r) * conv.kernel[1] + column + k) * LANES;
        let partial = image.partial.add(channels.weight(conv));
        let mut sums = [[V::zero(); K]; R];
        for r in 0..R {
            for k in 0..K {
                sums[r][k] = V::load(partial.add(sum(r, k)));
            }
        }
        let x = image.x.add(row * down + column * right + first);
        for output_row in 0..conv.output.height {
            let mut x = x.add(output_row * conv.stride[0] * conv.input.row_stride());
            let mut dy = image.dy.add(output_row * conv.output.row_stride() + first);
            for _ in 0..conv.output.width {
                let gradient = load::<V, FULL>(dy, lanes);
                // Once is enough.
                if image.next > 0 && row == 0 && column == 0 {
                    for i in 0..conv.stride[0] {
                        for j in 0..conv.stride[1] {
                            let pixel = i * conv.input.row_stride() + j * conv.input.channels;
                            prefetch(x.wrapping_add(image.next + pixel));
                        }
                    }
                }
                for r in 0..R {
                    for k in 0..K {
                        let value = load::<V, FULL>(x.add(r * down + k * right), lanes);
                        sums[r][k] = V::fma(value, gradient, sums[r][k]);
                    }
                }
                x = x.wrapping_add(step);
                dy = dy.wrapping_add(pixel);
            }
        }
        for r in 0..R {
            for k in 0..K {
                store::<V, FULL>(partial.add(sum(r, k)), lanes, sums[r][k]);
            }
        }
    }
}

/// The bias gradient of these channels.
#[inline(always)]
unsafe fn bias_sum<V: Vector>(conv: &GroupedConv2d, image: &OfWeight, channels: Channels) {
    let Channels { first, lanes } = channels;
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        let partial = image.partial.add(conv.weight_len() + first);
        let mut sum = V::load_first(partial, lanes);
        for row in 0..conv.output.height {
            let dy = image.dy.add(row * conv.output.row_stride() + first);
            for column in 0..conv.output.width {
                sum = V::add(sum, V::load_first(dy.add(column * conv.output.channels), lanes));
            }
        }
        V::store_first(partial, lanes, sum);
    }
}
