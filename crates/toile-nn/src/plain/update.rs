//! The optimizer of the plain executor.

use toile_kernels::optimizer::reference::{self as kernels, AdamStep, SgdStep};
use toile_kernels::real::Real;

use crate::description::Parameter;
use crate::optimizer::{AdamSettings, Optimizer};
use crate::state::{OptimizerState, StateDict, StateError};

/// What the optimizer remembers between steps.
#[derive(Clone, Debug)]
pub(super) struct Memory<T> {
    step: u64,
    /// For each kind of memory the optimizer has: one tensor a trained parameter, named
    /// `<parameter>.<kind>`; a parameter's kinds stand together.
    tensors: StateDict<T>,
    kinds: &'static [&'static str],
}

impl<T: Real> Memory<T> {
    pub(super) fn new(optimizer: &Optimizer, parameters: &[Parameter]) -> Self {
        let kinds: &[&str] = match *optimizer {
            Optimizer::SGD { momentum: 0.0, .. } => &[],
            Optimizer::SGD { .. } => &["momentum_buffer"],
            Optimizer::Adam(_) | Optimizer::AdamW(_) => &["exp_avg", "exp_avg_sq"],
        };
        let mut tensors = StateDict { entries: vec![] };
        for parameter in parameters.iter().filter(|p| p.trained()) {
            for kind in kinds {
                let zeros = vec![T::ZERO; parameter.len()];
                tensors.push(format!("{}.{kind}", parameter.name), parameter.shape.clone(), zeros);
            }
        }
        Memory { step: 0, tensors, kinds }
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
        let kinds = self.kinds.len();
        for (i, (name, gradient)) in gradients.entries.iter().enumerate() {
            let parameter = state.get_mut(name).expect("a gradient of a parameter of the network");
            let memory = &mut self.tensors.entries[i * kinds..(i + 1) * kinds];
            let (parameter, gradient) = (&mut parameter.data[..], &gradient.data[..]);
            match *optimizer {
                Optimizer::SGD { momentum, weight_decay, nesterov } => {
                    let step = SgdStep {
                        negative_rate: T::from_f64(-learning_rate),
                        momentum: T::from_f64(momentum),
                        weight_decay: T::from_f64(weight_decay),
                        nesterov,
                    };
                    let buffer = memory.first_mut().map_or(&mut [][..], |(_, buffer)| &mut buffer.data);
                    kernels::sgd(&step, parameter, gradient, buffer);
                }
                Optimizer::Adam(settings) | Optimizer::AdamW(settings) => {
                    let AdamSettings { betas, eps, weight_decay } = settings;
                    let decoupled = matches!(optimizer, Optimizer::AdamW(_));
                    let settings = kernels::AdamSettings { betas, eps, weight_decay, decoupled };
                    let step = AdamStep::new(&settings, learning_rate, self.step);
                    let [(_, first), (_, second)] = memory else { unreachable!("Adam has two moments") };
                    kernels::adam(&step, parameter, gradient, &mut first.data, &mut second.data);
                }
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
