//! What one training takes.

use toile_nn::description::{Network, summarize};
use toile_nn::engine::{Engine, EngineOptions};
use toile_nn::executor::Training;

/// A training as far as its memory is concerned.
#[derive(Clone, Debug, PartialEq)]
pub struct Need<'a> {
    /// What is trained.
    pub network: &'a Network,
    /// How it is trained: what is remembered of each parameter, what waits in a step.
    pub training: Training,
    /// Most images of a training step.
    pub batch_size: usize,
    /// Threads of the training.
    pub threads: usize,
    /// Images of the largest set that it is evaluated on.
    pub evaluated: usize,
}

/// Bytes of a parameter, an activation, a gradient.
const VALUE: u64 = size_of::<f32>() as u64;

/// More than any machine has: from here on a rough figure does.
const BEYOND_ANY: u64 = 1 << 46;

impl Need<'_> {
    /// Bytes: the engine's buffers, the log-probabilities of an evaluation, and parameters with the optimizer's states
    /// twice more, as tensors and as the bytes of a checkpoint that is written.
    pub fn bytes(&self) -> u64 {
        let least = self.least();
        if least > BEYOND_ANY {
            // What the engine multiplies might be more than there are addresses.
            return least;
        }
        let options =
            EngineOptions { batch_size: self.batch_size, threads: self.threads, ..EngineOptions::default() };
        // What does not fit takes nothing: no engine will be made.
        let engine = Engine::bytes(self.network, &self.training, options).unwrap_or(0);
        let evaluation = VALUE * self.evaluated as u64 * self.network.classes as u64;
        engine.saturating_add(evaluation).saturating_add(2 * self.parameters())
    }

    /// The largest batch size that takes at most so many bytes; none where a single image takes more.
    pub(super) fn largest_batch(&self, bytes: u64) -> Option<usize> {
        let fits = |batch_size: usize| Need { batch_size, ..self.clone() }.bytes() <= bytes;
        if !fits(1) {
            return None;
        }
        let (mut fitting, mut beyond) = (1, self.batch_size.saturating_add(1));
        while beyond - fitting > 1 {
            let middle = fitting + (beyond - fitting) / 2;
            if fits(middle) { fitting = middle } else { beyond = middle }
        }
        Some(fitting)
    }

    /// Bytes of the parameters, of what the optimizers keep of them and of their average.
    fn parameters(&self) -> u64 {
        let values: u64 = self.network.parameters.iter().map(|parameter| parameter.len() as u64).sum();
        let averages = values * u64::from(self.training.keeps_average);
        VALUE * (values + averages + self.training.remembered(self.network))
    }

    /// A lower bound that needs no engine: the parameters, and the largest output of a layer for a batch; of that a
    /// quarter, because a convolution that is pooled at once keeps no more.
    fn least(&self) -> u64 {
        let largest =
            summarize(self.network).iter().map(|layer| layer.output.len() as u64).max().unwrap_or(0);
        self.parameters().saturating_add((VALUE * largest / 4).saturating_mul(self.batch_size as u64))
    }
}
