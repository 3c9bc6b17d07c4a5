//! Winograd's convolution in plain loops: the specification.
//!
//! Formula, layout and what lies outside an image: as in the direct [`reference`](crate::conv2d::reference),
//! for 3x3 windows and stride 1. Tiles of 2x2 to 4x4 outputs are counted from output (0, 0); the last may hang over
//! the edge: their outputs beyond are not stored, the inputs they would see beyond the padding are +0.
//!
//! Transforms of squares go down the columns first, then along the rows, each line by plain operations in
//! the order written in the functions below.
//!
//! Order of accumulation, per component of a tile by fused multiply-add:
//! - Output: over ic ascending from +0. Of 2x2 outputs component (1, 1), which enters each of them once, with a
//!   plus, starts from the bias; to 3x3 and 4x4 outputs it is added at the end.
//! - Input gradient: the same convolution of dy, padded with 2 - padding, with the flipped weight, over oc
//!   ascending from +0; where something is there, the result is added to it at the end.
//! - Weight gradient: within each group of [`GROUP`] images, counted from the start of the batch, from +0
//!   over
//!   images and tiles, dy beyond the edge +0; transformed back; then the total from +0, plus the groups in
//!   order. The bias gradient is the direct one.
//!
//! With products of bf16 ([`Precision::Bf16`]) what has been transformed is rounded, and products are added two at a
//! time, the second one first: of two neighbouring channels, and of the weight gradient of two tiles of a group.

use super::points::{A, A_2, A_3, B, B_2, B_3, C_0, C_A, C_B, PRODUCT, SUM, three};
use crate::GROUP;
use crate::conv2d::algorithms::Tile;
use crate::conv2d::reference::{Conv2dGeometry, bias_gradient};
use crate::conv2d::sum::add_all;
use crate::fused::with_multiply_add;
use crate::precision::Precision;
use crate::real::Real;

type Square<T, const N: usize> = [[T; N]; N];

/// even + x odd and even - x odd.
#[inline(always)]
fn plus_minus<T: Real>(x: f64, odd: T, even: T) -> [T; 2] {
    [T::from_f64(x).mul_add(odd, even), T::from_f64(-x).mul_add(odd, even)]
}

/// The transforms of lines, for a tile of `M` outputs and `N` inputs.
trait Lines<T, const N: usize, const M: usize> {
    /// B^T d.
    fn input(d: [T; N]) -> [T; N];
    /// G g.
    fn weight(g: [T; 3]) -> [T; N];
    /// A^T m.
    fn output(m: [T; N]) -> [T; M];
    /// A dy.
    fn gradient(dy: [T; M]) -> [T; N];
    /// G^T u.
    fn weight_gradient(u: [T; N]) -> [T; 3];
    /// The component in each axis that enters every output once, with a plus, if there is one: it starts from the bias.
    const CENTRE: Option<usize>;
}

/// F(2x2, 3x3). The last component of dy and of u has the other sign.
struct Two;

impl<T: Real> Lines<T, 4, 2> for Two {
    const CENTRE: Option<usize> = Some(1);

    #[inline(always)]
    fn input(d: [T; 4]) -> [T; 4] {
        [d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]]
    }

    #[inline(always)]
    fn weight(g: [T; 3]) -> [T; 4] {
        let half = T::from_f64(0.5);
        let outer = g[0] + g[2];
        [g[0], half * (outer + g[1]), half * (outer - g[1]), g[2]]
    }

    #[inline(always)]
    fn output(m: [T; 4]) -> [T; 2] {
        [m[0] + (m[1] + m[2]), (m[1] - m[2]) - m[3]]
    }

    #[inline(always)]
    fn gradient(dy: [T; 2]) -> [T; 4] {
        [dy[0], dy[0] + dy[1], dy[0] - dy[1], dy[1]]
    }

    #[inline(always)]
    fn weight_gradient(u: [T; 4]) -> [T; 3] {
        let half = T::from_f64(0.5);
        let outer = half * (u[1] + u[2]);
        [u[0] + outer, half * (u[1] - u[2]), outer - u[3]]
    }
}

/// F(3x3, 3x3).
struct Three;

impl<T: Real> Lines<T, 5, 3> for Three {
    const CENTRE: Option<usize> = None;

    #[inline(always)]
    fn input(d: [T; 5]) -> [T; 5] {
        let [minus_b, minus_a_2] = [-three::B, -three::A_2].map(T::from_f64);
        let without_b = [0, 1, 2, 3].map(|i| minus_b.mul_add(d[i], d[i + 1]));
        let a = plus_minus(three::A, without_b[1], without_b[2]);
        let ends = [0, 1].map(|i| minus_a_2.mul_add(without_b[i], without_b[i + 2]));
        [ends[0], a[0], a[1], minus_a_2.mul_add(d[1], d[3]), ends[1]]
    }

