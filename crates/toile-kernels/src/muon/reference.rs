//! The step of a matrix in plain loops: the specification.
//!
//! Formula (Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"; as PyTorch's `Muon`, which
//! rounds the matrices to bfloat16 and this does not). With W the weight, D the direction, both `[row][column]`, Y is
//! D transposed, or D itself where it has more rows than columns: Y is never wider than high. Then
//! - Y = Y / max(|D|, eps), |D| the root of the sum of squares;
//! - so many times G = Y' Y, P = b G + c (G G), Y = a Y + (Y P), with ' for transposed: a step of Newton and Schulz,
//!   which moves each singular value s to a s + b s^3 + c s^5;
//! - where weights are normalised, W = W f with f = sqrt(rows) / max(|W|, eps), as airbench does (Jordan 2024,
//!   "94% on CIFAR-10 in 3.29 seconds on a single GPU");
//! - W = W (1 - lr wd) - rate Y.
//!
//! Order of accumulation: |D| and |W| as [`square_sum`] says, in PyTorch's order. An element of a product of matrices
//! is a chain of fused multiply-adds over the terms ascending, from +0; its last operation is fma(factor, chain,
//! other factor * other matrix), without an other matrix none. W = fma(-rate, Y, (W f) (1 - lr wd)). f, rate and
//! 1 - lr wd are computed in f64 and rounded to T once.

use crate::fused::with_multiply_add;
use crate::optimizer::square_sum;
use crate::real::Real;

/// What a step of a matrix is made from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MuonStep {
    /// a, b and c.
    pub coefficients: (f64, f64, f64),
    /// How many times.
    pub iterations: usize,
    /// Norms are at least this.
    pub eps: f64,
    /// Rate of the step.
    pub rate: f64,
    /// 1 - lr wd.
    pub shrink: f64,
    /// Whether the weight is brought to the norm sqrt(rows) first.
    pub normalize_weights: bool,
}

/// Size of a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Outputs of a layer.
    pub rows: usize,
    /// What feeds each of them.
    pub columns: usize,
}

impl Size {
    /// Number of values.
    pub fn values(self) -> usize {
        crate::layout::product([self.rows, self.columns])
    }

    /// Whether Y is the matrix transposed.
    pub(super) fn is_transposed(self) -> bool {
        self.rows <= self.columns
    }

    /// Rows of Y, at least as many as columns.
    pub(super) fn long(self) -> usize {
        self.rows.max(self.columns)
    }

    /// Columns of Y.
    pub(super) fn short(self) -> usize {
        self.rows.min(self.columns)
    }

    /// Where in PyTorch's order the value of Y in this row and column stands.
    pub(super) fn index(self, row: usize, column: usize) -> usize {
        if self.is_transposed() { column * self.columns + row } else { row * self.columns + column }
    }
}

impl MuonStep {
    /// sqrt(rows) / |W|, or 1.
    pub(super) fn weight_factor(&self, size: Size, square_sum: impl FnOnce() -> f64) -> f64 {
        if !self.normalize_weights {
            return 1.0;
        }
        (size.rows as f64).sqrt() / square_sum().sqrt().max(self.eps)
    }
}

/// Changes the weight.
pub fn step<T: Real>(step: &MuonStep, size: Size, weight: &mut [T], direction: &[T]) {
    assert_eq!(weight.len(), size.values(), "muon: number of weights");
    assert_eq!(direction.len(), size.values(), "muon: number of directions");
    with_multiply_add(
        #[inline(always)]
        || step_loops(step, size, weight, direction),
    );
}

#[inline(always)]
fn step_loops<T: Real>(step: &MuonStep, size: Size, weight: &mut [T], direction: &[T]) {
    let (long, short) = (size.long(), size.short());
    let norm = T::from_f64(square_sum(direction).sqrt().max(step.eps));
    let place = |i: usize| size.index(i / short, i % short);
    let mut y: Vec<T> = (0..long * short).map(|i| direction[place(i)] / norm).collect();
    let (a, b, c) = step.coefficients;
    let [a, b, c] = [a, b, c].map(T::from_f64);
    for _ in 0..step.iterations {
        let gram = chain([short, long, short], |i, k| y[k * short + i], |k, j| y[k * short + j]);
        let square = chain([short; 3], |i, k| gram[i * short + k], |k, j| gram[k * short + j]);
        let polynomial = joined(c, &square, b, &gram);
        let product = chain([long, short, short], |i, k| y[i * short + k], |k, j| polynomial[k * short + j]);
        y = joined(T::ONE, &product, a, &y);
    }
    let factor = T::from_f64(step.weight_factor(size, || square_sum(weight)));
    let (shrink, rate) = (T::from_f64(step.shrink), T::from_f64(step.rate));
    for (i, &y) in y.iter().enumerate() {
        let w = &mut weight[place(i)];
        *w = (-rate).mul_add(y, (*w * factor) * shrink);
    }
}

/// The product of two matrices, `[row][column]`.
#[inline(always)]
fn chain<T: Real>(
    [rows, terms, columns]: [usize; 3],
    left: impl Fn(usize, usize) -> T,
    right: impl Fn(usize, usize) -> T,
) -> Vec<T> {
    let mut product = vec![T::ZERO; rows * columns];
    for (i, row) in product.chunks_exact_mut(columns).enumerate() {
        for k in 0..terms {
            let factor = left(i, k);
            for (j, sum) in row.iter_mut().enumerate() {
                *sum = factor.mul_add(right(k, j), *sum);
            }
        }
    }
    product
}

/// factor * product + other_factor * other, value by value.
#[inline(always)]
fn joined<T: Real>(factor: T, product: &[T], other_factor: T, other: &[T]) -> Vec<T> {
    product.iter().zip(other).map(|(&p, &o)| factor.mul_add(p, other_factor * o)).collect()
}
