//! One model, or several that answer together.

use toile_data::Dataset;
use toile_store::RunFolder;
use toile_study::calibration::record;
use toile_study::trained::{self, Trained, TrainedError};

use crate::cores::cores;
use crate::predictions::{Evaluation, Predictions};
use crate::predictor::{self, Predictor};
use crate::{Error, Model};

/// Models whose probabilities are averaged, as the seeds of one recipe; often a single one.
///
/// ```no_run
/// let data = toile::data::load("fashion-mnist")?;
/// let of_all_seeds = toile::Ensemble::named("baseline-vs-better/better@all")?;
/// println!("{:.1} %", 100.0 * of_all_seeds.evaluate(&data.test)?.accuracy);
/// # Ok::<(), toile::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Ensemble {
    models: Vec<Model>,
}

impl Ensemble {
    /// Of these, in their order.
    ///
    /// # Errors
    /// No model, and models that take other images or know other classes than the first.
    pub fn new(models: Vec<Model>) -> Result<Ensemble, Error> {
        let Some(first) = models.first().map(Model::trained) else {
            return Err(Error::Setting("there is no model; name one at least".into()));
        };
        let sees = |of: &Trained| (of.image_shape, of.preprocessing);
        for of in models.iter().map(Model::trained) {
            if of.class_names != first.class_names || sees(of) != sees(first) {
                return Err(Error::Setting(format!(
                    "{} takes other images or knows other classes than {}; their answers have no mean",
                    of.run, first.run
                )));
            }
        }
        Ok(Ensemble { models })
    }

    /// The models of a run's name: `study/model` for its finished run with the lowest seed, `study/model@3`, a folder or
    /// a file; `study/model@all` for all of its finished runs, by seed, which are of one recipe and the same data.
    ///
    /// # Errors
    /// A name that nothing answers to, `@all` of a folder with other runs too, and what [`Model::load`] refuses.
    pub fn named(name: &str) -> Result<Ensemble, Error> {
        let models = trained::all_named(name)?;
        Ensemble::new(models.into_iter().map(Model::new).collect())
    }

    /// As [`Ensemble::named`], where each model answers at the temperature that `toile calibrate` kept in its run's folder:
    /// its log-probabilities are those of the softmax of its logits divided by it.
    ///
    /// # Errors
    /// As [`Ensemble::named`], and a run without a temperature.
    pub fn calibrated(name: &str) -> Result<Ensemble, Error> {
        let mut ensemble = Ensemble::named(name)?;
        for (model, path) in ensemble.models.iter_mut().zip(trained::all_located(name)?) {
            let folder = RunFolder::at(&path).filter(|_| path.is_dir());
            let kept = folder.map_or(Ok(None), |folder| record::read(&folder, model.recipe()));
            let kept = kept.map_err(TrainedError::from)?;
            let Some(kept) = kept else {
                let problem = "has no temperature yet; fit one with: toile calibrate";
                return Err(Error::Setting(format!("{} {problem} {}", model.run(), path.display())));
            };
            model.at_temperature(kept.temperature);
        }
        Ok(ensemble)
    }

    /// The same, where each network looks at an image once, as it is.
    #[must_use]
    pub fn without_test_time_augmentation(mut self) -> Ensemble {
        self.models.iter_mut().for_each(Model::look_once);
        self
    }

    /// The models, one at least.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// The networks made ready to predict, on all cores.
    ///
    /// # Errors
    /// There is no memory for them, or a thread is refused.
    pub fn predictor(&self) -> Result<Predictor, Error> {
        self.predictor_on(cores())
    }

    /// As [`Ensemble::predictor`], on so many threads, one at least; answers have the same bits on any number.
    ///
    /// # Errors
    /// Those of [`Ensemble::predictor`].
    pub fn predictor_on(&self, threads: usize) -> Result<Predictor, Error> {
        Predictor::of(&self.networks(), threads)
    }

    /// What the models together make of labelled images, for [`compare`](crate::compare()): the logarithms of the mean of
    /// their probabilities, of which [`Predictor::log_probabilities`] says more. They count as of the first model's seed.
    ///
    /// ```
    /// use toile::{Ensemble, Recipe, layers, layers::*};
    ///
    /// let data = toile::data::load("fashion-mnist-small")?;
    /// let recipe = Recipe { layers: layers![Flatten, Linear::new(10), LogSoftmax], epochs: 1, ..Recipe::default() };
    /// let models = (0..2).map(|seed| toile::train(&recipe, &data.train, seed)).collect::<Result<_, _>>()?;
    /// let together = Ensemble::new(models)?.predictions(&data.test)?;
    /// assert_eq!((together.len(), together.seed), (data.test.len(), 0));
    /// # Ok::<(), toile::Error>(())
    /// ```
    ///
    /// # Errors
    /// Images of another shape, or classes of other names; no memory, or a thread is refused.
    pub fn predictions(&self, data: &Dataset) -> Result<Predictions, Error> {
        predictor::predictions(&self.networks(), cores(), data)
    }

    /// Accuracy, loss and confusion matrix of their mean on labelled images.
    ///
    /// # Errors
    /// As [`Ensemble::predictions`].
    pub fn evaluate(&self, data: &Dataset) -> Result<Evaluation, Error> {
        Ok(self.predictions(data)?.evaluation())
    }

    fn networks(&self) -> Vec<(&Trained, Option<f64>)> {
        self.models.iter().map(|model| (model.trained(), model.temperature())).collect()
    }

    /// What the first model's run left of what it was made of.
    pub fn first(&self) -> &Trained {
        self.models[0].trained()
    }
}
