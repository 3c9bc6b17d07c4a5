//! The settings of a recipe, one after the other: the only list of them that there is.

use serde::{Deserialize, Serialize};
use toile_nn::schedule::{LearningRate, Schedule};

use super::rules::VALIDATION_PART;
use super::{Recipe, Validation, text, words};

/// Settings of a model that factors can vary, beside the variables of its architecture, in the order in which
/// factors are listed: variables stand behind `architecture`.
pub const FACTOR_SETTINGS: &[&str] = &[
    "architecture",
    "optimizer",
    "schedule",
    "warmup_epochs",
    "epochs",
    "batch_size",
    "label_smoothing",
    "normalization",
    "augment",
    "early_stopping",
];

/// One setting of a recipe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipeSetting {
    /// Its key in a study file: `label_smoothing`.
    pub key: String,
    /// As a study file writes it, exact: `0.1`. `None` for one that is not set.
    pub text: Option<String>,
    /// As a sentence or a table has it.
    pub words: String,
    /// Whether it is what a study file that says nothing about it comes to.
    pub is_default: bool,
    /// Where a study file has it.
    pub place: Place,
}

/// The part of a study file that a setting stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Above the first table.
    Study,
    /// Under `[architecture.NAME]`.
    Architecture,
    /// Under `[model.NAME]`.
    Model,
}

impl Recipe {
    /// All of its settings, in the order in which a resolved study file has them. A setting that is added must stay
    /// without text at its default: what was trained before it existed then keeps its digest.
    pub fn settings(&self) -> Vec<RecipeSetting> {
        let LearningRate { schedule, warmup_epochs, .. } = self.learning_rate;
        let none = || "none".to_string();
        let (optional, always) = (false, true);
        let setting = |key: &str, place, text: String, words: String| RecipeSetting {
            key: key.to_string(),
            text: Some(text),
            words,
            is_default: true,
            place,
        };
        let model = |key: &str, text: String, words: String, is_default: bool, written: bool| RecipeSetting {
            is_default,
            ..setting(key, Place::Model, text, words).only_if(written || !is_default)
        };
        let number = |key: &str, number: u64, is_default: bool| {
            model(key, number.to_string(), number.to_string(), is_default, always)
        };
        let held_out = self.validation.map(|held_out| match held_out {
            Validation::Share(share) => (format!("{share:?}"), words::percent(share)),
            Validation::Part => (text::string(VALIDATION_PART), "the images set aside for it".to_string()),
        });
        let patience =
            self.early_stopping.map(|n| (format!("{{ patience = {n} }}"), format!("patience {n}")));
        let (validation, validation_words) = held_out.clone().unwrap_or_else(|| (none(), none()));
        let (stopping, stopping_words) = patience.clone().unwrap_or_else(|| (none(), none()));
        let loss = (text::loss(self.loss), words::loss(self.loss).to_string());
        let smoothing = self.label_smoothing;
        let augment = (text::augment(&self.augment), words::augment(&self.augment));
        vec![
            setting("dataset", Place::Study, text::string(&self.dataset), self.dataset.clone()),
            RecipeSetting {
                is_default: held_out.is_none(),
                ..setting("validation", Place::Study, validation, validation_words)
                    .only_if(held_out.is_some())
            },
            setting("layers", Place::Architecture, text::layers(&self.layers), words::layers(&self.layers)),
            model(
                "normalization",
                text::normalization(&self.normalization),
                words::normalization(&self.normalization),
                self.normalization.is_none(),
                always,
            ),
            model("augment", augment.0, augment.1, self.augment.is_empty(), optional),
            model("optimizer", text::optimizer(self), words::optimizer(self), true, always),
            model(
                "schedule",
                text::schedule(&schedule),
                // Without its warm-up, which is a setting of its own.
                words::schedule_words(&LearningRate { warmup_epochs: 0, ..self.learning_rate }),
                schedule == Schedule::Constant,
                always,
            ),
            number("warmup_epochs", u64::from(warmup_epochs), warmup_epochs == 0),
            number("epochs", u64::from(self.epochs), true),
            number("batch_size", self.batch_size as u64, true),
            model("loss", loss.0, loss.1, true, always),
            model(
                "label_smoothing",
                format!("{smoothing:?}"),
                smoothing.to_string(),
                smoothing == 0.0,
                always,
            ),
            model("early_stopping", stopping, stopping_words, patience.is_none(), optional),
        ]
    }

    /// The settings in which two recipes differ, as (here, there).
    pub fn differences(&self, other: &Recipe) -> Vec<(RecipeSetting, RecipeSetting)> {
        let pairs = self.settings().into_iter().zip(other.settings());
        pairs.filter(|(here, there)| here.text != there.text).collect()
    }
}

impl RecipeSetting {
    fn only_if(mut self, written: bool) -> Self {
        self.text = self.text.filter(|_| written);
        self
    }

    /// `key = text`, as a line of a study file.
    pub fn line(&self) -> Option<String> {
        self.text.as_ref().map(|text| format!("{} = {text}", self.key))
    }
}
