//! A recipe: everything that decides a run, beside its seed and the bytes of its data.
//!
//! What a run's folder keeps, what tables show, what factors vary, which run goes on from which, and what counts as
//! "the same recipe" all derive from this one type. A setting that is added here, in `settings` and in `kinds` reaches
//! them all.

mod balance;
mod digest;
mod groups;
mod judged_by;
mod kinds;
pub mod rules;
mod settings;
mod test_time;
mod text;
mod wording;
mod words;

use toile_data::Dataset;
use toile_kernels::precision::Precision;
use toile_nn::average::Average;
use toile_nn::clip::Clip;
use toile_nn::description::{DescriptionError, Flatten, Layer, Linear, LogSoftmax, Network, resolve};
use toile_nn::executor::Training;
use toile_nn::groups::{Groups, ParameterGroup};
use toile_nn::optimizer::{Adam, Optimizer};
use toile_nn::schedule::LearningRate;
use toile_pixels::NormalizeError;
use toile_pixels::Normalizer;
use toile_pixels::augment::Transform;

use crate::cross_validation::CrossValidation;

pub use balance::{ClassWeights, Sampler, UnknownClass};
pub(crate) use digest::hexadecimal;
pub use judged_by::JudgedBy;
pub use kinds::{FactorOf, KINDS, Kind, Row, SettingPlace, factor_settings, goes_with_the_optimizer};
pub use settings::RecipeSetting;
pub use test_time::{TestTimeAugmentation, View};
pub(crate) use text::string;
pub(crate) use wording::Wording;
pub use words::{of_training_images, schedule_words};
pub(crate) use words::{optimizer_options, with_smoothing};

/// Everything that decides a run, beside its seed and the bytes of its data. Two equal recipes train to the same
/// bits.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// Name of the data set: `fashion-mnist`.
    pub dataset: String,
    /// Images held out, which choose the epoch that counts where [`judged_by`](Recipe::judged_by) does not say otherwise.
    pub validation: Option<Validation>,
    /// How the images are split into folds, where each network is tested on one of them and trained on the others.
    pub cross_validation: Option<CrossValidation>,
    /// The images that the finished network is judged by.
    pub judged_by: JudgedBy,
    /// The layers, variables filled in.
    pub layers: Vec<Layer>,
    /// How pixels become numbers.
    pub normalization: Normalization,
    /// How training images are changed at random, one transform after the other.
    pub augment: Vec<Transform>,
    /// How parameters follow their gradients.
    pub optimizer: Optimizer,
    /// Parameters that follow theirs in a way of their own.
    pub parameter_groups: Vec<ParameterGroup>,
    /// A bound on gradients.
    pub clip: Option<Clip>,
    /// The average of the weights that is evaluated in their place.
    pub average: Option<Average>,
    /// Learning rate over the training.
    pub learning_rate: LearningRate,
    /// Times over the training images.
    pub epochs: u32,
    /// Images a step.
    pub batch_size: usize,
    /// What is minimised.
    pub loss: Loss,
    /// Label smoothing; 0 for none.
    pub label_smoothing: f64,
    /// What products are computed in while it is trained. Everything is measured in f32.
    pub precision: Precision,
    /// How much the images of each class count in what is minimised.
    pub class_weights: ClassWeights,
    /// Which images an epoch draws.
    pub sampler: Sampler,
    /// Epochs without a better validation loss after which the training stops (needs `validation`).
    pub early_stopping: Option<u32>,
    /// How the model looks at an image more than once, where it does.
    pub test_time_augmentation: Option<TestTimeAugmentation>,
}

/// The images held out: none of them is trained on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Validation {
    /// This share of the training images, held out class by class.
    Share(f64),
    /// Those that the data set sets aside for it.
    Part,
}

/// What a study says of the numbers that pixel bytes become: (byte / 255 - mean) / std, channel by channel.
#[derive(Clone, Debug, PartialEq)]
pub enum Normalization {
    /// By these; empty as long as nobody set them and the number of channels is not known.
    Fixed(ChannelScale),
    /// By mean and deviation of the images that the run trains on: none that it is chosen or judged by.
    Dataset,
}

impl Normalization {
    /// By these.
    pub fn fixed(mean: Vec<f32>, std: Vec<f32>) -> Self {
        Normalization::Fixed(ChannelScale { mean, std })
    }

    /// Pixels from 0 to 1, as they are without a setting.
    pub fn none(channels: usize) -> Self {
        Normalization::fixed(vec![0.0; channels], vec![1.0; channels])
    }

    /// Whether pixels stay from 0 to 1.
    pub fn is_none(&self) -> bool {
        let is_none = |scale: &ChannelScale| {
            scale.mean.iter().all(|&x| x == 0.0) && scale.std.iter().all(|&x| x == 1.0)
        };
        matches!(self, Normalization::Fixed(scale) if is_none(scale))
    }

    /// What it comes to where these images are trained on.
    pub fn on(&self, data: &Dataset, train: &[u32]) -> ChannelScale {
        match self {
            Normalization::Fixed(scale) => scale.clone(),
            Normalization::Dataset => {
                let (mean, std) = data.moments(train.iter().copied());
                ChannelScale { mean, std }
            }
        }
    }
}

impl Default for Normalization {
    fn default() -> Self {
        Normalization::Fixed(ChannelScale::default())
    }
}

/// The numbers of a normalization.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChannelScale {
    /// A mean a channel; 0 changes nothing.
    pub mean: Vec<f32>,
    /// A deviation a channel; 1 changes nothing.
    pub std: Vec<f32>,
}

impl ChannelScale {
    /// The table that turns bytes into numbers.
    ///
    /// # Errors
    /// Numbers that no division can use.
    pub fn normalizer(&self) -> Result<Normalizer, NormalizeError> {
        Normalizer::new(&self.mean, &self.std)
    }
}

