//! Gradient clipping: bounds on the gradients of a step.

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
    /// [`square_sum`] says; a value that is scaled is rounded, and +0 is added.
    pub(crate) fn apply<T: Real>(self, gradients: &mut StateDict<T>) {
        match self {
            Clip::Norm(most) => {
                let tensors = gradients.entries.iter();
                let sum = tensors.fold(0.0, |sum, (_, tensor)| sum + square_sum(&tensor.data));
                let Some(factor) = factor(most, sum) else { return };
                let factor = T::from_f64(factor);
                let values = gradients.entries.iter_mut().flat_map(|(_, tensor)| &mut tensor.data);
                values.for_each(|value| *value = *value * factor + T::ZERO);
            }
            Clip::Value(most) => {
                let most = T::from_f64(most);
                let values = gradients.entries.iter_mut().flat_map(|(_, tensor)| &mut tensor.data);
                values.for_each(|value| *value = bounded(*value, most));
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

/// The nearest value from -most to most; NaN stays.
#[inline(always)]
pub(crate) fn bounded<T: Real>(value: T, most: T) -> T {
    if value > most {
        most
    } else if value < -most {
        -most
    } else {
        value
    }
}
