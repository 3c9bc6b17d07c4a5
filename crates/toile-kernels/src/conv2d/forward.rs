//! Forward convolution: the façade, and the direct kernels with bias, ReLU and 2x2 max-pooling in the
//! registers.

use super::split::{Part, Split};
use super::{Algorithm, Conv2d, Scratch, need, patch, winograd};
use crate::LANES;
use crate::activation::OfRows;
use crate::batch_norm::{image_moments, image_moments_len};
use crate::simd::{Simd, Vector, versions};
use crate::team::{Shares, Team};

/// Arguments of [`forward`].
#[derive(Debug)]
pub struct Forward<'a> {
    /// The geometry.
    pub conv: Conv2d,
    /// Number of images.
    pub images: usize,
    /// Input images.
    pub input: &'a [f32],
    /// Packed weight, or where [`Conv2d::transformed_len`] says there is one, the transformed one.
    pub weight: &'a [f32],
    /// Bias, filled up to whole panels.
    pub bias: Option<&'a [f32]>,
    /// Output images; only their pixels are written, never the border.
    pub output: &'a mut [f32],
    /// What goes into the activation, for the way back: [`Conv2d::before_len`] values, laid out as the output.
    pub before: Option<&'a mut [f32]>,
    /// With pooling: [image][row][column][channel], no border.
    pub argmax: Option<&'a mut [u8]>,
    /// One a thread, as for [`backward`](super::backward); none where the algorithm is direct.
    pub scratch: &'a mut [Scratch],
}

/// Convolves `images` images, each an item of the team, or several where there are few.
pub fn forward(team: &mut Team, args: Forward<'_>) {
    forward_with_moments(team, args, None);
}

/// As [`forward`]. Also writes the moments of each stored image by itself, as
/// [`batch_norm::moments`](crate::batch_norm::moments) does, while the image is still in the cache.
pub fn forward_with_moments(team: &mut Team, args: Forward<'_>, moments: Option<&mut [f32]>) {
    let Forward { conv, images, input, weight, bias, output, before, argmax, scratch } = args;
    conv.check();
    need("the input", input.len(), conv.input.buffer_len(images));
    need("the output", output.len(), conv.output.buffer_len(images));
    let transformed = conv.algorithms().forward == Algorithm::Winograd;
    if transformed {
        assert_eq!(weight.len(), conv.transformed_len(), "transformed weight");
        Scratch::check(scratch, &conv, team.threads());
    } else {
        assert_eq!(weight.len(), conv.weight_len(), "packed weight");
    }
    if let Some(bias) = bias {
        assert_eq!(bias.len(), conv.bias_len(), "bias");
    }
    let argmax = argmax.map(|bytes| {
        need("the argmax", bytes.len(), images * conv.argmax_len());
        Shares(bytes.as_mut_ptr())
    });
    assert_eq!(conv.pool, argmax.is_some(), "pooling goes with an argmax");
    let before = before.map(|values| {
        assert!(conv.before_len(images) > 0, "what goes into {:?} is not kept", conv.activation);
        need("what goes into the activation", values.len(), conv.before_len(images));
        Shares(values.as_mut_ptr())
    });
    let moments = moments.map(|values| {
        need("the moments", values.len(), image_moments_len(conv.output, images));
        Shares(values.as_mut_ptr())
    });
    let isa = team.isa();
    let (output, scratch) = (Shares(output.as_mut_ptr()), Shares(scratch.as_mut_ptr()));
    let rows = OfRows::new(isa, conv.activation);
    let split = Split::new(&conv, images, team.threads());
    team.for_each(images * split.parts(), |thread, item| {
        let image = item / split.parts();
        let Part { rows: [row, end], channels: [first, last] } = split.part(&conv, item % split.parts());
        // SAFETY: the lengths are checked above; each item writes its own part of its own image, each thread
        // its scratch.
        unsafe {
            let step_row = conv.stride[0] * conv.input.row_stride();
            let conv_row = if conv.pool { 2 * row } else { row };
            let at = image * conv.input.image_stride() + conv.window_origin() + conv_row * step_row;
            let to = image * conv.output.image_stride()
                + conv.output.origin()
                + row * conv.output.row_stride()
                + first;
            let panel = if transformed { winograd::panel_len(&conv) } else { conv.window_len() * LANES };
            let plane = Plane {
                input: input.as_ptr().add(at),
                input_row: conv.input.row_stride(),
                step_row,
                step_column: conv.stride[1] * conv.input.channels,
                kernel_rows: conv.kernel[0],
                segment: conv.segment(),
                weight: weight.as_ptr().add(first / LANES * panel),
                panel,
                output: before.unwrap_or(output).at(to),
                output_row: conv.output.row_stride(),
                output_column: conv.output.channels,
                channels: last - first,
                rows: end - row,
                columns: conv.output.width,
                init: bias.map_or(Init::Zero, |b| Init::Bias(b.as_ptr().add(first))),
                relu: conv.relu(),
            };
            let at = image * conv.argmax_len() + row * conv.output.row_len() + first;
            let argmax = argmax.map(|bytes| bytes.at(at));
            match argmax {
                _ if transformed => {
                    winograd::convolve(isa, plane, argmax, (*scratch.at(thread)).winograd());
                }
                Some(bytes) => convolve_pooled(isa, plane, bytes),
                None => convolve(isa, plane),
            }
            if let Some(rows) = rows {
                activate(rows, &plane, output.at(to));
            }
            if let Some(moments) = moments
                && split.parts() == 1
            {
                image_moments(isa, conv.output, output.at(0), image, moments.at(0));
            }
        }
    });
    if let Some(moments) = moments
        && split.parts() > 1
    {
        team.for_each(images, |_, image| {
            // SAFETY: lengths are checked above; an item writes its own part of the moments.
            unsafe { image_moments(isa, conv.output, output.at(0), image, moments.at(0)) }
        });
    }
}

