//! Training in memory, to the bits that a study's run of the same recipe has.

use std::num::NonZero;

use toile_data::{DataSource, Dataset};
use toile_nn::average::StepsDone;
use toile_nn::description::Network;
use toile_nn::engine::{Engine, EngineOptions};
use toile_nn::executor::{Executor, Training};
use toile_picture::{Preprocessing, Resize};
use toile_pixels::augment::Augmenter;
use toile_store::RunId;
use toile_study::images::{Images, TrainingBatch};
use toile_study::initial::initial_state;
use toile_study::recipe::{Normalization, Recipe, TestTimeAugmentation};
use toile_study::renewal::{Renewal, renew_statistics};
use toile_study::run::{BatchSplit, Course, EpochOrder, Step};
use toile_study::study_file;
use toile_study::trained::Trained;

use crate::cores::cores;
use crate::{Error, Model};

/// An epoch that is over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epoch {
    /// From 1.
    pub epoch: u32,
    /// Mean loss as training saw it: dropout on, weights moving.
    pub train_loss: f64,
    /// Share of the images right as training saw them, 0 to 1.
    pub train_accuracy: f64,
}

/// Trains a recipe's network on all of `data` with every core.
///
/// ```
/// use toile::{Recipe, layers, layers::*};
///
/// let data = toile::data::load("fashion-mnist-small")?;
/// let recipe = Recipe { layers: layers![Flatten, Linear::new(10), LogSoftmax], epochs: 1, ..Recipe::default() };
/// let model = toile::train(&recipe, &data.train, 7)?;
/// assert_eq!(model.class_names(), data.test.class_names);
/// # Ok::<(), toile::Error>(())
/// ```
///
/// # Errors
/// Layers that do not fit the images and classes, a setting that cannot be, a loss that is no longer finite.
pub fn train(recipe: &Recipe, data: &Dataset, seed: u64) -> Result<Model, Error> {
    Trainer::default().train(recipe, data, seed, |_| ())
}

/// How a training is carried out. Nothing of it changes a bit of the result.
///
/// ```
/// use std::num::NonZero;
/// use toile::{Recipe, Trainer, layers, layers::*};
///
/// let data = toile::data::load("fashion-mnist-small")?;
/// let recipe = Recipe { layers: layers![Flatten, Linear::new(10), LogSoftmax], epochs: 2, ..Recipe::default() };
/// let mut losses = Vec::new();
/// let trainer = Trainer { threads: NonZero::new(2) };
/// trainer.train(&recipe, &data.train, 0, |epoch| losses.push(epoch.train_loss))?;
/// assert!(losses[1] < losses[0]);
/// # Ok::<(), toile::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trainer {
    /// Threads that compute; all cores without.
    pub threads: Option<NonZero<usize>>,
}

impl Trainer {
    /// Trains as [`train`] does and tells of each epoch.
    ///
    /// # Errors
    /// As [`train`].
    pub fn train(
        &self,
        recipe: &Recipe,
        data: &Dataset,
        seed: u64,
        mut on_epoch: impl FnMut(Epoch),
    ) -> Result<Model, Error> {
        let recipe = fitting(recipe, data)?;
        let network = recipe.network(data.image_shape, data.class_names.len())?;
        let split = BatchSplit { images: data.len(), batch_size: recipe.batch_size };
        split.check(&network).map_err(Error::Setting)?;
        let all: Vec<u32> = (0..data.len() as u32).collect();
        let scale = recipe.normalization.on(data, &all);
        let normalizer = scale.normalizer().map_err(|error| Error::Setting(error.to_string()))?;
        let mut batch = TrainingBatch::new(augmenter(&recipe, data)?, seed);
        let training = training(&recipe, data, seed)?;
        let threads = self.threads.map_or_else(cores, NonZero::get);
        let batch_size = recipe.batch_size;
        let options = EngineOptions { batch_size, threads, ..EngineOptions::default() };
        let mut engine = Engine::new(&network, training, options)?;
        let whole = Images { dataset: data, indices: &all, normalizer: &normalizer };
        if let Some(initial) = initial_state(&network, seed, whole) {
            engine.load_state_dict(&initial)?;
        }
        let course = Course { recipe: &recipe, images: data.len() };
        for epoch in 0..recipe.epochs {
            let order = EpochOrder::new(recipe.sampler, (seed, epoch + 1), data, &all);
            let (mut loss, mut weight, mut correct) = (0.0, 0.0, 0);
            for step in 0..course.steps() {
                let (images, trained) = ((data, &normalizer), (&mut batch, &mut engine as &mut dyn Executor));
                let (result, _) = course.step(Step { epoch, step }, &order, images, trained);
                if !result.loss_sum.is_finite() {
                    return Err(Error::Diverged { epoch: epoch + 1, step: step + 1 });
                }
                (loss, correct) = (loss + result.loss_sum, correct + result.correct);
                weight += result.weight_sum;
            }
            let (train_loss, train_accuracy) = (loss / weight, correct as f64 / data.len() as f64);
            on_epoch(Epoch { epoch: epoch + 1, train_loss, train_accuracy });
        }
        let done = course.before(Step { epoch: recipe.epochs, step: 0 });
        take_average(&recipe, done, whole, &network, &mut engine);
        Ok(Model::new(Trained {
            study: String::new(),
            run: RunId { model: "model".into(), seed },
            epoch: recipe.epochs,
            network,
            weights: engine.state_dict(),
            preprocessing: preprocessing(data),
            normalization: scale,
            image_shape: data.image_shape,
            class_names: data.class_names.clone(),
            dataset: recipe.dataset.clone(),
            source: DataSource::named(&recipe.dataset),
            recipe,
            provenance: None,
            notes: Vec::new(),
        }))
    }
}

