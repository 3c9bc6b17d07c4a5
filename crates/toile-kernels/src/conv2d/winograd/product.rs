//! The matrix products in the middle: c[m][n] = a chain over k of a[m][k] b[k][n], columns in panels. Each a and b is an
//! f32, or a pair of bf16 whose two products the chain takes.

use crate::LANES;
use crate::isa::Isa;
use crate::precision::Precision;
use crate::simd::{One, Simd, Step, Two, Vector, pair_versions, versions};

/// Matrices as pointers and strides (in values).
#[derive(Clone, Copy)]
pub(super) struct Product {
    pub(super) a: *const f32,
    pub(super) b: *const f32,
    pub(super) c: *mut f32,
    /// Rows of `c`, and terms of its chains.
    pub(super) rows: usize,
    pub(super) depth: usize,
    /// Sixteen columns each, 1 to 4.
    pub(super) panels: usize,
    /// Columns that are wanted; those behind, in the last panel, may be 0 or what comes out.
    pub(super) columns: usize,
    /// From one row to the next. In `a` a row is a row of the product, or, where it is transposed, a term.
    pub(super) a_row: usize,
    pub(super) b_row: usize,
    pub(super) c_row: usize,
    /// From one panel to the next.
    pub(super) b_panel: usize,
    pub(super) c_panel: usize,
    pub(super) start: Start,
}

/// What a chain starts from.
#[derive(Clone, Copy)]
pub(super) enum Start {
    Zero,
    /// The same in each row.
    Row(*const f32),
    /// What `c` holds.
    Existing,
}

/// M rows by V panels, held in registers over the whole chain.
#[inline(always)]
unsafe fn tile<S: Vector, T: Step<S>, const TRANSPOSED: bool, const M: usize, const V: usize>(
    p: &Product,
    row: usize,
    panel: usize,
) {
    // SAFETY: the caller vouches for the matrices; the tile is inside.
    unsafe {
        let c = p.c.add(row * p.c_row + panel * p.c_panel);
        let mut sums = [[S::zero(); V]; M];
        for m in 0..M {
            for v in 0..V {
                sums[m][v] = match p.start {
                    Start::Zero => S::zero(),
                    Start::Row(values) => S::load(values.add((panel + v) * LANES)),
                    Start::Existing => S::load(c.add(m * p.c_row + v * p.c_panel)),
                };
            }
        }
        let (step, across) = if TRANSPOSED { (p.a_row, 1) } else { (1, p.a_row) };
        let mut a = p.a.add(row * across);
        let mut b = p.b.add(panel * p.b_panel);
        for _ in 0..p.depth {
            let mut columns = [S::zero(); V];
            for v in 0..V {
                columns[v] = S::load(b.add(v * p.b_panel));
            }
            for m in 0..M {
                let value = S::splat(*a.add(m * across));
                for v in 0..V {
                    sums[m][v] = T::add(value, columns[v], sums[m][v]);
                }
            }
            a = a.add(step);
            b = b.add(p.b_row);
        }
        for m in 0..M {
            for v in 0..V {
                let to = c.add(m * p.c_row + v * p.c_panel);
                S::store_first(to, S::LANES, sums[m][v]);
                // Lanes that are not computed have no channel.
                to.add(S::LANES).write_bytes(0, LANES - S::LANES);
            }
        }
    }
}

/// All rows of V panels, M at a time and fewer at the end.
#[inline(always)]
unsafe fn sweep<S: Vector, T: Step<S>, const TRANSPOSED: bool, const M: usize, const V: usize>(
    p: &Product,
    panel: usize,
) {
    let mut row = 0;
    // SAFETY: the caller promises the product's memory; the loop's bounds keep tiles inside it.
    unsafe {
        while row < p.rows {
            match p.rows - row {
                n if n >= M => {
                    tile::<S, T, TRANSPOSED, M, V>(p, row, panel);
                    row += M;
                }
                n if n >= 6 && M > 6 => {
                    tile::<S, T, TRANSPOSED, 6, V>(p, row, panel);
                    row += 6;
                }
                n if n >= 4 => {
                    tile::<S, T, TRANSPOSED, 4, V>(p, row, panel);
                    row += 4;
                }
                n if n >= 2 => {
                    tile::<S, T, TRANSPOSED, 2, V>(p, row, panel);
                    row += 2;
                }
                _ => {
                    tile::<S, T, TRANSPOSED, 1, V>(p, row, panel);
                    row += 1;
                }
            }
        }
    }
}

