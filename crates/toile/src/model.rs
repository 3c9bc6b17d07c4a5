//! A trained network with everything it takes to use it.

use std::ops::ControlFlow;
use std::path::Path;

use toile_data::Dataset;
use toile_nn::description::Network;
use toile_nn::state::StateDict;
use toile_picture::Preprocessing;
use toile_store::{RunId, atomic};
use toile_study::recipe::Recipe;
use toile_study::trained::{self, Trained};

use crate::Error;
use crate::cores::cores;
use crate::pictures::Picture;
use crate::predictions::{Evaluation, Predictions};
use crate::predictor::{self, Prediction, Predictor};

/// A trained network: its recipe, its weights, its preprocessing and its class names.
#[derive(Clone, Debug)]
pub struct Model {
    trained: Trained,
    /// Its logits are divided by it, where it is calibrated.
    temperature: Option<f64>,
}

impl Model {
    pub(crate) fn new(trained: Trained) -> Model {
        Model { trained, temperature: None }
    }

    /// The model in a run's folder (`runs/STUDY/MODEL/seed-0`) or in a file that [`Model::save`] wrote. Everything is
    /// checked: digests, whose weights they are, and that they fit their network.
    ///
    /// ```no_run
    /// let data = toile::data::load("fashion-mnist")?;
    /// let model = toile::Model::load("runs/baseline-vs-better/better/seed-0")?;
    /// println!("{:.1} %", 100.0 * model.evaluate(&data.test)?.accuracy);
    /// # Ok::<(), toile::Error>(())
    /// ```
    ///
    /// # Errors
    /// What cannot be read, is damaged, or belongs to another run, with the file and what to do.
    pub fn load(path: impl AsRef<Path>) -> Result<Model, Error> {
        let path = path.as_ref();
        let trained = if path.is_dir() { trained::open(path)? } else { trained::read(path)? };
        Ok(Model::new(trained))
    }

    /// The model of a run by the name that the program knows it by: `study/model`, `study/model@3`, a folder or a file.
    ///
    /// # Errors
    /// A name that nothing answers to, and what [`Model::load`] refuses.
    pub fn named(name: &str) -> Result<Model, Error> {
        Ok(Model::new(trained::named(name)?))
    }

    /// Lets it answer at this temperature.
    pub(crate) fn at_temperature(&mut self, temperature: f64) {
        self.temperature = Some(temperature);
    }

    /// The temperature that its logits are divided by, where it is calibrated.
    pub fn temperature(&self) -> Option<f64> {
        self.temperature
    }

    /// Takes its test-time augmentation away.
    pub(crate) fn look_once(&mut self) {
        self.trained.recipe.test_time_augmentation = None;
    }

    pub(crate) fn trained(&self) -> &Trained {
        &self.trained
    }

    /// Writes the model as a safetensors file, whose tensors PyTorch's `load_state_dict` takes.
    ///
    /// ```
    /// use toile::{Model, Recipe, layers, layers::*};
    ///
    /// let data = toile::data::load("fashion-mnist-small")?;
    /// let recipe = Recipe { layers: layers![Flatten, Linear::new(10), LogSoftmax], epochs: 1, ..Recipe::default() };
    /// let model = toile::train(&recipe, &data.train, 0)?;
    /// let folder = tempfile::tempdir().expect("there is room for a folder");
    /// let path = folder.path().join("model.safetensors");
    /// model.save(&path)?;
    /// assert_eq!(Model::load(&path)?.state_dict(), model.state_dict());
    /// # Ok::<(), toile::Error>(())
    /// ```
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

    /// What a user should know of the run's files, a sentence each.
    pub fn notes(&self) -> &[String] {
        &self.trained.notes
    }

    /// The run that trained it.
    pub fn run(&self) -> &RunId {
        &self.trained.run
    }

    /// Seed of the run that trained it.
    pub fn seed(&self) -> u64 {
        self.trained.run.seed
    }

    /// What the model makes of images: bytes, `[image][row][column][channel]`, of the shape it was trained on. Whoever
    /// asks often keeps a [`Predictor`].
    ///
    /// ```
    /// use toile::{Recipe, layers, layers::*};
    ///
    /// let data = toile::data::load("fashion-mnist-small")?;
    /// let recipe = Recipe { layers: layers![Flatten, Linear::new(10), LogSoftmax], epochs: 1, ..Recipe::default() };
    /// let model = toile::train(&recipe, &data.train, 0)?;
    /// let found = &model.predict(data.test.image(0))?[0];
    /// println!("{}, {:.0} %", found.name, 100.0 * found.probabilities[found.class]);
    /// # Ok::<(), toile::Error>(())
    /// ```
    ///
    /// # Errors
    /// Bytes that are not whole images.
    pub fn predict(&self, pixels: &[u8]) -> Result<Vec<Prediction>, Error> {
        Predictor::of(&[(&self.trained, self.temperature)], cores())?.predict(pixels)
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
        let pictures: Vec<Picture> =
            paths.iter().map(|path| Picture::File(path.as_ref().to_owned())).collect();
        let mut found = Vec::with_capacity(pictures.len());
        let mut first_error = None;
        Predictor::of(&[(&self.trained, self.temperature)], cores())?.predict_pictures(
            &pictures,
            |place, answer| match answer {
                Ok(seen) => {
                    found.push(seen.prediction);
                    ControlFlow::Continue(())
                }
                Err(error) => {
                    let path = paths[place].as_ref().display();
                    first_error = Some(Error::Setting(format!("{path}: {error}")));
                    ControlFlow::Break(())
                }
            },
        )?;
        first_error.map_or(Ok(found), Err)
    }

    /// What the model makes of labelled images, for [`compare`](crate::compare()).
    ///
    /// # Errors
    /// Images of another shape, or classes of other names.
    pub fn predictions(&self, data: &Dataset) -> Result<Predictions, Error> {
        predictor::predictions(&[(&self.trained, self.temperature)], cores(), data)
    }

    /// Accuracy, loss and confusion matrix on labelled images.
    ///
    /// ```
    /// use toile::{Recipe, layers, layers::*};
    ///
    /// let data = toile::data::load("fashion-mnist-small")?;
    /// let recipe = Recipe { layers: layers![Flatten, Linear::new(10), LogSoftmax], epochs: 1, ..Recipe::default() };
    /// let found = toile::train(&recipe, &data.train, 0)?.evaluate(&data.test)?;
    /// assert!(found.accuracy > 0.3, "{}", found.accuracy);
    /// assert_eq!(found.confusion.iter().flatten().sum::<u64>(), data.test.len() as u64);
    /// # Ok::<(), toile::Error>(())
    /// ```
    ///
    /// # Errors
    /// Images of another shape, or classes of other names.
    pub fn evaluate(&self, data: &Dataset) -> Result<Evaluation, Error> {
        Ok(self.predictions(data)?.evaluation())
    }
}
