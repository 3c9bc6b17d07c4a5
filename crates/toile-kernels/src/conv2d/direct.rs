//! The direct forward kernels: window by window, with bias, ReLU and 2x2 max-pooling in the registers.

use super::plane::{Init, Plane};
use crate::LANES;
use crate::max_pool2d::fused::pool_window;
use crate::simd::{One, Simd, Step, Two, Vector, pair_versions, prefetch, versions};

/// R x C output pixels by V panels, held in registers over the whole window.
#[inline(always)]
unsafe fn window<S: Vector, T: Step<S>, const R: usize, const C: usize, const V: usize>(
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
                            sums[r][c][v] = T::add(value, weights[v], sums[r][c][v]);
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
unsafe fn tile<S: Vector, T: Step<S>, const R: usize, const C: usize, const V: usize>(
    plane: &Plane,
    first: usize,
    row: usize,
    column: usize,
) {
    // SAFETY: `Forward::check` and `Backward::check` have compared the buffers with what the geometry reaches;
    // `row`, `column` and `first` are inside the output.
    unsafe {
        let output = plane.output.add(row * plane.output_row + column * plane.output_column + first);
        let place = |r: usize, c: usize, v: usize| r * plane.output_row + c * plane.output_column + v * LANES;
        let lanes = |v: usize| (plane.channels - first - v * LANES).min(LANES);
        let mut sums = [[[S::zero(); V]; C]; R];
        // A tile of all channels is done before what it asks for one tile ahead would have come.
        let far = plane.channels <= V * LANES && row + 3 * R <= plane.rows;
        let ahead = if far { 2 * R * plane.output_row } else { 0 };
        for r in 0..R {
            for c in 0..C {
                for v in 0..V {
                    prefetch(output.wrapping_add(ahead + place(r, c, v)));
                }
            }
        }
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
        if let Some(ahead) = plane.ahead.filter(|_| first == 0) {
            ahead.ask_for_windows::<R, C>(row, column);
        }
        let sums = window::<S, T, R, C, V>(plane, input, plane.weight.add(first / LANES * plane.panel), sums);
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
unsafe fn strip<S: Vector, T: Step<S>, const R: usize, const C: usize, const V: usize>(
    plane: &Plane,
    first: usize,
    column: usize,
) {
    let mut row = 0;
    // SAFETY: the caller promises the plane's memory; the loop's bounds keep tiles inside the output.
    unsafe {
        while row + R <= plane.rows {
            tile::<S, T, R, C, V>(plane, first, row, column);
            row += R;
        }
        while row < plane.rows {
            tile::<S, T, 1, C, V>(plane, first, row, column);
            row += 1;
        }
    }
}

/// All pixels of V panels, from channel `first`: strips of C columns, and where fewer are left narrower
/// strips of more rows at a time, so that there are always sums enough to keep the multipliers busy.
#[inline(always)]
unsafe fn sweep<S: Vector, T: Step<S>, const C: usize, const V: usize>(plane: &Plane, first: usize) {
    let mut column = 0;
    // SAFETY: the caller promises the plane's memory; the loop's bounds keep strips inside the output.
    unsafe {
        while column < plane.columns {
            match plane.columns - column {
                n if n >= C => {
                    strip::<S, T, 1, C, V>(plane, first, column);
                    column += C;
                }
                n if n >= 4 && S::SUMS >= 12 => {
                    strip::<S, T, 3, 4, V>(plane, first, column);
                    column += 4;
                }
                n if n >= 2 && S::SUMS >= 12 => {
                    strip::<S, T, 6, 2, V>(plane, first, column);
                    column += 2;
                }
                n if n >= 2 => {
                    strip::<S, T, 3, 2, V>(plane, first, column);
                    column += 2;
                }
                _ => {
                    strip::<S, T, 6, 1, V>(plane, first, column);
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
                sweep::<S, One, 12, 2>(&plane, first);
                first += 2 * LANES;
            } else {
                // No lanes without a channel, where that is less work.
                match plane.channels - first {
                    ..=4 if S::PARTS => sweep::<S::First4, One, 12, 1>(&plane, first),
                    ..=8 if S::PARTS => sweep::<S::First8, One, 12, 1>(&plane, first),
                    ..=12 if S::PARTS => sweep::<S::First12, One, 6, 1>(&plane, first),
                    _ => sweep::<S, One, 6, 1>(&plane, first),
                }
                first += LANES;
            }
        }
    }
}

pair_versions! {
    /// As [`convolve`], of pairs of bf16 in the place of each value that goes in and of each weight.
    pub(super) fn convolve_pairs<S, P>(plane: Plane) {
        let mut first = 0;
        while first < plane.channels {
            if S::WIDE && plane.channels - first > LANES {
                sweep::<S, Two<P>, 12, 2>(&plane, first);
                first += 2 * LANES;
            } else {
                sweep::<S, Two<P>, 6, 1>(&plane, first);
                first += LANES;
            }
        }
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
    // SAFETY: `Forward::check` and `Backward::check` have compared the buffers with what the geometry reaches;
    // `row`, `column` and `first` are inside the pooled output.
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
        let sums =
            window::<S, One, 2, C, V>(plane, input, plane.weight.add(first / LANES * plane.panel), sums);
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
    // SAFETY: the caller promises the plane's memory; the loops' bounds keep tiles inside the output.
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
    /// One image, max-pooled.
    pub(super) fn convolve_pooled<S>(plane: Plane, argmax: *mut u8) {
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
