//! Recipes: what changes them, what tells them apart, and that a run's folder gives them back.

use std::collections::BTreeSet;

use toile_kernels::precision::Precision;
use toile_kernels::random::{Purpose, Stream};
use toile_nn::average::Average;
use toile_nn::clip::Clip;
use toile_nn::groups::{ParameterGroup, ParameterKind, Selection, Treatment};
use toile_nn::optimizer::{Adam, Muon, SGD};
use toile_nn::schedule::{Decay, LearningRate, Schedule};
use toile_pixels::augment::{ColorJitter, RandomErasing, RandomHorizontalFlip, RandomRotation};
use toile_study::changes::Changes;
use toile_study::cross_validation::CrossValidation;
use toile_study::findings::{SettingRow, compared_settings};
use toile_study::recipe::{
    ClassWeights, JudgedBy, Normalization, Recipe, RecipeSetting, Row, Sampler, SettingPlace,
    TestTimeAugmentation, Validation,
};
use toile_study::results::{LayerRow, ModelResults, ModelSettings};
use toile_study::study::{Model, Study};
use toile_study::study_file::{self, load, model_table, resolved};

use crate::bound::parse;
use crate::study_file::keys::EVERYTHING;

fn with_epochs(epochs: u32) -> Changes {
    Changes { epochs: Some(epochs), ..Changes::default() }
}

/// The study's models warm up for two epochs, none, one, none and none; the first is trained on request only.
#[test]
fn fewer_epochs_than_a_warm_up_are_refused_by_the_files_own_rule() {
    let study = parse(EVERYTHING, "everything.toml").unwrap();
    let one = study.with(&with_epochs(1)).unwrap();
    // Not asked for, and it cannot follow: it stays.
    assert_eq!(one.models.iter().map(|m| m.recipe.epochs).collect::<Vec<_>>(), [9, 1, 1, 1, 1]);
    let asked = Changes { models: Some(vec!["sgd".into()]), ..with_epochs(1) };
    let error = study.with(&asked).unwrap_err().to_string();
    assert!(error.contains("`sgd`") && error.contains("choose 2 epochs or more"), "{error}");
    let two = study.with(&Changes { epochs: Some(2), ..asked }).unwrap();
    // Whatever a change is accepted for is a study file again.
    for model in &two.models {
        parse(&resolved(&two, model), "resolved.toml").unwrap_or_else(|error| panic!("{error}"));
    }
    assert!(study.with(&Changes { models: Some(vec!["adam".into()]), ..with_epochs(0) }).is_err());
}

#[test]
fn names_are_no_settings() {
    let study = load("quick").unwrap();
    let model = &study.models[0];
    let renamed = Model { name: "other".into(), architecture: "net".into(), ..model.clone() };
    let config = resolved(&Study { name: "another".into(), ..study.clone() }, &renamed);
    assert_ne!(config, resolved(&study, model));
    assert_eq!(study_file::recipe(&config), Some(model.recipe.clone()));
    assert_eq!(study_file::recipe(&config).unwrap().digest(), model.recipe.digest());
}

type Change = fn(&mut Recipe);

