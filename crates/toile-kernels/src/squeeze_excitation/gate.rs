//! What makes a scale of a number.

use crate::real::Real;

/// The function behind the second layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// 1 / (1 + exp(-x)).
    Sigmoid,
    /// (x + 3) / 6 between 0 and 1, in this order (Howard et al. 2019, "Searching for MobileNetV3").
    Hardsigmoid,
}

impl Gate {
    #[inline(always)]
    pub(super) fn value<T: Real>(self, x: T) -> T {
        match self {
            Gate::Sigmoid => T::ONE / (T::ONE + (-x).exp()),
            Gate::Hardsigmoid => {
                let (six, lifted) = (T::from_f64(6.0), x + T::from_f64(3.0));
                // NaN is neither below nor above, and passes.
                let bounded = if lifted < T::ZERO { T::ZERO } else { lifted };
                (if bounded > six { six } else { bounded }) / six
            }
        }
    }

    /// The gradient of `x`, whose value is `value`, from that of the value.
    #[inline(always)]
    pub(super) fn gradient<T: Real>(self, x: T, value: T, d: T) -> T {
        match self {
            Gate::Sigmoid => d * (value * (T::ONE - value)),
            Gate::Hardsigmoid => {
                let three = T::from_f64(3.0);
                if x <= -three || x >= three { T::ZERO } else { d / T::from_f64(6.0) }
            }
        }
    }
}
