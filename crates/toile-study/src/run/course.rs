//! The course of a training: what it does in each step. Runs of a study and trainings in memory follow the same one, so
//! that they come to the same bits.

use toile_data::Dataset;
use toile_nn::average::StepsDone;
use toile_nn::executor::{Executor, StepResult, StepSettings};
use toile_pixels::Normalizer;

use super::order::EpochOrder;
use crate::images::{Images, TrainingBatch};
use crate::recipe::Recipe;

/// The course of a training by a recipe.
#[derive(Clone, Copy, Debug)]
pub struct Course<'a> {
    /// What it is trained by.
    pub recipe: &'a Recipe,
    /// Images that an epoch sees.
    pub images: usize,
}

/// A step by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Epoch, from 0.
    pub epoch: u32,
    /// Step in the epoch, from 0.
    pub step: u64,
}

impl Course<'_> {
    /// Steps of an epoch.
    pub fn steps(&self) -> u64 {
        self.images.div_ceil(self.recipe.batch_size) as u64
    }

    /// Learning rate of a step.
    pub fn learning_rate(&self, at: Step) -> f64 {
        self.recipe.learning_rate.at(self.before(at).done, self.steps(), self.recipe.epochs)
    }

    /// Where the training stands in front of a step.
    pub fn before(&self, Step { epoch, step }: Step) -> StepsDone {
        let steps = self.steps();
        StepsDone { done: u64::from(epoch) * steps + step, steps, epochs: self.recipe.epochs }
    }

    /// Does a step of an epoch that sees these images in this order: on the executor's weights, and on their average
    /// where the recipe has one. The second of what comes back is how many images it was.
    pub fn step(
        &self,
        at: Step,
        order: &EpochOrder,
        (dataset, normalizer): (&Dataset, &Normalizer),
        (batch, executor): (&mut TrainingBatch, &mut dyn Executor),
    ) -> (StepResult, usize) {
        let Recipe { batch_size, average, .. } = *self.recipe;
        let from = at.step as usize * batch_size;
        let places = from..order.len().min(from + batch_size);
        let (count, identities) = (places.len(), order.identities(places.clone()));
        let images = Images { dataset, indices: order.images(places), normalizer };
        let settings = StepSettings { epoch: at.epoch, learning_rate: self.learning_rate(at) };
        let result = batch.step((images, identities), settings, executor);
        let behind = Step { step: at.step + 1, ..at };
        if let Some(step) = average.and_then(|average| average.step(self.before(behind))) {
            executor.average(step);
        }
        (result, count)
    }
}
