//! A trained network with everything it takes to use it.

use std::path::Path;

use toile_data::{Dataset, Normalizer};
use toile_nn::description::Network;
use toile_nn::engine::{Engine, EngineOptions};
use toile_nn::executor::{Executor, Pixels, Training};
use toile_nn::state::StateDict;
use toile_store::weights::{About, Weights};
use toile_store::{RunFolder, StoredRun, atomic};
use toile_study::evidence::settings::ComparisonSettings;
use toile_study::images::Images;
use toile_study::recipe::Recipe;
use toile_study::study::Study;
use toile_study::study_file;

use crate::predictions::{Predictions, first_largest};
use crate::training::cores;
use crate::Error;

/// A trained network: its recipe, its weights, its preprocessing and its class names.
#[derive(Clone, Debug)]
pub struct Model {
    recipe: Recipe,
    network: Network,
    weights: Weights,
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
    pub(crate) fn trained(
        recipe: Recipe,
        network: Network,
        data: &Dataset,
        seed: u64,
        tensors: StateDict<f32>,
    ) -> Model {
        let about = About {
            study: String::new(),
            dataset: recipe.dataset.clone(),
            model: "model".into(),
            seed,
            epoch: recipe.epochs,
            class_names: data.class_names.clone(),
            image_shape: data.image_shape,
            mean: recipe.normalization.mean.clone(),
            std: recipe.normalization.std.clone(),
            config: configuration(&recipe),
            provenance: None,
            results: None,
        };
        Model { recipe, network, weights: Weights { about, tensors } }
    }

    /// The model in a run's folder (`runs/STUDY/MODEL/seed-0`) or in a file that [`Model::save`] wrote. Everything is
    /// checked: digests, whose weights they are, and that they fit their network.
    ///
    /// # Errors
    /// What cannot be read, is damaged, or belongs to another run, with the file and what to do.
    pub fn load(path: impl AsRef<Path>) -> Result<Model, Error> {
        let path = path.as_ref();
        let weights = if path.is_dir() {
            let folder = RunFolder::at(path)?;
            let run = StoredRun::open(&folder)?;
            run.ok_or_else(|| Error::Setting(format!("{} holds no run", path.display())))?.weights()?
        } else {
            toile_store::weights::read(path)?
        };
        Model::of(weights)
    }

    fn of(weights: Weights) -> Result<Model, Error> {
        let About { config, image_shape, class_names, .. } = &weights.about;
        let recipe = study_file::recipe(config)
            .ok_or_else(|| Error::Setting("the configuration in the weights is none of Toile's".into()))?;
        let network = recipe.network(*image_shape, class_names.len())?;
        let expected: Vec<_> = network.parameters.iter().map(|p| (p.name.clone(), p.shape.clone())).collect();
        weights.tensors.arranged(&expected)?;
        Ok(Model { recipe, network, weights })
    }

    /// Writes the model as a safetensors file, whose tensors PyTorch's `load_state_dict` takes.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let Weights { about, tensors } = &self.weights;
        atomic::write_with(path.as_ref(), |file| toile_store::weights::write(file, about, tensors))?;
        Ok(())
    }

    /// What it was trained by.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// Its network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Parameters and buffers, under PyTorch's names and in its layout.
    pub fn state_dict(&self) -> &StateDict<f32> {
        &self.weights.tensors
    }

    /// Names of the classes, in the order of the outputs.
    pub fn class_names(&self) -> &[String] {
        &self.weights.about.class_names
    }

    /// Seed of the run that trained it.
    pub fn seed(&self) -> u64 {
        self.weights.about.seed
    }

    /// What the model makes of images: bytes, [image][row][column][channel], of the shape it was trained on.
    ///
    /// # Errors
    /// Bytes that are not whole images.
    pub fn predict(&self, pixels: &[u8]) -> Result<Vec<Prediction>, Error> {
        let About { image_shape, class_names, .. } = &self.weights.about;
        let image_len: usize = image_shape.iter().product();
        if !pixels.len().is_multiple_of(image_len) {
            let bytes = pixels.len();
            return Err(Error::Setting(format!("{bytes} bytes are no whole images of {image_len} bytes each")));
        }
        let dataset = Dataset {
            image_shape: *image_shape,
            pixels: pixels.to_vec(),
            labels: vec![0; pixels.len() / image_len],
            class_names: class_names.clone(),
        };
        let log_probabilities = self.log_probabilities(&dataset)?;
        let prediction = |row: &[f32]| {
            let class = first_largest(row);
            let probabilities = row.iter().map(|&value| value.exp()).collect();
            Prediction { class, name: class_names[class].clone(), probabilities }
        };
        Ok(log_probabilities.chunks_exact(class_names.len()).map(prediction).collect())
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
        let About { image_shape, class_names, mean, std, seed, .. } = &self.weights.about;
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
        let normalizer = Normalizer::new(mean, std).map_err(|error| Error::Setting(error.to_string()))?;
        let training = Training { optimizer: self.recipe.optimizer, label_smoothing: 0.0, seed: *seed };
        let options = EngineOptions { batch_size: 1, threads: cores(), isa: None };
        let mut engine = Engine::new(&self.network, training, options);
        engine.load_state_dict(&self.weights.tensors)?;
        let indices: Vec<u32> = (0..data.len() as u32).collect();
        let images = Images { dataset: data, indices: &indices, normalizer: &normalizer };
        let mut out = vec![0.0; data.len() * class_names.len()];
        engine.log_probabilities(Pixels::Rows(&images), &mut out);
        Ok(out)
    }
}

/// The recipe as a study file of one model.
fn configuration(recipe: &Recipe) -> String {
    let model = toile_study::study::Model {
        name: "model".into(),
        on_request: false,
        published: None,
        architecture: "network".into(),
        variables: Vec::new(),
        recipe: recipe.clone(),
    };
    let study = Study {
        name: "model".into(),
        title: String::new(),
        note: String::new(),
        seeds: vec![0],
        comparison: ComparisonSettings::default(),
        models: vec![model],
        factors: Vec::new(),
    };
    study_file::resolved(&study, &study.models[0])
}
