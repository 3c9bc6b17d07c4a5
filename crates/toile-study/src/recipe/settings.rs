//! The settings of a recipe, one after the other: the only list of them that there is.

use serde::{Deserialize, Serialize};
use toile_kernels::precision::Precision;
use toile_nn::average::Average;
use toile_nn::groups::ParameterGroup;
use toile_nn::schedule::{LearningRate, Schedule};
use toile_pixels::augment::Transform;

use super::kinds::{Kind, Row, SettingPlace};
use super::rules::VALIDATION_PART;
use super::wording::Wording;
use super::{ClassWeights, JudgedBy, Recipe, Sampler, Validation, groups, text, words};
use crate::cross_validation::CrossValidation;

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
    pub place: SettingPlace,
}

impl Recipe {
    /// All of its settings, in the order in which a resolved study file has them. A setting that is added must stay
    /// without text at its default: what was trained before it existed then keeps its digest.
    pub fn settings(&self) -> Vec<RecipeSetting> {
        // Every field is named, so that the compiler tells of one that would be in no digest and no table.
        let Recipe {
            dataset,
            validation,
            cross_validation,
            judged_by,
            layers,
            normalization,
            augment,
            optimizer,
            parameter_groups,
            clip,
            average,
            learning_rate: LearningRate { base, schedule, warmup_epochs },
            epochs,
            batch_size,
            loss,
            label_smoothing,
            precision,
            class_weights,
            sampler,
            early_stopping,
            test_time_augmentation,
        } = self;
        let [by_norm, by_value] = groups::bounds(*clip);
        let [ema, swa, lookahead] = averages(*average);
        let always = RecipeSetting::always;
        vec![
            always("dataset", text::string(dataset), dataset.clone()),
            optional("validation", validation.map(held_out)),
            optional("cross_validation", cross_validation.as_ref().map(in_folds)),
            by_judge(*judged_by),
            always("layers", text::layers(layers), words::layers(layers)),
            always("normalization", text::normalization(normalization), words::normalization(normalization))
                .default_if(normalization.is_none()),
            always(
                "optimizer",
                text::optimizer_text(optimizer, *base),
                words::optimizer_words(optimizer, *base),
            ),
            optional("parameter_groups", grouped(parameter_groups)),
            optional("clip_grad_norm", by_norm.map(bound)),
            optional("clip_grad_value", by_value.map(bound)),
            always("schedule", text::schedule(schedule), words::schedule(schedule))
                .default_if(*schedule == Schedule::Constant),
            number("warmup_epochs", warmup_epochs).default_if(*warmup_epochs == 0),
            number("epochs", epochs),
            number("batch_size", batch_size),
            by_precision(*precision),
            always("loss", text::loss(*loss), words::loss(*loss).to_string()),
            always("label_smoothing", format!("{label_smoothing:?}"), label_smoothing.to_string())
                .default_if(*label_smoothing == 0.0),
            optional("ema", ema),
            optional("swa", swa),
            optional("lookahead", lookahead),
            optional("augment", transformed(augment)),
            optional("class_weights", weighed(class_weights)),
            by_sampler(*sampler),
            optional("early_stopping", early_stopping.map(patience)),
            optional(
                "test_time_augmentation",
                test_time_augmentation.map(|of| (text::test_time(of), words::test_time(of))),
            ),
        ]
    }

    /// The settings in which two recipes differ, as (here, there).
    pub fn differences(&self, other: &Recipe) -> Vec<(RecipeSetting, RecipeSetting)> {
        let pairs = self.settings().into_iter().zip(other.settings());
        pairs.filter(|(here, there)| here.text != there.text).collect()
    }
}

impl RecipeSetting {
    /// One that is always written: nothing but itself where a study file does not set it.
    pub(crate) fn always(key: &'static str, text: String, words: String) -> Self {
        let place = Kind::of(key).map_or(SettingPlace::Model, |kind| kind.place);
        RecipeSetting { key: key.to_string(), text: Some(text), words, is_default: true, place }
    }

    pub(crate) fn default_if(self, is_default: bool) -> Self {
        RecipeSetting { is_default, ..self }
    }

    /// What there is to say of it whatever it is set to; of one that only another version has, that it has a row.
    pub fn kind(&self) -> Kind {
        Kind::of(&self.key).copied().unwrap_or(Kind { place: self.place, ..Kind::UNKNOWN })
    }

