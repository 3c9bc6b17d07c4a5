//! The plain executor: a network node by node with the reference kernels, in f32 or f64. It is the oracle
//! for everything faster, so it keeps every tensor and favours plainness over speed.

pub(crate) mod node;
mod pass;
mod sensitivity;
mod update;

use toile_kernels::average::reference as average;
use toile_kernels::precision::Precision;
use toile_kernels::real::Real;

use crate::description::Network;
use crate::executor::{
    AverageStep, Batch, Executor, Mixed, Pixels, RowIndex, StatisticsBatch, StepResult, StepSettings,
    Training,
};
use crate::graph::follow::Follow;
use crate::initialisation::initial_state;
use crate::largest::first_largest;
use crate::state::{OptimizerState, StateDict, StateError, Tensor};
use crate::updates::Updates;
pub use node::DropoutMasks;
use node::Mode;
pub use sensitivity::{Sensitivity, features};
use update::Memory;

/// A batch of images with what is known of them; [`Batch`] in any precision.
#[derive(Clone, Copy, Debug)]
pub struct PlainBatch<'a, T> {
    /// Normalised pixels, `[image][row][column][channel]`.
    pub images: &'a [T],
    /// Class of each image.
    pub labels: &'a [u32],
    /// Index of each image in its data set: what dropout's randomness depends on.
    pub image_ids: &'a [u32],
    /// Classes that are mixed into the images' own.
    pub mixed: Option<Mixed<'a>>,
}

/// Everything a step computed, before the update.
#[derive(Clone, Debug, PartialEq)]
pub struct StepTrace<T> {
    /// `[image][class]`.
    pub log_probabilities: Vec<T>,
    /// `[image][class]`.
    pub logits: Vec<T>,
    /// The batch's loss: the mean of the images', or with class weights the weighted mean.
    pub loss_mean: f64,
    /// Sum of the images' losses, in their order.
    pub loss_sum: f64,
    /// What that sum is divided by.
    pub weight_sum: f64,
    /// Images whose most probable class (the first of equals) was the label, or the one with the larger share.
    pub correct: usize,
    /// Gradient of the batch's loss with respect to each parameter that is trained, before any clipping; names and
    /// shapes as the state's.
    pub gradients: StateDict<T>,
}

/// Runs a network with the reference kernels.
#[derive(Clone, Debug)]
pub struct PlainExecutor<T> {
    network: Network,
    training: Training,
    /// Parameters and buffers, in the order of `network.parameters`.
    state: StateDict<T>,
    updates: Updates,
    memory: Memory<T>,
    /// Where the training keeps one.
    average: Option<StateDict<T>>,
}

impl<T: Real> PlainExecutor<T> {
    /// A network with the initial parameters of `training.seed`.
    ///
    /// # Panics
    /// Groups of parameters do not fit the network.
    pub fn new(network: &Network, training: Training) -> Self {
        let mut state = StateDict { entries: vec![] };
        for (name, Tensor { shape, data }) in initial_state(network, training.seed).entries {
            state.push(name, shape, data.iter().map(|&v| T::from_f64(f64::from(v))).collect());
        }
        let updates = training.updates(network).unwrap_or_else(|error| panic!("{error}"));
        let memory = Memory::new(&updates, &network.parameters);
        let average = training.keeps_average.then(|| state.clone());
        PlainExecutor { network: network.clone(), training, state, updates, memory, average }
    }

    /// All parameters and buffers in PyTorch's layout.
    pub fn state(&self) -> &StateDict<T> {
        &self.state
    }

    /// Takes over all parameters and buffers, in any order.
    pub fn set_state(&mut self, state: &StateDict<T>) -> Result<(), StateError> {
        self.state = self.network.arranged(state)?;
        if let Some(average) = &mut self.average {
            average.clone_from(&self.state);
        }
        Ok(())
    }

    /// The average of all parameters and buffers, where one is kept.
    pub fn average_tensors(&self) -> Option<&StateDict<T>> {
        self.average.as_ref()
    }

    /// Moves that average.
    pub fn move_average(&mut self, step: AverageStep) {
        let Some(average) = &mut self.average else { return };
        for ((_, average), (_, values)) in average.entries.iter_mut().zip(&mut self.state.entries) {
            average::toward(T::from_f64(step.share), &mut average.data, &values.data);
            if step.resets_weights {
                values.data.clone_from(&average.data);
            }
        }
    }

    /// Exchanges parameters and buffers with their average, where one is kept.
    pub fn swap_average(&mut self) {
        if let Some(average) = &mut self.average {
            std::mem::swap(average, &mut self.state);
        }
    }

    /// Makes the running statistics anew, a batch a call, of normalised pixels `[image][row][column][channel]`. Without
    /// `masks` dropout draws its own.
    pub fn renew(&mut self, batch: StatisticsBatch<'_, &[T]>, masks: Option<&dyn DropoutMasks>) {
        let StatisticsBatch { images, image_ids, epoch, number } = batch;
        assert_eq!(
            images.len(),
            image_ids.len() * self.network.input.len(),
            "a batch needs an id for each image"
        );
        let mode = Mode::Training { image_ids, epoch, seed: self.training.seed, masks };
        // They are those of the network that is evaluated.
        let network = self.network.clone().with_precision(Precision::F32);
        let tape = pass::forward(&network, &self.state, images, mode);
        pass::update_buffers(&network, &tape, &mut self.state, Follow::Anew(number));
    }

    /// What the optimizer remembers, in this executor's precision; names as in [`OptimizerState`].
    pub fn optimizer_tensors(&self) -> &StateDict<T> {
        self.memory.tensors()
    }

