//! Functions of a value by itself.

use toile_kernels::activation::{Activation, reference};
use toile_kernels::real::Real;

/// A function of a value by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Curve {
    /// An activation of the network.
    Activation(Activation),
    /// 1 / (1 + exp(-x)).
    Sigmoid,
    /// A straight line from 0 at -3 to 1 at 3.
    Hardsigmoid,
}

impl Curve {
    /// Its value.
    pub fn value(self, x: f32) -> f32 {
        match self {
            Curve::Activation(activation) => {
                let mut y = [0.0];
                reference::forward(activation, &[x], &mut y);
                y[0]
            }
            Curve::Sigmoid => 1.0 / (1.0 + Real::exp(-x)),
            Curve::Hardsigmoid => (x + 3.0).clamp(0.0, 6.0) / 6.0,
        }
    }
}
