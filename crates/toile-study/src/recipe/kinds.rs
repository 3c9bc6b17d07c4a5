//! What there is to say of each setting, whatever it is set to: where a study file has it, whether factors can vary it,
//! and which row of a table shows it.

use serde::{Deserialize, Serialize};

/// A setting, whatever it is set to.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Its key in a study file: `label_smoothing`.
    pub key: &'static str,
    /// Where a study file has it.
    pub place: SettingPlace,
    /// Whether a study file has to say it.
    pub is_required: bool,
    /// Whether factors can vary it.
    pub factor: FactorOf,
    /// Where a table of settings shows it.
    pub row: Row,
}

/// The part of a study file that a setting stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettingPlace {
    /// Above the first table.
    Study,
    /// Under `[architecture.NAME]`.
    Architecture,
    /// Under `[model.NAME]`.
    Model,
}

/// How factors vary a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorOf {
    /// Not at all.
    Nothing,
    /// As a factor of its own.
    Itself,
    /// With the optimizer, unless a study file names it in a group.
    Optimizer,
}

/// Where a table of settings shows one.
#[derive(Clone, Copy, Debug)]
pub enum Row {
    /// Nowhere: it is the study's, or has a table of its own.
    Nowhere,
    /// In two of the rows that come first: the optimizer, and its learning rate.
    Optimizer,
    /// In one of the rows that come first; `always`, even where all models have the default.
    First {
        /// Whether it is shown in any case.
        always: bool,
    },
    /// In a row behind these.
    Later,
    /// Behind what another setting says, in that one's row, of which `ModelSettings::words` has the words.
    Behind {
        /// The other one's key.
        key: &'static str,
    },
}

/// Every setting there is. Those that factors can vary stand in the order in which factors are listed, behind the
/// architecture and its variables; files and digests have the order of `Recipe::settings`.
pub const KINDS: [Kind; 25] = [
    Kind { is_required: true, row: Row::Optimizer, ..varied("optimizer") },
    Kind { factor: FactorOf::Optimizer, ..varied("parameter_groups") },
    varied("clip_grad_norm"),
    varied("clip_grad_value"),
    Kind { factor: FactorOf::Optimizer, row: Row::First { always: false }, ..varied("schedule") },
    Kind { factor: FactorOf::Optimizer, row: Row::Behind { key: "schedule" }, ..varied("warmup_epochs") },
    varied("ema"),
    varied("swa"),
    varied("lookahead"),
    Kind { is_required: true, row: Row::First { always: true }, ..varied("epochs") },
    Kind { is_required: true, row: Row::First { always: false }, ..varied("batch_size") },
    varied("precision"),
    Kind { row: Row::Behind { key: "loss" }, ..varied("label_smoothing") },
    varied("class_weights"),
    varied("sampler"),
    varied("normalization"),
    varied("augment"),
    varied("early_stopping"),
    varied("test_time_augmentation"),
    Kind { is_required: true, row: Row::Nowhere, ..of_study("dataset") },
    of_study("validation"),
    of_study("cross_validation"),
    of_study("judged_by"),
    Kind { place: SettingPlace::Architecture, is_required: true, row: Row::Nowhere, ..of_study("layers") },
    // There is one loss, so that nothing can be varied yet.
    Kind { factor: FactorOf::Nothing, row: Row::First { always: true }, ..varied("loss") },
];

/// One of a model.
const fn varied(key: &'static str) -> Kind {
    Kind { key, place: SettingPlace::Model, is_required: false, factor: FactorOf::Itself, row: Row::Later }
}

/// One that all models of a study share.
const fn of_study(key: &'static str) -> Kind {
    Kind { key, place: SettingPlace::Study, is_required: false, factor: FactorOf::Nothing, row: Row::Later }
}

impl Kind {
    /// A setting that only another version has.
    pub(super) const UNKNOWN: Kind = varied("");

    /// That of the setting of this key; `None` for one that only another version has.
    pub fn of(key: &str) -> Option<&'static Kind> {
        KINDS.iter().find(|kind| kind.key == key)
    }
}

/// What factors can vary of a model, beside the variables of its architecture, in the order in which factors are
/// listed: variables stand behind the first, `architecture`.
pub fn factor_settings() -> impl Iterator<Item = &'static str> {
    let varied = KINDS.iter().filter(|kind| kind.factor != FactorOf::Nothing);
    ["architecture"].into_iter().chain(varied.map(|kind| kind.key))
}

/// Whether a setting is varied with the optimizer, where no group of a study file holds it.
pub fn goes_with_the_optimizer(key: &str) -> bool {
    Kind::of(key).is_some_and(|kind| kind.factor == FactorOf::Optimizer)
}