    #[inline(always)]
    fn weight(g: [T; 3]) -> [T; 5] {
        let [c_0, c_plus, c_minus, c_b] =
            [three::C_0, three::C_PLUS, three::C_MINUS, three::C_B].map(T::from_f64);
        let a = plus_minus(three::A, g[1], T::from_f64(three::A_2).mul_add(g[2], g[0]));
        let b = T::from_f64(three::B_2).mul_add(g[2], T::from_f64(three::B).mul_add(g[1], g[0]));
        [c_0 * g[0], c_plus * a[0], c_minus * a[1], c_b * b, g[2]]
    }

    #[inline(always)]
    fn output(m: [T; 5]) -> [T; 3] {
        let [a, a_2, b, b_2] = [three::A, three::A_2, three::B, three::B_2].map(T::from_f64);
        let [sum, difference] = [m[1] + m[2], m[1] - m[2]];
        [m[0] + (sum + m[3]), b.mul_add(m[3], a * difference), b_2.mul_add(m[3], a_2.mul_add(sum, m[4]))]
    }

    #[inline(always)]
    fn gradient(dy: [T; 3]) -> [T; 5] {
        let [a_2, b, b_2] = [three::A_2, three::B, three::B_2].map(T::from_f64);
        let a = plus_minus(three::A, dy[1], a_2.mul_add(dy[2], dy[0]));
        [dy[0], a[0], a[1], b_2.mul_add(dy[2], b.mul_add(dy[1], dy[0])), dy[2]]
    }

    #[inline(always)]
    fn weight_gradient(u: [T; 5]) -> [T; 3] {
        let [c_0, c_plus, c_minus, c_b] =
            [three::C_0, three::C_PLUS, three::C_MINUS, three::C_B].map(T::from_f64);
        let [a, a_2, b, b_2] = [three::A, three::A_2, three::B, three::B_2].map(T::from_f64);
        let [sum, difference] = [c_plus * u[1] + c_minus * u[2], c_plus * u[1] - c_minus * u[2]];
        let at_b = c_b * u[3];
        [
            c_0.mul_add(u[0], sum + at_b),
            b.mul_add(at_b, a * difference),
            b_2.mul_add(at_b, a_2.mul_add(sum, u[4])),
        ]
    }
}

/// F(4x4, 3x3).
struct Four;

impl<T: Real> Lines<T, 6, 4> for Four {
    const CENTRE: Option<usize> = None;

    #[inline(always)]
    fn input(d: [T; 6]) -> [T; 6] {
        let [product, minus_sum] = [PRODUCT, -SUM].map(T::from_f64);
        let [minus_a, minus_b] = [-A_2, -B_2].map(T::from_f64);
        let a = plus_minus(A, minus_b.mul_add(d[1], d[3]), minus_b.mul_add(d[2], d[4]));
        let b = plus_minus(B, minus_a.mul_add(d[1], d[3]), minus_a.mul_add(d[2], d[4]));
        let ends = [0, 1].map(|i| product.mul_add(d[i], minus_sum.mul_add(d[i + 2], d[i + 4])));
        [ends[0], a[0], a[1], b[0], b[1], ends[1]]
    }

    #[inline(always)]
    fn weight(g: [T; 3]) -> [T; 6] {
        let [c_0, c_a, c_b] = [C_0, C_A, C_B].map(T::from_f64);
        let a = plus_minus(A, g[1], T::from_f64(A_2).mul_add(g[2], g[0]));
        let b = plus_minus(B, g[1], T::from_f64(B_2).mul_add(g[2], g[0]));
        [c_0 * g[0], c_a * a[0], c_a * a[1], c_b * b[0], c_b * b[1], g[2]]
    }

    #[inline(always)]
    fn output(m: [T; 6]) -> [T; 4] {
        let [a, a_2, a_3] = [A, A_2, A_3].map(T::from_f64);
        let [b, b_2, b_3] = [B, B_2, B_3].map(T::from_f64);
        let [sum_a, difference_a] = [m[1] + m[2], m[1] - m[2]];
        let [sum_b, difference_b] = [m[3] + m[4], m[3] - m[4]];
        [
            m[0] + (sum_a + sum_b),
            b.mul_add(difference_b, a * difference_a),
            b_2.mul_add(sum_b, a_2 * sum_a),
            b_3.mul_add(difference_b, a_3.mul_add(difference_a, m[5])),
        ]
    }

    #[inline(always)]
    fn gradient(dy: [T; 4]) -> [T; 6] {
        let [a_2, b_2] = [A_2, B_2].map(T::from_f64);
        let a = plus_minus(A, a_2.mul_add(dy[3], dy[1]), a_2.mul_add(dy[2], dy[0]));
        let b = plus_minus(B, b_2.mul_add(dy[3], dy[1]), b_2.mul_add(dy[2], dy[0]));
        [dy[0], a[0], a[1], b[0], b[1], dy[3]]
    }

