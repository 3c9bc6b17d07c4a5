//! The transforms, sixteen channels at a time. First down the columns, then along the rows.
//!
//! Sizes are numbers known while compiling: a tile has 4x4 inputs and 2x2 outputs, 5x5 and 3x3, or 6x6 and 4x4.

use std::mem::MaybeUninit;

use super::points;
use super::put::Put;
use crate::simd::Simd;

const A: f32 = points::A as f32;
const B: f32 = points::B as f32;
const A_2: f32 = points::A_2 as f32;
const B_2: f32 = points::B_2 as f32;
const A_3: f32 = points::A_3 as f32;
const B_3: f32 = points::B_3 as f32;
const PRODUCT: f32 = points::PRODUCT as f32;
const SUM: f32 = points::SUM as f32;
const C_0: f32 = points::C_0 as f32;
const C_A: f32 = points::C_A as f32;
const C_B: f32 = points::C_B as f32;

/// Those of 5x5 inputs.
mod three {
    use super::points::three;

    pub(super) const A: f32 = three::A as f32;
    pub(super) const B: f32 = three::B as f32;
    pub(super) const A_2: f32 = three::A_2 as f32;
    pub(super) const B_2: f32 = three::B_2 as f32;
    pub(super) const C_0: f32 = three::C_0 as f32;
    pub(super) const C_PLUS: f32 = three::C_PLUS as f32;
    pub(super) const C_MINUS: f32 = three::C_MINUS as f32;
    pub(super) const C_B: f32 = three::C_B as f32;
}

/// even + x odd and even - x odd.
#[inline(always)]
unsafe fn plus_minus<S: Simd>(x: f32, odd: S::F, even: S::F) -> [S::F; 2] {
    // SAFETY: only registers; the caller vouches for the instruction set `S`.
    unsafe { [S::fma(S::splat(x), odd, even), S::fma(S::splat(-x), odd, even)] }
}

/// B^T d.
#[inline(always)]
unsafe fn input_line<S: Simd, const N: usize, const M: usize>(d: [S::F; N]) -> [S::F; M] {
    // SAFETY: only registers; the caller vouches for the instruction set `S`.
    unsafe {
        let mut line = [S::zero(); M];
        if N == 4 {
            line[0] = S::sub(d[0], d[2]);
            line[1] = S::add(d[1], d[2]);
            line[2] = S::sub(d[2], d[1]);
            line[3] = S::sub(d[1], d[3]);
        } else if N == 5 {
            let [minus_b, minus_a_2] = [S::splat(-three::B), S::splat(-three::A_2)];
            let mut without_b = [S::zero(); 4];
            for i in 0..4 {
                without_b[i] = S::fma(minus_b, d[i], d[i + 1]);
            }
            line[0] = S::fma(minus_a_2, without_b[0], without_b[2]);
            [line[1], line[2]] = plus_minus::<S>(three::A, without_b[1], without_b[2]);
            line[3] = S::fma(minus_a_2, d[1], d[3]);
            line[4] = S::fma(minus_a_2, without_b[1], without_b[3]);
        } else {
            let [minus_a, minus_b] = [S::splat(-A_2), S::splat(-B_2)];
            let (product, minus_sum) = (S::splat(PRODUCT), S::splat(-SUM));
            line[0] = S::fma(product, d[0], S::fma(minus_sum, d[2], d[4]));
            [line[1], line[2]] = plus_minus::<S>(A, S::fma(minus_b, d[1], d[3]), S::fma(minus_b, d[2], d[4]));
            [line[3], line[4]] = plus_minus::<S>(B, S::fma(minus_a, d[1], d[3]), S::fma(minus_a, d[2], d[4]));
            line[5] = S::fma(product, d[1], S::fma(minus_sum, d[3], d[5]));
        }
        line
    }
}

/// G g.
#[inline(always)]
unsafe fn weight_line<S: Simd, const N: usize, const M: usize>(g: [S::F; N]) -> [S::F; M] {
    // SAFETY: only registers; the caller vouches for the instruction set `S`.
    unsafe {
        let mut line = [S::zero(); M];
        if M == 4 {
            let half = S::splat(0.5);
            let outer = S::add(g[0], g[2]);
            line[0] = g[0];
            line[1] = S::mul(half, S::add(outer, g[1]));
            line[2] = S::mul(half, S::sub(outer, g[1]));
            line[3] = g[2];
        } else if M == 5 {
            let a = plus_minus::<S>(three::A, g[1], S::fma(S::splat(three::A_2), g[2], g[0]));
            let b = S::fma(S::splat(three::B_2), g[2], S::fma(S::splat(three::B), g[1], g[0]));
            line[0] = S::mul(S::splat(three::C_0), g[0]);
            line[1] = S::mul(S::splat(three::C_PLUS), a[0]);
            line[2] = S::mul(S::splat(three::C_MINUS), a[1]);
            line[3] = S::mul(S::splat(three::C_B), b);
            line[4] = g[2];
        } else {
            let [a, b] = [
                plus_minus::<S>(A, g[1], S::fma(S::splat(A_2), g[2], g[0])),
                plus_minus::<S>(B, g[1], S::fma(S::splat(B_2), g[2], g[0])),
            ];
            line[0] = S::mul(S::splat(C_0), g[0]);
            line[1] = S::mul(S::splat(C_A), a[0]);
            line[2] = S::mul(S::splat(C_A), a[1]);
            line[3] = S::mul(S::splat(C_B), b[0]);
            line[4] = S::mul(S::splat(C_B), b[1]);
            line[5] = g[2];
        }
        line
    }
}

