//! The settings of a recipe, one after the other: the only list of them that there is.

use serde::{Deserialize, Serialize};
use toile_kernels::precision::Precision;
use toile_nn::average::Average;
use toile_nn::schedule::{LearningRate, Schedule};

use super::rules::VALIDATION_PART;
use super::{JUDGED_BY_HELD_OUT, JudgedBy, Recipe, Sampler, Validation, groups, text, words};

/// Settings of a model that factors can vary, beside the variables of its architecture, in the order in which
/// factors are listed: variables stand behind `architecture`.
pub const FACTOR_SETTINGS: &[&str] = &[
    "architecture",
    "optimizer",
    "parameter_groups",
    "clip_grad_norm",
    "clip_grad_value",
    "schedule",
    "warmup_epochs",
    "ema",
    "swa",
    "lookahead",
    "epochs",
    "batch_size",
    "precision",
    "label_smoothing",
    "class_weights",
    "sampler",
    "normalization",
    "augment",
    "early_stopping",
    "test_time_augmentation",
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
        let held_out = self.validation.map(|held_out| match held_out {
            Validation::Share(share) => (format!("{share:?}"), words::percent(share)),
            Validation::Part => (text::string(VALIDATION_PART), "the images set aside for it".to_string()),
        });
        let in_folds =
            self.cross_validation.as_ref().map(|of| (text::cross_validation(of), words::folds(of)));
        let judged_by =
            (self.judged_by == JudgedBy::HeldOut).then(|| (text::string(JUDGED_BY_HELD_OUT), String::new()));
        let of_study = [
            setting("dataset", text::string(&self.dataset), self.dataset.clone()),
            optional("validation", held_out),
            optional("cross_validation", in_folds),
            RecipeSetting { words: self.judged_by.words().to_owned(), ..optional("judged_by", judged_by) },
            setting("layers", text::layers(&self.layers), words::layers(&self.layers)),
        ];
        let places = [Place::Study, Place::Study, Place::Study, Place::Study, Place::Architecture];
        let of_study = of_study.into_iter().zip(places).map(|(setting, place)| setting.at(place));
        of_study
            .chain(self.training_settings())
            .chain(self.average_settings())
            .chain(self.data_settings())
            .collect()
    }

    /// How its parameters follow their gradients.
    fn training_settings(&self) -> impl Iterator<Item = RecipeSetting> {
        let LearningRate { ref schedule, warmup_epochs, .. } = self.learning_rate;
        let normalization = &self.normalization;
        // Without its warm-up, which is a setting of its own.
        let moves = words::schedule_words(&LearningRate { warmup_epochs: 0, ..self.learning_rate.clone() });
        let number = |key: &str, number: String| setting(key, number.clone(), number);
        let smoothing = self.label_smoothing;
        let precision = self.precision.name();
        let set_precision = (self.precision != Precision::default())
            .then(|| (text::string(precision), precision.to_string()));
        let grouped = groups::text(&self.parameter_groups);
        let grouped = grouped.map(|text| (text, groups::words(&self.parameter_groups)));
        let bound = |most: Option<f64>| most.map(|most| (format!("{most:?}"), most.to_string()));
        let [by_norm, by_value] = groups::bounds(self.clip).map(bound);
        [
            setting("normalization", text::normalization(normalization), words::normalization(normalization))
                .default_if(normalization.is_none()),
            setting("optimizer", text::optimizer(self), words::optimizer(self)),
            optional("parameter_groups", grouped),
            optional("clip_grad_norm", by_norm),
            optional("clip_grad_value", by_value),
            setting("schedule", text::schedule(schedule), moves).default_if(*schedule == Schedule::Constant),
            number("warmup_epochs", warmup_epochs.to_string()).default_if(warmup_epochs == 0),
            number("epochs", self.epochs.to_string()),
            number("batch_size", self.batch_size.to_string()),
            RecipeSetting { words: precision.to_string(), ..optional("precision", set_precision) },
            setting("loss", text::loss(self.loss), words::loss(self.loss).to_string()),
            setting("label_smoothing", format!("{smoothing:?}"), smoothing.to_string())
                .default_if(smoothing == 0.0),
        ]
        .into_iter()
    }

    /// The average of its weights, a setting a kind. None of it has a text where it is not set.
    fn average_settings(&self) -> impl Iterator<Item = RecipeSetting> {
        let set = self.average.map(|average| (text::average(average), words::average(average)));
        let of = |key, is_this: fn(Average) -> bool| {
            optional(key, set.clone().filter(|_| self.average.is_some_and(is_this)))
        };
        [
            of("ema", |average| matches!(average, Average::Ema { .. })),
            of("swa", |average| matches!(average, Average::Swa { .. })),
            of("lookahead", |average| matches!(average, Average::Lookahead { .. })),
        ]
        .into_iter()
    }

    /// What is done with the images, and when it is over. None of it has a text where it is not set.
    fn data_settings(&self) -> impl Iterator<Item = RecipeSetting> {
        let weights = text::class_weights(&self.class_weights);
        let weights = weights.map(|text| (text, words::class_weights(&self.class_weights)));
        let sampler = (self.sampler != Sampler::Shuffle)
            .then(|| (text::string(words::sampler(self.sampler)), words::sampler(self.sampler).to_string()));
        let patience =
            self.early_stopping.map(|n| (format!("{{ patience = {n} }}"), format!("patience {n}")));
        let views = self.test_time_augmentation.map(|of| (text::test_time(of), words::test_time(of)));
        let list = (!self.augment.is_empty()).then(|| text::augment(&self.augment));
        let augment = list.map(|text| (text, words::augment(&self.augment)));
        [
            optional("augment", augment),
            optional("class_weights", weights),
            RecipeSetting { words: words::sampler(self.sampler).to_string(), ..optional("sampler", sampler) },
            optional("early_stopping", patience),
            optional("test_time_augmentation", views),
        ]
        .into_iter()
    }

    /// The settings in which two recipes differ, as (here, there).
    pub fn differences(&self, other: &Recipe) -> Vec<(RecipeSetting, RecipeSetting)> {
        let pairs = self.settings().into_iter().zip(other.settings());
        pairs.filter(|(here, there)| here.text != there.text).collect()
    }
}

impl RecipeSetting {
    fn at(self, place: Place) -> Self {
        RecipeSetting { place, ..self }
    }

    fn default_if(self, is_default: bool) -> Self {
        RecipeSetting { is_default, ..self }
    }

    /// `key = text`, as a line of a study file.
    pub fn line(&self) -> Option<String> {
        self.text.as_ref().map(|text| format!("{} = {text}", self.key))
    }
}

/// One of a model that is always written: nothing but itself where a study file does not set it.
fn setting(key: &str, text: String, words: String) -> RecipeSetting {
    RecipeSetting { key: key.to_string(), text: Some(text), words, is_default: true, place: Place::Model }
}

/// One of a model that has a text, and words for tables, only where it is set.
fn optional(key: &str, set: Option<(String, String)>) -> RecipeSetting {
    let is_default = set.is_none();
    let (text, words) = set.unzip();
    let words = words.unwrap_or_else(|| "none".to_string());
    RecipeSetting { key: key.to_string(), text, words, is_default, place: Place::Model }
}
