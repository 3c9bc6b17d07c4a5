//! Toile for programmers: load images, describe a network, train it, measure it, and tell with evidence which of two
//! is better.
//!
//! ```
//! use toile::{Recipe, layers, layers::*};
//!
//! let data = toile::data::load("fashion-mnist-small")?;
//! let network = layers![MaxPool2d::new(2), Flatten, Linear::new(10), LogSoftmax];
//! let recipe = Recipe { layers: network, epochs: 3, batch_size: 32, ..Recipe::default() };
//! let model = toile::train(&recipe, &data.train, 0)?;
//! assert!(model.evaluate(&data.test)?.accuracy > 0.5);
//! # Ok::<(), toile::Error>(())
//! ```
//!
//! | to | use |
//! |---|---|
//! | load a data set | [`data::load`], [`data::open`] for your own pictures and arrays |
//! | describe a network | [`layers!`], [`Network`], or [`layers_from_toml`] |
//! | say how it is trained | [`Recipe`], with an [`optimizer`] and a [`schedule`]; [`Precision`] |
//! | start weights otherwise, or keep some as they start | [`layers::Init`], [`layers::Conv2d::frozen`] |
//! | train some parameters in a way of their own | [`ParameterGroup`] |
//! | clip gradients, average weights, look at an image several times | [`Clip`], [`Average`], [`TestTimeAugmentation`] |
//! | see all of these in one recipe | `examples/ingredients.rs` |
//! | change training images at random | [`Recipe::augment`], [`mod@augment`] |
//! | train | [`train`], or [`study`] for many models, seeds, checkpoints and reports |
//! | keep and find again | [`Model::save`], [`Model::load`], which reads the folder of a run as well |
//! | predict and measure | [`Model::predict`], [`Model::predict_files`], [`Model::evaluate`], [`Model::predictions`] |
//! | ask why | [`Model::occlusion`], [`Model::grad_cam`] |
//! | predict many pictures, or measure, by one network or several | [`Ensemble`], [`Predictor`] |
//! | compare | [`compare`] |
//!
//! The same recipe, data and seed give the same bits for any number of threads and any instruction set, here and in
//! the program.

pub mod comparison;
mod cores;
pub mod data;
mod ensemble;
mod error;
mod model;
pub mod pictures;
mod predictions;
mod predictor;
mod said;
pub mod saliency;
mod training;

pub use comparison::compare;
pub use ensemble::Ensemble;
pub use error::Error;
pub use model::Model;
pub use predictions::{Evaluation, Predictions};
pub use predictor::{Images, Prediction, Predictor};
pub use said::{Said, by_rank};
pub use training::{Epoch, Trainer, train};

pub use toile_kernels::precision::Precision;
pub use toile_nn::average::Average;
pub use toile_nn::clip::Clip;
pub use toile_nn::description::Network;
pub use toile_nn::groups::{ParameterGroup, ParameterKind, Selection, Treatment};
pub use toile_nn::optimizer::{self, Optimizer};
pub use toile_nn::schedule;
pub use toile_nn::{description, layers};
pub use toile_pixels::augment;
pub use toile_study::cross_validation::CrossValidation;
pub use toile_study::recipe::{
    ChannelScale, ClassWeights, JudgedBy, Loss, Normalization, Recipe, Sampler, TestTimeAugmentation,
    Validation,
};
/// ```
/// use toile::{layers, layers::*};
///
/// let read = toile::layers_from_toml(r#"layers = ["Flatten", { Linear = { out_features = 10 } }, "LogSoftmax"]"#)?;
/// assert_eq!(read, layers![Flatten, Linear::new(10), LogSoftmax]);
/// # Ok::<(), toile::Error>(())
/// ```
pub use toile_study::study_file::layers_from_toml;

/// The layers by PyTorch's names, for [`layers!`].
pub mod layers {
    pub use toile_nn::description::{
        AdaptiveAvgPool2d, AdaptiveMaxPool2d, Affine, AvgPool2d, BatchNorm2d, Conv2d, Dropout, Dropout2d,
        Flatten, GELU, GroupNorm, Hardswish, Identity, Init, Layer, LeakyReLU, Linear, LogSoftmax, MaxPool2d,
        Pair, ReLU, Residual, Scale, ScaleActivation, SiLU, SqueezeExcitation,
    };
}

/// Studies: many models and seeds from one file, as the program runs them.
///
/// ```
/// use std::sync::atomic::AtomicBool;
/// use toile::study::conduct::{self, StudyHooks};
/// use toile::study::run::{Data, Options, engine};
/// use toile::study::study_file;
///
/// let mut study = study_file::load("quick")?;
/// (study.models.truncate(1), study.seeds.truncate(1));
/// let loaded = toile::data::load(study.dataset())?;
/// let data = Data {
///     train: &loaded.train,
///     validation: loaded.validation.as_ref(),
///     test: &loaded.test,
///     digests: &loaded.digests,
///     test_digests: loaded.test_digests,
/// };
/// // From another thread, say, it stops all runs at a checkpoint.
/// let stop = AtomicBool::new(false);
/// let hooks = StudyHooks { executors: &engine, observer: &(), renderer: &(), stop: &stop };
/// let results = std::env::temp_dir().join("quick");
/// # let folder = tempfile::tempdir()?;
/// # let results = folder.path().join("quick");
/// let outcome = conduct::run(&study, data, &Options::new(results), hooks)?;
/// let evaluation = outcome.results.models[0].runs[0].evaluation.as_ref();
/// assert!(evaluation.and_then(|of| of.test_accuracy).is_some_and(|accuracy| accuracy > 0.5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub mod study {
    pub use toile_study::study::{Model as StudyModel, Study};
    pub use toile_study::{conduct, run, study_file};
}
