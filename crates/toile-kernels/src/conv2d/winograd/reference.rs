//! Winograd's convolution in plain loops: the specification.
//!
//! Formula, layout and what lies outside an image: as in the direct [`reference`](crate::conv2d::reference),
//! for 3x3 windows and stride 1. Tiles of 2x2 outputs are counted from output (0, 0); the last may hang over
//! the edge: their outputs beyond are not stored, the inputs they would see beyond the padding are +0.
//!
//! Transforms of squares go down the columns first, then along the rows, each line by plain operations in
//! the order written in the functions below.
//!
//! Order of accumulation, per component of a tile by fused multiply-add:
//! - Output: over ic ascending from +0, in component (1, 1) (which enters each output once, with a plus) from
//!   the bias.
//! - Input gradient: the same convolution of dy, padded with 2 - padding, with the flipped weight, over oc
//!   ascending from +0; where something is there, the result is added to it at the end.
//! - Weight gradient: within each group of [`GROUP`] images, counted from the start of the batch, from +0
//!   over
//!   images and tiles, dy beyond the edge +0; transformed back; then the total from +0, plus the groups in
//!   order. The bias gradient is the direct one.

use crate::GROUP;
use crate::conv2d::reference::{Conv2dGeometry, bias_gradient};
use crate::fused::with_multiply_add;
use crate::real::Real;

type Square<T, const N: usize> = [[T; N]; N];

/// B^T d.
fn input_line<T: Real>(d: [T; 4]) -> [T; 4] {
    [d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]]
}

/// G g.
fn weight_line<T: Real>(g: [T; 3]) -> [T; 4] {
    let half = T::from_f64(0.5);
    let outer = g[0] + g[2];
    [g[0], half * (outer + g[1]), half * (outer - g[1]), g[2]]
}

/// A^T m.
fn output_line<T: Real>(m: [T; 4]) -> [T; 2] {
    [m[0] + (m[1] + m[2]), (m[1] - m[2]) - m[3]]
}

/// A dy, the last component with the other sign.
fn gradient_line<T: Real>(dy: [T; 2]) -> [T; 4] {
    [dy[0], dy[0] + dy[1], dy[0] - dy[1], dy[1]]
}

/// G^T u, the last component of u with the other sign.
fn weight_gradient_line<T: Real>(u: [T; 4]) -> [T; 3] {
    let half = T::from_f64(0.5);
    let outer = half * (u[1] + u[2]);
    [u[0] + outer, half * (u[1] - u[2]), outer - u[3]]
}

/// Transforms the columns, then the rows.
fn square<T: Real, const N: usize, const M: usize>(
    line: impl Fn([T; N]) -> [T; M],
    x: Square<T, N>,
) -> Square<T, M> {
    let mut half = [[T::ZERO; N]; M];
    for column in 0..N {
        let to = line(x.map(|row| row[column]));
        for row in 0..M {
            half[row][column] = to[row];
        }
    }
    half.map(line)
}

/// A convolution with all sizes and padding taken care of.
struct Convolution<'a, T> {
    /// Channels of the input and of the output.
    channels: [usize; 2],
    /// Of the output.
    size: [usize; 2],
    /// Transformed, `[input channel][output channel]`.
    weight: Vec<Square<T, 4>>,
    bias: Option<&'a [T]>,
}

impl<T: Real> Convolution<'_, T> {
    /// Convolves an image, given by (row, column, channel) from output (0, 0)'s window on, and hands over
    /// each output with its row, column and channel.
    #[inline(always)]
    fn run(&self, x: impl Fn(usize, usize, usize) -> T, mut output: impl FnMut([usize; 3], T)) {
        let [inputs, outputs] = self.channels;
        for (row, column) in tiles(self.size) {
            let tile = |ic| square(input_line, cut(|r, c| x(row + r, column + c, ic)));
            let tiles: Vec<Square<T, 4>> = (0..inputs).map(tile).collect();
            for oc in 0..outputs {
                let mut m = [[T::ZERO; 4]; 4];
                m[1][1] = self.bias.map_or(T::ZERO, |bias| bias[oc]);
                for (ic, tile) in tiles.iter().enumerate() {
                    let weight = &self.weight[ic * outputs + oc];
                    for (r, c) in (0..4).flat_map(|r| (0..4).map(move |c| (r, c))) {
                        m[r][c] = tile[r][c].mul_add(weight[r][c], m[r][c]);
                    }
                }
                for (r, values) in square(output_line, m).into_iter().enumerate() {
                    for (c, value) in values.into_iter().enumerate() {
                        if row + r < self.size[0] && column + c < self.size[1] {
                            output([row + r, column + c, oc], value);
                        }
                    }
                }
            }
        }
    }
}

/// The first row and column of each tile.
fn tiles(size: [usize; 2]) -> impl Iterator<Item = (usize, usize)> {
    (0..size[0]).step_by(2).flat_map(move |row| (0..size[1]).step_by(2).map(move |column| (row, column)))
}

fn cut<T: Real, const N: usize>(x: impl Fn(usize, usize) -> T) -> Square<T, N> {
    std::array::from_fn(|r| std::array::from_fn(|c| x(r, c)))
}

/// A value of an image from output (0, 0)'s window on, by row, column and channel.
fn padded<T: Real>(g: &Conv2dGeometry, x: &[T], [row, column, ic]: [usize; 3]) -> T {
    let inside = |position: usize, axis: usize| {
        position.checked_sub(g.window.padding[axis]).filter(|&i| i < g.window.input[axis])
    };
    g.input_at(x, inside(row, 0), inside(column, 1), ic)
}

