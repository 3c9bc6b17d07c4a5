//! Settings in the words that tables and sentences use.

use toile_nn::average::Average;
use toile_nn::description::Layer;
use toile_nn::optimizer::Optimizer;
use toile_nn::schedule::{LearningRate, Schedule};
use toile_nn::setting::Setting;
use toile_pixels::augment::{SettingValue, Transform};

use super::{ChannelScale, ClassWeights, Loss, Normalization, Sampler, TestTimeAugmentation};
use crate::cross_validation::CrossValidation;
use crate::numbers::{learning_rate, percent_as_set};

/// How the learning rate moves, in words: `constant`, or `times 0.1 every 5 epochs, after a linear warm-up
/// over the first 2 epochs`.
pub fn schedule_words(rate: &LearningRate) -> String {
    schedule(&rate.schedule) + &warm_up(rate.warmup_epochs)
}

/// How it moves behind its warm-up.
pub(super) fn schedule(schedule: &Schedule) -> String {
    match schedule {
        Schedule::Constant => "constant".to_string(),
        Schedule::Step { step_size, gamma } => format!("times {gamma} every {}", epochs(*step_size)),
        Schedule::Cosine { eta_min } => format!("half a cosine down to {eta_min}"),
        Schedule::OneCycle { pct_start, div_factor, final_div_factor } => format!(
            "one cycle from 1/{div_factor} up during the first {} of the steps, then down to 1/{final_div_factor} of the start",
            percent_as_set(*pct_start),
        ),
        Schedule::PiecewiseLinear { points } => {
            let at = |(share, factor): &(f64, f64)| format!("{factor} at {}", percent_as_set(*share));
            format!("straight lines through {}", points.iter().map(at).collect::<Vec<_>>().join(", "))
        }
        Schedule::WarmupStableDecay { warmup, decay, shape } => {
            let up = match warmup {
                0.0 => String::new(),
                warmup => format!("up during the first {} of the steps, ", percent_as_set(*warmup)),
            };
            let shape = shape.name();
            format!("{up}constant, then down to 0 during the last {} ({shape})", percent_as_set(*decay))
        }
    }
}

fn epochs(number: u32) -> String {
    if number == 1 { "epoch".to_string() } else { format!("{number} epochs") }
}

/// What is added to the words of a schedule for so many epochs of warm-up; nothing for none.
fn warm_up(number: u32) -> String {
    match number {
        0 => String::new(),
        _ => format!(", after a linear warm-up over the first {}", epochs(number)),
    }
}

/// The words of a loss with what is added for so much label smoothing; nothing for none.
pub(crate) fn with_smoothing(loss: &str, share: f64) -> String {
    if share == 0.0 { loss.to_string() } else { format!("{loss}, label smoothing {share}") }
}

/// `SGD, lr 0.1, momentum 0.9`.
pub(super) fn optimizer_words(optimizer: &Optimizer, lr: f64) -> String {
    let mut text = format!("{}, lr {}", optimizer.name(), learning_rate(lr));
    for (key, value) in optimizer_options(optimizer) {
        text += &format!(", {key} {value}");
    }
    text
}

pub(super) fn normalization(normalization: &Normalization) -> String {
    let list = |values: &[f32]| values.iter().map(f32::to_string).collect::<Vec<_>>().join(", ");
    match normalization {
        Normalization::Fixed(ChannelScale { mean, std }) => format!("mean {}, std {}", list(mean), list(std)),
        Normalization::Dataset => "mean and std of the training images".to_string(),
    }
}

