//! What every key and layer of a study file becomes.

use std::collections::BTreeSet;

use toile_nn::average::Average;
use toile_nn::clip::Clip;
use toile_nn::description::{
    AdaptiveAvgPool2d, AdaptiveMaxPool2d, Affine, AvgPool2d, BatchNorm2d, Conv2d, Dropout, Dropout2d,
    Flatten, GELU, GroupNorm, Hardswish, Identity, Init, Layer, LeakyReLU, Linear, LogSoftmax, MaxPool2d,
    Pair, ReLU, Residual, Scale, ScaleActivation, SiLU, SqueezeExcitation,
};
use toile_nn::groups::{ParameterGroup, ParameterKind, Selection, Treatment};
use toile_nn::optimizer::{Adam, AdamW, AdjustLr, Muon, NAdam, Optimizer, RMSprop, SGD};
use toile_nn::schedule::{Decay, LearningRate, Schedule};
use toile_pixels::augment::{
    ColorJitter, Cover, CutMix, Interpolation, MixUp, PaddingMode, RandomAffine, RandomCrop, RandomErasing,
    RandomHorizontalFlip, RandomResizedCrop, RandomRotation, RandomVerticalFlip, Transform,
};
use toile_study::cross_validation::CrossValidation;
use toile_study::evidence::Metric;
use toile_study::evidence::settings::ComparisonSettings;
use toile_study::recipe::{ClassWeights, JudgedBy, Normalization, Sampler, Validation, schedule_words};
use toile_study::results::{LayerRow, ModelSettings};
use toile_study::study::Study;
use toile_study::study_file::{recipe, resolved};

use crate::bound::parse;

pub(crate) const EVERYTHING: &str = include_str!("everything.toml");

