//! Fully connected layer in plain loops: the specification.
//!
//! Formula: y[b, n] = sum over k of x[b, k] w[n, k] + bias[n].
//!
//! Layout: x `[image][k]`, y `[image][n]`, weight `[n][k]`, bias [n]. k runs in the memory order of x: behind a
//! flattened image that is (row, column, channel) where PyTorch's weight has (channel, row, column), and
//! the caller permutes the columns ([`memory_column`]).
//!
//! Order of accumulation, always by fused multiply-add:
//! - Output: 16 lanes from +0; lane l takes k = l, l + 16, ... ascending; k is padded to a multiple of 16
//!   with x = w = +0, which are multiplied. Then lane i += lane i + 8 for i < 8, + 4 for i < 4, + 2, + 1;
//!   then lane 0 + bias (without a bias no addition).
//!   With 512 inputs or more there are two such sums without the bias, then the first plus the second, then plus the
//!   bias. The first is that of the first floor(b / 2) of b blocks of 64 inputs (the last one may be shorter), the
//!   second that of all others.
//! - Input gradient: from +0 or from what is there, over n ascending; at the end + (+0).
//! - Weight gradient: from +0 over the images of the batch ascending; at the end + (+0). Bias gradient: the
//!   same with plain additions of dy, without the last.
//!
//! What adding +0 is for: a sum that is zero is +0 then, whichever of its terms were zeros. Terms with
//! dy = 0 may be skipped where all other factors are finite.

use super::geometry::second_half;
use crate::fused::with_multiply_add;
use crate::real::Real;

/// Virtual lanes of the forward sum.
pub const LANES: usize = 16;

/// Sizes of a fully connected layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinearGeometry {
    /// Values of one image's input.
    pub in_features: usize,
    /// Values of one image's output.
    pub out_features: usize,
}

/// Where column `k` of PyTorch's weight, which counts (channel, row, column) of a flattened image of
/// `[channels, height, width]`, stands in memory order: (row, column, channel).
pub fn memory_column(k: usize, [channels, height, width]: [usize; 3]) -> usize {
    let (channel, pixel) = (k / (height * width), k % (height * width));
    pixel * channels + channel
}

/// A weight in memory order from PyTorch's, `[out][in]`.
pub fn to_memory_order<T: Copy>(image: [usize; 3], pytorch: &[T], memory: &mut [T]) {
    permute(image, pytorch.len(), memory.len(), |from, to| memory[to] = pytorch[from]);
}

/// PyTorch's weight (or its gradient) from the one in memory order, `[out][in]`.
pub fn from_memory_order<T: Copy>(image: [usize; 3], memory: &[T], pytorch: &mut [T]) {
    permute(image, pytorch.len(), memory.len(), |from, to| pytorch[from] = memory[to]);
}

fn permute(image: [usize; 3], from: usize, to: usize, mut copy: impl FnMut(usize, usize)) {
    let features = image.iter().product::<usize>();
    assert_eq!(from, to, "linear: lengths of the two weights");
    assert_eq!(from % features, 0, "linear: the weight has no whole rows of {features}");
    for row in (0..from).step_by(features) {
        for k in 0..features {
            copy(row + k, row + memory_column(k, image));
        }
    }
}

/// Writes the output of every image in `x`.
pub fn forward<T: Real>(g: &LinearGeometry, x: &[T], weight: &[T], bias: Option<&[T]>, y: &mut [T]) {
    with_multiply_add(
        #[inline(always)]
        || forward_loops(g, x, weight, bias, y),
    );
}

#[inline(always)]
fn forward_loops<T: Real>(g: &LinearGeometry, x: &[T], weight: &[T], bias: Option<&[T]>, y: &mut [T]) {
    check(g, x, y, weight);
    for (x, y) in x.chunks_exact(g.in_features).zip(y.chunks_exact_mut(g.out_features)) {
        for (n, y) in y.iter_mut().enumerate() {
            let sum = sum_of_products(x, &weight[n * g.in_features..][..g.in_features]);
            *y = bias.map_or(sum, |bias| sum + bias[n]);
        }
    }
}