/// A^T m.
#[inline(always)]
pub(super) unsafe fn output_line<S: Simd, const N: usize, const M: usize>(m: [S::F; N]) -> [S::F; M] {
    // SAFETY: only registers; the caller vouches for the instruction set `S`.
    unsafe {
        let mut line = [S::zero(); M];
        if N == 4 {
            line[0] = S::add(m[0], S::add(m[1], m[2]));
            line[1] = S::sub(S::sub(m[1], m[2]), m[3]);
        } else if N == 5 {
            let [sum, difference] = [S::add(m[1], m[2]), S::sub(m[1], m[2])];
            line[0] = S::add(m[0], S::add(sum, m[3]));
            line[1] = S::fma(S::splat(three::B), m[3], S::mul(S::splat(three::A), difference));
            line[2] = S::fma(S::splat(three::B_2), m[3], S::fma(S::splat(three::A_2), sum, m[4]));
        } else {
            let [sum_a, difference_a] = [S::add(m[1], m[2]), S::sub(m[1], m[2])];
            let [sum_b, difference_b] = [S::add(m[3], m[4]), S::sub(m[3], m[4])];
            line[0] = S::add(m[0], S::add(sum_a, sum_b));
            line[1] = S::fma(S::splat(B), difference_b, S::mul(S::splat(A), difference_a));
            line[2] = S::fma(S::splat(B_2), sum_b, S::mul(S::splat(A_2), sum_a));
            line[3] = S::fma(S::splat(B_3), difference_b, S::fma(S::splat(A_3), difference_a, m[5]));
        }
        line
    }
}

/// A dy; of four the last component with the other sign.
#[inline(always)]
unsafe fn gradient_line<S: Simd, const N: usize, const M: usize>(dy: [S::F; N]) -> [S::F; M] {
    // SAFETY: only registers; the caller vouches for the instruction set `S`.
    unsafe {
        let mut line = [S::zero(); M];
        if N == 2 {
            line[0] = dy[0];
            line[1] = S::add(dy[0], dy[1]);
            line[2] = S::sub(dy[0], dy[1]);
            line[3] = dy[1];
        } else if N == 3 {
            let even = S::fma(S::splat(three::A_2), dy[2], dy[0]);
            line[0] = dy[0];
            [line[1], line[2]] = plus_minus::<S>(three::A, dy[1], even);
            line[3] = S::fma(S::splat(three::B_2), dy[2], S::fma(S::splat(three::B), dy[1], dy[0]));
            line[4] = dy[2];
        } else {
            let [a, b] = [S::splat(A_2), S::splat(B_2)];
            line[0] = dy[0];
            [line[1], line[2]] = plus_minus::<S>(A, S::fma(a, dy[3], dy[1]), S::fma(a, dy[2], dy[0]));
            [line[3], line[4]] = plus_minus::<S>(B, S::fma(b, dy[3], dy[1]), S::fma(b, dy[2], dy[0]));
            line[5] = dy[3];
        }
        line
    }
}