    #[inline(always)]
    fn weight_gradient(u: [T; 6]) -> [T; 3] {
        let [c_0, c_a, c_b] = [C_0, C_A, C_B].map(T::from_f64);
        let [a, a_2, b, b_2] = [A, A_2, B, B_2].map(T::from_f64);
        let [sum_a, difference_a] = [c_a * (u[1] + u[2]), c_a * (u[1] - u[2])];
        let [sum_b, difference_b] = [c_b * (u[3] + u[4]), c_b * (u[3] - u[4])];
        [
            c_0.mul_add(u[0], sum_a + sum_b),
            b.mul_add(difference_b, a * difference_a),
            b_2.mul_add(sum_b, a_2.mul_add(sum_a, u[5])),
        ]
    }
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
struct Convolution<'a, T, const N: usize> {
    /// Channels of the input and of the output.
    channels: [usize; 2],
    /// Of the output.
    size: [usize; 2],
    precision: Precision,
    /// Transformed, `[input channel][output channel]`.
    weight: Vec<Square<T, N>>,
    bias: Option<&'a [T]>,
}

impl<T: Real, const N: usize> Convolution<'_, T, N> {
    /// Convolves an image, given by (row, column, channel) from output (0, 0)'s window on, and hands over
    /// each output with its row, column and channel.
    #[inline(always)]
    fn run<L: Lines<T, N, M>, const M: usize>(
        &self,
        x: impl Fn(usize, usize, usize) -> T,
        mut output: impl FnMut([usize; 3], T),
    ) {
        let [inputs, outputs] = self.channels;
        for (row, column) in tiles::<M>(self.size) {
            let tile = |ic| square(L::input, cut(|r, c| x(row + r, column + c, ic)));
            let tiles: Vec<Square<T, N>> = (0..inputs).map(tile).collect();
            for oc in 0..outputs {
                let mut m = [[T::ZERO; N]; N];
                let bias = self.bias.map(|bias| bias[oc]);
                if let (Some(i), Some(bias)) = (L::CENTRE, bias) {
                    m[i][i] = bias;
                }
                for (r, c) in (0..N).flat_map(|r| (0..N).map(move |c| (r, c))) {
                    let factors = tiles.iter().enumerate();
                    let factors =
                        factors.map(|(ic, tile)| [tile[r][c], self.weight[ic * outputs + oc][r][c]]);
                    m[r][c] = add_all(self.precision, m[r][c], factors);
                }
                for (r, values) in square(L::output, m).into_iter().enumerate() {
                    for (c, value) in values.into_iter().enumerate() {
                        if row + r < self.size[0] && column + c < self.size[1] {
                            let bias = bias.filter(|_| L::CENTRE.is_none());
                            let value = bias.map_or(value, |bias| value + bias);
                            output([row + r, column + c, oc], value);
                        }
                    }
                }
            }
        }
    }
}

