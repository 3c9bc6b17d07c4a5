//! Settings in the words that tables and sentences use.

use toile_nn::description::Layer;
use toile_nn::optimizer::{AdamSettings, Optimizer};
use toile_nn::schedule::{LearningRate, Schedule};

use super::{Loss, Normalization, Recipe};
use crate::numbers::learning_rate;

/// How the learning rate moves, in words: `constant`, or `times 0.1 every 5 epochs after a linear warm-up
/// over the first 2 epochs`.
pub fn schedule_words(rate: &LearningRate) -> String {
    let epochs = |n: u32| if n == 1 { "epoch".to_string() } else { format!("{n} epochs") };
    let schedule = match rate.schedule {
        Schedule::Constant => "constant".to_string(),
        Schedule::Step { step_size, gamma } => format!("times {gamma} every {}", epochs(step_size)),
        Schedule::Cosine { eta_min } => format!("half a cosine down to {eta_min}"),
        Schedule::OneCycle { pct_start, div_factor, final_div_factor } => format!(
            "one cycle from 1/{div_factor} up during the first {} % of the steps, then down to 1/{final_div_factor} of the start",
            (pct_start * 1e4).round() / 1e2,
        ),
    };
    match rate.warmup_epochs {
        0 => schedule,
        n => format!("{schedule}, after a linear warm-up over the first {}", epochs(n)),
    }
}

/// `SGD, lr 0.1, momentum 0.9`.
pub(super) fn optimizer(recipe: &Recipe) -> String {
    let rate = learning_rate(recipe.learning_rate.base);
    let mut text = format!("{}, lr {rate}", optimizer_name(&recipe.optimizer));
    for (key, value) in optimizer_options(&recipe.optimizer) {
        text += &format!(", {key} {value}");
    }
    text
}

pub(super) fn normalization(normalization: &Normalization) -> String {
    let list = |values: &[f32]| values.iter().map(f32::to_string).collect::<Vec<_>>().join(", ");
    format!("mean {}, std {}", list(&normalization.mean), list(&normalization.std))
}

pub(super) fn loss(loss: Loss) -> &'static str {
    match loss {
        Loss::NllLoss => "negative log likelihood",
    }
}

/// `Conv2d, ReLU, Flatten`.
pub(super) fn layers(layers: &[Layer]) -> String {
    layers.iter().map(Layer::kind).collect::<Vec<_>>().join(", ")
}

/// `10 % of the training images`: at most two digits behind the point.
pub(super) fn percent(share: f64) -> String {
    format!("{} % of the training images", (share * 1e4).round() / 1e2)
}

/// `SGD`, `Adam` or `AdamW`.
pub(crate) fn optimizer_name(optimizer: &Optimizer) -> &'static str {
    match optimizer {
        Optimizer::SGD { .. } => "SGD",
        Optimizer::Adam(_) => "Adam",
        Optimizer::AdamW(_) => "AdamW",
    }
}

/// All settings of an optimizer but the learning rate, as a study file writes them.
pub(super) fn optimizer_settings(optimizer: &Optimizer) -> Vec<(String, String)> {
    let settings = match optimizer {
        Optimizer::SGD { momentum, weight_decay, nesterov } => vec![
            ("momentum", format!("{momentum:?}")),
            ("weight_decay", format!("{weight_decay:?}")),
            ("nesterov", nesterov.to_string()),
        ],
        Optimizer::Adam(adam) | Optimizer::AdamW(adam) => vec![
            ("betas", format!("[{:?}, {:?}]", adam.betas.0, adam.betas.1)),
            ("eps", format!("{:?}", adam.eps)),
            ("weight_decay", format!("{:?}", adam.weight_decay)),
        ],
    };
    settings.into_iter().map(|(key, text)| (key.to_string(), text)).collect()
}

/// Those that are not defaults.
pub(crate) fn optimizer_options(optimizer: &Optimizer) -> Vec<(String, String)> {
    let defaults = optimizer_settings(&default_of(optimizer));
    optimizer_settings(optimizer).into_iter().filter(|setting| !defaults.contains(setting)).collect()
}

const SGD: Optimizer = Optimizer::SGD { momentum: 0.0, weight_decay: 0.0, nesterov: false };
pub(crate) const ADAM: AdamSettings = AdamSettings { betas: (0.9, 0.999), eps: 1e-8, weight_decay: 0.0 };
pub(crate) const ADAM_W: AdamSettings = AdamSettings { weight_decay: 0.01, ..ADAM };

/// The optimizer of this name with its defaults.
fn default_of(optimizer: &Optimizer) -> Optimizer {
    match optimizer {
        Optimizer::SGD { .. } => SGD,
        Optimizer::Adam(_) => Optimizer::Adam(ADAM),
        Optimizer::AdamW(_) => Optimizer::AdamW(ADAM_W),
    }
}
