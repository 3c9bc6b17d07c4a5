//! A trained network with everything it takes to use it.

use std::path::Path;

use toile_data::Dataset;
use toile_nn::description::Network;
use toile_nn::engine::{Engine, EngineOptions};
use toile_nn::executor::{Executor, Pixels, Training};
use toile_nn::state::StateDict;
use toile_picture::{Limits, Preprocessing};
use toile_store::atomic;
use toile_study::images::Images;
use toile_study::recipe::Recipe;
use toile_study::trained::{self, Trained};

use crate::Error;
use crate::cores::cores;
use crate::predictions::{Predictions, first_largest};

/// A trained network: its recipe, its weights, its preprocessing and its class names.
#[derive(Clone, Debug)]
pub struct Model {
    trained: Trained,
}

/// What a model makes of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Index of the most probable class.
    pub class: usize,
    /// Its name.
    pub name: String,
    /// Probability of each class, in the order of [`Model::class_names`].
    pub probabilities: Vec<f32>,
}

/// How well a model does on labelled images.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Share of the images whose most probable class is the true one, 0 to 1.
    pub accuracy: f64,
    /// Mean negative log likelihood, in nats.
    pub loss: f64,
    /// Images of each true class (rows) that were taken for each class (columns).
    pub confusion: Vec<Vec<u64>>,
}

impl Model {
    pub(crate) fn new(trained: Trained) -> Model {
        Model { trained }
    }

    /// The model in a run's folder (`runs/STUDY/MODEL/seed-0`) or in a file that [`Model::save`] wrote. Everything is
    /// checked: digests, whose weights they are, and that they fit their network.
    ///
    /// # Errors
    /// What cannot be read, is damaged, or belongs to another run, with the file and what to do.
    pub fn load(path: impl AsRef<Path>) -> Result<Model, Error> {
        let path = path.as_ref();
        let trained = if path.is_dir() { trained::open(path)? } else { trained::read(path)? };
        Ok(Model { trained })
    }

    /// The model of a run by the name that the program knows it by: `study/model`, `study/model@3`, a folder or a file.
    ///
    /// # Errors
    /// A name that nothing answers to, and what [`Model::load`] refuses.
    pub fn named(name: &str) -> Result<Model, Error> {
        Ok(Model { trained: trained::named(name)? })
    }

    pub(crate) fn trained(&self) -> &Trained {
        &self.trained
    }

    /// Writes the model as a safetensors file, whose tensors PyTorch's `load_state_dict` takes.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let (about, weights) = (self.trained.about(), &self.trained.weights);
        atomic::write_with(path.as_ref(), |file| toile_store::weights::write(file, &about, weights))?;
        Ok(())
    }

    /// What it was trained by.
    pub fn recipe(&self) -> &Recipe {
        &self.trained.recipe
    }

    /// Its network.
    pub fn network(&self) -> &Network {
        &self.trained.network
    }

    /// Parameters and buffers, under PyTorch's names and in its layout.
    pub fn state_dict(&self) -> &StateDict<f32> {
        &self.trained.weights
    }

    /// Names of the classes, in the order of the outputs.
    pub fn class_names(&self) -> &[String] {
        &self.trained.class_names
    }

    /// Seed of the run that trained it.
    pub fn seed(&self) -> u64 {
        self.trained.run.seed
    }

    /// What the model makes of images: bytes, `[image][row][column][channel]`, of the shape it was trained on.
    ///
    /// # Errors
    /// Bytes that are not whole images.
    pub fn predict(&self, pixels: &[u8]) -> Result<Vec<Prediction>, Error> {
        let Trained { image_shape, class_names, .. } = &self.trained;
        let image_len: usize = image_shape.iter().product();
        if !pixels.len().is_multiple_of(image_len) {
            let bytes = pixels.len();
            return Err(Error::Setting(format!(
                "{bytes} bytes are no whole images of {image_len} bytes each"
            )));
        }
        let labels = vec![0; pixels.len() / image_len];
        let dataset = Dataset::new(*image_shape, pixels.to_vec(), labels, class_names.clone());
        let log_probabilities = self.log_probabilities(&dataset)?;
        let prediction = |row: &[f32]| {
            let class = first_largest(row);
            let probabilities = row.iter().map(|&value| value.exp()).collect();
            Prediction { class, name: class_names[class].clone(), probabilities }
        };
        Ok(log_probabilities.chunks_exact(class_names.len()).map(prediction).collect())
    }

    /// How a picture becomes the pixels that the model takes: what its training images went through.
    pub fn preprocessing(&self) -> Preprocessing {
        self.trained.preprocessing
    }

    /// What the model makes of pictures in files, of any size and of any format that data sets may have.
    ///
    /// # Errors
    /// A file that is no picture, with its path.
    pub fn predict_files(&self, paths: &[impl AsRef<Path>]) -> Result<Vec<Prediction>, Error> {
        let limits = Limits::default();
        let mut pixels = Vec::new();
        for path in paths {
            let path = path.as_ref();
            let found = toile_picture::read(path, &limits)
                .and_then(|bytes| toile_picture::preprocess(&bytes, &self.preprocessing(), &limits));
            pixels.extend(found.map_err(|error| Error::Setting(format!("{}: {error}", path.display())))?);
        }
        self.predict(&pixels)
    }

    /// What the model makes of labelled images, for [`compare`](crate::compare()).
    ///
    /// # Errors
    /// Images of another shape, or classes of other names.
    pub fn predictions(&self, data: &Dataset) -> Result<Predictions, Error> {
        let log_probabilities = self.log_probabilities(data)?;
        let (class_names, labels) = (data.class_names.clone(), data.labels.clone());
        Ok(Predictions { seed: self.seed(), class_names, labels, log_probabilities })
    }

    /// Accuracy, loss and confusion matrix on labelled images.
    ///
    /// # Errors
    /// Images of another shape, or classes of other names.
    pub fn evaluate(&self, data: &Dataset) -> Result<Evaluation, Error> {
        let predictions = self.predictions(data)?;
        Ok(Evaluation {
            accuracy: predictions.accuracy(),
            loss: predictions.nll(),
            confusion: predictions.confusion(),
        })
    }

    fn log_probabilities(&self, data: &Dataset) -> Result<Vec<f32>, Error> {
        let Trained { image_shape, class_names, normalization, recipe, network, weights, run, .. } =
            &self.trained;
        if data.image_shape != *image_shape {
            let (found, expected) = (data.image_shape, image_shape);
            return Err(Error::Setting(format!("images of {found:?}; the model takes {expected:?}")));
        }
        if data.class_names != *class_names {
            return Err(Error::Setting(format!(
                "the classes are {}; the model knows {}",
                data.class_names.join(", "),
                class_names.join(", ")
            )));
        }
        let normalizer = normalization.normalizer().map_err(|error| Error::Setting(error.to_string()))?;
        let training = Training::new(recipe.optimizer, run.seed);
        let options = EngineOptions { batch_size: 1, threads: cores(), isa: None };
        let mut engine = Engine::new(network, training, options)?;
        engine.load_state_dict(weights)?;
        let indices: Vec<u32> = (0..data.len() as u32).collect();
        let images = Images { dataset: data, indices: &indices, normalizer: &normalizer };
        let mut out = vec![0.0; data.len() * class_names.len()];
        engine.log_probabilities(Pixels::Rows(&images), &mut out);
        Ok(out)
    }
}