/// Puts the average of the weights in their place, where the recipe has one, as a study's run does before it measures it.
fn take_average(
    recipe: &Recipe,
    done: StepsDone,
    images: Images<'_>,
    network: &Network,
    engine: &mut Engine,
) {
    let Some(average) = recipe.average.filter(|average| average.has_begun(done)) else { return };
    engine.exchange_average();
    if average.renews_statistics() && network.has_statistics() {
        let (batch_size, epoch) = (recipe.batch_size, recipe.epochs - 1);
        renew_statistics(engine, Renewal { images, batch_size, epoch }, &|| false);
    }
}

/// What the executor keeps in mind over the training.
fn training(recipe: &Recipe, data: &Dataset, seed: u64) -> Result<Training, Error> {
    let class_weights = recipe.class_weights.on(&data.class_names, data.labels.iter().copied());
    let class_weights = class_weights.map_err(|error| Error::Setting(error.to_string()))?;
    Ok(recipe.training(seed, class_weights))
}

fn augmenter(recipe: &Recipe, data: &Dataset) -> Result<Augmenter, Error> {
    Augmenter::new(&recipe.augment, data.image_shape).map_err(|error| Error::Setting(error.to_string()))
}

/// How the images came from their files; of images that came from none, that they are what they are.
fn preprocessing(data: &Dataset) -> Preprocessing {
    data.preprocessing.unwrap_or(Preprocessing {
        channels: data.image_shape[0],
        size: [data.image_shape[1], data.image_shape[2]],
        resize: Resize::default(),
        background: [255; 3],
    })
}

/// The recipe with what follows from the data filled in, where a study file could describe it and it can be trained in
/// memory.
fn fitting(recipe: &Recipe, data: &Dataset) -> Result<Recipe, Error> {
    let refuse = |text: String| Err(Error::Setting(text));
    if data.is_empty() {
        return refuse("there is no image to train on".into());
    }
    // Before the rules of a study file, which would send the reader to the top of a file where there is none.
    if recipe.validation.is_some() || recipe.early_stopping.is_some() {
        return refuse(
            "validation and early stopping choose among epochs: train the recipe as a study".into(),
        );
    }
    if recipe.cross_validation.is_some() {
        return refuse("cross_validation takes a network for each fold: train the recipe as a study".into());
    }
    if let Some(problem) = study_file::problem(recipe) {
        return refuse(problem);
    }
    if recipe.batch_size > data.len() {
        return refuse(format!(
            "batch_size = {}: choose from 1 to {}, the images",
            recipe.batch_size,
            data.len()
        ));
    }
    let most = TestTimeAugmentation::shifts_max([data.image_shape[1], data.image_shape[2]]);
    if recipe.test_time_augmentation.is_some_and(|of| of.shifts > most) {
        return refuse(format!("test_time_augmentation: such images can be moved by at most {most} pixels"));
    }
    let mut recipe = recipe.clone();
    if recipe.normalization == Normalization::default() {
        recipe.normalization = Normalization::none(data.image_shape[0]);
    }
    if let Normalization::Fixed(scale) = &recipe.normalization
        && scale.mean.len() != data.image_shape[0]
    {
        let (means, channels) = (scale.mean.len(), data.image_shape[0]);
        return refuse(format!("normalization has {means} means, the images have {channels} channels"));
    }
    Ok(recipe)
}