/// A change of each setting, of some several; there is one loss.
const CHANGES: [Change; 30] = [
    |r| r.dataset.push('x'),
    |r| r.validation = Some(Validation::Share(0.25)),
    |r| drop(r.layers.remove(1)),
    |r| r.normalization = Normalization::fixed(vec![0.5], vec![1.0]),
    |r| r.augment.push(RandomHorizontalFlip::default().into()),
    |r| r.optimizer = Adam { eps: 1e-3, ..Adam::default() }.into(),
    |r| r.learning_rate.base *= 2.0,
    |r| r.learning_rate.schedule = Schedule::Cosine { eta_min: 0.0 },
    |r| r.learning_rate.warmup_epochs += 1,
    |r| r.learning_rate.schedule = Schedule::PiecewiseLinear { points: vec![(0.5, 0.25)] },
    |r| {
        let select = Selection { kind: Some(ParameterKind::Bias), ..Selection::default() };
        r.parameter_groups = vec![ParameterGroup { select, treatment: Treatment::Frozen }];
    },
    |r| r.clip = Some(Clip::Norm(2.0)),
    |r| r.clip = Some(Clip::Value(2.0)),
    |r| r.epochs += 1,
    |r| r.batch_size += 1,
    |r| r.precision = Precision::Bf16,
    |r| r.label_smoothing = 0.125,
    |r| r.class_weights = ClassWeights::Balanced,
    |r| r.class_weights = ClassWeights::Named([("Bag".into(), 2.0)].into()),
    |r| r.sampler = Sampler::Balanced,
    |r| r.early_stopping = Some(3),
    |r| r.average = Some(Average::Ema { decay: 0.99, every: 1, warmup: false }),
    |r| r.average = Some(Average::Ema { decay: 0.99, every: 1, warmup: true }),
    |r| r.average = Some(Average::Swa { start: 0.5 }),
    |r| r.average = Some(Average::Lookahead { k: 5, alpha: 0.5, power: 0.0 }),
    |r| r.average = Some(Average::Lookahead { k: 5, alpha: 0.5, power: 3.0 }),
    |r| r.test_time_augmentation = Some(TestTimeAugmentation { flip: false, shifts: 2 }),
    |r| r.cross_validation = Some(CrossValidation { folds: 3, group: None }),
    |r| r.judged_by = JudgedBy::HeldOut,
    |r| r.judged_by = JudgedBy::HeldOutLast,
];
/// Every setting that differs is told, in the digest and in tables.
#[test]
fn no_setting_is_forgotten() {
    let model = load("quick").unwrap().models.remove(0);
    let rows = |changed: &Model| {
        let of = |model: &Model| ModelResults {
            name: "m".into(),
            settings: ModelSettings::of(model),
            layers: LayerRow::of(&model.recipe.network([1, 28, 28], 10).unwrap()),
            published: None,
            runs: Vec::new(),
        };
        let rows = compared_settings(&[of(&model), of(changed)]);
        rows.into_iter().filter(SettingRow::differs).count()
    };
    let mut digests = vec![model.recipe.digest()];
    let mut changed: BTreeSet<String> = BTreeSet::new();
    let (before, mut behind) = (ModelSettings::of(&model), 0);
    for change in CHANGES {
        let mut other = model.clone();
        change(&mut other.recipe);
        let differences = model.recipe.differences(&other.recipe);
        assert_eq!(differences.len(), 1, "{differences:?}");
        let key = differences[0].0.key.clone();
        // Layers have a table of their own, and models of one study have one data set.
        assert_eq!(rows(&other), usize::from(!["layers", "dataset"].contains(&&*key)), "{key}");
        // One that stands behind another is told by the words of that one's row.
        if let Row::Behind { key: row } = differences[0].0.kind().row {
            assert_ne!(ModelSettings::of(&other).words(row), before.words(row), "{key}");
            behind += 1;
        }
        changed.insert(key);
        digests.push(other.recipe.digest());
    }
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), 1 + CHANGES.len());
    assert_eq!(behind, 2, "warm-up and label smoothing");
    let all = model.recipe.settings().into_iter().map(|setting| setting.key);
    assert_eq!(changed, all.filter(|key| key != "loss").collect());
}

/// Six classes, one more than words name.
fn six_weights(last: f64) -> ClassWeights {
    let first = ["a", "b", "c", "d", "e"].map(|name| (name.to_string(), 2.0));
    ClassWeights::Named(first.into_iter().chain([("f".to_string(), last)]).collect())
}

