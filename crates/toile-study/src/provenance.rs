//! What runs are made from, and whether a run in a folder was made so.

use toile_store::{Provenance, RunId, StoredRun, sha256};

use crate::run::Data;
use crate::study::Model;

/// What the files of a model's run belong to.
pub(crate) fn provenance(model: &Model, seed: u64, data: Data<'_>) -> Provenance {
    let recipe = recipe_digest(&model.resolved);
    Provenance { model: model.name.clone(), seed, recipe, data: data.digests.to_vec() }
}

/// Whether a run was trained as this resolved configuration says.
pub(crate) fn trained_as(run: &StoredRun, resolved: &str) -> bool {
    recipe_of(run) == recipe_digest(resolved)
}

/// The digest of the recipe that a run was trained with; of its configuration, where its files do not say.
pub(crate) fn recipe_of(run: &StoredRun) -> String {
    match &run.provenance {
        Some(provenance) => provenance.recipe.clone(),
        None => recipe_digest(&run.config),
    }
}

/// The digest of everything that decides a run's bits beside its seed and its data. This is the one place that knows
/// what belongs to it.
pub(crate) fn recipe_digest(resolved: &str) -> String {
    sha256(training(resolved).join("\n").as_bytes())
}

/// The lines of a resolved configuration that a training depends on: no comments, titles or names of studies, so that
/// neither a corrected title nor a new name of the study parts it from its results.
fn training(config: &str) -> Vec<&str> {
    let lines = config.lines().map(str::trim_end).filter(|line| !line.is_empty());
    let beside = |line: &&str| {
        ["#", "name = ", "title = ", "on_request = "].iter().any(|start| line.starts_with(start))
    };
    lines.filter(|line| !beside(line)).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_training_depends_on() {
        let config = "# note\nname = \"s\"\ntitle = \"x\"\n[model.a]\nlr = 1\n";
        for other in ["[model.a]\nlr = 1\non_request = true\n", config, &config.replace("\"s\"", "\"t\"")] {
            assert_eq!(recipe_digest(config), recipe_digest(other));
        }
        for name in ["a", "published", "\"a.published\""] {
            let config = config.replace("[model.a]", &format!("[model.{name}]"));
            assert_ne!(recipe_digest(&config), recipe_digest(&config.replace("lr = 1", "lr = 2")), "{name}");
        }
    }
}
