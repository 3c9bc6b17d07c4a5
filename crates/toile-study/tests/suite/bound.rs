//! Studies from a text, bound to the data set that they name.

use toile_study::recipe::Validation;
use toile_study::study::Study;
use toile_study::study_file::{Source, StudyFileError};

pub(crate) fn parse(text: &str, file_name: &str) -> Result<Study, StudyFileError> {
    Source::new(text, file_name).study()
}

/// Holds out this share of the training images of every model.
pub(crate) fn hold_out(study: &mut Study, share: Option<f64>) {
    study.models.iter_mut().for_each(|model| model.recipe.validation = share.map(Validation::Share));
}
