//! The data of a study.

use toile_data::Dataset;
use toile_nn::description::Network;

use super::error::RunError;
use crate::recipe::{JudgedBy, Recipe, Validation};
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
    /// (file, SHA-256) of the uncompressed files, those of test images last.
    pub digests: &'a [(String, String)],
    /// How many of these are of test images.
    pub test_digests: usize,
}

impl<'a> Data<'a> {
    /// The data as this study uses it. All of its models use it alike.
    pub fn of(self, study: &Study) -> Data<'a> {
        study.models.first().map_or(self, |model| self.of_recipe(&model.recipe))
    }

    /// The data as runs of this recipe use it. One that is cross-validated is tested on the images that it trains on, each
    /// by a network that has not seen it; a part that the source keeps for testing is left aside. One that is judged by the
    /// images held out of its training has no test images here, nor their digests: it cannot depend on them.
    pub fn of_recipe(self, recipe: &Recipe) -> Data<'a> {
        let held_out = match (recipe.validation, self.validation) {
            (Some(Validation::Part), Some(part)) => part,
            _ => self.train,
        };
        match (&recipe.cross_validation, recipe.judged_by) {
            (Some(_), _) => Data { test: self.train, ..self },
            (None, JudgedBy::Test) => self,
            (None, JudgedBy::HeldOut | JudgedBy::HeldOutLast) => {
                let others = self.digests.len().saturating_sub(self.test_digests);
                Data { test: held_out, digests: &self.digests[..others], test_digests: 0, ..self }
            }
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
