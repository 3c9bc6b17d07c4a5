//! What runs are made from, and whether a run in a folder was made so.

use toile_store::{Provenance, RunId, StoredRun, sha256};

use crate::recipe::Recipe;
use crate::run::Data;
use crate::study::Model;
use crate::study_file;

/// What the files of a model's run belong to.
pub(crate) fn provenance(model: &Model, seed: u64, data: Data<'_>) -> Provenance {
    let recipe = model.recipe.digest();
    Provenance { model: model.name.clone(), seed, recipe, data: data.digests.to_vec() }
}

/// What the files of a run belong to whose weights were trained elsewhere. The recipe says which network they are for
/// and what it sees; how they were trained is not known. So they are not what the recipe trains, and its digest is
/// another one.
pub(crate) fn provenance_of_import(model: &Model, seed: u64, data: Data<'_>) -> Provenance {
    Provenance { recipe: import_digest(&model.recipe), ..provenance(model, seed, data) }
}

fn import_digest(recipe: &Recipe) -> String {
    sha256(format!("weights from elsewhere for {}", recipe.digest()).as_bytes())
}

/// What the files of a run belong to whose network is another's in whole numbers. Its recipe is that one's with one step
/// more, and so has a digest of its own.
pub(crate) fn provenance_of_int8(model: &str, of: &Provenance) -> Provenance {
    let recipe = sha256(format!("int8 of {}", of.recipe).as_bytes());
    Provenance { model: model.to_owned(), recipe, ..of.clone() }
}

/// Whether a run's weights were trained elsewhere.
pub(crate) fn is_imported(found: Option<&Provenance>, config: &str) -> bool {
    let recipe = study_file::recipe(config);
    found.zip(recipe).is_some_and(|(found, recipe)| found.recipe == import_digest(&recipe))
}

/// Whether a run was trained by this recipe. What study and model are called does not count.
pub(crate) fn trained_as(run: &StoredRun, recipe: &Recipe) -> bool {
    match &run.provenance {
        Some(provenance) => provenance.recipe == recipe.digest(),
        None => configured_as(run, recipe),
    }
}

/// Whether a run's configuration is that of this recipe.
pub(crate) fn configured_as(run: &StoredRun, recipe: &Recipe) -> bool {
    study_file::recipe(&run.config).is_some_and(|there| there == *recipe)
}

/// What tells a run's recipe from others: the digest that its files carry, or that of its configuration.
pub(crate) fn recipe_of(run: &StoredRun) -> String {
    match &run.provenance {
        Some(provenance) => provenance.recipe.clone(),
        None => study_file::recipe(&run.config)
            .map_or_else(|| sha256(run.config.as_bytes()), |recipe| recipe.digest()),
    }
}

/// How the second of two runs was trained, where they are no seeds of one model: words that "than" and the first follow. A
/// run of an earlier version did not note its data, which then are not known to differ.
pub(crate) fn unlike(first: &StoredRun, second: &StoredRun) -> Option<&'static str> {
    if recipe_of(first) != recipe_of(second) {
        return Some("with other settings");
    }
    let both = first.provenance.as_ref().zip(second.provenance.as_ref());
    both.is_some_and(|(first, second)| first.data != second.data)
        .then_some("with other data (training or test files)")
}

/// The one of several runs that the others have to be like, in [`unlike`]: the first that noted its data, which speaks for those
/// that did not, else the first.
pub(crate) fn reference(runs: &[StoredRun]) -> Option<&StoredRun> {
    runs.iter().find(|run| run.provenance.is_some()).or(runs.first())
}

/// What a reader has to know of runs that an earlier version of Toile wrote, once for all of them.
pub(crate) fn unbound(runs: &[RunId]) -> Option<String> {
    let (first, rest) = runs.split_first()?;
    let others = match rest.len() {
        0 => String::new(),
        1 => format!(" and {}", rest[0]),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "{first}{others}: written by an earlier version of Toile, which did not note what a file belongs to. The files \
         are used as they are, and losses are taken from rounded probabilities."
    ))
}
