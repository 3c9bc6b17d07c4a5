//! One run to do.

use std::sync::Arc;

use toile_data::Dataset;
use toile_nn::description::Network;
use toile_nn::state::StateDict;
use toile_pixels::Normalizer;
use toile_pixels::augment::Augmenter;
use toile_store::{Checkpoint, Position, Provenance, RunFolder, RunId};

use super::course::{Course, Step};
use super::data::Data;
use super::error::RunError;
use super::executors::{Executors, Setup};
use super::guard::guarded;
use super::pace::{self, Pace, Work};
use super::parts::{PartSizes, Parts};
use crate::images::TrainingBatch;
use crate::recipe::{ChannelScale, JudgedBy, TestTimeAugmentation, Validation};
use crate::study::{Model, Study};

/// One run to do.
pub(crate) struct Job<'a> {
    pub(super) study: &'a Study,
    pub(super) model: &'a Model,
    pub(super) id: RunId,
    pub(super) folder: RunFolder,
    /// Shared by the runs that have the same.
    pub(super) fitted: Arc<Fitted>,
    /// What its files belong to.
    pub(super) provenance: Provenance,
    /// Where it stood by its files when it was planned; none where nothing of it was done.
    pub(super) planned_at: Option<Position>,
    /// Its images, and what it begins with: here once it has begun, because thousands of runs may be planned.
    pub(super) parts: Parts,
    pub(super) checkpoint: Option<Checkpoint>,
    /// Without a checkpoint: the network, where it is trained and only has to be measured again.
    pub(super) trained: Option<Trained>,
    /// Without a checkpoint: the run it goes on from.
    pub(super) shorter: Option<Shorter>,
}

/// What a model and the images of a run come to.
pub(crate) struct Fitted {
    pub(super) network: Arc<Network>,
    /// Mean and deviation of each channel, and the table they come to.
    pub(super) scale: ChannelScale,
    pub(super) normalizer: Normalizer,
    pub(super) augmenter: Augmenter,
    /// A weight a class, where they are not all alike.
    pub(super) class_weights: Option<Vec<f32>>,
    /// Images to train on, those held out, of [`Job::validation_data`], and those to be judged by: all test
    /// images, those of a fold, or those held out.
    pub(super) sizes: PartSizes,
}

/// A network that is trained, and where its training stood at its end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Trained {
    pub(super) position: Position,
    pub(super) weights: StateDict<f32>,
}

/// A shorter run whose end a longer one passes through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shorter {
    pub(super) id: RunId,
    pub(super) folder: RunFolder,
    pub(super) provenance: Provenance,
    pub(super) epochs: u32,
}

impl Job<'_> {
    pub(super) fn setup(&self, threads: usize) -> Setup<'_> {
        let Fitted { network, class_weights, .. } = &*self.fitted;
        let training = self.model.recipe.training(self.id.seed, class_weights.clone());
        Setup { network, training, batch_size: self.model.recipe.batch_size, threads }
    }

    /// Images of the largest set that it is evaluated on.
    pub(super) fn evaluated(&self) -> usize {
        let PartSizes { train, test, .. } = self.fitted.sizes;
        test.max(train)
    }

    /// The data set that has the images held out.
    pub(super) fn validation_data<'d>(&self, data: Data<'d>) -> &'d Dataset {
        match (self.study.validation(), data.validation) {
            (Some(Validation::Part), Some(part)) => part,
            _ => data.train,
        }
    }

    pub(super) fn course(&self) -> Course<'_> {
        Course { recipe: &self.model.recipe, images: self.fitted.sizes.train }
    }

    /// How fast it goes with so many threads: a few steps on an executor that is thrown away.
    pub(super) fn pace(
        &self,
        threads: usize,
        data: Data<'_>,
        executors: &Executors<'_>,
    ) -> Result<Pace, RunError> {
        let Fitted { normalizer, augmenter, .. } = &*self.fitted;
        let batch = TrainingBatch::new(augmenter.clone(), self.id.seed);
        let (images, rate) =
            ((data.train, normalizer), self.course().learning_rate(Step { epoch: 0, step: 0 }));
        guarded(|| Ok(pace::warm_up(executors, self.setup(threads), images, batch, rate)?))
    }

    /// Where it starts, as far as that is known before the first run: what it goes on from may yet have to end.
    pub(super) fn start(&self) -> Position {
        match (&self.planned_at, &self.shorter) {
            (Some(position), _) => position.clone(),
            (None, Some(shorter)) => Position { epoch: shorter.epochs, ..Position::default() },
            (None, None) => Position::default(),
        }
    }

    /// What is left to do from a position.
    pub(super) fn work_left(&self, position: &Position) -> Work {
        let PartSizes { train, validation, test } = self.fitted.sizes;
        let (train, validation, test) = (train as u64, validation as u64, test as u64);
        let epochs = u64::from(self.model.recipe.epochs.saturating_sub(position.epoch));
        let views = self.model.recipe.test_time_augmentation.map_or(1, TestTimeAugmentation::passes) as u64;
        let each_epoch = match self.model.recipe.judged_by {
            JudgedBy::Test => test + validation,
            JudgedBy::HeldOut | JudgedBy::HeldOutLast => validation,
        };
        Work {
            train_images: (epochs * train).saturating_sub(position.images),
            // Each epoch's rows, and the last measurements: of the images that judge it as often as the model looks at them.
            evaluated_images: epochs * each_epoch + train + views * test,
        }
    }
}