fn study(source: &str) -> Study {
    parse(source, "test.toml").unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn folds_take_the_place_of_seeds() {
    let folded = |text: &str| {
        let source = include_str!("base.toml").replace("seeds = [0, 1]", text);
        study(&source)
    };
    let found = folded("cross_validation = { folds = 5, repeats = 2, group = \"patient\" }");
    let expected = CrossValidation { folds: 5, group: Some("patient".into()) };
    assert_eq!(found.cross_validation(), Some(&expected));
    assert_eq!((found.seeds.len(), found.counted_by()), (10, vec![0, 1]));
    assert_eq!(folded("cross_validation = { folds = 3 }").seeds, [0, 1, 2]);
    assert_eq!(
        (folded("seeds = 2").cross_validation(), folded("seeds = 2").counted_by()),
        (None, vec![0, 1])
    );
    // How many repeats there are is no part of a run: more of them leave those that are there as they are.
    let more = folded("cross_validation = { folds = 5, repeats = 4, group = \"patient\" }");
    assert_eq!(found.models[0].recipe.digest(), more.models[0].recipe.digest());
    let plain = folded("seeds = 2").models[0].recipe.digest();
    let other = folded("cross_validation = { folds = 5 }").models[0].recipe.digest();
    assert!(plain != other && other != more.models[0].recipe.digest());
    let config = resolved(&found, &found.models[0]);
    assert!(config.contains("cross_validation = { folds = 5, group = \"patient\" }\n"), "{config}");
    assert_eq!(recipe(&config).as_ref(), Some(&found.models[0].recipe));
}

#[test]
fn held_out_images_may_judge() {
    let held_out = include_str!("base.toml").replace("seeds = [0, 1]", "validation = 0.25");
    let tested = study(&held_out);
    assert_eq!(tested.judged_by(), JudgedBy::Test);
    let mut digests = BTreeSet::from([tested.models[0].recipe.digest()]);
    for (word, expected) in [("validation", JudgedBy::HeldOut), ("validation_last", JudgedBy::HeldOutLast)] {
        let key = format!("validation = 0.25\njudged_by = \"{word}\"");
        let judged = study(&held_out.replace("validation = 0.25", &key));
        assert_eq!(judged.judged_by(), expected);
        let config = resolved(&judged, &judged.models[0]);
        assert!(config.contains(&format!("{key}\n")), "{config}");
        assert_eq!(recipe(&config).as_ref(), Some(&judged.models[0].recipe));
        digests.insert(judged.models[0].recipe.digest());
    }
    assert_eq!(digests.len(), 3, "{digests:?}");
}

#[test]
fn study_keys() {
    let study = study(EVERYTHING);
    assert_eq!(study.name, "every.thing_2");
    assert_eq!(study.title, "A \"quoted\" title with a \\ and ümlauts");
    assert_eq!(study.note, "Nobody knows why: \"width\" is 12.");
    assert_eq!(study.dataset(), "fashion-mnist");
    assert_eq!(study.seeds, [7, 0, 4000]);
    assert_eq!(study.validation(), Some(Validation::Share(0.1)));
    let comparison = ComparisonSettings { metric: Metric::Nll, alpha: 0.01, margin: Some(0.02) };
    assert_eq!(study.comparison, comparison);
    let names: Vec<&str> = study.models.iter().map(|m| &m.name[..]).collect();
    assert_eq!(names, ["sgd", "adam", "adamw", "rmsprop", "nadam"], "in the order of the file");
    let own = Normalization::fixed(vec![0.0], vec![2.0]);
    let shared = Normalization::fixed(vec![0.286], vec![0.353]);
    let found: Vec<_> = study.models.iter().map(|m| m.recipe.normalization.clone()).collect();
    assert_eq!(found, [own, shared.clone(), shared.clone(), shared.clone(), shared]);
}

#[test]
fn every_layer() {
    let pair = |height, width| Pair { height, width };
    let one = pair(1, 1);
    let first =
        Conv2d { kernel_size: pair(3, 5), stride: pair(1, 2), padding: pair(1, 2), ..Conv2d::new(16, 1) };
    let first = Conv2d { bias: false, init: Init::Whitening { eps: 1e-3 }, frozen: true, ..first };
    let conv = |out_channels, kernel_size, stride, padding, init| {
        Layer::Conv2d(Conv2d { kernel_size, stride, padding, init, ..Conv2d::new(out_channels, 1) })
    };
    let inner = vec![
        Layer::BatchNorm2d(BatchNorm2d { eps: 1e-5, momentum: Some(0.1), affine: Affine::Bias }),
        Layer::Dropout2d(Dropout2d { p: 0.25 }),
    ];
    let block = vec![
        conv(12, pair(3, 3), pair(2, 2), one, Init::Default),
        Layer::GroupNorm(GroupNorm { num_groups: 3, eps: 1e-3, affine: false }),
        Layer::ReLU(ReLU),
        Layer::GroupNorm(GroupNorm { num_groups: 6, eps: 1e-5, affine: true }),
        Layer::SiLU(SiLU),
        Layer::LeakyReLU(LeakyReLU { negative_slope: 0.2 }),
        Layer::LeakyReLU(LeakyReLU { negative_slope: 0.01 }),
        Layer::Identity(Identity),
        Layer::Hardswish(Hardswish),
        Layer::BatchNorm2d(BatchNorm2d { eps: 1e-5, momentum: None, affine: Affine::Neither }),
        Layer::Residual(Residual { stochastic_depth: 0.2, ..Residual::new(inner) }),
    ];
    let expected = vec![
        Layer::Conv2d(first),
        Layer::BatchNorm2d(BatchNorm2d { eps: 1e-4, momentum: Some(0.2), affine: Affine::Both }),
        Layer::GELU(GELU { tanh: true }),
        conv(8, pair(5, 3), one, pair(2, 1), Init::Dirac),
        Layer::Residual(Residual { projection: true, ..Residual::new(block) }),
        Layer::Conv2d(Conv2d {
            kernel_size: pair(3, 5),
            padding: pair(2, 2),
            dilation: pair(2, 1),
            groups: 6,
            ..Conv2d::new(12, 3)
        }),
        Layer::SqueezeExcitation(SqueezeExcitation {
            squeeze_channels: 3,
            scale_activation: ScaleActivation::Hardsigmoid,
        }),
        Layer::SqueezeExcitation(SqueezeExcitation::new(4)),
        Layer::MaxPool2d(MaxPool2d {
            kernel_size: pair(3, 3),
            stride: pair(2, 2),
            padding: pair(1, 1),
            ceil_mode: true,
        }),
        Layer::AvgPool2d(AvgPool2d {
            kernel_size: pair(2, 2),
            stride: pair(1, 1),
            padding: pair(1, 1),
            ceil_mode: false,
            count_include_pad: false,
        }),
        Layer::AdaptiveAvgPool2d(AdaptiveAvgPool2d { output_size: pair(3, 2) }),
        Layer::AdaptiveMaxPool2d(AdaptiveMaxPool2d { output_size: pair(2, 1) }),
        Layer::Flatten(Flatten),
        Layer::Dropout(Dropout { p: 0.5 }),
        Layer::Linear(Linear { out_features: 10, bias: false, init: Init::KaimingNormal }),
        Layer::Scale(Scale { value: 0.125 }),
        Layer::LogSoftmax(LogSoftmax),
    ];
    assert_eq!(study(EVERYTHING).models[0].recipe.layers, expected);
}

#[test]
fn every_transform() {
    let study = study(EVERYTHING);
    let of: Vec<&[Transform]> = study.models.iter().map(|model| &model.recipe.augment[..]).collect();
    let crop = RandomCrop { padding: 2, padding_mode: PaddingMode::Constant, fill: 0 };
    let shared = [Transform::from(crop), RandomHorizontalFlip { p: 0.5 }.into()];
    let expected = [
        RandomCrop { padding: 3, padding_mode: PaddingMode::Reflect, fill: 7 }.into(),
        RandomHorizontalFlip { p: 0.25 }.into(),
        RandomVerticalFlip { p: 0.5 }.into(),
        RandomErasing { p: 1.0, scale: (0.1, 0.2), ratio: (0.5, 2.0), value: Cover::Random }.into(),
        RandomRotation { degrees: (-10.0, 10.0), interpolation: Interpolation::Bilinear, fill: 255 }.into(),
        Transform::from(RandomAffine {
            degrees: (0.0, 5.0),
            translate: (0.1, 0.2),
            scale: (0.9, 1.1),
            shear: (-4.0, 4.0),
            interpolation: Interpolation::Nearest,
            fill: 0,
        }),
        RandomResizedCrop {
            scale: (0.5, 1.0),
            ratio: (0.75, 4.0 / 3.0),
            interpolation: Interpolation::Nearest,
        }
        .into(),
        ColorJitter {
            brightness: (0.75, 1.25),
            contrast: (0.5, 1.5),
            saturation: (0.0, 3.0),
            hue: (-0.125, 0.125),
        }
        .into(),
        CutMix { alpha: 0.5 }.into(),
    ];
    let mix = [Transform::from(MixUp { alpha: 1.0 })];
    assert_eq!(of, [&expected[..], &shared, &[], &shared, &mix]);
    let words = |model: usize| {
        let settings = study.models[model].recipe.settings();
        settings.into_iter().find(|setting| setting.key == "augment").unwrap()
    };
    assert_eq!(words(1).words, "RandomCrop (padding 2), RandomHorizontalFlip");
    // What was trained before there was augmentation keeps its digest.
    assert_eq!((words(2).words.as_str(), words(2).text, words(2).is_default), ("none", None, true));
    assert!(words(0).words.contains("RandomRotation (degrees up to 10, interpolation bilinear, fill 255)"));
}

#[test]
fn every_training_key() {
    let study = study(EVERYTHING);
    let [sgd, adam, adamw, rmsprop, nadam] = &study.models[..] else { panic!("five models") };
    assert_eq!(
        sgd.recipe.optimizer,
        Optimizer::SGD(SGD { momentum: 0.9, weight_decay: 5e-4, nesterov: true })
    );
    let schedule = Schedule::Step { step_size: 3, gamma: 0.5 };
    assert_eq!(sgd.recipe.learning_rate, LearningRate { base: 1.0, schedule, warmup_epochs: 2 });
    assert_eq!((sgd.recipe.epochs, sgd.recipe.batch_size, sgd.recipe.label_smoothing), (9, 32, 0.1));
    let averages = [sgd, adam, adamw, rmsprop].map(|model| model.recipe.average);
    let ema = Average::Ema { decay: 0.99, every: 5, warmup: true };
    let lookahead = Average::Lookahead { k: 6, alpha: 0.25, power: 3.0 };
    assert_eq!(averages, [Some(ema), Some(lookahead), Some(Average::Swa { start: 0.5 }), None]);
    assert_eq!((sgd.recipe.early_stopping, sgd.on_request), (Some(4), true));
    let weights = [("Ankle boot".to_string(), 0.5), ("Shirt".to_string(), 2.0)];
    assert_eq!(sgd.recipe.class_weights, ClassWeights::Named(weights.into()));
    assert_eq!((sgd.recipe.sampler, adamw.recipe.sampler), (Sampler::Balanced, Sampler::Shuffle));
    assert_eq!(
        (&adam.recipe.class_weights, adam.recipe.sampler),
        (&ClassWeights::Balanced, Sampler::Shuffle)
    );
    assert_eq!(adamw.recipe.class_weights, ClassWeights::Equal);
    let published = sgd.published.as_ref().unwrap();
    assert_eq!((&published.source[..], published.accuracy), ("nobody", None));
    assert_eq!(published.correct_of_class, [("T-shirt/top".to_string(), 1), ("Bag".to_string(), 1000)]);

    let settings = Adam { betas: (0.8, 0.99), eps: 1e-6, weight_decay: 0.1 };
    assert_eq!(adam.recipe.optimizer, Optimizer::Adam(settings));
    let schedule = Schedule::OneCycle { pct_start: 0.25, div_factor: 10.0, final_div_factor: 100.0 };
    assert_eq!(adam.recipe.learning_rate, LearningRate { base: 0.001, schedule, warmup_epochs: 0 });
    assert_eq!((adam.recipe.early_stopping, adam.on_request, &adam.published), (None, false, &None));

    // PyTorch's defaults.
    let settings = AdamW { betas: (0.9, 0.999), eps: 1e-8, weight_decay: 0.01 };
    assert_eq!(adamw.recipe.optimizer, Optimizer::AdamW(settings));
    let schedule = Schedule::Cosine { eta_min: 1e-6 };
    assert_eq!(adamw.recipe.learning_rate, LearningRate { base: 0.001, schedule, warmup_epochs: 1 });
    assert_eq!((adamw.recipe.batch_size, adamw.recipe.label_smoothing), (60_000, 0.0));

    let settings = RMSprop { alpha: 0.9, eps: 1e-6, weight_decay: 0.1, momentum: 0.8, centered: true };
    assert_eq!(rmsprop.recipe.optimizer, Optimizer::RMSprop(settings));
    assert_eq!(rmsprop.recipe.learning_rate.base, 0.5);
    let settings = NAdam {
        betas: (0.8, 0.99),
        eps: 1e-6,
        weight_decay: 0.1,
        momentum_decay: 0.01,
        decoupled_weight_decay: true,
    };
    assert_eq!(nadam.recipe.optimizer, Optimizer::NAdam(settings));
    assert_eq!(nadam.recipe.learning_rate.base, 0.002);
}

#[test]
fn groups_clipping_and_schedules_of_shares() {
    let study = study(EVERYTHING);
    let [sgd, .., rmsprop, nadam] = &study.models[..] else { panic!("five models") };
    let muon = Muon {
        weight_decay: 0.0,
        momentum: 0.9,
        nesterov: false,
        ns_coefficients: (2.0, -1.5, 0.5),
        eps: 1e-6,
        ns_steps: 7,
        adjust_lr_fn: AdjustLr::MatchRmsAdamw,
        normalize_weights: true,
    };
    let weight = Selection { layer: Some("fc1".into()), kind: Some(ParameterKind::Weight), name: None };
    let expected = [
        ParameterGroup { select: weight, treatment: Treatment::Own { optimizer: muon.into(), lr: 0.02 } },
        ParameterGroup {
            select: Selection { name: Some("*.bia?".into()), ..Selection::default() },
            treatment: Treatment::Changed { lr: Some(0.25), weight_decay: Some(0.0) },
        },
    ];
    assert_eq!(rmsprop.recipe.parameter_groups, expected);
    let bias = Selection { kind: Some(ParameterKind::Bias), ..Selection::default() };
    let frozen = [ParameterGroup { select: bias, treatment: Treatment::Frozen }];
    assert_eq!(nadam.recipe.parameter_groups, frozen);
    let clips = [sgd, rmsprop, nadam].map(|model| model.recipe.clip);
    assert_eq!(clips, [None, Some(Clip::Norm(1.5)), Some(Clip::Value(0.25))]);
    let points = vec![(0.0, 0.2), (0.3, 1.0), (1.0, 0.0)];
    assert_eq!(rmsprop.recipe.learning_rate.schedule, Schedule::PiecewiseLinear { points });
    let decay = Schedule::WarmupStableDecay { warmup: 0.1, decay: 0.3, shape: Decay::Linear };
    assert_eq!(nadam.recipe.learning_rate.schedule, decay);
    let words = |model: usize, key: &str| {
        let settings = study.models[model].recipe.settings();
        settings.into_iter().find(|setting| setting.key == key).map(|setting| (setting.words, setting.text))
    };
    let muon = "Muon, lr 0.02, weight_decay 0.0, momentum 0.9, nesterov false, ns_coefficients [2.0, -1.5, 0.5], \
                eps 1e-6, ns_steps 7, adjust_lr_fn \"match_rms_adamw\", normalize_weights true";
    let groups = format!("layer fc1, kind weight: {muon}; name *.bia?: lr 0.25, weight_decay 0");
    assert_eq!(words(3, "parameter_groups").expect("a setting").0, groups);
    assert_eq!(words(3, "clip_grad_norm"), Some(("1.5".into(), Some("1.5".into()))));
    // What was trained before there were any keeps its digest.
    for key in ["parameter_groups", "clip_grad_norm", "clip_grad_value"] {
        assert_eq!(words(0, key), Some(("none".into(), None)));
    }
}

#[test]
fn settings_for_tables() {
    let pairs = |list: &[(String, String)]| -> Vec<String> {
        list.iter().map(|(key, value)| format!("{key}={value}")).collect()
    };
    let study = study(EVERYTHING);
    let sgd = ModelSettings::of(&study.models[0]);
    assert_eq!(pairs(&sgd.variables), ["width=16", "drop-2d=0.25"]);
    assert_eq!((&sgd.architecture[..], sgd.optimizer_name()), ("residual", "SGD"));
    assert_eq!((sgd.learning_rate(), sgd.epochs(), sgd.batch_size()), (1.0, 9, 32));
    let words = |key| sgd.words(key).unwrap();
    let schedule = "times 0.5 every 3 epochs, after a linear warm-up over the first 2 epochs";
    assert_eq!(words("schedule"), schedule);
    assert_eq!(words("loss"), "negative log likelihood, label smoothing 0.1");
    let adamw = ModelSettings::of(&study.models[2]);
    assert_eq!(pairs(&adamw.variables), [""; 0]);
    // In results those that most readers ask for stand in front, by themselves.
    let written = serde_json::to_value(&sgd).unwrap();
    let options = serde_json::json!([["momentum", "0.9"], ["weight_decay", "0.0005"], ["nesterov", "true"]]);
    for (key, value) in [
        ("optimizer", "SGD".into()),
        ("optimizer_options", options),
        ("learning_rate", 1.0.into()),
        ("schedule", schedule.into()),
        ("epochs", 9.into()),
        ("batch_size", 32.into()),
        ("loss", "negative log likelihood".into()),
        ("label_smoothing", 0.1.into()),
    ] {
        assert_eq!(written[key], value, "{key}");
    }
    assert_eq!(serde_json::from_value::<ModelSettings>(written).unwrap(), sgd);
}

#[test]
fn the_layer_table_is_the_networks() {
    let model = &study(EVERYTHING).models[2];
    let layers = LayerRow::of(&model.recipe.network([1, 28, 28], 10).unwrap());
    let rows: Vec<_> =
        layers.iter().map(|row| (&row.name[..], &row.kind[..], &row.output_shape[..])).collect();
    assert_eq!(
        rows,
        [
            ("", "Flatten", &[784][..]),
            ("", "GELU", &[784]),
            ("fc1", "Linear", &[10]),
            ("", "LogSoftmax", &[10])
        ]
    );
    assert_eq!((layers[2].parameters, layers[2].multiply_adds), (7850, 7840));
}

#[test]
fn words_of_schedules() {
    let check = |schedule, warmup_epochs, expected: &str| {
        assert_eq!(schedule_words(&LearningRate { base: 0.1, schedule, warmup_epochs }), expected);
    };
    check(Schedule::Constant, 0, "constant");
    check(Schedule::Constant, 1, "constant, after a linear warm-up over the first epoch");
    check(Schedule::Step { step_size: 1, gamma: 0.1 }, 0, "times 0.1 every epoch");
    check(Schedule::Cosine { eta_min: 0.0 }, 0, "half a cosine down to 0");
    check(
        Schedule::OneCycle { pct_start: 0.3, div_factor: 25.0, final_div_factor: 1e4 },
        0,
        "one cycle from 1/25 up during the first 30 % of the steps, then down to 1/10000 of the start",
    );
    let points = vec![(0.0, 0.2), (0.25, 1.0), (1.0, 0.0)];
    check(
        Schedule::PiecewiseLinear { points },
        0,
        "straight lines through 0.2 at 0 %, 1 at 25 %, 0 at 100 %",
    );
    let stable = |warmup, shape| Schedule::WarmupStableDecay { warmup, decay: 0.2, shape };
    check(
        stable(0.05, Decay::OneMinusSqrt),
        0,
        "up during the first 5 % of the steps, constant, then down to 0 during the last 20 % (1-sqrt)",
    );
    check(stable(0.0, Decay::Linear), 0, "constant, then down to 0 during the last 20 % (linear)");
}

#[test]
fn seeds_and_defaults() {
    let base = "name = 'a'\ndataset = 'fashion-mnist'\nSEEDS\n\
        [architecture.a]\nlayers = ['Flatten', { Linear = { out_features = 10 } }, 'LogSoftmax']\n\
        [model.m]\narchitecture = 'a'\noptimizer = 'SGD'\nepochs = 1\nbatch_size = 8\n";
    let seeds = |text: &str| study(&base.replace("SEEDS", text)).seeds;
    assert_eq!(seeds(""), [0]);
    assert_eq!(seeds("seeds = 3"), [0, 1, 2]);
    assert_eq!(seeds("seeds = [5]"), [5]);
    let study = study(&base.replace("SEEDS", ""));
    assert_eq!((&study.title[..], study.validation()), ("", None));
    assert_eq!(study.models[0].recipe.normalization, Normalization::none(1));
    let sgd = Optimizer::SGD(SGD { momentum: 0.0, weight_decay: 0.0, nesterov: false });
    assert_eq!(study.models[0].recipe.optimizer, sgd);
    assert_eq!(study.models[0].recipe.learning_rate.base, 0.001);
}

#[test]
fn a_normalization_by_the_data_set_reads_back() {
    let study = study(
        &EVERYTHING.replace("normalization = { mean = [0.0], std = [2] }", "normalization = \"dataset\""),
    );
    assert_eq!(study.models[0].recipe.normalization, Normalization::Dataset);
    let config = toile_study::study_file::resolved(&study, &study.models[0]);
    assert_eq!(toile_study::study_file::recipe(&config).as_ref(), Some(&study.models[0].recipe));
}

/// Windows' line ends and a byte order mark are no reason to refuse a file.
#[test]
fn foreign_line_ends() {
    let foreign = format!("\u{feff}{}", EVERYTHING.replace('\n', "\r\n"));
    assert_eq!(study(&foreign), study(EVERYTHING));
}
