//! What can be done at the end of another operation's stage.

use toile_kernels::activation::Activation;

use super::place::TensorId;

/// An operation as the one before sees it that might do it along the way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Tail {
    /// Changes nothing: every stage can do that.
    Nothing,
    /// A function of each value by itself.
    Activation(Activation),
    /// Max-pooling of 2x2 windows side by side; odd last rows and columns are left out.
    Halving,
    /// Dropout of single values.
    Dropout {
        /// Probability to drop.
        p: f64,
        /// Its stream of random numbers.
        stream: u16,
    },
    /// The sum with another tensor.
    Sum {
        /// That tensor.
        skip: TensorId,
    },
}

/// The activation among the tails.
pub(crate) fn activation(tails: &[Tail]) -> Option<Activation> {
    tails.iter().find_map(|tail| match tail {
        Tail::Activation(activation) => Some(*activation),
        _ => None,
    })
}
