//! Why two models cannot be explained, each with its remedy.

use toile_statistics::fractional::FRACTION_FACTORS;

use crate::study_file::StudyFileError;
use toile_store::StoreError;

/// There are no factors, or no models in between.
#[derive(Debug, thiserror::Error)]
pub enum FactorsError {
    /// The study has no model of this name.
    #[error("the study {study} has no model {name:?}; it has {}", known.join(", "))]
    UnknownModel {
        /// Name of the study.
        study: String,
        /// What was asked for.
        name: String,
        /// Models it has.
        known: Vec<String>,
    },
    /// Nothing differs.
    #[error(
        "{} and {} are the same recipe: there is nothing to explain; name two models that differ",
        models.0, models.1
    )]
    Alike {
        /// Their names.
        models: (String, String),
    },
    /// Too many combinations.
    #[error(
        "{} and {} differ in {} factors ({}): all combinations of them are {} models and, with {}, {} runs; \
         Toile explains {} factors at most, those by a fraction of the combinations. Group settings that belong together in the study \
         file, as\n  [factors]\n  together = [{}]",
        models.0, models.1, factors.len(), factors.join(", "), 1u64 << factors.len(),
        seeds_each(*seeds), (*seeds as u64) << factors.len(), FRACTION_FACTORS.end(),
        last_two(factors)
    )]
    TooMany {
        /// Their names.
        models: (String, String),
        /// Names of the factors.
        factors: Vec<String>,
        /// Seeds of every combination.
        seeds: usize,
    },
    /// A combination is no model.
    #[error(
        "not every combination of {} and {} can be trained:\n{source}\nGroup the settings that need each \
         other under [factors] in the study file",
        models.0, models.1
    )]
    Impossible {
        /// Their names.
        models: (String, String),
        /// Why.
        source: StudyFileError,
    },
    /// The name of a combination names a folder, and would be too long for one.
    #[error(
        "the combination {name} would have a name too long for a folder; give the model or the factors shorter \
         names (under [factors] in the study file)"
    )]
    LongName {
        /// Its name.
        name: String,
    },
    /// What stands in the folder of results cannot be read.
    #[error(transparent)]
    Folder(#[from] StoreError),
}

fn seeds_each(seeds: usize) -> String {
    if seeds == 1 { "1 seed each".into() } else { format!("{seeds} seeds each") }
}

/// An example of a group that is not the answer for everybody: the last two.
fn last_two(factors: &[String]) -> String {
    let names: Vec<String> = factors.iter().rev().take(2).rev().map(|name| format!("{name:?}")).collect();
    names.join(", ")
}
