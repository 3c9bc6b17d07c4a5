//! A program in whole numbers: weights of 8 bits with a scale for each output, tensors of 8 bits with a scale and a zero
//! of their own, sums of 32 bits, and between them nothing but multiplications and shifts. Whoever does the same gets the
//! same bits.

mod build;
mod calibrate;
pub mod quantization;
pub mod reference;
mod softmax;

pub use build::{BuildError, build};
pub use calibrate::{Ranges, ranges};
pub use softmax::{LOGIT_UNITS, POWERS, Powers, log_probabilities, probabilities};

use quantization::{Multiplier, Quantization};

use crate::program::Program;

/// A function of a byte: of -128 first.
pub type Table<T> = [T; 256];

/// A program in whole numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Integers {
    /// The steps' places and shapes; its weights are of no use here.
    pub program: Program,
    /// What each tensor's bytes are worth; those of the logits are no bytes where a convolution makes them.
    pub quantizations: Vec<Quantization>,
    /// Bytes of the network's for the bytes of an image, a table a channel; of 0 first.
    pub image: Vec<Table<i8>>,
    /// What each step does.
    pub steps: Vec<Integer>,
    /// Where the last step makes bytes: the logits that they stand for.
    pub logits: Option<Table<i32>>,
}

/// What a step does with bytes.
#[derive(Clone, Debug, PartialEq)]
pub enum Integer {
    /// A convolution.
    Convolution(Convolution),
    /// The largest byte of each window.
    MaxPool,
    /// The mean of each window.
    MeanPool {
        /// The byte of 0 in the input.
        from_zero: i32,
        /// The byte of 0 in the output.
        to_zero: i32,
        /// From the input's steps to the output's.
        multiplier: Multiplier,
    },
    /// A function of each byte.
    Curve(Table<i8>),
    /// Two inputs added.
    Sum {
        /// The bytes of 0 in the inputs.
        from_zeros: [i32; 2],
        /// From each input's steps to the output's; their shifts are the same.
        multipliers: [Multiplier; 2],
        /// The byte of 0 in the output.
        to_zero: i32,
        /// What is below becomes this.
        low: i32,
    },
    /// Channels multiplied with a byte each.
    Product {
        /// The bytes of 0 in the inputs.
        from_zeros: [i32; 2],
        /// From the product's steps to the output's.
        multiplier: Multiplier,
        /// The byte of 0 in the output.
        to_zero: i32,
    },
}

/// A convolution of bytes. Where and how it slides is said by the program's.
#[derive(Clone, Debug, PartialEq)]
pub struct Convolution {
    /// In the order of the program's, from -127 to 127.
    pub weight: Vec<i8>,
    /// What a step of an output's weights is worth.
    pub scales: Vec<f32>,
    /// One an output, in steps of the sum.
    pub bias: Vec<i32>,
    /// From each output's sum to the output's steps.
    pub multipliers: Vec<Multiplier>,
    /// The byte of 0 in the input.
    pub from_zero: i32,
    /// The byte of 0 in the output, and the least byte; `None` where it makes logits.
    pub to: Option<[i32; 2]>,
}