/// The first row and column of each tile.
fn tiles<const M: usize>(size: [usize; 2]) -> impl Iterator<Item = (usize, usize)> {
    (0..size[0]).step_by(M).flat_map(move |row| (0..size[1]).step_by(M).map(move |column| (row, column)))
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
pub fn forward<T: Real>(
    g: &Conv2dGeometry,
    (tile, precision): (Tile, Precision),
    x: &[T],
    weight: &[T],
    bias: Option<&[T]>,
    y: &mut [T],
) {
    with_multiply_add(
        #[inline(always)]
        || match tile {
            Tile::Two => forward_loops::<T, Two, 4, 2>(g, precision, x, weight, bias, y),
            Tile::Three => forward_loops::<T, Three, 5, 3>(g, precision, x, weight, bias, y),
            Tile::Four => forward_loops::<T, Four, 6, 4>(g, precision, x, weight, bias, y),
        },
    );
}

#[inline(always)]
fn forward_loops<T: Real, L: Lines<T, N, M>, const N: usize, const M: usize>(
    g: &Conv2dGeometry,
    precision: Precision,
    x: &[T],
    weight: &[T],
    bias: Option<&[T]>,
    y: &mut [T],
) {
    g.check(x, y, weight);
    assert!(g.suits_winograd(), "not a convolution for Winograd: {g:?}");
    let weights = (0..g.in_channels).flat_map(|ic| (0..g.out_channels).map(move |oc| (oc, ic)));
    let convolution = Convolution {
        channels: [g.in_channels, g.out_channels],
        size: g.window.output,
        precision,
        weight: weights
            .map(|(oc, ic)| square(L::weight, cut(|r, c| weight[g.weight_index(oc, ic, r, c)])))
            .collect(),
        bias,
    };
    for (x, y) in x.chunks_exact(g.input_len()).zip(y.chunks_exact_mut(g.output_len())) {
        convolution.run::<L, M>(
            |row, column, ic| padded(g, x, [row, column, ic]),
            |[row, column, oc], value| {
                y[(row * g.window.output[1] + column) * g.out_channels + oc] = value;
            },
        );
    }
}

/// Writes the gradient of the input, or adds to it with `accumulate`.
pub fn input_gradient<T: Real>(
    g: &Conv2dGeometry,
    (tile, precision): (Tile, Precision),
    dy: &[T],
    weight: &[T],
    accumulate: bool,
    dx: &mut [T],
) {
    with_multiply_add(
        #[inline(always)]
        || match tile {
            Tile::Two => input_gradient_loops::<T, Two, 4, 2>(g, precision, dy, weight, accumulate, dx),
            Tile::Three => input_gradient_loops::<T, Three, 5, 3>(g, precision, dy, weight, accumulate, dx),
            Tile::Four => input_gradient_loops::<T, Four, 6, 4>(g, precision, dy, weight, accumulate, dx),
        },
    );
}

#[inline(always)]
fn input_gradient_loops<T: Real, L: Lines<T, N, M>, const N: usize, const M: usize>(
    g: &Conv2dGeometry,
    precision: Precision,
    dy: &[T],
    weight: &[T],
    accumulate: bool,
    dx: &mut [T],
) {
    g.check(dx, dy, weight);
    assert!(g.suits_winograd(), "not a convolution for Winograd: {g:?}");
    let [rows, columns] = g.window.output;
    let weights = (0..g.out_channels).flat_map(|oc| (0..g.in_channels).map(move |ic| (oc, ic)));
    let convolution = Convolution {
        channels: [g.out_channels, g.in_channels],
        size: g.window.input,
        precision,
        weight: weights
            .map(|(oc, ic)| square(L::weight, cut(|r, c| weight[g.weight_index(oc, ic, 2 - r, 2 - c)])))
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
        convolution.run::<L, M>(value, |[row, column, ic], value| {
            let dx = &mut dx[(row * g.window.input[1] + column) * g.in_channels + ic];
            *dx = if accumulate { *dx + value } else { value };
        });
    }
}

/// Writes the gradients of the weight and of the bias, where there is one.
pub fn weight_gradient<T: Real>(
    g: &Conv2dGeometry,
    (tile, precision): (Tile, Precision),
    x: &[T],
    dy: &[T],
    dweight: &mut [T],
    dbias: Option<&mut [T]>,
) {
    with_multiply_add(
        #[inline(always)]
        || match tile {
            Tile::Two => weight_gradient_loops::<T, Two, 4, 2>(g, precision, x, dy, dweight, dbias),
            Tile::Three => weight_gradient_loops::<T, Three, 5, 3>(g, precision, x, dy, dweight, dbias),
            Tile::Four => weight_gradient_loops::<T, Four, 6, 4>(g, precision, x, dy, dweight, dbias),
        },
    );
}

#[inline(always)]
fn weight_gradient_loops<T: Real, L: Lines<T, N, M>, const N: usize, const M: usize>(
    g: &Conv2dGeometry,
    precision: Precision,
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
        // Of each tile of the group: input channels, and gradients of the output's.
        let mut transformed: Vec<[Vec<Square<T, N>>; 2]> = vec![];
        for (x, dy) in x.chunks_exact(g.input_len()).zip(dy.chunks_exact(g.output_len())) {
            let value = |row: usize, column: usize, oc: usize| {
                let inside = row < rows && column < columns;
                if inside { dy[(row * columns + column) * g.out_channels + oc] } else { T::ZERO }
            };
            for (row, column) in tiles::<M>(g.window.output) {
                let gradient = |oc| square(L::gradient, cut(|r, c| value(row + r, column + c, oc)));
                let input = |ic| square(L::input, cut(|r, c| padded(g, x, [row + r, column + c, ic])));
                transformed.push([
                    (0..g.in_channels).map(input).collect(),
                    (0..g.out_channels).map(gradient).collect(),
                ]);
            }
        }
        let sum = |ic: usize, oc: usize| {
            cut(|r, c| {
                let factors = transformed.iter().map(|[x, dy]| [x[ic][r][c], dy[oc][r][c]]);
                add_all(precision, T::ZERO, factors)
            })
        };
        let pairs = (0..g.in_channels).flat_map(|ic| (0..g.out_channels).map(move |oc| (ic, oc)));
        let sums: Vec<Square<T, N>> = pairs.map(|(ic, oc)| sum(ic, oc)).collect();
        for (i, &sum) in sums.iter().enumerate() {
            let (ic, oc) = (i / g.out_channels, i % g.out_channels);
            for (r, values) in square(L::weight_gradient, sum).into_iter().enumerate() {
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
