//! The optimizer of the plain executor.

use toile_kernels::optimizer::STATES_MAX;
use toile_kernels::real::Real;

use crate::graph::parameter::Parameter;
use crate::optimizer::Optimizer;
use crate::state::{OptimizerState, StateDict, StateError};

/// What the optimizer remembers between steps.
#[derive(Clone, Debug)]
pub(super) struct Memory<T> {
    step: u64,
    /// For each kind of memory the optimizer has: one tensor a trained parameter, named
    /// `<parameter>.<kind>`; a parameter's kinds stand together.
    tensors: StateDict<T>,
    /// How many kinds there are.
    kinds: usize,
}

impl<T: Real> Memory<T> {
    pub(super) fn new(optimizer: &Optimizer, parameters: &[Parameter]) -> Self {
        let kinds = optimizer.states();
        let mut tensors = StateDict { entries: vec![] };
        for parameter in parameters.iter().filter(|p| p.trained()) {
            for kind in kinds {
                let zeros = vec![T::ZERO; parameter.len()];
                tensors.push(format!("{}.{kind}", parameter.name), parameter.shape.clone(), zeros);
            }
        }
        Memory { step: 0, tensors, kinds: kinds.len() }
    }

    /// Steps taken.
    pub(super) fn step(&self) -> u64 {
        self.step
    }

    pub(super) fn tensors(&self) -> &StateDict<T> {
        &self.tensors
    }

    /// One step; `gradients` are those of the trained parameters in their order.
    pub(super) fn update(
        &mut self,
        optimizer: &Optimizer,
        learning_rate: f64,
        state: &mut StateDict<T>,
        gradients: &StateDict<T>,
    ) {
        self.step += 1;
        let (rule, kinds) = (optimizer.rule::<T>(learning_rate, self.step), self.kinds);
        for (i, (name, gradient)) in gradients.entries.iter().enumerate() {
            let parameter = state.get_mut(name).expect("a gradient of a parameter of the network");
            let mut memory = self.tensors.entries[i * kinds..(i + 1) * kinds].iter_mut();
            let states: [&mut [T]; STATES_MAX] =
                std::array::from_fn(|_| memory.next().map_or(&mut [][..], |(_, tensor)| &mut tensor.data));
            rule.reference(&mut parameter.data, &gradient.data, states);
        }
    }
}

impl Memory<f32> {
    pub(super) fn state(&self) -> OptimizerState {
        OptimizerState { step: self.step, tensors: self.tensors.clone() }
    }

    pub(super) fn load(&mut self, state: &OptimizerState) -> Result<(), StateError> {
        let expected = self.tensors.entries.iter().map(|(name, tensor)| (name.clone(), tensor.shape.clone()));
        self.tensors = state.tensors.arranged(&expected.collect::<Vec<_>>())?;
        self.step = state.step;
        Ok(())
    }
}
