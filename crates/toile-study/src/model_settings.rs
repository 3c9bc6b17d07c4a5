//! The settings of a model as results keep them: its recipe, setting by setting, and the names that its study has.

use serde::{Deserialize, Serialize};

use crate::numbers::learning_rate;
use crate::recipe::{
    Recipe, RecipeSetting, SettingPlace, TestTimeAugmentation, Wording, optimizer_options, schedule_words,
    string, with_smoothing,
};
use crate::study::Model;

/// The settings of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct ModelSettings {
    /// Name of the architecture in the study file.
    pub architecture: String,
    /// The variables the model sets in its architecture, as (`dropout`, `0.5`).
    pub variables: Vec<(String, String)>,
    /// Everything that decides a run but the layers, setting by setting.
    pub recipe: Vec<RecipeSetting>,
    told: Told,
}

/// What the texts of some settings come to. It is kept beside them, as results have it: the text that a later version
/// wrote may be one that this version cannot read, and results of before there were recipes have nothing else.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    optimizer: String,
    /// Those that are not defaults.
    optimizer_options: Vec<(String, String)>,
    learning_rate: f64,
    /// In words, with its warm-up.
    schedule: String,
    epochs: u32,
    batch_size: usize,
    label_smoothing: f64,
    passes: usize,
}

impl Told {
    fn of(recipe: &Recipe) -> Self {
        Told {
            optimizer: recipe.optimizer.name().to_string(),
            optimizer_options: optimizer_options(&recipe.optimizer),
            learning_rate: recipe.learning_rate.base,
            schedule: schedule_words(&recipe.learning_rate),
            epochs: recipe.epochs,
            batch_size: recipe.batch_size,
            label_smoothing: recipe.label_smoothing,
            passes: recipe.test_time_augmentation.map_or(1, TestTimeAugmentation::passes),
        }
    }
}

impl ModelSettings {
    /// What is set for a model.
    pub fn of(model: &Model) -> Self {
        ModelSettings {
            architecture: model.architecture.clone(),
            variables: model.variables.clone(),
            recipe: of_recipe(&model.recipe),
            told: Told::of(&model.recipe),
        }
    }

    /// Takes the settings of this recipe in the place of those that were known.
    pub(crate) fn set_recipe(&mut self, recipe: &Recipe) {
        (self.recipe, self.told) = (of_recipe(recipe), Told::of(recipe));
    }

    /// Whether results of before there were recipes in them know no more than a few settings, and these in words.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.setting("dataset").is_none()
    }

    /// The setting of this key; `None` in results of a version that did not have it.
    pub fn setting(&self, key: &str) -> Option<&RecipeSetting> {
        self.recipe.iter().find(|setting| setting.key == key)
    }

    /// What a table says of the setting of this key, with the settings that stand behind it in its row: `constant, after a
    /// linear warm-up over the first epoch`.
    pub fn words(&self, key: &str) -> Option<String> {
        let words = &self.setting(key)?.words;
        Some(match key {
            "schedule" => self.told.schedule.clone(),
            "loss" => with_smoothing(words, self.told.label_smoothing),
            _ => words.clone(),
        })
    }

    /// The same, to stand beside what other models have in this row.
    pub(crate) fn wording(&self, key: &str) -> Option<Wording> {
        let mut exact = self.setting(key)?.wording().exact;
        for behind in self.recipe.iter().filter(|setting| setting.is_behind(key) && !setting.is_default) {
            exact += &format!(", {} = {}", behind.key, behind.wording().exact);
        }
        Some(Wording { words: self.words(key)?, exact })
    }

    /// Name of the optimizer, as PyTorch has it: `SGD`, `AdamW`.
    pub fn optimizer_name(&self) -> &str {
        &self.told.optimizer
    }

    /// Settings of the optimizer that are not defaults, as (`momentum`, `0.9`); its learning rate is none of them.
    pub fn optimizer_options(&self) -> &[(String, String)] {
        &self.told.optimizer_options
    }

    /// Base learning rate.
    pub fn learning_rate(&self) -> f64 {
        self.told.learning_rate
    }

    /// Epochs asked for.
    pub fn epochs(&self) -> u32 {
        self.told.epochs
    }

    /// Images a step.
    pub fn batch_size(&self) -> usize {
        self.told.batch_size
    }

    /// Times that the network runs for one image: more than once with test-time augmentation.
    pub fn passes(&self) -> usize {
        self.told.passes
    }
}

/// The settings of a recipe but the layers, which have a table of their own.
fn of_recipe(recipe: &Recipe) -> Vec<RecipeSetting> {
    recipe.settings().into_iter().filter(|setting| setting.place != SettingPlace::Architecture).collect()
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
    /// In words, with its warm-up.
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
        // Its row in a table has the smoothing too, which is a field of its own here.
        let loss = settings.setting("loss").map_or_else(String::new, |of| of.words.clone());
        Written {
            schedule: settings.told.schedule,
            epochs: settings.told.epochs,
            batch_size: settings.told.batch_size,
            loss,
            label_smoothing: settings.told.label_smoothing,
            optimizer: settings.told.optimizer,
            optimizer_options: settings.told.optimizer_options,
            learning_rate: settings.told.learning_rate,
            passes: settings.told.passes,
            architecture: settings.architecture,
            variables: settings.variables,
            recipe: settings.recipe,
        }
    }
}

impl From<Written> for ModelSettings {
    fn from(written: Written) -> ModelSettings {
        let recipe = if written.recipe.is_empty() { recovered(&written) } else { written.recipe.clone() };
        let Written { optimizer, optimizer_options, learning_rate, schedule, .. } = written;
        let Written { architecture, variables, epochs, batch_size, label_smoothing, passes, .. } = written;
        let told = Told {
            optimizer,
            optimizer_options,
            learning_rate,
            schedule,
            epochs,
            batch_size,
            label_smoothing,
            passes,
        };
        ModelSettings { architecture, variables, recipe, told }
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
