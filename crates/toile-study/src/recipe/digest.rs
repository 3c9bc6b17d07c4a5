//! The digest of a recipe: what files of a run are bound to.

use sha2::{Digest, Sha256};
use toile_nn::schedule::LearningRate;

use super::Recipe;

impl Recipe {
    /// SHA-256 over its settings as a study file writes them, in hexadecimal. No name of a study, a model or an
    /// architecture is in it, no title and no comment: who renames a study keeps its runs.
    pub fn digest(&self) -> String {
        let lines: Vec<String> = self.settings().iter().filter_map(|setting| setting.line()).collect();
        hexadecimal(lines.join("\n").as_bytes())
    }

    /// What a learning rate is tuned for, as a digest: everything but the rate and the number of epochs.
    pub fn tuning_digest(&self) -> String {
        self.without_rate().digest()
    }

    /// The same for every learning rate and every number of epochs.
    pub(crate) fn without_rate(&self) -> Recipe {
        let learning_rate = LearningRate { base: 1.0, ..self.learning_rate.clone() };
        Recipe { learning_rate, epochs: 1, ..self.clone() }
    }
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use crate::study_file;

    /// A change of this digest parts every run folder from its study: it has to be meant.
    #[test]
    fn the_digest_of_a_recipe_does_not_change() {
        let study = study_file::load("baseline-vs-better").unwrap();
        let digests: Vec<String> = study.models.iter().map(|model| model.recipe.digest()).collect();
        assert_eq!(digests[0], "24744a6a63be0f36e09b6ba4b859b84379a90ed370d37379e5ddf19e7911229e");
        let tuned = study.models.iter().find(|model| model.name == "baseline-tuned").unwrap();
        assert_ne!(digests[0], tuned.recipe.digest());
        assert_eq!(study.models[0].recipe.tuning_digest(), tuned.recipe.tuning_digest());
    }
}