/// Writes the output of every image in `x`.
pub fn forward<T: Real>(g: &Conv2dGeometry, x: &[T], weight: &[T], bias: Option<&[T]>, y: &mut [T]) {
    with_multiply_add(
        #[inline(always)]
        || forward_loops(g, x, weight, bias, y),
    );
}

#[inline(always)]
fn forward_loops<T: Real>(g: &Conv2dGeometry, x: &[T], weight: &[T], bias: Option<&[T]>, y: &mut [T]) {
    g.check(x, y, weight);
    assert!(g.suits_winograd(), "not a convolution for Winograd: {g:?}");
    let weights = (0..g.in_channels).flat_map(|ic| (0..g.out_channels).map(move |oc| (oc, ic)));
    let convolution = Convolution {
        channels: [g.in_channels, g.out_channels],
        size: g.window.output,
        weight: weights
            .map(|(oc, ic)| square(weight_line, cut(|r, c| weight[g.weight_index(oc, ic, r, c)])))
            .collect(),
        bias,
    };
    for (x, y) in x.chunks_exact(g.input_len()).zip(y.chunks_exact_mut(g.output_len())) {
        convolution.run(
            |row, column, ic| padded(g, x, [row, column, ic]),
            |[row, column, oc], value| {
                y[(row * g.window.output[1] + column) * g.out_channels + oc] = value;
            },
        );
    }
}

/// Writes the gradient of the input, or adds to it with `accumulate`.
pub fn input_gradient<T: Real>(g: &Conv2dGeometry, dy: &[T], weight: &[T], accumulate: bool, dx: &mut [T]) {
    with_multiply_add(
        #[inline(always)]
        || input_gradient_loops(g, dy, weight, accumulate, dx),
    );
}

#[inline(always)]
fn input_gradient_loops<T: Real>(g: &Conv2dGeometry, dy: &[T], weight: &[T], accumulate: bool, dx: &mut [T]) {
    g.check(dx, dy, weight);
    assert!(g.suits_winograd(), "not a convolution for Winograd: {g:?}");
    let [rows, columns] = g.window.output;
    let weights = (0..g.out_channels).flat_map(|oc| (0..g.in_channels).map(move |ic| (oc, ic)));
    let convolution = Convolution {
        channels: [g.out_channels, g.in_channels],
        size: g.window.input,
        weight: weights
            .map(|(oc, ic)| square(weight_line, cut(|r, c| weight[g.weight_index(oc, ic, 2 - r, 2 - c)])))
            .collect(),
        bias: None,
    };
    for (dx, dy) in dx.chunks_exact_mut(g.input_len()).zip(dy.chunks_exact(g.output_len())) {
        // Padding may exceed 2: then dy is cut off instead.
        let value = |row: usize, column: usize, oc| {
            let oh = (row + g.window.padding[0]).checked_sub(2).filter(|&oh| oh < rows);
            let ow = (column + g.window.padding[1]).checked_sub(2).filter(|&ow| ow < columns);
            oh.zip(ow).map_or(T::ZERO, |(oh, ow)| dy[(oh * columns + ow) * g.out_channels + oc])
        };
        convolution.run(value, |[row, column, ic], value| {
            let dx = &mut dx[(row * g.window.input[1] + column) * g.in_channels + ic];
            *dx = if accumulate { *dx + value } else { value };
        });
    }
}

/// Writes the gradients of the weight and of the bias, where there is one.
pub fn weight_gradient<T: Real>(
    g: &Conv2dGeometry,
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
    g: &Conv2dGeometry,
    x: &[T],
    dy: &[T],
    dweight: &mut [T],
    dbias: Option<&mut [T]>,
) {
    g.check(x, dy, dweight);
    assert!(g.suits_winograd(), "not a convolution for Winograd: {g:?}");
    let [rows, columns] = g.window.output;
    dweight.fill(T::ZERO);
    for (x, dy) in x.chunks(GROUP * g.input_len()).zip(dy.chunks(GROUP * g.output_len())) {
        let mut sums = vec![[[T::ZERO; 4]; 4]; g.in_channels * g.out_channels];
        for (x, dy) in x.chunks_exact(g.input_len()).zip(dy.chunks_exact(g.output_len())) {
            let value = |row: usize, column: usize, oc: usize| {
                let inside = row < rows && column < columns;
                if inside { dy[(row * columns + column) * g.out_channels + oc] } else { T::ZERO }
            };
            for (row, column) in tiles(g.window.output) {
                let gradient = |oc| square(gradient_line, cut(|r, c| value(row + r, column + c, oc)));
                let gradients: Vec<Square<T, 4>> = (0..g.out_channels).map(gradient).collect();
                for (ic, sums) in sums.chunks_exact_mut(g.out_channels).enumerate() {
                    let tile = square(input_line, cut(|r, c| padded(g, x, [row + r, column + c, ic])));
                    for (sum, gradient) in sums.iter_mut().zip(&gradients) {
                        for (r, c) in (0..4).flat_map(|r| (0..4).map(move |c| (r, c))) {
                            sum[r][c] = tile[r][c].mul_add(gradient[r][c], sum[r][c]);
                        }
                    }
                }
            }
        }
        for (i, &sum) in sums.iter().enumerate() {
            let (ic, oc) = (i / g.out_channels, i % g.out_channels);
            for (r, values) in square(weight_gradient_line, sum).into_iter().enumerate() {
                for (c, value) in values.into_iter().enumerate() {
                    let total = &mut dweight[g.weight_index(oc, ic, r, c)];
                    *total = *total + value;
                }
            }
        }
    }
    if let Some(dbias) = dbias {
        bias_gradient(g, dy, dbias);
    }
}
