//! The settings of a model as results keep them: its recipe, setting by setting, and the names that its study has.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use toile_nn::optimizer::Optimizer;

use crate::numbers::learning_rate;
use crate::recipe::{Place, Recipe, RecipeSetting, Row, TestTimeAugmentation, optimizer_options, string};
use crate::study::Model;
use crate::study_file;

/// The settings of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct ModelSettings {
    /// Name of the architecture in the study file.
    pub architecture: String,
    /// The variables the model sets in its architecture, as (`dropout`, `0.5`).
    pub variables: Vec<(String, String)>,
    /// Everything that decides a run but the layers, setting by setting: the one place of it.
    pub recipe: Vec<RecipeSetting>,
}

impl ModelSettings {
    /// What is set for a model.
    pub fn of(model: &Model) -> Self {
        ModelSettings {
            architecture: model.architecture.clone(),
            variables: model.variables.clone(),
            recipe: Self::recipe_of(&model.recipe),
        }
    }

    /// The settings of a recipe but the layers, which have a table of their own.
    pub(crate) fn recipe_of(recipe: &Recipe) -> Vec<RecipeSetting> {
        recipe.settings().into_iter().filter(|setting| setting.place != Place::Architecture).collect()
    }

    /// Whether results of before there were recipes in them know no more than a few settings, and these in words.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.setting("dataset").is_none()
    }

    /// The setting of this key; `None` in results of a version that did not have it.
    pub fn setting(&self, key: &str) -> Option<&RecipeSetting> {
        self.recipe.iter().find(|setting| setting.key == key)
    }

    /// What a table says of the setting of this key, with the settings that stand in its row: `constant, after a linear
    /// warm-up over the first epoch`.
    pub fn words(&self, key: &str) -> Option<String> {
        let mut words = self.setting(key)?.words.clone();
        for setting in &self.recipe {
            if let Row::Behind { key: other, says } = setting.kind().row
                && other == key
            {
                words += &says(&setting.words);
            }
        }
        Some(words)
    }

    /// The optimizer and its base learning rate; `None` where no study file of this version could have it.
    pub fn optimizer(&self) -> Option<(Optimizer, f64)> {
        study_file::optimizer(self.setting("optimizer")?.text.as_ref()?)
    }

    /// Name of the optimizer, as PyTorch has it: `SGD`, `AdamW`.
    pub fn optimizer_name(&self) -> String {
        match self.optimizer() {
            Some((optimizer, _)) => optimizer.name().to_string(),
            None => self.words("optimizer").unwrap_or_default(),
        }
    }

    /// Base learning rate; 0 where it is not known.
    pub fn learning_rate(&self) -> f64 {
        self.optimizer().map_or(0.0, |(_, rate)| rate)
    }

    /// Epochs asked for.
    pub fn epochs(&self) -> u32 {
        self.number("epochs")
    }

    /// Images a step.
    pub fn batch_size(&self) -> usize {
        self.number("batch_size")
    }

    /// Label smoothing; 0 for none.
    pub fn label_smoothing(&self) -> f64 {
        self.number("label_smoothing")
    }

    /// Times that the network runs for one image: more than once with test-time augmentation.
    pub fn passes(&self) -> usize {
        let text = self.setting("test_time_augmentation").and_then(|setting| setting.text.as_ref());
        text.and_then(|text| study_file::test_time_augmentation(text)).map_or(1, TestTimeAugmentation::passes)
    }

    fn number<T: FromStr + Default>(&self, key: &str) -> T {
        let text = self.setting(key).and_then(|setting| setting.text.as_ref());
        text.and_then(|text| text.parse().ok()).unwrap_or_default()
    }
}

/// The settings as `results.json` has them: those that most readers ask for by themselves, and in front.
#[derive(Serialize, Deserialize)]
struct Written {
    architecture: String,
    variables: Vec<(String, String)>,
    optimizer: String,
    /// Those that are not defaults.
    optimizer_options: Vec<(String, String)>,
    learning_rate: f64,
    /// In words.
    schedule: String,
    epochs: u32,
    batch_size: usize,
    /// In words.
    loss: String,
    label_smoothing: f64,
    #[serde(default = "once", skip_serializing_if = "is_once")]
    passes: usize,
    /// Empty in results written before there were recipes in them.
    #[serde(default)]
    recipe: Vec<RecipeSetting>,
}

fn once() -> usize {
    1
}

fn is_once(passes: &usize) -> bool {
    *passes == 1
}

impl From<ModelSettings> for Written {
    fn from(settings: ModelSettings) -> Written {
        let words = |key: &str| settings.setting(key).map_or_else(String::new, |of| of.words.clone());
        Written {
            optimizer: settings.optimizer_name(),
            optimizer_options: settings.optimizer().map_or_else(Vec::new, |(of, _)| optimizer_options(&of)),
            learning_rate: settings.learning_rate(),
            schedule: settings.words("schedule").unwrap_or_default(),
            epochs: settings.epochs(),
            batch_size: settings.batch_size(),
            // Its row in a table has the smoothing too, which is a field of its own here.
            loss: words("loss"),
            label_smoothing: settings.label_smoothing(),
            passes: settings.passes(),
            architecture: settings.architecture,
            variables: settings.variables,
            recipe: settings.recipe,
        }
    }
}

impl From<Written> for ModelSettings {
    fn from(written: Written) -> ModelSettings {
        let recipe = if written.recipe.is_empty() { recovered(&written) } else { written.recipe };
        ModelSettings { architecture: written.architecture, variables: written.variables, recipe }
    }
}

/// What can be said in settings of results without any. A schedule and a loss were told in words alone, by which they
/// are at least told apart.
fn recovered(written: &Written) -> Vec<RecipeSetting> {
    let Written { optimizer, optimizer_options, .. } = written;
    let mut text = vec![format!("lr = {:?}", written.learning_rate)];
    let mut words = format!("{optimizer}, lr {}", learning_rate(written.learning_rate));
    for (key, value) in optimizer_options {
        text.push(format!("{key} = {value}"));
        words += &format!(", {key} {value}");
    }
    let text = format!("{{ {optimizer} = {{ {} }} }}", text.join(", "));
    let of_words = |key, words: &String| RecipeSetting::always(key, string(words), words.clone());
    let number = |key, number: String| RecipeSetting::always(key, number.clone(), number);
    let smoothing = written.label_smoothing;
    vec![
        RecipeSetting::always("optimizer", text, words),
        of_words("schedule", &written.schedule).default_if(written.schedule == "constant"),
        number("epochs", written.epochs.to_string()),
        number("batch_size", written.batch_size.to_string()),
        of_words("loss", &written.loss),
        RecipeSetting::always("label_smoothing", format!("{smoothing:?}"), smoothing.to_string())
            .default_if(smoothing == 0.0),
    ]
}