/// All of it, where lanes without a channel are computed like others.
#[inline(always)]
unsafe fn all<S: Simd, T: Step<S>, const TRANSPOSED: bool>(p: &Product) {
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        if S::WIDE {
            match p.panels {
                4 => sweep::<S, T, TRANSPOSED, 6, 4>(p, 0),
                3 => sweep::<S, T, TRANSPOSED, 8, 3>(p, 0),
                2 => sweep::<S, T, TRANSPOSED, 12, 2>(p, 0),
                _ => sweep::<S, T, TRANSPOSED, 12, 1>(p, 0),
            }
        } else {
            for panel in 0..p.panels {
                sweep::<S, T, TRANSPOSED, 6, 1>(p, panel);
            }
        }
    }
}

/// All of it, the last panel, of eight columns or fewer, in half vectors: two of them are multiplied in the time of a whole
/// one.
#[inline(always)]
unsafe fn all_and_a_half<S: Simd, const TRANSPOSED: bool>(p: &Product) {
    let whole = p.panels - 1;
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        if whole > 0 {
            all::<S, One, TRANSPOSED>(&Product { panels: whole, ..*p });
        }
        sweep::<S::Half, One, TRANSPOSED, 12, 1>(p, whole);
    }
}

/// Whether the last panel has so few columns.
fn ends_in_a_half<S: Simd>(p: &Product) -> bool {
    <S::Half as Vector>::LANES < LANES && p.columns <= (p.panels - 1) * LANES + <S::Half as Vector>::LANES
}

/// All of it, where eight lanes take less than sixteen.
#[inline(always)]
unsafe fn all_in_parts<S: Simd, const TRANSPOSED: bool>(p: &Product) {
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        for panel in 0..p.panels {
            match p.columns - panel * LANES {
                ..=8 => sweep::<S::First8, One, TRANSPOSED, 12, 1>(p, panel),
                _ => sweep::<S, One, TRANSPOSED, 6, 1>(p, panel),
            }
        }
    }
}

/// All of it, by what the instruction set offers for the last panel's columns.
#[inline(always)]
unsafe fn in_f32<S: Simd, const TRANSPOSED: bool>(p: &Product) {
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        if S::PARTS {
            all_in_parts::<S, TRANSPOSED>(p)
        } else if ends_in_a_half::<S>(p) {
            all_and_a_half::<S, TRANSPOSED>(p)
        } else {
            all::<S, One, TRANSPOSED>(p)
        }
    }
}

versions! {
    fn of_f32<S>(p: Product) {
        in_f32::<S, false>(&p);
    }
}

versions! {
    fn transposed_of_f32<S>(p: Product) {
        in_f32::<S, true>(&p);
    }
}

pair_versions! {
    fn of_pairs<S, P>(p: Product) {
        all::<S, Two<P>, false>(&p);
    }
}

pair_versions! {
    fn transposed_of_pairs<S, P>(p: Product) {
        all::<S, Two<P>, true>(&p);
    }
}

/// c = a b.
///
/// # Safety
/// The matrices are valid, of what the precision says.
pub(super) unsafe fn product(isa: Isa, precision: Precision, p: Product) {
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        match precision {
            Precision::F32 => of_f32(isa, p),
            Precision::Bf16 => of_pairs(isa, p),
        }
    }
}

/// c = a^T b.
///
/// # Safety
/// As for [`product`].
pub(super) unsafe fn transposed_product(isa: Isa, precision: Precision, p: Product) {
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        match precision {
            Precision::F32 => transposed_of_f32(isa, p),
            Precision::Bf16 => transposed_of_pairs(isa, p),
        }
    }
}