/// Words round a share and name five classes: what differs behind that differs all the same, and is shown as it is.
#[test]
fn settings_that_read_alike_and_differ_are_told_apart() {
    type Set = fn(&mut Recipe, f64);
    let cycle: Set = |r, pct_start| {
        let schedule = Schedule::OneCycle { pct_start, div_factor: 25.0, final_div_factor: 1e4 };
        r.learning_rate = LearningRate { base: 0.1, schedule, warmup_epochs: 1 };
    };
    let decay: Set = |r, decay| {
        r.learning_rate.schedule = Schedule::WarmupStableDecay { warmup: 0.0, decay, shape: Decay::Linear };
    };
    let lines: Set = |r, share| {
        r.learning_rate.schedule = Schedule::PiecewiseLinear { points: vec![(share, 0.25)] };
    };
    // A row, what is set to two numbers, and what is shown of the first.
    let cases: [(&str, Set, [f64; 2], &str); 6] = [
        (
            "schedule",
            cycle,
            [0.3, 0.30001],
            "{ OneCycleLR = { pct_start = 0.3, div_factor = 25.0, final_div_factor = 10000.0 } }, warmup_epochs = 1",
        ),
        (
            "schedule",
            decay,
            [0.3, 0.30001],
            "{ WarmupStableDecay = { warmup = 0.0, decay = 0.3, shape = \"linear\" } }",
        ),
        ("schedule", lines, [0.3, 0.30001], "{ PiecewiseLinear = { points = [[0.3, 0.25]] } }"),
        (
            "class weights",
            |r, last| r.class_weights = six_weights(last),
            [0.5, 1.5],
            "{ \"a\" = 2.0, \"b\" = 2.0, \"c\" = 2.0, \"d\" = 2.0, \"e\" = 2.0, \"f\" = 0.5 }",
        ),
        ("swa", |r, start| r.average = Some(Average::Swa { start }), [0.75, 0.75001], "{ start = 0.75 }"),
        ("validation", |r, share| r.validation = Some(Validation::Share(share)), [0.25, 0.250001], "0.25"),
    ];
    let model = load("quick").unwrap().models.remove(0);
    for (name, set, numbers, shown) in cases {
        let of = |number| {
            let mut changed = model.clone();
            set(&mut changed.recipe, number);
            let settings = ModelSettings::of(&changed);
            ModelResults { name: "m".into(), settings, layers: Vec::new(), published: None, runs: Vec::new() }
        };
        let shown_of = |models: &[ModelResults]| -> Vec<String> {
            let rows = compared_settings(models);
            let differing: Vec<&str> =
                rows.iter().filter(|row| row.differs()).map(|row| row.name.as_str()).collect();
            let expected: &[&str] = if models[0] == models[1] { &[] } else { &[name] };
            assert_eq!(differing, expected);
            rows.into_iter().find(|row| row.name == name).unwrap().values
        };
        let [first, second] = numbers.map(of);
        let [a, b] = numbers.map(|number| format!("{number:?}"));
        let of_second = shown.replacen(&a, &b, 1);
        assert_eq!(shown_of(&[first.clone(), second.clone()]), [shown.to_string(), of_second]);
        // What is the same is told in words, which are the same for both.
        let [words, again] = [first, second].map(|one| shown_of(&[one.clone(), one]).remove(0));
        assert!(words == again && words != shown && !words.contains('{'), "{words} and {again}");
    }
}

/// The table that `toile sweep` prints of a tuned model is the model, whatever it sets, and whatever its study has for
/// all models.
#[test]
fn no_setting_is_lost_from_the_table_of_a_model() {
    let alone = load("quick").unwrap();
    let mut shared = alone.clone();
    let mut other = shared.models[0].clone();
    other.name = "other".into();
    other.recipe.normalization = Normalization::fixed(vec![0.25], vec![0.5]);
    other.recipe.augment = vec![RandomRotation::new(10.0).into()];
    let of_all: Vec<String> = other.recipe.settings().iter().filter_map(for_all_models).collect();
    assert_eq!(of_all.len(), 2, "{of_all:?}");
    shared.models.push(other);
    let settings = alone.models[0].recipe.settings().into_iter();
    let of_model = settings.filter(|setting| setting.place == SettingPlace::Model).map(|setting| setting.key);
    let all: BTreeSet<String> = of_model.filter(|key| key != "loss").collect();
    for (study, of_all) in [(alone, String::new()), (shared, of_all.concat())] {
        let read = CHANGES.map(|change| keys_read_from_the_table(&study, &of_all, change));
        assert_eq!(read.into_iter().flatten().collect::<BTreeSet<_>>(), all, "{of_all:?}");
    }
}

/// The line by which a study sets for all models what a model may set otherwise.
fn for_all_models(setting: &RecipeSetting) -> Option<String> {
    let is_shared = ["normalization", "augment"].contains(&&*setting.key);
    setting.line().filter(|_| is_shared).map(|line| line + "\n")
}

