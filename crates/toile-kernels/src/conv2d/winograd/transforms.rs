//! The transforms, sixteen channels at a time. First down the columns, then along the rows.

use crate::simd::Simd;

/// B^T d.
#[inline(always)]
unsafe fn input_line<S: Simd>(d: [S::F; 4]) -> [S::F; 4] {
    // SAFETY: only registers; the caller vouches for the instruction set `S`.
    unsafe { [S::sub(d[0], d[2]), S::add(d[1], d[2]), S::sub(d[2], d[1]), S::sub(d[1], d[3])] }
}

/// G g.
#[inline(always)]
unsafe fn weight_line<S: Simd>(g: [S::F; 3]) -> [S::F; 4] {
    // SAFETY: only registers; the caller vouches for the instruction set `S`.
    unsafe {
        let half = S::splat(0.5);
        let outer = S::add(g[0], g[2]);
        [g[0], S::mul(half, S::add(outer, g[1])), S::mul(half, S::sub(outer, g[1])), g[2]]
    }
}

/// A^T m.
#[inline(always)]
unsafe fn output_line<S: Simd>(m: [S::F; 4]) -> [S::F; 2] {
    // SAFETY: only registers; the caller vouches for the instruction set `S`.
    unsafe { [S::add(m[0], S::add(m[1], m[2])), S::sub(S::sub(m[1], m[2]), m[3])] }
}

/// A dy, the last component with the other sign.
#[inline(always)]
unsafe fn gradient_line<S: Simd>(dy: [S::F; 2]) -> [S::F; 4] {
    // SAFETY: only registers; the caller vouches for the instruction set `S`.
    unsafe { [dy[0], S::add(dy[0], dy[1]), S::sub(dy[0], dy[1]), dy[1]] }
}

/// G^T u, the last component of u with the other sign.
#[inline(always)]
unsafe fn weight_gradient_line<S: Simd>(u: [S::F; 4]) -> [S::F; 3] {
    // SAFETY: only registers; the caller vouches for the instruction set `S`.
    unsafe {
        let half = S::splat(0.5);
        let outer = S::mul(half, S::add(u[1], u[2]));
        [S::add(u[0], outer), S::mul(half, S::sub(u[1], u[2])), S::sub(outer, u[3])]
    }
}

/// A transform of squares from one of lines.
macro_rules! square {
    ($(#[$meta:meta])* $name:ident, $line:ident, $from:literal => $to:literal) => {
        $(#[$meta])*
        #[inline(always)]
        pub(super) unsafe fn $name<S: Simd>(x: [[S::F; $from]; $from]) -> [[S::F; $to]; $to] {
            // SAFETY: only registers; the caller vouches for the instruction set `S`.
            unsafe {
                let mut half = [[S::zero(); $from]; $to];
                for column in 0..$from {
                    let mut from = [S::zero(); $from];
                    for row in 0..$from {
                        from[row] = x[row][column];
                    }
                    let to = $line::<S>(from);
                    for row in 0..$to {
                        half[row][column] = to[row];
                    }
                }
                let mut result = [[S::zero(); $to]; $to];
                for row in 0..$to {
                    result[row] = $line::<S>(half[row]);
                }
                result
            }
        }
    };
}

square!(
    /// B^T d B.
    input, input_line, 4 => 4
);
square!(
    /// G g G^T.
    weight, weight_line, 3 => 4
);
square!(
    /// A^T m A.
    output, output_line, 4 => 2
);
square!(
    /// A dy A^T, a sign changed for each 3 in a component's place.
    gradient, gradient_line, 2 => 4
);
square!(
    /// G^T u G, a sign changed for each 3 in a component's place.
    weight_gradient, weight_gradient_line, 4 => 3
);
