//! What came out best, for the study file.

use super::candidates::Candidate;
use crate::recipe::Recipe;
use crate::study::{Model, Study};
use crate::study_file::model_table;

/// The table of a model `<name>-tuned` with a candidate's settings, and everything that the sweep alone changed as the model has
/// it: what is held out, what judges, and the epochs where they were not `varied`.
pub fn tuned_model(study: &Study, model: &Model, candidate: &Candidate, varied: &[String]) -> String {
    let Recipe { validation, judged_by, epochs, .. } = model.recipe;
    let tried = &candidate.model;
    let epochs = if varied.iter().any(|key| key == "epochs") { tried.recipe.epochs } else { epochs };
    let recipe = Recipe { validation, judged_by, epochs, ..tried.recipe.clone() };
    model_table(study, &Model { name: format!("{}-tuned", model.name), recipe, ..tried.clone() })
}
