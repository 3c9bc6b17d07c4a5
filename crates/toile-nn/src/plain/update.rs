//! The optimizers of the plain executor.

use toile_kernels::muon;
use toile_kernels::optimizer::STATES_MAX;
use toile_kernels::real::Real;

use crate::graph::parameter::Parameter;
use crate::state::{OptimizerState, StateDict, StateError};
use crate::updates::{Moment, Updates};

/// What the optimizers remember between steps.
#[derive(Clone, Debug)]
pub(super) struct Memory<T> {
    step: u64,
    /// One tensor for each state of a parameter, named `<parameter>.<state>`; a parameter's states stand together.
    tensors: StateDict<T>,
}

impl<T: Real> Memory<T> {
    pub(super) fn new(updates: &Updates, parameters: &[Parameter]) -> Self {
        let mut tensors = StateDict { entries: vec![] };
        for (index, parameter) in parameters.iter().enumerate() {
            for state in updates.states(index) {
                let zeros = vec![T::ZERO; parameter.len()];
                tensors.push(format!("{}.{state}", parameter.name), parameter.shape.clone(), zeros);
            }
        }
        Memory { step: 0, tensors }
    }

    /// Steps taken.
    pub(super) fn step(&self) -> u64 {
        self.step
    }

    pub(super) fn tensors(&self) -> &StateDict<T> {
        &self.tensors
    }

    /// One step; `gradients` are those of the parameters that learn, in their order, and `state` has all.
    pub(super) fn update(
        &mut self,
        updates: &Updates,
        learning_rate: f64,
        parameters: &[Parameter],
        state: &mut StateDict<T>,
        gradients: &StateDict<T>,
    ) {
        self.step += 1;
        let at = Moment { learning_rate, step: self.step };
        let mut rules = vec![];
        updates.write_rules(at, &mut rules);
        let mut memory = self.tensors.entries.iter_mut();
        let mut gradients = gradients.entries.iter();
        let values = state.entries.iter_mut().zip(parameters).enumerate();
        for (index, ((_, values), parameter)) in values.filter(|(index, _)| updates.learns(*index)) {
            let (_, gradient) = gradients.next().expect("a gradient of each parameter that learns");
            let matrix = updates.matrix_step(index, parameter, at);
            // What the rule leaves for a matrix's step is forgotten behind it.
            let mut left = vec![T::ZERO; if matrix.is_some() { gradient.data.len() } else { 0 }];
            let kept = memory.by_ref().take(updates.states(index).len());
            let mut kept = kept.map(|(_, tensor)| &mut tensor.data[..]).chain([&mut left[..]]);
            let states: [&mut [T]; STATES_MAX] = std::array::from_fn(|_| kept.next().unwrap_or_default());
            updates.rule_of(index, &rules).reference(&mut values.data, &gradient.data, states);
            drop(kept);
            if let Some((step, size)) = matrix {
                muon::reference::step(&step, size, &mut values.data, &left);
            }
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