/// Changes the first model, asserts that its table in a study with these lines for all models is the model, and tells
/// which of a model's settings the change was of; none where no study could have it.
fn keys_read_from_the_table(study: &Study, of_all: &str, change: Change) -> BTreeSet<String> {
    let before = &study.models[0].recipe;
    let mut model = Model { variables: Vec::new(), ..study.models[0].clone() };
    change(&mut model.recipe);
    if model.recipe.early_stopping.is_some() {
        model.recipe.validation = Some(Validation::Share(0.25));
    }
    // These belong to the study, whose others they would not fit.
    if model.recipe.dataset != before.dataset || study_file::problem(&model.recipe).is_some() {
        return BTreeSet::new();
    }
    // All that is no model's, with this one's table in the place of the models'.
    let text = resolved(study, &model);
    let of_study = &text[..text.find("[model.").unwrap()];
    let text = format!("{of_all}{of_study}{}", model_table(study, &model));
    let again = study_file::parse(&text, "table.toml").unwrap_or_else(|error| panic!("{error}"));
    let mut found = again.study().models[0].recipe.clone();
    if found.normalization == Normalization::default() {
        found.normalization = Normalization::none(1);
    }
    assert_eq!(found, model.recipe, "{text}");
    let changed = before.differences(&found).into_iter().map(|(setting, _)| setting);
    changed.filter(|setting| setting.place == SettingPlace::Model).map(|setting| setting.key).collect()
}

/// Whoever changes a recipe is refused what the file's reader refuses, in its words.
#[test]
fn what_no_study_file_could_say_is_no_change() {
    let model = load("quick").unwrap().models.remove(0);
    let cases: [(Change, &str); 16] = [
        (|r| r.learning_rate.base = 0.0, "`lr`: 0.0 is out of range; choose a number more than 0"),
        (|r| r.learning_rate.base = f64::NAN, "`optimizer` has a value that is no number (NaN)"),
        (|r| r.optimizer = Adam { betas: (1.0, 0.9), ..Adam::default() }.into(), "`betas`, entry 1: 1.0"),
        (
            |r| r.optimizer = SGD { momentum: -0.1, ..SGD::default() }.into(),
            "`momentum`: -0.1 is out of range",
        ),
        (|r| r.label_smoothing = 1.0, "`label_smoothing`: 1.0 is out of range"),
        (|r| r.label_smoothing = f64::NAN, "`label_smoothing` has a value that is no number"),
        (|r| r.batch_size = 0, "`batch_size`: 0 is out of range; choose 1 or more"),
        (|r| r.epochs = 100_001, "`epochs`: 100001 is out of range; choose 1 to 100000 epochs"),
        (|r| r.learning_rate.warmup_epochs = r.epochs + 1, "would end inside the warm-up"),
        (
            |r| r.class_weights = ClassWeights::Named([("NaN".into(), 0.0)].into()),
            "`NaN`: 0.0 is out of range",
        ),
        (|r| r.class_weights = ClassWeights::Named([].into()), "names no class"),
        (|r| r.validation = Some(Validation::Share(0.6)), "`validation`: 0.6 is out of range"),
        (
            |r| r.cross_validation = Some(CrossValidation { folds: 1, group: None }),
            "`folds`: 1 is out of range",
        ),
        (|r| r.judged_by = JudgedBy::HeldOut, "needs images held out and no folds"),
        (|r| r.early_stopping = Some(3), "early_stopping needs a validation split"),
        (|r| (r.validation, r.early_stopping) = (Some(Validation::Share(0.1)), Some(0)), "`patience`: 0"),
    ];
    for (change, expected) in cases {
        let mut recipe = model.recipe.clone();
        change(&mut recipe);
        let said = model.with(recipe).expect_err(expected).to_string();
        assert!(said.contains(expected), "{said:?} lacks {expected:?}");
    }
}

/// None, or groups with settings made from three numbers.
fn grouped(&[first, second, third]: &[f64; 3]) -> Vec<ParameterGroup> {
    if first < 0.3 {
        return vec![];
    }
    let select = |kind| Selection { kind: Some(kind), ..Selection::default() };
    let muon =
        Muon { weight_decay: second / 3.0, ns_coefficients: (first, second, -third), ..Muon::default() };
    let muon = Treatment::Own { optimizer: muon.into(), lr: 0.1 + third };
    let changed = Treatment::Changed {
        lr: (second < 0.5).then_some(first),
        weight_decay: (second >= 0.5 || third < 0.5).then_some(third / 7.0),
    };
    vec![
        ParameterGroup { select: select(ParameterKind::Weight), treatment: muon },
        ParameterGroup { select: select(ParameterKind::Bias), treatment: changed },
    ]
}

