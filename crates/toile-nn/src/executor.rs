//! What both executors of a network offer to a training loop.

use crate::state::{OptimizerState, StateDict, StateError};

/// A batch of images with what is known of them.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// Normalised pixels, [image][row][column][channel].
    pub images: &'a [f32],
    /// Class of each image.
    pub labels: &'a [u32],
    /// Index of each image in its data set: what dropout's randomness depends on.
    pub image_ids: &'a [u32],
}

/// What changes from step to step.
#[derive(Clone, Copy, Debug)]
pub struct StepSettings {
    /// Epoch, from 0: what dropout's randomness depends on.
    pub epoch: u32,
    /// Learning rate of this step.
    pub learning_rate: f64,
}

/// What a training step reports.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepResult {
    /// Sum of the images' losses, in their order, before the update.
    pub loss_sum: f64,
    /// Images whose most probable class was the label.
    pub correct: usize,
}

/// Runs a network. Shapes are checked by assertion: they are the training loop's to get right.
pub trait Executor {
    /// One step: forward, loss, backward, update. A batch may be smaller than the executor's capacity.
    fn train_step(&mut self, batch: Batch<'_>, settings: StepSettings) -> StepResult;

    /// Log-probabilities in evaluation mode, [image][class], of any number of images.
    fn log_probabilities(&mut self, images: &[f32], out: &mut [f32]);

    /// All parameters and buffers in PyTorch's layout.
    fn state_dict(&self) -> StateDict<f32>;

    /// Takes over all parameters and buffers; packed copies are renewed.
    fn load_state_dict(&mut self, state: &StateDict<f32>) -> Result<(), StateError>;

    /// The optimizer's memory in PyTorch's layout.
    fn optimizer_state(&self) -> OptimizerState;

    /// Takes over an optimizer's memory.
    fn load_optimizer_state(&mut self, state: &OptimizerState) -> Result<(), StateError>;
}

/// What stays the same over a training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Training {
    /// How parameters follow their gradients.
    pub optimizer: crate::optimizer::Optimizer,
    /// Share of each target spread evenly over all classes; 0 for plain negative log likelihood.
    pub label_smoothing: f64,
    /// Seed of initialisation and dropout.
    pub seed: u64,
}
