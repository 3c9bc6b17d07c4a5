//! Named tensors of a network, and what they start as.

use std::collections::HashMap;

/// A named tensor of the network's state dict.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// State-dict key, as `conv1.weight`.
    pub name: String,
    /// Shape in PyTorch's order.
    pub shape: Vec<usize>,
    /// What its values start as.
    pub initial: Initial,
    /// Whether it is a buffer, as PyTorch calls what no optimizer changes: a running mean.
    pub buffer: bool,
    /// Whether it stays as it starts, though it is a parameter: PyTorch's `requires_grad = False`.
    pub frozen: bool,
}

impl Parameter {
    /// The layer that it is a tensor of: `conv1` of `conv1.weight`, `se1.fc1` of `se1.fc1.weight`.
    pub fn layer(&self) -> &str {
        self.name.rsplit_once('.').map_or(&self.name, |(layer, _)| layer)
    }

    /// The entry of the network's list whose tensor it is: `conv1` of `conv1.weight`, `se1` of `se1.fc1.weight`.
    pub fn module(&self) -> &str {
        self.name.split_once('.').map_or(&self.name, |(module, _)| module)
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there is no value at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the optimizer changes it.
    pub fn trained(&self) -> bool {
        !self.buffer && !self.frozen
    }
}

/// What the values of a parameter start as.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initial {
    /// Uniform in [-b, b) with b = 1 / sqrt(`fan_in`): PyTorch's default for weights and biases of `Conv2d`
    /// and `Linear` (Kaiming's with a = sqrt(5)).
    Uniform {
        /// Inputs that feed one output.
        fan_in: usize,
    },
    /// 0.
    Zeros,
    /// 1.
    Ones,
    /// Normal with deviation sqrt(2 / `fan_in`): `torch.nn.init.kaiming_normal_` with its defaults.
    KaimingNormal {
        /// Inputs that feed one output.
        fan_in: usize,
    },
    /// Uniform in [-b, b) with b = sqrt(6 / `fan_in`): `torch.nn.init.kaiming_uniform_` with its defaults.
    KaimingUniform {
        /// Inputs that feed one output.
        fan_in: usize,
    },
    /// With the first side as rows, the others together as columns: whichever are fewer are orthonormal
    /// (`torch.nn.init.orthogonal_`).
    Orthogonal,
    /// In each group of a convolution filter i of the first min(outputs, inputs) passes the group's channel i on, the
    /// others are uniform.
    Dirac {
        /// Inputs that feed one output.
        fan_in: usize,
        /// Groups of the convolution.
        groups: usize,
    },
    /// From training images; uniform as long as nobody has given any.
    Whitening {
        /// Inputs that feed one output.
        fan_in: usize,
        /// Added to the variance of each component.
        eps: f64,
    },
}

/// What layers of a network claim while they are resolved, one after the other: parameters with their names,
/// and streams of random numbers.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    pub(crate) parameters: Vec<Parameter>,
    names: HashMap<&'static str, usize>,
    streams: u16,
    /// The stream that the layer at hand has claimed.
    stream: Option<u16>,
}

impl Claims {
    /// The next name of its kind: conv1, conv2, fc1.
    pub(crate) fn name(&mut self, kind: &'static str) -> String {
        let count = self.names.entry(kind).or_insert(0);
        *count += 1;
        format!("{kind}{count}")
    }

    /// A trained tensor.
    pub(crate) fn parameter(&mut self, name: String, shape: Vec<usize>, initial: Initial) {
        self.parameters.push(Parameter { name, shape, initial, buffer: false, frozen: false });
    }

    /// A tensor that is kept and not trained.
    pub(crate) fn buffer(&mut self, name: String, shape: Vec<usize>, initial: Initial) {
        self.parameters.push(Parameter { name, shape, initial, buffer: true, frozen: false });
    }

    /// The tensor claimed last stays as it starts.
    pub(crate) fn freeze(&mut self) {
        if let Some(parameter) = self.parameters.last_mut() {
            parameter.frozen = true;
        }
    }

    /// Random numbers of the layer's own in each step.
    pub(crate) fn stream(&mut self) {
        self.stream = Some(self.streams);
        self.streams += 1;
    }

    /// The stream claimed since the last call.
    pub(crate) fn take_stream(&mut self) -> Option<u16> {
        self.stream.take()
    }
}
