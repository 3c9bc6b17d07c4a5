//! Named tensors in PyTorch's layout: what a checkpoint holds.

/// A dense tensor, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor<T> {
    /// Shape in PyTorch's order; convolution weights are [out, in, kh, kw].
    pub shape: Vec<usize>,
    /// Values, the last dimension fastest.
    pub data: Vec<T>,
}

impl Tensor<f32> {
    /// Its values as files have them: 32 bit, little-endian.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; 4 * self.data.len()];
        for (to, value) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(&self.data) {
            *to = value.to_le_bytes();
        }
        bytes
    }
}

/// Values from bytes of a file, 32 bit and little-endian; bytes that make no whole value are left out.
pub fn values(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// Tensors by name, in the order of the network's layers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateDict<T> {
    /// (name, tensor) pairs.
    pub entries: Vec<(String, Tensor<T>)>,
}

impl<T> StateDict<T> {
    /// The tensor of this name.
    pub fn get(&self, name: &str) -> Option<&Tensor<T>> {
        self.entries.iter().find(|(n, _)| n == name).map(|(_, t)| t)
    }

    /// The tensor of this name, to change.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Tensor<T>> {
        self.entries.iter_mut().find(|(n, _)| n == name).map(|(_, t)| t)
    }

    /// The same tensors in the order of `expected` names and shapes: none missing, none besides.
    pub fn arranged(&self, expected: &[(String, Vec<usize>)]) -> Result<Self, StateError>
    where
        T: Clone,
    {
        let mut arranged = StateDict { entries: Vec::with_capacity(expected.len()) };
        for (name, shape) in expected {
            let tensor = self.get(name).ok_or_else(|| StateError::Missing { name: name.clone() })?;
            if tensor.shape != *shape {
                let (name, expected, got) = (name.clone(), shape.clone(), tensor.shape.clone());
                return Err(StateError::Shape { name, expected, got });
            }
            arranged.entries.push((name.clone(), tensor.clone()));
        }
        match self.entries.iter().find(|(name, _)| !expected.iter().any(|(known, _)| known == name)) {
            Some((name, _)) => Err(StateError::Unexpected { name: name.clone() }),
            None => Ok(arranged),
        }
    }

    /// Appends a tensor.
    pub fn push(&mut self, name: impl Into<String>, shape: Vec<usize>, data: Vec<T>) {
        assert_eq!(shape.iter().product::<usize>(), data.len(), "a tensor's values do not fill its shape");
        self.entries.push((name.into(), Tensor { shape, data }));
    }
}

/// What an optimizer remembers between steps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OptimizerState {
    /// Steps taken.
    pub step: u64,
    /// PyTorch's names behind the parameter's: `conv1.weight.exp_avg`, `conv1.weight.exp_avg_sq`,
    /// `conv1.weight.momentum_buffer`; shapes as the parameter's.
    pub tensors: StateDict<f32>,
}

/// A state dict that does not fit the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateError {
    /// No tensor of this name.
    Missing {
        /// Its name.
        name: String,
    },
    /// A tensor the network does not have.
    Unexpected {
        /// Its name.
        name: String,
    },
    /// Another shape than the network's.
    Shape {
        /// Name of the tensor.
        name: String,
        /// Shape the network has.
        expected: Vec<usize>,
        /// Shape in the state dict.
        got: Vec<usize>,
    },
}

impl std::fmt::Display for StateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StateError::Missing { name } => write!(f, "the tensor {name} is missing"),
            StateError::Unexpected { name } => write!(f, "the tensor {name} does not belong to this network"),
            StateError::Shape { name, expected, got } => {
                write!(f, "the tensor {name} has shape {got:?}, the network's has {expected:?}")
            }
        }
    }
}

impl std::error::Error for StateError {}