/// `RandomCrop (padding 2), RandomHorizontalFlip`: what is a default is left out.
pub(super) fn augment(transforms: &[Transform]) -> String {
    let value = |value: SettingValue| match value {
        SettingValue::Numbers(first, second) if first == -second => format!("up to {second}"),
        SettingValue::Numbers(first, second) => format!("{first} to {second}"),
        SettingValue::Number(number) => number.to_string(),
        SettingValue::Integer(number) => number.to_string(),
        SettingValue::Word(word) => word.to_string(),
    };
    let transforms = transforms.iter().map(|transform| {
        let set = transform.settings().into_iter().filter(|setting| !setting.is_default);
        let set: Vec<String> =
            set.map(|setting| format!("{} {}", setting.name, value(setting.value))).collect();
        match &set[..] {
            [] => transform.name().to_string(),
            set => format!("{} ({})", transform.name(), set.join(", ")),
        }
    });
    let words = transforms.collect::<Vec<_>>().join(", ");
    if words.is_empty() { "none".to_string() } else { words }
}

/// `decay 0.999 every 5 steps`; what does nothing is left out.
pub(super) fn average(average: Average) -> String {
    let steps = |n: u64| if n == 1 { String::new() } else { format!(" every {n} steps") };
    match average {
        Average::Ema { decay, every, warmup } => {
            let warmup = if warmup { ", with a warm-up" } else { "" };
            format!("decay {decay}{}{warmup}", steps(every))
        }
        Average::Swa { start } => format!("the ends of the epochs behind {}", percent_as_set(start)),
        Average::Lookahead { k, alpha, power: 0.0 } => format!("alpha {alpha}{}", steps(k)),
        Average::Lookahead { k, alpha, power } => {
            format!("alpha from 1 to {alpha} by power {power}{}", steps(k))
        }
    }
}

pub(super) fn loss(loss: Loss) -> &'static str {
    match loss {
        Loss::NllLoss => "negative log likelihood",
    }
}

/// `balanced`, or `Bag 2, Shirt 0.5`: of many classes the first few.
pub(super) fn class_weights(weights: &ClassWeights) -> String {
    const SHOWN: usize = 5;
    match weights {
        ClassWeights::Equal => "none".to_string(),
        ClassWeights::Balanced => "balanced".to_string(),
        ClassWeights::Named(named) => {
            let shown = named.iter().take(SHOWN).map(|(name, weight)| format!("{name} {weight}"));
            let mut text = shown.collect::<Vec<_>>().join(", ");
            if named.len() > SHOWN {
                text += &format!(", and {} more", named.len() - SHOWN);
            }
            text
        }
    }
}

/// `flip, shifts by 1, 6 views`.
pub(super) fn test_time(of: TestTimeAugmentation) -> String {
    let flip = if of.flip { "flip, " } else { "" };
    let shifts = if of.shifts == 0 { String::new() } else { format!("shifts by {}, ", of.shifts) };
    format!("{flip}{shifts}{} views", of.passes())
}

pub(super) fn sampler(sampler: Sampler) -> &'static str {
    match sampler {
        Sampler::Shuffle => "shuffle",
        Sampler::Balanced => "balanced",
    }
}

/// `Conv2d, ReLU, Flatten`.
pub(super) fn layers(layers: &[Layer]) -> String {
    layers.iter().map(Layer::name).collect::<Vec<_>>().join(", ")
}

/// `10 % of the training images`.
pub fn of_training_images(share: f64) -> String {
    format!("{} of the training images", percent_as_set(share))
}

/// `5 folds, each patient in one of them`.
pub(super) fn folds(of: &CrossValidation) -> String {
    let group = of.group.as_ref().map_or(String::new(), |group| format!(", each {group} in one of them"));
    format!("{} folds{group}", of.folds)
}

/// All settings of an optimizer but the learning rate, as a study file writes them.
pub(super) fn optimizer_settings(optimizer: &Optimizer) -> Vec<(String, String)> {
    texts(optimizer.settings())
}

/// Those that are not defaults.
pub(crate) fn optimizer_options(optimizer: &Optimizer) -> Vec<(String, String)> {
    texts(optimizer.options())
}

fn texts(settings: Vec<Setting>) -> Vec<(String, String)> {
    settings.into_iter().map(|setting| (setting.name.to_string(), setting.value.to_string())).collect()
}