    /// A whole training step: [`Self::gradients`], then [`Self::apply`].
    pub fn step(
        &mut self,
        batch: PlainBatch<'_, T>,
        settings: StepSettings,
        masks: Option<&dyn DropoutMasks>,
    ) -> StepTrace<T> {
        let trace = self.gradients(batch, settings.epoch, masks);
        self.apply(&trace.gradients, settings.learning_rate);
        trace
    }

    /// Forward, loss and backward in training mode. BatchNorm's running statistics move, the parameters
    /// do not. Without `masks` dropout draws its own.
    pub fn gradients(
        &mut self,
        batch: PlainBatch<'_, T>,
        epoch: u32,
        masks: Option<&dyn DropoutMasks>,
    ) -> StepTrace<T> {
        let images = batch.labels.len();
        let classes = self.network.classes;
        assert_eq!(batch.image_ids.len(), images, "a batch needs an id for each label");
        assert_eq!(batch.images.len(), images * self.network.input.len(), "a batch needs an image a label");
        let targets = self.training.targets(batch.labels, batch.mixed);
        targets.check(images, classes);
        let mode = Mode::Training { image_ids: batch.image_ids, epoch, seed: self.training.seed, masks };
        let mut tape = pass::forward(&self.network, &self.state, batch.images, mode);
        let follow = Follow::Step(self.memory.step() + 1);
        pass::update_buffers(&self.network, &tape, &mut self.state, follow);

        let log_probabilities = tape.tensors.pop().unwrap_or_default();
        let logits_id = self.network.nodes.last().expect("a checked network has nodes").place.input();
        let logits = tape.tensors[logits_id].clone();
        let (mut loss_sum, mut correct) = (0.0, 0);
        for (image, row) in log_probabilities.chunks_exact(classes).enumerate() {
            loss_sum += targets.of(image).loss(row).to_f64();
            correct += usize::from(first_largest(row) == targets.main_label(image) as usize);
        }
        let mut dlogits = vec![T::ZERO; logits.len()];
        targets.gradient(classes, &logits, &mut dlogits);
        let learns = self.updates.learning();
        let gradients = pass::backward(&self.network, &learns, &self.state, &tape, dlogits);
        let weight_sum = targets.weight_sum();
        let loss_mean = loss_sum / weight_sum;
        StepTrace { log_probabilities, logits, loss_mean, loss_sum, weight_sum, correct, gradients }
    }

    /// Changes the parameters by the gradients of [`Self::gradients`]; counts as one step.
    pub fn apply(&mut self, gradients: &StateDict<T>, learning_rate: f64) {
        let clipped = self.training.clip.map(|clip| {
            let mut clipped = gradients.clone();
            clip.apply(&mut clipped);
            clipped
        });
        let gradients = clipped.as_ref().unwrap_or(gradients);
        let (parameters, state) = (&self.network.parameters, &mut self.state);
        self.memory.update(&self.updates, learning_rate, parameters, state, gradients);
    }

    /// Log-probabilities in evaluation mode, `[image][class]`, of any number of images.
    pub fn evaluate(&self, images: &[T]) -> Vec<T> {
        assert_eq!(images.len() % self.network.input.len(), 0, "whole images");
        let mut tape = pass::forward(&self.network, &self.state, images, Mode::Evaluation);
        tape.tensors.pop().unwrap_or_default()
    }
}

impl PlainExecutor<f32> {
    /// So many images as numbers.
    fn values(&self, images: Pixels<'_>, count: usize) -> Vec<f32> {
        let shape @ [channels, height, width] = self.network.input.dims();
        images.check(count, self.network.input.len());
        let mut values = vec![0.0; count * self.network.input.len()];
        for (index, to) in values.chunks_exact_mut(width * channels).enumerate() {
            images.write(shape, RowIndex { image: index / height, row: index % height }, to);
        }
        values
    }
}

impl Executor for PlainExecutor<f32> {
    fn train_step(&mut self, batch: Batch<'_>, settings: StepSettings) -> StepResult {
        let Batch { images, labels, image_ids, mixed } = batch;
        let images = self.values(images, labels.len());
        let trace = self.step(PlainBatch { images: &images, labels, image_ids, mixed }, settings, None);
        StepResult { loss_sum: trace.loss_sum, weight_sum: trace.weight_sum, correct: trace.correct }
    }

    fn log_probabilities(&mut self, images: Pixels<'_>, out: &mut [f32]) {
        let images = self.values(images, out.len() / self.network.classes);
        out.copy_from_slice(&self.evaluate(&images));
    }

    fn state_dict(&self) -> StateDict<f32> {
        self.state.clone()
    }

    fn load_state_dict(&mut self, state: &StateDict<f32>) -> Result<(), StateError> {
        self.set_state(state)
    }

    fn optimizer_state(&self) -> OptimizerState {
        self.memory.state()
    }

    fn load_optimizer_state(&mut self, state: &OptimizerState) -> Result<(), StateError> {
        self.memory.load(state)
    }

    fn average(&mut self, step: AverageStep) {
        self.move_average(step);
    }

    fn exchange_average(&mut self) {
        self.swap_average();
    }

    fn average_state(&self) -> Option<StateDict<f32>> {
        self.average.clone()
    }

    fn load_average_state(&mut self, state: &StateDict<f32>) -> Result<(), StateError> {
        self.average = Some(self.network.arranged(state)?);
        Ok(())
    }

    fn renew_statistics(&mut self, batch: StatisticsBatch<'_>) {
        let StatisticsBatch { images, image_ids, epoch, number } = batch;
        let images = &self.values(images, image_ids.len())[..];
        self.renew(StatisticsBatch { images, image_ids, epoch, number }, None);
    }
}
