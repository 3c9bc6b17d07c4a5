//! Forward convolution of one input channel by 3x3 windows, max-pooled: all weights stay in registers, and
//! each value of the patch under a pooling window is loaded once for up to four outputs.

use super::geometry::Conv2d;
use super::plane::{Init, Plane};
use crate::LANES;
use crate::max_pool2d::fused::pool_window;
use crate::simd::{Simd, versions};

/// Kernel height and width. Larger ones do not leave registers enough: there the general kernel is faster.
const K: usize = 3;

/// Whether the kernel is made for this convolution: one input channel, and stride 1.
pub(super) fn suits(conv: &Conv2d) -> bool {
    conv.pool && conv.input.channels == 1 && conv.kernel == [K, K] && conv.stride == [1, 1]
}

versions! {
    /// One image. Only where the registers hold the weights ([`Isa::is_wide`](crate::isa::Isa::is_wide)).
    pub(super) fn convolve_pooled<S>(plane: Plane, argmax: *mut u8) {
        assert!(S::WIDE, "registers for all weights");
        for first in (0..plane.channels).step_by(LANES) {
            sweep::<S>(&plane, argmax, first);
        }
    }
}

/// All pooled pixels of sixteen channels.
#[inline(always)]
unsafe fn sweep<S: Simd>(plane: &Plane, argmax: *mut u8, first: usize) {
    // SAFETY: `Forward::check` and `Backward::check` have compared the buffers with what the geometry reaches.
    unsafe {
        let weight = plane.weight.add(first / LANES * plane.panel);
        let mut weights = [[S::zero(); K]; K];
        for kh in 0..K {
            for kw in 0..K {
                weights[kh][kw] = S::load(weight.add((kh * K + kw) * LANES));
            }
        }
        let start = match plane.init {
            Init::Bias(bias) => S::load(bias.add(first)),
            _ => S::zero(),
        };
        for row in 0..plane.rows {
            let total = pooled_row::<S, true>(plane, &weights, start, argmax, first, row);
            // The total is NaN if a summand was (and where infinities cancelled, which does no harm).
            if S::any(S::is_nan(total)) {
                pooled_row::<S, false>(plane, &weights, start, argmax, first, row);
            }
        }
    }
}

/// A row of pooled pixels of sixteen channels. Returns the sum of all that was pooled. With `FINITE` there
/// is no NaN among it, or else what is stored means nothing.
#[inline(always)]
unsafe fn pooled_row<S: Simd, const FINITE: bool>(
    plane: &Plane,
    weights: &[[S::F; K]; K],
    start: S::F,
    argmax: *mut u8,
    first: usize,
    row: usize,
) -> S::F {
    let lanes = (plane.channels - first).min(LANES);
    // SAFETY: `Forward::check` and `Backward::check` have compared the buffers with what the geometry reaches.
    unsafe {
        let mut total = S::zero();
        for column in 0..plane.columns {
            let x = plane.input.add(2 * row * plane.step_row + 2 * column);
            let mut sums = [[start; 2]; 2];
            for i in 0..K + 1 {
                for j in 0..K + 1 {
                    let value = S::splat(*x.add(i * plane.input_row + j));
                    for r in 0..2 {
                        for c in 0..2 {
                            // Where the value lies in the window of output (r, c), if it does.
                            if i >= r && i - r < K && j >= c && j - c < K {
                                sums[r][c] = S::fma(value, weights[i - r][j - c], sums[r][c]);
                            }
                        }
                    }
                }
            }
            let [[a, b], [c, d]] = sums;
            total = S::add(total, S::add(S::add(a, b), S::add(c, d)));
            let pixel = column * plane.output_column + first;
            let output = plane.output.add(row * plane.output_row + pixel);
            let argmax = argmax.add(row * plane.columns * plane.output_column + pixel);
            if FINITE {
                let (best, place) = pool_finite::<S>([a, b, c, d], plane.relu);
                S::store_first(output, lanes, best);
                S::store_places_first(argmax, lanes, place);
            } else {
                let (best, place) = pool_window::<S>([a, b, c, d], plane.relu);
                S::store_first(output, lanes, best);
                S::store_bytes_first(argmax, lanes, place);
            }
        }
        total
    }
}

/// [`pool_window`] without its comparisons for NaN: the multipliers' ports have no time for them.
#[inline(always)]
unsafe fn pool_finite<S: Simd>([a, b, c, d]: [S::F; 4], relu: bool) -> (S::F, S::P) {
    // SAFETY: only registers; the caller vouches for the instruction set `S`.
    unsafe {
        let (right, below) = (S::gt(b, a), S::gt(d, c));
        let (upper, lower) = (S::select(right, b, a), S::select(below, d, c));
        let upper_place = S::select_place(right, S::place(1), S::place(0));
        let lower_place = S::select_place(below, S::place(3), S::place(2));
        let lower_wins = S::gt(lower, upper);
        let best = S::select(lower_wins, lower, upper);
        let place = S::select_place(lower_wins, lower_place, upper_place);
        // Nothing is below a NaN: without ReLU everything passes, and there is no branch.
        let floor = S::splat(if relu { 0.0 } else { f32::NAN });
        (S::max(floor, best), S::select_place(S::le(best, floor), S::place(4), place))
    }
}