/// G^T u; of four the last component of u with the other sign.
#[inline(always)]
unsafe fn weight_gradient_line<S: Simd, const N: usize, const M: usize>(u: [S::F; N]) -> [S::F; M] {
    // SAFETY: only registers; the caller vouches for the instruction set `S`.
    unsafe {
        let mut line = [S::zero(); M];
        if N == 4 {
            let half = S::splat(0.5);
            let outer = S::mul(half, S::add(u[1], u[2]));
            line[0] = S::add(u[0], outer);
            line[1] = S::mul(half, S::sub(u[1], u[2]));
            line[2] = S::sub(outer, u[3]);
        } else if N == 5 {
            let a = [S::mul(S::splat(three::C_PLUS), u[1]), S::mul(S::splat(three::C_MINUS), u[2])];
            let [sum, difference] = [S::add(a[0], a[1]), S::sub(a[0], a[1])];
            let b = S::mul(S::splat(three::C_B), u[3]);
            line[0] = S::fma(S::splat(three::C_0), u[0], S::add(sum, b));
            line[1] = S::fma(S::splat(three::B), b, S::mul(S::splat(three::A), difference));
            line[2] = S::fma(S::splat(three::B_2), b, S::fma(S::splat(three::A_2), sum, u[4]));
        } else {
            let [c_a, c_b] = [S::splat(C_A), S::splat(C_B)];
            let [sum_a, difference_a] = [S::mul(c_a, S::add(u[1], u[2])), S::mul(c_a, S::sub(u[1], u[2]))];
            let [sum_b, difference_b] = [S::mul(c_b, S::add(u[3], u[4])), S::mul(c_b, S::sub(u[3], u[4]))];
            line[0] = S::fma(S::splat(C_0), u[0], S::add(sum_a, sum_b));
            line[1] = S::fma(S::splat(B), difference_b, S::mul(S::splat(A), difference_a));
            line[2] = S::fma(S::splat(B_2), sum_b, S::fma(S::splat(A_2), sum_a, u[5]));
        }
        line
    }
}

/// A square in memory: from one row and from one column to the next, values of sixteen channels side by side.
#[derive(Clone, Copy)]
pub(super) struct Square<P> {
    pub(super) values: P,
    pub(super) row: usize,
    pub(super) column: usize,
}

impl<P> Square<P> {
    #[inline(always)]
    fn at(&self, row: usize, column: usize) -> usize {
        row * self.row + column * self.column
    }
}

/// Half of the way, of which nothing has been gone: larger than the registers, so that zeros would be written to memory.
#[inline(always)]
fn unwritten<S: Simd, const N: usize, const M: usize>() -> [[MaybeUninit<S::F>; N]; M] {
    [[MaybeUninit::uninit(); N]; M]
}

/// A row of it.
///
/// # Safety
/// All of the row has been written.
#[inline(always)]
pub(super) unsafe fn written<S: Simd, const N: usize>(row: &[MaybeUninit<S::F>; N]) -> [S::F; N] {
    // SAFETY: the caller promises what stands under Safety, and only registers.
    unsafe {
        let mut line = [S::zero(); N];
        for column in 0..N {
            line[column] = row[column].assume_init();
        }
        line
    }
}

/// A transform of squares from one of lines. What goes in is read column by column and what comes out is written row
/// by row, so that half of the way is all that has to be kept.
macro_rules! square {
    ($(#[$meta:meta])* $name:ident, $line:ident) => {
        $(#[$meta])*
        ///
        /// With `ALL` sixteen channels are read, else `lanes`, the others +0. `W` says how they are written.
        #[inline(always)]
        pub(super) unsafe fn $name<S: Simd, W: Put<S>, const N: usize, const M: usize, const ALL: bool>(
            from: Square<*const f32>,
            lanes: usize,
            to: Square<*mut f32>,
        ) {
            // SAFETY: the caller vouches for both squares and for the instruction set `S`.
            unsafe {
                let mut half = unwritten::<S, N, M>();
                for column in 0..N {
                    let mut line = [S::zero(); N];
                    for row in 0..N {
                        let value = from.values.add(from.at(row, column));
                        line[row] = if ALL { S::load(value) } else { S::load_first(value, lanes) };
                    }
                    let line = $line::<S, N, M>(line);
                    for row in 0..M {
                        half[row][column].write(line[row]);
                    }
                }
                for row in 0..M {
                    let line = $line::<S, N, M>(written::<S, N>(&half[row]));
                    for column in 0..M {
                        W::put(to.values.add(to.at(row, column)), line[column]);
                    }
                }
            }
        }
    };
}

square!(
    /// B^T d B.
    input, input_line
);
square!(
    /// G g G^T.
    weight, weight_line
);
square!(
    /// A dy A^T; of 4x4 a sign changed for each 3 in a component's place.
    gradient, gradient_line
);
square!(
    /// G^T u G; of 4x4 a sign changed for each 3 in a component's place.
    weight_gradient, weight_gradient_line
);

/// A^T m, all of it: the first half of the way to A^T m A, whose rows are [`output_line`]s of [`written`] ones.
#[inline(always)]
pub(super) unsafe fn output_columns<S: Simd, const N: usize, const M: usize>(
    m: Square<*const f32>,
) -> [[MaybeUninit<S::F>; N]; M] {
    // SAFETY: the caller vouches for the square and for the instruction set `S`.
    unsafe {
        let mut half = unwritten::<S, N, M>();
        for column in 0..N {
            let mut line = [S::zero(); N];
            for row in 0..N {
                line[row] = S::load(m.values.add(m.at(row, column)));
            }
            let line = output_line::<S, N, M>(line);
            for row in 0..M {
                half[row][column].write(line[row]);
            }
        }
        half
    }
}
