//! The step of a matrix by the whole team.

use super::product::{Padded, multiply};
use super::reference::{MuonStep, Size};
use crate::LANES;
use crate::buffer::{Buffer, OutOfMemory, try_filled};
use crate::fused::with_multiply_add;
use crate::layout::product;
use crate::optimizer::{Places, SUM_CHUNK, square_sum_of};
use crate::team::{Shares, Team};

/// Arguments of [`step`].
#[derive(Debug)]
pub struct Args<'a> {
    /// What is done.
    pub step: MuonStep,
    /// Size of the matrix.
    pub size: Size,
    /// Where each value of PyTorch's order stands in the weight and the direction.
    pub places: &'a Places,
    /// The weight.
    pub weight: &'a mut [f32],
    /// What the step is made from.
    pub direction: &'a [f32],
    /// Large enough for this size.
    pub scratch: &'a mut Scratch,
}

/// What a step works with: enough for the largest of some matrices.
#[derive(Debug)]
pub struct Scratch {
    /// Y, twice.
    tall: [Buffer; 2],
    /// G and P.
    square: [Buffer; 2],
    sums: Vec<f64>,
}

impl Scratch {
    /// For matrices of these sizes, one after the other.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn new(sizes: &[Size]) -> Result<Scratch, OutOfMemory> {
        let most = |len: &dyn Fn(&Size) -> usize| sizes.iter().map(len).max().unwrap_or(0);
        let (tall, square) = (most(&|size| tall_len(*size)), most(&|size| square_len(*size)));
        let two = |len: usize| Ok([Buffer::try_zeroed(len)?, Buffer::try_zeroed(len)?]);
        let sums = most(&|size| size.values().div_ceil(SUM_CHUNK));
        Ok(Scratch { tall: two(tall)?, square: two(square)?, sums: try_filled(0.0, sums)? })
    }
}

fn stride(size: Size) -> usize {
    size.short().next_multiple_of(LANES)
}

fn tall_len(size: Size) -> usize {
    product([size.long(), stride(size)])
}

fn square_len(size: Size) -> usize {
    product([size.short(), stride(size)])
}

/// Rows of Y that an item reads or writes: what lies in a cache line of the weight where it is transposed.
const ITEM_ROWS: usize = 16;

/// Changes the weight: [`reference::step`](super::reference::step) for values at their places.
///
/// # Panics
/// A place beyond the weight or the direction, or buffers that are too short.
pub fn step(team: &mut Team, args: Args<'_>) {
    let Args { step, size, places, weight, direction, scratch } = args;
    assert_eq!(places.len(), size.values(), "muon: number of places");
    assert!(places.fit(weight.len()) && places.fit(direction.len()), "muon: a place beyond the values");
    let Scratch { tall, square, sums } = scratch;
    assert!(tall.iter().all(|y| y.len() >= tall_len(size)), "muon: a scratch for smaller matrices");
    assert!(square.iter().all(|g| g.len() >= square_len(size)), "muon: a scratch for smaller matrices");
    let norm = square_sum_of(team, direction, places, sums).sqrt().max(step.eps) as f32;
    let factor = step.weight_factor(size, || square_sum_of(team, weight, places, sums)) as f32;
    let padded =
        |buffer: &mut Buffer, rows| Padded { start: buffer.as_mut_ptr(), rows, stride: stride(size) };
    let [mut y, mut next] = tall.each_mut().map(|buffer| padded(buffer, size.long()));
    let [gram, polynomial] = square.each_mut().map(|buffer| padded(buffer, size.short()));
    let places = places.as_slice();
    gather(team, size, y, |i| direction[places[i] as usize] / norm);
    let (a, b, c) = step.coefficients;
    for _ in 0..step.iterations {
        // SAFETY: the lengths are checked above, and the four matrices are buffers of their own.
        unsafe {
            let mut of_gram = gram.product(y, size.long(), y);
            (of_gram.a_row, of_gram.a_term) = (1, y.stride);
            multiply(team, &of_gram);
            let mut of_polynomial = polynomial.product(gram, size.short(), gram);
            (of_polynomial.factor, of_polynomial.other_factor) = (c as f32, b as f32);
            of_polynomial.d = gram.start;
            multiply(team, &of_polynomial);
            let mut of_next = next.product(y, size.short(), polynomial);
            (of_next.d, of_next.other_factor) = (y.start, a as f32);
            multiply(team, &of_next);
        }
        std::mem::swap(&mut y, &mut next);
    }
    let (shrink, rate) = (step.shrink as f32, step.rate as f32);
    let to = Shares(weight.as_mut_ptr());
    let from = Shares(y.start);
    team.for_each(size.long().div_ceil(ITEM_ROWS), |_, item| {
        with_multiply_add(
            #[inline(always)]
            || {
                visit_item(
                    size,
                    item,
                    #[inline(always)]
                    |row, column| {
                        // SAFETY: `fit` was asserted above, `Places` gives each
                        // value a place of its own, and Y has all rows.
                        unsafe {
                            let w = to.at(places[size.index(row, column)] as usize);
                            let y = *from.at(row * stride(size) + column);
                            *w = (-rate).mul_add(y, (*w * factor) * shrink);
                        }
                    },
                );
            },
        );
    });
}

/// Calls `visit(row, column)` for an item's values of Y, along what lies side by side in PyTorch's order.
#[inline(always)]
fn visit_item(size: Size, item: usize, mut visit: impl FnMut(usize, usize)) {
    let rows = item * ITEM_ROWS..size.long().min((item + 1) * ITEM_ROWS);
    if size.is_transposed() {
        for column in 0..size.short() {
            for row in rows.clone() {
                visit(row, column);
            }
        }
    } else {
        for row in rows {
            for column in 0..size.short() {
                visit(row, column);
            }
        }
    }
}

/// Writes Y, with zeros to fill up its rows; `value` is that at an index of PyTorch's order.
fn gather(team: &mut Team, size: Size, y: Padded, value: impl Fn(usize) -> f32 + Sync) {
    let to = Shares(y.start);
    team.for_each(size.long().div_ceil(ITEM_ROWS), |_, item| {
        visit_item(size, item, |row, column| {
            // SAFETY: `step` has checked that Y has all rows; an item writes its own.
            unsafe { *to.at(row * y.stride + column) = value(size.index(row, column)) };
        });
        let first = item * ITEM_ROWS;
        for row in first..size.long().min(first + ITEM_ROWS) {
            for column in size.short()..y.stride {
                // SAFETY: `step` has checked that Y has all rows, each as long as its stride; an item writes its own.
                unsafe { *to.at(row * y.stride + column) = 0.0 };
            }
        }
    });
}
