//! One operation of the plain executor: what it is given and what it keeps.

use std::any::Any;

use toile_kernels::real::Real;

use crate::graph::follow::Follow;
use crate::graph::place::{Place, TensorId};
use crate::state::Tensor;

/// Dropout masks from outside instead of the counter-based ones, for comparisons with other programs.
pub trait DropoutMasks {
    /// Whether a unit is kept: value `unit` of the image in memory order (`[row][column][channel]`) for
    /// `Dropout`, channel `unit` for `Dropout2d`. `ordinal` numbers the network's dropout layers.
    fn keep(&self, ordinal: u16, image_id: u32, unit: usize) -> bool;
}

/// How a network is run.
#[derive(Clone, Copy)]
pub(crate) enum Mode<'a> {
    /// With dropout and the batch's statistics.
    Training { image_ids: &'a [u32], epoch: u32, seed: u64, masks: Option<&'a dyn DropoutMasks> },
    /// Without, and with the running statistics.
    Evaluation,
}

/// What an operation keeps for its way back beside its tensors.
pub(crate) struct Saved(Box<dyn Any>);

impl Saved {
    pub(crate) fn new(kept: impl Any) -> Self {
        Saved(Box::new(kept))
    }

    pub(crate) fn nothing() -> Self {
        Saved::new(())
    }

    /// What the same operation kept going forward.
    pub(crate) fn get<K: Any>(&self) -> &K {
        self.0.downcast_ref().expect("an operation reads what it kept itself")
    }
}

/// An operation's parameters and buffers with their names.
pub(crate) type Named<T> = (String, Tensor<T>);

/// What an operation is given forward.
pub(crate) struct Forward<'a, T> {
    pub(crate) place: &'a Place,
    /// Of whole images, in the order of the place's inputs.
    pub(crate) inputs: Vec<&'a [T]>,
    /// Its parameters and buffers.
    pub(crate) parameters: &'a [Named<T>],
    pub(crate) mode: Mode<'a>,
}

impl<'a, T> Forward<'a, T> {
    /// The first input.
    pub(crate) fn x(&self) -> &'a [T] {
        self.inputs[0]
    }

    /// The values of its parameter `index`.
    pub(crate) fn parameter(&self, index: usize) -> &'a [T] {
        &self.parameters[index].1.data
    }
}

/// What an operation is given on the way back.
pub(crate) struct Backward<'a, T> {
    pub(crate) place: &'a Place,
    /// The first input.
    pub(crate) x: &'a [T],
    pub(crate) dy: &'a [T],
    pub(crate) parameters: &'a [Named<T>],
    pub(crate) saved: &'a Saved,
    /// Gradients of its parameters, to write.
    pub(crate) d_parameters: &'a mut [Vec<T>],
    /// Gradients of its inputs, to write or to add to.
    pub(crate) gradients: &'a mut Gradients<T>,
}

impl<T: Real> Backward<'_, T> {
    /// Lets `write` write, or add to if told so, the gradient of the first input. Nobody needs that of the
    /// network's input.
    pub(crate) fn visit(&mut self, write: impl FnOnce(bool, &mut [T])) {
        self.gradients.visit(self.place.input(), self.x.len(), write);
    }
}

/// Gradients of the tensors, as far as they are known. A tensor may be read by several nodes: the first one
/// visited writes its gradient, the others add to it.
pub(crate) struct Gradients<T> {
    /// The tensor that each tensor is a view of, itself for most.
    homes: Vec<TensorId>,
    /// By home.
    known: Vec<Option<Vec<T>>>,
}

impl<T: Real> Gradients<T> {
    /// None known yet.
    pub(super) fn new(homes: Vec<TensorId>) -> Self {
        let known = vec![None; homes.len()];
        Gradients { homes, known }
    }

    pub(super) fn set(&mut self, tensor: TensorId, gradient: Vec<T>) {
        self.known[self.homes[tensor]] = Some(gradient);
    }

    pub(super) fn take(&mut self, tensor: TensorId) -> Option<Vec<T>> {
        self.known[self.homes[tensor]].take()
    }

    /// Lets `write` write or, if told so, add to the gradient of a tensor of `len` values. Nobody needs
    /// that of the network's input.
    pub(crate) fn visit(&mut self, tensor: TensorId, len: usize, write: impl FnOnce(bool, &mut [T])) {
        if self.homes[tensor] != 0 {
            self.visit_always(tensor, len, write);
        }
    }

    /// The same for whoever has other gradients to write on the way.
    pub(crate) fn visit_always(&mut self, tensor: TensorId, len: usize, write: impl FnOnce(bool, &mut [T])) {
        let (accumulate, mut gradient) = match self.take(tensor) {
            Some(gradient) => (true, gradient),
            None => (false, vec![T::ZERO; len]),
        };
        write(accumulate, &mut gradient);
        self.set(tensor, gradient);
    }
}

/// The arithmetic of an operation with the reference kernels, in f32 or f64: the oracle of its stage.
pub(crate) trait Plain<T: Real> {
    /// Writes its output.
    fn forward(&self, run: &Forward<'_, T>, y: &mut [T]) -> Saved;

    /// Writes the gradients of its inputs and parameters. A view has nothing to write: its gradient is that of its
    /// input.
    fn backward(&self, run: Backward<'_, T>);

    /// Lets its buffers follow what a training step has seen.
    fn update_buffers(&self, _saved: &Saved, _parameters: &mut [Named<T>], _follow: Follow) {}
}
