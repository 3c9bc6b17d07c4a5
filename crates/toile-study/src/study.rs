//! A checked study: what a study file means once every name is resolved.

use toile_data::{DataSource, DatasetInfo};

use crate::cross_validation::{CrossValidation, Fold};
use crate::evidence::settings::ComparisonSettings;
use crate::published::Published;
use crate::recipe::{JudgedBy, Recipe, Validation};

/// A study, ready to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// Its name, which also names its folder of results.
    pub name: String,
    /// One line on what it asks; may be empty.
    pub title: String,
    /// What a reader has to know about it: that an architecture is a reconstruction, for example; may be empty.
    pub note: String,
    /// A run of each model for each of these; where it is cross-validated, the units of all repeats.
    pub seeds: Vec<u64>,
    /// Where its images come from.
    pub source: DataSource,
    /// The data set that it was bound to: nothing is known of it before.
    pub data: DatasetInfo,
    /// How its models are compared; no part of what a run depends on.
    pub comparison: ComparisonSettings,
    /// In the order of the file.
    pub models: Vec<Model>,
    /// Settings that `toile explain` varies together, beside those that always belong together.
    pub factors: Vec<FactorGroup>,
    /// Runs that answer together, in the order of the file.
    pub ensembles: Vec<EnsembleOf>,
}

impl Study {
    /// Name of the data set: `fashion-mnist`. All models of a study share it.
    pub fn dataset(&self) -> &str {
        self.models.first().map_or("", |model| &model.recipe.dataset)
    }

    /// The images that choose an epoch. All models of a study share them.
    pub fn validation(&self) -> Option<Validation> {
        self.models.first().and_then(|model| model.recipe.validation)
    }

    /// How its models are cross-validated; then its seeds are units. All models of a study share it.
    pub fn cross_validation(&self) -> Option<&CrossValidation> {
        self.models.first()?.recipe.cross_validation.as_ref()
    }

    /// The images that its finished networks are judged by. All models of a study share it.
    pub fn judged_by(&self) -> JudgedBy {
        self.models.first().map_or(JudgedBy::Test, |model| model.recipe.judged_by)
    }

    /// What its results are counted by: its seeds, or where it is cross-validated its repeats.
    pub fn counted_by(&self) -> Vec<u64> {
        let Some(CrossValidation { folds, .. }) = self.cross_validation() else { return self.seeds.clone() };
        let mut repeats: Vec<u64> = self.seeds.iter().map(|unit| Fold::of(*folds, *unit).repeat).collect();
        repeats.dedup();
        repeats
    }
}

/// An `[ensemble.NAME]`: the mean of the probabilities of some seeds of some models. Disjoint groups of seeds are its
/// repeats, as seeds are a model's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnsembleOf {
    /// Its name, which no model has.
    pub name: String,
    /// Models of the study, one at least.
    pub of: Vec<String>,
    /// Seeds of each model that answer together.
    pub size: usize,
}

/// An entry of the study file's `[factors]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorGroup {
    /// What the factor is called.
    pub name: String,
    /// The settings that it groups, by the names of [`crate::factors`].
    pub settings: Vec<String>,
}

/// One model of a study.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Its name, which also names its folder of results.
    pub name: String,
    /// Trained only when asked for by `--models`.
    pub on_request: bool,
    /// Figures published for it.
    pub published: Option<Published>,
    /// What the file calls its architecture.
    pub architecture: String,
    /// The variables that it sets in its architecture, as (`dropout`, `0.5`).
    pub variables: Vec<(String, String)>,
    /// Everything that decides its runs.
    pub recipe: Recipe,
}
