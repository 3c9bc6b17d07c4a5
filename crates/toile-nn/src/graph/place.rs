//! Where an operation stands in a network.

use std::ops::Range;

use toile_kernels::conv2d::Algorithms;
use toile_kernels::window::WindowGeometry;

use super::shape::Shape;
use crate::setting::Pair;

/// 0 is the network's input; `n + 1` is the output of node `n`.
pub type TensorId = usize;

/// All that an operation is told about the network around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The tensors it reads: one, and for a sum the skip as a second.
    pub inputs: Vec<TensorId>,
    /// Shape of the first input.
    pub input_shape: Shape,
    /// Shape of the output.
    pub output_shape: Shape,
    /// Its parameters and buffers, as indices into `Network::parameters`.
    pub parameters: Range<usize>,
    /// Which stream of random numbers it draws from in training, if it does: the number of a dropout layer.
    pub stream: Option<u16>,
    /// How it is computed in training, where there is a choice between algorithms with bits of their own; evaluating does
    /// the same in f32. Both executors do as is said here; with other numbers than the engine's the plain one keeps to the
    /// direct algorithm.
    pub algorithms: Option<Algorithms>,
    /// Where the user wrote it: indices into the nested lists of layers.
    pub path: Vec<usize>,
}

impl Place {
    /// The first tensor it reads.
    pub fn input(&self) -> TensorId {
        self.inputs[0]
    }

    /// A window that slides from its input to its output, by the layer's kernel size, stride and padding.
    pub fn window(&self, [kernel, stride, padding]: [Pair; 3]) -> WindowGeometry {
        let ([_, height, width], [_, rows, columns]) = (self.input_shape.dims(), self.output_shape.dims());
        let sides = |pair: Pair| [pair.height, pair.width];
        WindowGeometry {
            input: [height, width],
            output: [rows, columns],
            kernel: sides(kernel),
            stride: sides(stride),
            padding: sides(padding),
        }
    }
}
