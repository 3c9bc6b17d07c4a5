//! The sum with a branch that is left out of some images, in plain loops: the specification (Huang et al. 2016; mode
//! "row" of torchvision's `StochasticDepth`).
//!
//! Formula: y = skip + x scale (one multiply-add) of an image whose branch is kept, y = skip of the others; scale is
//! that of [`dropout`](crate::dropout::reference), and a branch is kept iff unit 0 of the image is. Gradient of x:
//! dy scale, or +0.

use crate::dropout::reference::{keep, scale, threshold};
use crate::random::{Purpose, Stream};
use crate::real::Real;

/// Which images' branches are left out in a step.
#[derive(Clone, Copy, Debug)]
pub struct Draw<'a> {
    /// Probability to leave out a branch.
    pub p: f64,
    /// Seed of the training.
    pub seed: u64,
    /// Which layer that draws.
    pub ordinal: u16,
    /// Epoch, from 0.
    pub epoch: u32,
    /// Index of each image in its data set.
    pub image_ids: &'a [u32],
}

/// Writes what each image's branch is multiplied with: 0 where it is left out.
pub fn factors<T: Real>(draw: Draw<'_>, factors: &mut [T]) {
    let Draw { p, seed, ordinal, epoch, image_ids } = draw;
    for (&image_id, factor) in image_ids.iter().zip(factors) {
        let stream = Stream::new(seed, Purpose::Dropout(ordinal), epoch, image_id);
        *factor = if keep(&stream, threshold(p), 0) { scale(p) } else { T::ZERO };
    }
}

/// Writes one image's sum.
#[inline(always)]
pub fn forward<T: Real>(factor: T, x: &[T], skip: &[T], y: &mut [T]) {
    assert!(x.len() == y.len() && skip.len() == y.len(), "stochastic_depth: lengths");
    for ((&x, &skip), y) in x.iter().zip(skip).zip(y) {
        *y = if factor == T::ZERO { skip } else { x.mul_add(factor, skip) };
    }
}

/// Writes the gradient of one image's branch, or adds to it with `accumulate`.
#[inline(always)]
pub fn input_gradient<T: Real>(factor: T, dy: &[T], accumulate: bool, dx: &mut [T]) {
    assert_eq!(dy.len(), dx.len(), "stochastic_depth: lengths");
    for (&dy, dx) in dy.iter().zip(dx) {
        let term = if factor == T::ZERO { T::ZERO } else { dy * factor };
        *dx = if accumulate { *dx + term } else { term };
    }
}