/// Applies an activation to what has been computed: from the plane's output to `to`, the same place or one laid
/// out alike.
///
/// # Safety
/// Both are valid for what the plane describes, which nobody else writes.
unsafe fn activate(rows: OfRows, plane: &Plane, to: *mut f32) {
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
    pub(super) init: Init,
    pub(super) relu: bool,
}

/// R x C output pixels by V panels, held in registers over the whole window.
#[inline(always)]
unsafe fn window<S: Vector, const R: usize, const C: usize, const V: usize>(
    plane: &Plane,
    input: *const f32,
    weight: *const f32,
    mut sums: [[[S::F; V]; C]; R],
) -> [[[S::F; V]; C]; R] {
    // SAFETY: the façade checked that windows stay inside the padded input, weights inside their panels.
    unsafe {
        for kernel_row in 0..plane.kernel_rows {
            let x = input.add(kernel_row * plane.input_row);
            let w = weight.add(kernel_row * plane.segment * LANES);
            for j in 0..plane.segment {
                let mut weights = [S::zero(); V];
                for v in 0..V {
                    weights[v] = S::load(w.add(v * plane.panel + j * LANES));
                }
                for r in 0..R {
                    for c in 0..C {
                        let value = S::splat(*x.add(r * plane.step_row + c * plane.step_column + j));
                        for v in 0..V {
                            sums[r][c][v] = S::fma(value, weights[v], sums[r][c][v]);
                        }
                    }
                }
            }
        }
    }
    sums
}

/// R x C output pixels by V panels, from channel `first`.
#[inline(always)]
unsafe fn tile<S: Vector, const R: usize, const C: usize, const V: usize>(
    plane: &Plane,
    first: usize,
    row: usize,
    column: usize,
) {
    // SAFETY: the façade's checks; `row`, `column` and `first` are inside the output.
    unsafe {
        let output = plane.output.add(row * plane.output_row + column * plane.output_column + first);
        let place = |r: usize, c: usize, v: usize| r * plane.output_row + c * plane.output_column + v * LANES;
        let lanes = |v: usize| (plane.channels - first - v * LANES).min(LANES);
        let mut sums = [[[S::zero(); V]; C]; R];
        for v in 0..V {
            for r in 0..R {
                for c in 0..C {
                    sums[r][c][v] = match plane.init {
                        Init::Zero => S::zero(),
                        Init::Bias(bias) => S::load(bias.add(first + v * LANES)),
                        Init::Existing => S::load_first(output.add(place(r, c, v)), lanes(v)),
                    };
                }
            }
        }
        let input = plane.input.add(row * plane.step_row + column * plane.step_column);
        let sums = window::<S, R, C, V>(plane, input, plane.weight.add(first / LANES * plane.panel), sums);
        for r in 0..R {
            for c in 0..C {
                for v in 0..V {
                    let y = if plane.relu { S::relu(sums[r][c][v]) } else { sums[r][c][v] };
                    S::store_first(output.add(place(r, c, v)), lanes(v), y);
                }
            }
        }
    }
}

/// All rows of C columns by V panels, R rows at a time.
#[inline(always)]
unsafe fn strip<S: Vector, const R: usize, const C: usize, const V: usize>(
    plane: &Plane,
    first: usize,
    column: usize,
) {
    let mut row = 0;
    // SAFETY: tiles stay inside the output.
    unsafe {
        while row + R <= plane.rows {
            tile::<S, R, C, V>(plane, first, row, column);
            row += R;
        }
        while row < plane.rows {
            tile::<S, 1, C, V>(plane, first, row, column);
            row += 1;
        }
    }
}

/// All pixels of V panels, from channel `first`: strips of C columns, and where fewer are left narrower
/// strips of more rows at a time, so that there are always sums enough to keep the multipliers busy.
#[inline(always)]
unsafe fn sweep<S: Vector, const C: usize, const V: usize>(plane: &Plane, first: usize) {
    let mut column = 0;
    // SAFETY: strips stay inside the output.
    unsafe {
        while column < plane.columns {
            match plane.columns - column {
                n if n >= C => {
                    strip::<S, 1, C, V>(plane, first, column);
                    column += C;
                }
                n if n >= 4 && S::SUMS >= 12 => {
                    strip::<S, 3, 4, V>(plane, first, column);
                    column += 4;
                }
                n if n >= 2 && S::SUMS >= 12 => {
                    strip::<S, 6, 2, V>(plane, first, column);
                    column += 2;
                }
                n if n >= 2 => {
                    strip::<S, 3, 2, V>(plane, first, column);
                    column += 2;
                }
                _ => {
                    strip::<S, 6, 1, V>(plane, first, column);
                    column += 1;
                }
            }
        }
    }
}