/// What a training minimises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loss {
    /// Negative log likelihood: after `LogSoftmax` the cross entropy.
    #[default]
    NllLoss,
}

/// A linear model, ten epochs of Adam with PyTorch's settings in batches of 64.
impl Default for Recipe {
    fn default() -> Self {
        Recipe {
            dataset: String::new(),
            validation: None,
            cross_validation: None,
            judged_by: JudgedBy::Test,
            layers: toile_nn::layers![Flatten, Linear::new(10), LogSoftmax],
            normalization: Normalization::default(),
            augment: Vec::new(),
            optimizer: Optimizer::Adam(Adam::default()),
            parameter_groups: Vec::new(),
            clip: None,
            average: None,
            learning_rate: LearningRate::constant(0.001),
            epochs: 10,
            batch_size: 64,
            loss: Loss::default(),
            label_smoothing: 0.0,
            precision: Precision::default(),
            class_weights: ClassWeights::default(),
            sampler: Sampler::default(),
            early_stopping: None,
            test_time_augmentation: None,
        }
    }
}

impl Recipe {
    /// The checked network for images of this shape (channels, height, width) and so many classes.
    ///
    /// # Errors
    /// Layers that do not fit each other, the images or the classes.
    pub fn network(&self, image_shape: [usize; 3], classes: usize) -> Result<Network, DescriptionError> {
        Ok(resolve(image_shape, &self.layers, classes)?.with_precision(self.precision))
    }

    /// What an executor keeps over a training of it. `class_weights` are those that [`ClassWeights::on`] gives for the
    /// images.
    pub fn training(&self, seed: u64, class_weights: Option<Vec<f32>>) -> Training {
        Training {
            optimizer: self.optimizer,
            groups: Groups { base: self.learning_rate.base, list: self.parameter_groups.clone() },
            clip: self.clip,
            label_smoothing: self.label_smoothing,
            class_weights,
            seed,
            keeps_average: self.average.is_some(),
        }
    }

    /// How long its runs take their way, where two recipes go the same one: so many epochs, and then several looks at
    /// each test image after one.
    pub fn length(&self) -> (u32, bool) {
        (self.epochs, self.test_time_augmentation.is_some())
    }

    /// Whether a run of this recipe passes through the end of a run of the shorter one with the same seed, bit for
    /// bit. With a validation split none does: what was best so far would have to move too.
    pub fn passes_through(&self, shorter: &Recipe) -> bool {
        let depends_on_length = self.learning_rate.depends_on_length()
            || self.average.is_some_and(|average| average.depends_on_length());
        shorter.length() < self.length()
            && (shorter.epochs == self.epochs || !depends_on_length)
            && self.validation.is_none()
            && self.early_stopping.is_none()
            && self.goes_the_way_of(shorter)
    }

    /// Whether nothing differs but how far it goes, and how it looks at test images.
    fn goes_the_way_of(&self, other: &Recipe) -> bool {
        let Recipe { epochs, test_time_augmentation, .. } = *other;
        Recipe { epochs, test_time_augmentation, ..self.clone() } == *other
    }
}

#[cfg(test)]
mod tests {
    use toile_nn::schedule::Schedule;

    use super::{Recipe, TestTimeAugmentation, Validation};
    use crate::study_file;

    #[test]
    fn several_looks_come_behind_one() {
        let study = study_file::load("baseline-vs-better").unwrap();
        let one = study.models[0].recipe.clone();
        let with = |shifts| {
            let views = TestTimeAugmentation { flip: true, shifts };
            Recipe { test_time_augmentation: Some(views), ..one.clone() }
        };
        assert!(with(1).passes_through(&one));
        assert!(!one.passes_through(&with(1)), "the wrong way round");
        assert!(!with(1).passes_through(&with(0)), "one is as long as the other");
        let mut longer = one.clone();
        longer.epochs += 1;
        assert!(longer.passes_through(&with(1)), "how its end was looked at is nothing to what comes later");
        // The same training, so that it does not matter what its rate depends on.
        let cosine = |recipe: &Recipe| {
            let mut recipe = recipe.clone();
            recipe.learning_rate.schedule = Schedule::Cosine { eta_min: 0.0 };
            recipe
        };
        assert!(cosine(&with(1)).passes_through(&cosine(&one)));
    }

    #[test]
    fn only_the_epochs_may_differ() {
        let study = study_file::load("baseline-vs-better").unwrap();
        let recipe =
            |name: &str| study.models.iter().find(|model| model.name == name).unwrap().recipe.clone();
        let (short, long) = (recipe("baseline"), recipe("baseline-40"));
        assert!(long.passes_through(&short));
        assert!(!short.passes_through(&long), "the wrong way round");
        assert!(!long.passes_through(&long), "as long as itself");
        assert!(!recipe("better").passes_through(&short), "another recipe");
        let (mut stops_early, mut shorter) = (long.clone(), short.clone());
        (stops_early.early_stopping, shorter.early_stopping) = (Some(3), Some(3));
        assert!(!stops_early.passes_through(&shorter));
        let (mut chooses, mut shorter) = (long.clone(), short.clone());
        (chooses.validation, shorter.validation) =
            (Some(Validation::Share(0.1)), Some(Validation::Share(0.1)));
        assert!(!chooses.passes_through(&shorter));
        let (mut short, mut long) = (short, long);
        let cosine = Schedule::Cosine { eta_min: 0.0 };
        (short.learning_rate.schedule, long.learning_rate.schedule) = (cosine.clone(), cosine);
        assert!(!long.passes_through(&short), "the rate depends on the length");
    }
}
