//! Gradient clipping: bounds on the gradients of a step.

use toile_kernels::clip::reference::{bound, scale};
use toile_kernels::optimizer::square_sum;
use toile_kernels::real::Real;

use crate::state::StateDict;

/// A bound on the gradients of a step, of all parameters that are trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clip {
    /// On the root of the sum of all their squares, beyond which they are scaled down
    /// (`torch.nn.utils.clip_grad_norm_`; Pascanu et al. 2013, algorithm 1).
    Norm(f64),
    /// On each value's distance from 0 (`torch.nn.utils.clip_grad_value_`).
    Value(f64),
}

impl Clip {
    /// Clips the gradients: the specification. Squares are summed tensor by tensor in the network's order, each as
    /// [`square_sum`] says; values are changed as [`scale`] and [`bound`] say.
    pub(crate) fn apply<T: Real>(self, gradients: &mut StateDict<T>) {
        match self {
            Clip::Norm(most) => {
                let tensors = gradients.entries.iter();
                let sum = tensors.fold(0.0, |sum, (_, tensor)| sum + square_sum(&tensor.data));
                let Some(factor) = factor(most, sum) else { return };
                let tensors = gradients.entries.iter_mut();
                tensors.for_each(|(_, tensor)| scale(T::from_f64(factor), &mut tensor.data));
            }
            Clip::Value(most) => {
                let tensors = gradients.entries.iter_mut();
                tensors.for_each(|(_, tensor)| bound(T::from_f64(most), &mut tensor.data));
            }
        }
    }
}

/// What gradients with this sum of squares are scaled by; none where they are left alone. NaN where the sum is.
pub(crate) fn factor(most: f64, square_sum: f64) -> Option<f64> {
    let factor = most / (square_sum.sqrt() + 1e-6);
    // PyTorch takes the smaller of this and 1, of which NaN is neither.
    (factor < 1.0 || factor.is_nan()).then_some(factor)
}
