//! Products of matrices whose rows are filled up to whole vectors.

use crate::LANES;
use crate::simd::{Simd, versions};
use crate::team::Team;

/// A matrix whose rows are filled up.
#[derive(Clone, Copy)]
pub(super) struct Padded {
    pub(super) start: *mut f32,
    pub(super) rows: usize,
    pub(super) stride: usize,
}

/// C = factor * (A B) + other_factor * D.
#[derive(Clone, Copy)]
pub(super) struct Product {
    /// A's value of row i and term k is at `a[i * a_row + k * a_term]`.
    pub(super) a: *const f32,
    pub(super) a_row: usize,
    pub(super) a_term: usize,
    /// One row a term.
    pub(super) b: *const f32,
    pub(super) terms: usize,
    /// Where the rows of C and D are; D is null for none.
    pub(super) c: *mut f32,
    pub(super) d: *const f32,
    pub(super) rows: usize,
    /// Values from one row of B, C and D to the next: whole vectors.
    pub(super) stride: usize,
    pub(super) factor: f32,
    pub(super) other_factor: f32,
}

// SAFETY: items only read A, B and D, and `multiply` gives each values of C of its own to write.
unsafe impl Sync for Product {}

/// Rows of C, and vectors of a row, that are an item: B's part for them stays in a second-level cache.
const ITEM_ROWS: usize = 24;
const ITEM_VECTORS: usize = 4;

/// Writes C, tiles of it shared out.
///
/// # Safety
/// All that the sizes reach is there, and nobody else touches C.
pub(super) unsafe fn multiply(team: &mut Team, product: &Product) {
    let isa = team.isa();
    let panels = (product.stride / LANES).div_ceil(ITEM_VECTORS);
    let blocks = product.rows.div_ceil(ITEM_ROWS);
    team.for_each(blocks * panels, |_, item| {
        let (block, panel) = (item / panels, item % panels);
        // SAFETY: the caller promises what stands under Safety; an item writes rows and columns of its own.
        unsafe { tiles(isa, product, block * ITEM_ROWS, panel * ITEM_VECTORS) }
    });
}

impl Padded {
    /// The product that is written to this matrix, by default nothing but A B.
    pub(super) fn product(self, a: Padded, terms: usize, b: Padded) -> Product {
        Product {
            a: a.start,
            a_row: a.stride,
            a_term: 1,
            b: b.start,
            terms,
            c: self.start,
            d: std::ptr::null(),
            rows: self.rows,
            stride: self.stride,
            factor: 1.0,
            other_factor: 0.0,
        }
    }
}

versions! {
    /// An item, from this row and this vector of a row on.
    fn tiles<S>(product: &Product, first: usize, vector: usize) {
        let end = product.rows.min(first + ITEM_ROWS);
        let last = (product.stride / LANES).min(vector + ITEM_VECTORS);
        let mut vector = vector;
        while vector < last {
            if S::WIDE && last - vector == ITEM_VECTORS {
                rows::<S, ITEM_VECTORS>(product, first, end, vector);
                vector += ITEM_VECTORS;
            } else {
                rows::<S, 1>(product, first, end, vector);
                vector += 1;
            }
        }
    }
}

/// Rows from `first` to `end`, N vectors of each.
#[inline(always)]
unsafe fn rows<S: Simd, const N: usize>(product: &Product, first: usize, end: usize, vector: usize) {
    let mut row = first;
    while row < end {
        // SAFETY: the caller promises the rows from `first` to `end`; the match keeps tiles inside them.
        unsafe {
            match end - row {
                6.. => {
                    tile::<S, 6, N>(product, row, vector);
                    row += 6;
                }
                2.. => {
                    tile::<S, 2, N>(product, row, vector);
                    row += 2;
                }
                _ => {
                    tile::<S, 1, N>(product, row, vector);
                    row += 1;
                }
            }
        }
    }
}

/// R rows by N vectors: a chain over the terms.
#[inline(always)]
unsafe fn tile<S: Simd, const R: usize, const N: usize>(product: &Product, row: usize, vector: usize) {
    let Product { a_row, a_term, stride, .. } = *product;
    let column = vector * LANES;
    // SAFETY: the caller of `multiply` vouches for all that the sizes reach. Loops rather than closures: a closure is
    // not compiled for the instruction set where it is not inlined.
    unsafe {
        let (a, b) = (product.a.add(row * a_row), product.b.add(column));
        let mut sums = [[S::zero(); N]; R];
        for k in 0..product.terms {
            let mut values = [S::zero(); N];
            for v in 0..N {
                values[v] = S::load(b.add(k * stride + v * LANES));
            }
            for r in 0..R {
                let factor = S::splat(*a.add(r * a_row + k * a_term));
                for v in 0..N {
                    sums[r][v] = S::fma(factor, values[v], sums[r][v]);
                }
            }
        }
        let (factor, other) = (S::splat(product.factor), S::splat(product.other_factor));
        for r in 0..R {
            for v in 0..N {
                let at = (row + r) * stride + column + v * LANES;
                let mut sum = sums[r][v];
                if !product.d.is_null() {
                    sum = S::fma(factor, sum, S::mul(other, S::load(product.d.add(at))));
                }
                S::store(product.c.add(at), sum);
            }
        }
    }
}
