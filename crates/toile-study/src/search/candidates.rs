//! Settings made into models: what is trained in a rung.

use crate::changes::ChangeError;
use crate::recipe::{JudgedBy, Recipe, Validation};
use crate::study::{Model, Study};
use crate::study_file::{Source, StudyFileError};

/// A model with some settings changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What is changed, each as (key, value); nothing for the model as it is.
    pub settings: Vec<(String, String)>,
    /// The model, trained for all epochs with images held out.
    pub model: Model,
    /// Whether it was asked for: the model as it is takes part all the same.
    pub is_asked: bool,
}

/// Settings that cannot be tried.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The model cannot have them.
    #[error(transparent)]
    Setting(#[from] StudyFileError),
    /// A recipe that no file could describe.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

/// Share of the training images that is held out where neither the study nor anybody else says so.
pub const VALIDATION: f64 = 0.1;

/// Characters of a recipe's digest in a candidate's name.
const DIGITS: usize = 10;

/// The model as it is, and a candidate for each of these settings; of equal recipes the first. All of them hold out this
/// share of the training images, are judged by it and shown no test image, and are trained for as many epochs as they say, or
/// for these. It is the epoch with the lowest validation loss that counts where the study itself has a validation split, else
/// the last one, as in the study's own runs.
///
/// # Errors
/// Settings that the model cannot have, or epochs that it does not allow.
pub fn candidates(
    (source, study, model): (&Source, &Study, &Model),
    settings: &[Vec<(String, String)>],
    validation: f64,
    epochs: Option<u32>,
) -> Result<Vec<Candidate>, SearchError> {
    let judged_by = match study.validation() {
        Some(_) => JudgedBy::HeldOut,
        None => JudgedBy::HeldOutLast,
    };
    let mut found: Vec<Candidate> = Vec::new();
    let plain = std::iter::once(&[][..]);
    for settings in plain.chain(settings.iter().map(Vec::as_slice)) {
        let varied = match settings {
            [] => Model { on_request: false, published: None, ..model.clone() },
            settings => source.varied(&model.name, settings, &study.data)?,
        };
        let recipe = Recipe {
            validation: Some(Validation::Share(validation)),
            judged_by,
            epochs: epochs.unwrap_or(varied.recipe.epochs),
            ..varied.recipe.clone()
        };
        let is_asked = !settings.is_empty();
        let model = named(varied.with(recipe)?);
        match found.iter_mut().find(|known| known.model.name == model.name) {
            Some(known) => known.is_asked |= is_asked,
            None => found.push(Candidate { settings: settings.to_vec(), model, is_asked }),
        }
    }
    Ok(found)
}

/// The study of one rung: these candidates, for so many epochs where that is given.
///
/// # Errors
/// Epochs that a candidate does not allow.
pub fn rung(study: &Study, candidates: &[&Candidate], epochs: Option<u32>) -> Result<Study, SearchError> {
    let shortened = |candidate: &&Candidate| {
        let recipe = &candidate.model.recipe;
        let recipe = Recipe { epochs: epochs.unwrap_or(recipe.epochs), ..recipe.clone() };
        candidate.model.with(recipe).map(named)
    };
    let models = candidates.iter().map(shortened).collect::<Result<_, _>>()?;
    Ok(Study { models, ..study.clone() })
}

/// Under a name that says which recipe it is.
fn named(model: Model) -> Model {
    let digest = model.recipe.digest();
    Model { name: format!("c-{}", &digest[..DIGITS]), ..model }
}