versions! {
    /// One image. The input gradient, a convolution too, comes here as well.
    pub(super) fn convolve<S>(plane: Plane) {
        let mut first = 0;
        while first < plane.channels {
            if S::WIDE && plane.channels - first > LANES {
                sweep::<S, 12, 2>(&plane, first);
                first += 2 * LANES;
            } else {
                // No lanes without a channel, where that is less work.
                match plane.channels - first {
                    ..=4 if S::PARTS => sweep::<S::First4, 12, 1>(&plane, first),
                    ..=8 if S::PARTS => sweep::<S::First8, 12, 1>(&plane, first),
                    ..=12 if S::PARTS => sweep::<S::First12, 6, 1>(&plane, first),
                    _ => sweep::<S, 6, 1>(&plane, first),
                }
                first += LANES;
            }
        }
    }
}

/// The largest of four and which it was; NaN wins.
#[inline(always)]
pub(super) unsafe fn pool_window<S: Simd>(window: [S::F; 4], relu: bool) -> (S::F, S::F) {
    // SAFETY: only registers.
    unsafe {
        let (mut best, mut place) = (window[0], S::zero());
        for (i, &value) in window.iter().enumerate().skip(1) {
            let wins = S::or(S::gt(value, best), S::is_nan(value));
            best = S::select(wins, value, best);
            place = S::select(wins, S::splat(i as f32), place);
        }
        if relu {
            place = S::select(S::le(best, S::zero()), S::splat(4.0), place);
            best = S::relu(best);
        }
        (best, place)
    }
}

/// P pooled pixels of a row by V panels; C = 2 P.
#[inline(always)]
unsafe fn pooled_tile<S: Simd, const C: usize, const V: usize>(
    plane: &Plane,
    argmax: *mut u8,
    first: usize,
    row: usize,
    column: usize,
) {
    // SAFETY: the façade's checks; `row`, `column` and `first` are inside the pooled output.
    unsafe {
        let lanes = |v: usize| (plane.channels - first - v * LANES).min(LANES);
        let mut sums = [[[S::zero(); V]; C]; 2];
        if let Init::Bias(bias) = plane.init {
            for v in 0..V {
                let b = S::load(bias.add(first + v * LANES));
                for c in 0..C {
                    sums[0][c][v] = b;
                    sums[1][c][v] = b;
                }
            }
        }
        let input = plane.input.add(2 * row * plane.step_row + 2 * column * plane.step_column);
        let sums = window::<S, 2, C, V>(plane, input, plane.weight.add(first / LANES * plane.panel), sums);
        for p in 0..C / 2 {
            let pixel = (column + p) * plane.output_column + first;
            let output = plane.output.add(row * plane.output_row + pixel);
            let argmax = argmax.add(row * plane.columns * plane.output_column + pixel);
            for v in 0..V {
                let four =
                    [sums[0][2 * p][v], sums[0][2 * p + 1][v], sums[1][2 * p][v], sums[1][2 * p + 1][v]];
                let (best, place) = pool_window::<S>(four, plane.relu);
                S::store_first(output.add(v * LANES), lanes(v), best);
                S::store_bytes_first(argmax.add(v * LANES), lanes(v), place);
            }
        }
    }
}

#[inline(always)]
unsafe fn pooled_sweep<S: Simd, const C: usize, const V: usize>(
    plane: &Plane,
    argmax: *mut u8,
    first: usize,
) {
    // SAFETY: tiles stay inside the output.
    unsafe {
        for row in 0..plane.rows {
            let mut column = 0;
            while column < plane.columns {
                if plane.columns - column >= C / 2 {
                    pooled_tile::<S, C, V>(plane, argmax, first, row, column);
                    column += C / 2;
                } else if C > 4 && plane.columns - column >= 2 {
                    pooled_tile::<S, 4, V>(plane, argmax, first, row, column);
                    column += 2;
                } else {
                    pooled_tile::<S, 2, V>(plane, argmax, first, row, column);
                    column += 1;
                }
            }
        }
    }
}

versions! {
    fn convolve_pooled<S>(plane: Plane, argmax: *mut u8) {
        if patch::has_kernel::<S>(&plane) {
            return patch::convolve_pooled::<S>(&plane, argmax);
        }
        let mut first = 0;
        while first < plane.channels {
            if S::WIDE && plane.channels - first > LANES {
                pooled_sweep::<S, 6, 2>(&plane, argmax, first);
                first += 2 * LANES;
            } else if S::WIDE {
                pooled_sweep::<S, 6, 1>(&plane, argmax, first);
                first += LANES;
            } else {
                pooled_sweep::<S, 2, 1>(&plane, argmax, first);
                first += LANES;
            }
        }
    }
}
