//! The data of a study.

use toile_data::Dataset;
use toile_nn::description::Network;

use super::error::RunError;
use crate::study::{Model, Study};

/// The data of a study.
#[derive(Clone, Copy, Debug)]
pub struct Data<'a> {
    /// Images to train on, and to hold out from.
    pub train: &'a Dataset,
    /// Images that the data set sets aside to choose an epoch by.
    pub validation: Option<&'a Dataset>,
    /// Images to test on.
    pub test: &'a Dataset,
    /// (file, SHA-256) of the uncompressed files.
    pub digests: &'a [(String, String)],
}

impl<'a> Data<'a> {
    /// The data as this study uses it: one that is cross-validated is tested on the images that it trains on, each by
    /// a network that has not seen it. A part that the source keeps for testing is left aside.
    pub fn of(self, study: &Study) -> Data<'a> {
        match study.cross_validation() {
            None => self,
            Some(_) => Data { test: self.train, ..self },
        }
    }

    /// The network of a model on this data.
    ///
    /// # Errors
    /// Layers that do not fit the images or the classes.
    pub fn network(&self, model: &Model) -> Result<Network, RunError> {
        let fits = model.recipe.network(self.train.image_shape, self.train.class_names.len());
        fits.map_err(|error| RunError::Unfit {
            model: model.name.clone(),
            dataset: model.recipe.dataset.clone(),
            problem: format!("{}; {}", error.message, error.help),
        })
    }
}