/// A recipe with settings drawn by a counter.
fn drawn(base: &Recipe, number: u32) -> Recipe {
    let stream = Stream::new(0, Purpose::Split, 7, number);
    let unit = |index: u32| f64::from(stream.uniform(index));
    let epochs = 1 + (unit(0) * 50.0) as u32;
    let schedule = match (unit(1) * 6.0) as u32 {
        0 => Schedule::Constant,
        1 => Schedule::Step { step_size: 1 + (unit(2) * 9.0) as u32, gamma: 0.01 + unit(3) },
        2 => Schedule::Cosine { eta_min: unit(2) / 1e5 },
        3 => Schedule::PiecewiseLinear { points: vec![(unit(2) / 3.0, unit(3)), (0.4, 0.1 + unit(20))] },
        4 => Schedule::WarmupStableDecay {
            warmup: unit(2) / 3.0,
            decay: 0.01 + unit(3) / 2.0,
            shape: if unit(20) < 0.5 { Decay::Linear } else { Decay::OneMinusSqrt },
        },
        _ => Schedule::OneCycle {
            pct_start: 0.01 + 0.9 * unit(2),
            div_factor: 1.0 + unit(3),
            final_div_factor: 1e4,
        },
    };
    let sgd = SGD { momentum: 0.9 * unit(4), weight_decay: unit(5) / 7.0, nesterov: false };
    let validation = (unit(6) < 0.5).then(|| 0.01 + 0.4 * unit(7));
    Recipe {
        validation: validation.map(Validation::Share),
        augment: vec![
            RandomHorizontalFlip { p: unit(16) }.into(),
            RandomErasing { scale: (unit(17) / 3.0, 0.9), ..Default::default() }.into(),
            RandomRotation::new(360.0 * unit(18)).into(),
            ColorJitter { hue: (-unit(19) / 2.0, 0.1 / 3.0), ..Default::default() }.into(),
        ],
        normalization: Normalization::fixed(vec![unit(8) as f32], vec![0.1 + unit(9) as f32]),
        optimizer: if unit(10) < 0.5 { sgd.into() } else { Adam::default().into() },
        parameter_groups: grouped(&[20, 21, 22].map(unit)),
        clip: match (unit(23) * 3.0) as u32 {
            0 => None,
            1 => Some(Clip::Norm(0.01 + unit(24))),
            _ => Some(Clip::Value(0.01 + unit(24))),
        },
        learning_rate: LearningRate {
            base: 10f64.powf(-6.0 * unit(11)),
            schedule,
            warmup_epochs: (unit(12) * f64::from(epochs)) as u32,
        },
        epochs,
        batch_size: 1 + (unit(13) * 500.0) as usize,
        precision: if unit(22) < 0.5 { Precision::F32 } else { Precision::Bf16 },
        label_smoothing: 0.9 * unit(14),
        class_weights: match (unit(16) * 3.0) as u32 {
            0 => ClassWeights::Equal,
            1 => ClassWeights::Balanced,
            _ => ClassWeights::Named([("a \"b\"".into(), 1e-9 + unit(17)), ("Bag".into(), 7.0)].into()),
        },
        sampler: if unit(18) < 0.5 { Sampler::Shuffle } else { Sampler::Balanced },
        test_time_augmentation: (unit(19) < 0.5)
            .then(|| TestTimeAugmentation { flip: unit(18) < 0.5, shifts: 1 + (unit(17) * 9.0) as usize }),
        early_stopping: validation.map(|_| 1 + (unit(15) * 9.0) as u32),
        ..base.clone()
    }
}

#[test]
fn any_recipe_is_read_back_from_its_text_to_the_bit() {
    let study = load("quick").unwrap();
    for number in 0..500 {
        let recipe = drawn(&study.models[0].recipe, number);
        assert_eq!(study_file::problem(&recipe), None);
        let model = study.models[0].with(recipe.clone()).unwrap();
        let text = resolved(&study, &model);
        assert_eq!(study_file::recipe(&text), Some(recipe), "{number}:\n{text}");
    }
}
