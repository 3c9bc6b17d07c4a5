//! What both executors of a network offer to a training loop.

use toile_kernels::log_softmax::Targets;

use crate::clip::Clip;
use crate::groups::Groups;
use crate::optimizer::{Optimizer, SGD};
use crate::state::{OptimizerState, StateDict, StateError};

pub use toile_kernels::log_softmax::Mixed;

/// Images as numbers, or whoever can make numbers of them.
#[derive(Clone, Copy)]
pub enum Pixels<'a> {
    /// Normalised, `[image][row][column][channel]`.
    Values(&'a [f32]),
    /// Kept in another form, and written row by row to where the executor wants them: no copy in between.
    Rows(&'a dyn ImageRows),
}

/// Images that are kept in another form than numbers. Rows are asked for on several threads at a time.
pub trait ImageRows: Sync {
    /// Writes a row, normalised, `[column][channel]`.
    fn write(&self, at: RowIndex, to: &mut [f32]);
}

/// Which row of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowIndex {
    /// Position in the batch.
    pub image: usize,
    /// Row of the image, from the top.
    pub row: usize,
}

impl std::fmt::Debug for Pixels<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Pixels::Values(_) => "Pixels::Values(..)",
            Pixels::Rows(_) => "Pixels::Rows(..)",
        })
    }
}

impl Pixels<'_> {
    /// Writes a row of an image of this shape ([channels, height, width]).
    pub(crate) fn write(&self, [channels, height, width]: [usize; 3], at: RowIndex, to: &mut [f32]) {
        match self {
            Pixels::Values(values) => {
                let start = (at.image * height + at.row) * width * channels;
                to.copy_from_slice(&values[start..start + to.len()]);
            }
            Pixels::Rows(rows) => rows.write(at, to),
        }
    }

    /// Asserts that values are of so many images of this length.
    pub(crate) fn check(&self, images: usize, image_len: usize) {
        if let Pixels::Values(values) = self {
            assert_eq!(values.len(), images * image_len, "{images} images");
        }
    }
}

/// A batch of images with what is known of them.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// As many as there are labels.
    pub images: Pixels<'a>,
    /// Class of each image.
    pub labels: &'a [u32],
    /// Index of each image in its data set: what dropout's randomness depends on.
    pub image_ids: &'a [u32],
    /// Classes that are mixed into the images' own; their pixels are mixed already.
    pub mixed: Option<Mixed<'a>>,
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
    /// What the batch's loss divides that sum by: the number of images, or with class weights the sum of their weights.
    pub weight_sum: f64,
    /// Images whose most probable class was the label; of a mixed image that with the larger share, its own where the
    /// shares are equal.
    pub correct: usize,
}

/// What an average of weights does behind a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AverageStep {
    /// How far the average goes towards the weights, from 0 to 1: average += share (weights - average), each value
    /// rounded once; with 1 it becomes the weights.
    pub share: f64,
    /// Whether the weights then go on from the average, as Lookahead's do.
    pub resets_weights: bool,
}

/// Images that running statistics are made anew from, in whatever form `I` an executor takes them.
#[derive(Clone, Copy, Debug)]
pub struct StatisticsBatch<'a, I = Pixels<'a>> {
    /// The images; no more than a training step may have.
    pub images: I,
    /// Index of each image in its data set: what dropout's randomness depends on.
    pub image_ids: &'a [u32],
    /// Epoch, from 0: what dropout's randomness depends on.
    pub epoch: u32,
    /// Which batch it is, from 1. The first replaces what was there; each counts as much as any before.
    pub number: u64,
}

/// Runs a network. Shapes are checked by assertion: they are the training loop's to get right.
pub trait Executor {
    /// One step: forward, loss, backward, update. A batch may be smaller than the executor's capacity.
    fn train_step(&mut self, batch: Batch<'_>, settings: StepSettings) -> StepResult;

    /// Log-probabilities in evaluation mode, `[image][class]`, of as many images as `out` has room for.
    fn log_probabilities(&mut self, images: Pixels<'_>, out: &mut [f32]);

    /// All parameters and buffers in PyTorch's layout.
    fn state_dict(&self) -> StateDict<f32>;

    /// Takes over all parameters and buffers; packed copies are renewed.
    fn load_state_dict(&mut self, state: &StateDict<f32>) -> Result<(), StateError>;

    /// The optimizer's memory in PyTorch's layout.
    fn optimizer_state(&self) -> OptimizerState;

    /// Takes over an optimizer's memory.
    fn load_optimizer_state(&mut self, state: &OptimizerState) -> Result<(), StateError>;

    /// Moves the average of all parameters and buffers. Without one that is kept nothing happens.
    fn average(&mut self, step: AverageStep);

    /// Exchanges parameters and buffers with their average, so that it is the average that is evaluated; a second call
    /// undoes it. Without one that is kept nothing happens.
    fn exchange_average(&mut self);

    /// The average in PyTorch's layout, names as the state's; `None` where none is kept.
    fn average_state(&self) -> Option<StateDict<f32>>;

    /// Takes over an average; one is kept. Loading a state sets the average to it as well, so this comes behind.
    fn load_average_state(&mut self, state: &StateDict<f32>) -> Result<(), StateError>;

    /// Makes the running statistics anew, a batch a call: forward as in training, and nothing is learnt.
    fn renew_statistics(&mut self, batch: StatisticsBatch<'_>);
}

/// What stays the same over a training.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    /// How parameters follow their gradients.
    pub optimizer: Optimizer,
    /// Parameters that follow theirs in a way of their own.
    pub groups: Groups,
    /// A bound on gradients.
    pub clip: Option<Clip>,
    /// Share of each target spread evenly over all classes; 0 for plain negative log likelihood.
    pub label_smoothing: f64,
    /// A weight a class, above 0: the batch's loss is the weighted mean of its images', as PyTorch's `nll_loss` has it.
    pub class_weights: Option<Vec<f32>>,
    /// Seed of initialisation and dropout.
    pub seed: u64,
    /// Whether an average of all parameters and buffers is kept beside them. It starts as they do.
    pub keeps_average: bool,
}

impl Training {
    /// One that minimises the plain negative log likelihood.
    pub fn new(optimizer: impl Into<Optimizer>, seed: u64) -> Training {
        Training {
            optimizer: optimizer.into(),
            groups: Groups::default(),
            clip: None,
            label_smoothing: 0.0,
            class_weights: None,
            seed,
            keeps_average: false,
        }
    }

    /// For a network that is only looked at: nothing is remembered of its parameters.
    pub fn none(seed: u64) -> Training {
        Training::new(SGD::default(), seed)
    }

    /// What it takes the losses of a batch against.
    pub(crate) fn targets<'a>(&'a self, labels: &'a [u32], mixed: Option<Mixed<'a>>) -> Targets<'a> {
        let class_weights = self.class_weights.as_deref();
        Targets { labels, mixed, label_smoothing: self.label_smoothing, class_weights }
    }
}
