//! Changing a study: what a command line asks for instead of what the file says. The rules are the file's own.

use crate::recipe::Recipe;
use crate::study::{Model, Study};
use crate::study_file;

/// What is asked for instead of what the study file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// A run of each model for each of these.
    pub seeds: Option<Vec<u64>>,
    /// Epochs of every model.
    pub epochs: Option<u32>,
    /// The models that will be trained, where they are named: all that are not on request otherwise.
    pub models: Option<Vec<String>>,
}

impl Changes {
    /// Other seeds, where there are some.
    pub fn of_seeds(seeds: Option<&[u64]>) -> Changes {
        Changes { seeds: seeds.map(<[u64]>::to_vec), ..Changes::default() }
    }
}

/// A change after which there is no study that a file could describe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// Of a model.
    #[error("the model `{model}` cannot be changed so: {problem}")]
    Model {
        /// Its name.
        model: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// Other seeds for a study whose trainings are folds.
    #[error(
        "the study {study} is cross-validated, and its trainings are its folds: it has no seeds to choose; leave \
         --seeds away, and for more trainings give its cross_validation more repeats"
    )]
    Seeds {
        /// Its name.
        study: String,
    },
}

impl Study {
    /// The study with these changes. A model that will not be trained and cannot follow stays as it is.
    ///
    /// # Errors
    /// A change that a model does not allow: fewer epochs than it warms up for, for example.
    pub fn with(&self, changes: &Changes) -> Result<Study, ChangeError> {
        let mut study = self.clone();
        if let Some(seeds) = &changes.seeds {
            if self.cross_validation().is_some() {
                return Err(ChangeError::Seeds { study: self.name.clone() });
            }
            study.seeds.clone_from(seeds);
        }
        let Some(epochs) = changes.epochs else { return Ok(study) };
        for model in &mut study.models {
            let is_trained =
                changes.models.as_ref().map_or(!model.on_request, |names| names.contains(&model.name));
            match model.with(Recipe { epochs, ..model.recipe.clone() }) {
                Ok(changed) => *model = changed,
                Err(error) if is_trained => return Err(error),
                Err(_) => {}
            }
        }
        Ok(study)
    }
}

impl Model {
    /// The model with this recipe.
    ///
    /// # Errors
    /// A recipe that no study file could describe.
    pub fn with(&self, recipe: Recipe) -> Result<Model, ChangeError> {
        match study_file::problem(&recipe) {
            None => Ok(Model { recipe, ..self.clone() }),
            Some(problem) => Err(ChangeError::Model { model: self.name.clone(), problem }),
        }
    }
}
