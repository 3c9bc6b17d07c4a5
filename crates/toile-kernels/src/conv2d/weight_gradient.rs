//! Weight and bias gradients, dense: tiles of weights in the registers while the pixels stream past.

use super::geometry::Conv2d;
use super::split::Share;
use super::spread::SpreadPlane;
use crate::LANES;
use crate::simd::{Simd, Vector, versions};

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

/// M adjacent weights of a kernel row by P panels, over all pixels of an image.
#[inline(always)]
unsafe fn weight_tile<V: Vector, const M: usize, const P: usize>(
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
    // SAFETY: `Forward::check` and `Backward::check` have compared the buffers with what the geometry reaches.
    // Only the last panel may be partly filled.
    unsafe {
        let mut sums = [[V::zero(); P]; M];
        if !fresh {
            for m in 0..M {
                for p in 0..P {
                    sums[m][p] = V::load(partial.add(p * panel + m * LANES));
                }
            }
        }
        each_pixel!(size, down, right, |at| {
            let (x, g) = (x.add(at[0]), gradient.values.add(at[1]).cast_const());
            let mut gradients = [V::zero(); P];
            for p in 0..P {
                gradients[p] = if p + 1 < P || lanes == V::LANES {
                    V::load(g.add(p * LANES))
                } else {
                    V::load_first(g.add(p * LANES), lanes)
                };
            }
            for m in 0..M {
                let value = V::splat(*x.add(m));
                for p in 0..P {
                    sums[m][p] = V::fma(value, gradients[p], sums[m][p]);
                }
            }
        });
        for m in 0..M {
            for p in 0..P {
                let to = partial.add(p * panel + m * LANES);
                V::store_first(to, V::LANES, sums[m][p]);
                if fresh {
                    // Lanes that are not computed have no channel; their gradients are zero.
                    to.add(V::LANES).write_bytes(0, LANES - V::LANES);
                }
            }
        }
    }
}

/// Which of the tiles somebody else does.
struct Turns {
    share: Share,
    next: usize,
}

impl Turns {
    /// Whether the next tile is this part's.
    fn mine(&mut self) -> bool {
        let Share { part, parts } = self.share;
        self.next += 1;
        (self.next - 1) % parts == part
    }
}

/// All weights of P panels, from output channel `first`, in tiles of at most M.
#[inline(always)]
unsafe fn weight_sweep<V: Vector, const M: usize, const P: usize>(
    conv: &Conv2d,
    x: *const f32,
    gradient: SpreadPlane,
    partial: *mut f32,
    first: usize,
    fresh: bool,
    turns: &mut Turns,
) {
    let lanes = (conv.output.channels - first - (P - 1) * LANES).min(LANES);
    let size = conv.conv_size();
    // SAFETY: `Forward::check` and `Backward::check` have compared the buffers with what the geometry reaches.
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
                        1 => weight_tile::<V, 1, P>(conv, size, x, gradient, to, lanes, fresh),
                        2 => weight_tile::<V, 2, P>(conv, size, x, gradient, to, lanes, fresh),
                        3 => weight_tile::<V, 3, P>(conv, size, x, gradient, to, lanes, fresh),
                        4 => weight_tile::<V, 4, P>(conv, size, x, gradient, to, lanes, fresh),
                        _ => weight_tile::<V, M, P>(conv, size, x, gradient, to, lanes, fresh),
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
    pub(super) fn weight_gradient<S>(
        conv: Conv2d,
        x: *const f32,
        gradient: SpreadPlane,
        partial: *mut f32,
        fresh: bool,
        share: Share,
    ) {
        let channels = conv.output.channels;
        let mut turns = Turns { share, next: 0 };
        let mut first = 0;
        while first < channels {
            if S::WIDE && channels - first > LANES {
                weight_sweep::<S, 12, 2>(&conv, x, gradient, partial, first, fresh, &mut turns);
                first += 2 * LANES;
            } else {
                // No lanes without a channel, where that is less work.
                match channels - first {
                    ..=4 if S::PARTS => {
                        weight_sweep::<S::First4, 12, 1>(&conv, x, gradient, partial, first, fresh, &mut turns)
                    }
                    ..=8 if S::PARTS => {
                        weight_sweep::<S::First8, 12, 1>(&conv, x, gradient, partial, first, fresh, &mut turns)
                    }
                    ..=12 if S::PARTS => {
                        weight_sweep::<S::First12, 6, 1>(&conv, x, gradient, partial, first, fresh, &mut turns)
                    }
                    _ => weight_sweep::<S, 6, 1>(&conv, x, gradient, partial, first, fresh, &mut turns),
                }
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
    pub(super) fn bias_gradient<S>(conv: Conv2d, gradient: SpreadPlane, partial: *mut f32, fresh: bool) {
        bias_sums::<S>(&conv, gradient, partial, fresh);
    }
}

#[inline(always)]
unsafe fn bias_sums<S: Simd>(conv: &Conv2d, gradient: SpreadPlane, partial: *mut f32, fresh: bool) {
    let (channels, size) = (conv.output.channels, conv.conv_size());
    // SAFETY: `Forward::check` and `Backward::check` have compared the buffers with what the geometry reaches.
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