    /// Whether it stands in the row of the setting of this key, behind what that one says.
    pub(crate) fn is_behind(&self, key: &str) -> bool {
        matches!(self.kind().row, Row::Behind { key: other } if other == key)
    }

    /// What it says and what it is, to stand beside what it is set to elsewhere.
    pub(crate) fn wording(&self) -> Wording {
        match &self.text {
            Some(text) => Wording::of_text(self.words.clone(), text),
            // It is not set, and there is one way not to.
            None => Wording::of_exact(self.words.clone()),
        }
    }

    /// `key = text`, as a line of a study file.
    pub fn line(&self) -> Option<String> {
        self.text.as_ref().map(|text| format!("{} = {text}", self.key))
    }
}

/// One that has a text, and words for tables, only where it is set.
fn optional(key: &'static str, set: Option<(String, String)>) -> RecipeSetting {
    let is_default = set.is_none();
    let (text, words) = set.unzip();
    let words = words.unwrap_or_else(|| "none".to_string());
    RecipeSetting { text, is_default, ..RecipeSetting::always(key, String::new(), words) }
}

/// A whole number, which tables say as files do.
fn number(key: &'static str, number: impl ToString) -> RecipeSetting {
    RecipeSetting::always(key, number.to_string(), number.to_string())
}

fn held_out(of: Validation) -> (String, String) {
    match of {
        Validation::Share(share) => (format!("{share:?}"), words::of_training_images(share)),
        Validation::Part => (text::string(VALIDATION_PART), "the images set aside for it".to_string()),
    }
}

fn in_folds(of: &CrossValidation) -> (String, String) {
    (text::cross_validation(of), words::folds(of))
}

fn by_judge(of: JudgedBy) -> RecipeSetting {
    let set = of.name().map(|name| (text::string(name), String::new()));
    RecipeSetting { words: of.words().to_owned(), ..optional("judged_by", set) }
}

fn by_precision(of: Precision) -> RecipeSetting {
    let words = of.name().to_string();
    let set = (of != Precision::default()).then(|| (text::string(of.name()), String::new()));
    RecipeSetting { words, ..optional("precision", set) }
}

fn by_sampler(of: Sampler) -> RecipeSetting {
    let words = words::sampler(of);
    let set = (of != Sampler::Shuffle).then(|| (text::string(words), String::new()));
    RecipeSetting { words: words.to_string(), ..optional("sampler", set) }
}

/// The most that a gradient may be.
fn bound(most: f64) -> (String, String) {
    (format!("{most:?}"), most.to_string())
}

fn grouped(of: &[ParameterGroup]) -> Option<(String, String)> {
    groups::text(of).map(|text| (text, groups::words(of)))
}

fn transformed(by: &[Transform]) -> Option<(String, String)> {
    (!by.is_empty()).then(|| (text::augment(by), words::augment(by)))
}

fn weighed(by: &ClassWeights) -> Option<(String, String)> {
    text::class_weights(by).map(|text| (text, words::class_weights(by)))
}

/// An average of weights, for the setting that it is: `ema`, `swa` and `lookahead`.
fn averages(of: Option<Average>) -> [Option<(String, String)>; 3] {
    let set = of.map(|average| (text::average(average), words::average(average)));
    match of {
        None => [None, None, None],
        Some(Average::Ema { .. }) => [set, None, None],
        Some(Average::Swa { .. }) => [None, set, None],
        Some(Average::Lookahead { .. }) => [None, None, set],
    }
}

fn patience(epochs: u32) -> (String, String) {
    (format!("{{ patience = {epochs} }}"), format!("patience {epochs}"))
}

#[cfg(test)]
mod tests {
    use super::super::kinds::KINDS;
    use super::*;

    #[test]
    fn every_setting_has_its_kind() {
        let mut keys: Vec<String> =
            Recipe::default().settings().into_iter().map(|setting| setting.key).collect();
        let mut known: Vec<&str> = KINDS.iter().map(|kind| kind.key).collect();
        keys.sort();
        known.sort_unstable();
        assert_eq!(keys, known);
        for kind in KINDS {
            if let Row::Behind { key } = kind.row {
                assert!(known.contains(&key), "{} stands behind {key}", kind.key);
            }
        }
    }
}