/// The sum of products, of many in two halves.
#[inline(always)]
fn sum_of_products<T: Real>(x: &[T], w: &[T]) -> T {
    match second_half(x.len()) {
        Some(k) => dot(&x[..k], &w[..k]) + dot(&x[k..], &w[k..]),
        None => dot(x, w),
    }
}

/// The sum of products in 16 lanes.
#[inline(always)]
fn dot<T: Real>(x: &[T], w: &[T]) -> T {
    let at = |values: &[T], k: usize| values.get(k).copied().unwrap_or(T::ZERO);
    let mut lanes = [T::ZERO; LANES];
    for start in (0..x.len()).step_by(LANES) {
        for (l, lane) in lanes.iter_mut().enumerate() {
            *lane = at(x, start + l).mul_add(at(w, start + l), *lane);
        }
    }
    for half in [8, 4, 2, 1] {
        for i in 0..half {
            lanes[i] = lanes[i] + lanes[i + half];
        }
    }
    lanes[0]
}

/// Writes the gradient of the input, or adds to it with `accumulate`.
pub fn input_gradient<T: Real>(g: &LinearGeometry, dy: &[T], weight: &[T], accumulate: bool, dx: &mut [T]) {
    with_multiply_add(
        #[inline(always)]
        || input_gradient_loops(g, dy, weight, accumulate, dx),
    );
}

#[inline(always)]
fn input_gradient_loops<T: Real>(g: &LinearGeometry, dy: &[T], weight: &[T], accumulate: bool, dx: &mut [T]) {
    check(g, dx, dy, weight);
    for (dx, dy) in dx.chunks_exact_mut(g.in_features).zip(dy.chunks_exact(g.out_features)) {
        for (k, dx) in dx.iter_mut().enumerate() {
            let mut acc = if accumulate { *dx } else { T::ZERO };
            for (n, dy) in dy.iter().enumerate() {
                acc = dy.mul_add(weight[n * g.in_features + k], acc);
            }
            *dx = acc + T::ZERO;
        }
    }
}

/// Writes the gradients of the weight and of the bias, where there is one.
pub fn weight_gradient<T: Real>(
    g: &LinearGeometry,
    x: &[T],
    dy: &[T],
    dweight: &mut [T],
    dbias: Option<&mut [T]>,
) {
    with_multiply_add(
        #[inline(always)]
        || weight_gradient_loops(g, x, dy, dweight, dbias),
    );
}

#[inline(always)]
fn weight_gradient_loops<T: Real>(
    g: &LinearGeometry,
    x: &[T],
    dy: &[T],
    dweight: &mut [T],
    dbias: Option<&mut [T]>,
) {
    check(g, x, dy, dweight);
    for (i, dweight) in dweight.iter_mut().enumerate() {
        let (n, k) = (i / g.in_features, i % g.in_features);
        let mut acc = T::ZERO;
        for (x, dy) in x.chunks_exact(g.in_features).zip(dy.chunks_exact(g.out_features)) {
            acc = dy[n].mul_add(x[k], acc);
        }
        *dweight = acc + T::ZERO;
    }
    if let Some(dbias) = dbias {
        assert_eq!(dbias.len(), g.out_features, "linear: length of dbias");
        for (n, dbias) in dbias.iter_mut().enumerate() {
            let mut acc = T::ZERO;
            for dy in dy.chunks_exact(g.out_features) {
                acc = acc + dy[n];
            }
            *dbias = acc;
        }
    }
}

fn check<T>(g: &LinearGeometry, x: &[T], y: &[T], weight: &[T]) {
    let images = x.len() / g.in_features;
    assert_eq!(x.len(), images * g.in_features, "linear: length of the input");
    assert_eq!(y.len(), images * g.out_features, "linear: length of the output");
    assert_eq!(weight.len(), g.in_features * g.out_features, "linear: length of the weight");
}
