//! The trainings of `bench/golden/cases.py`, written down once more.

use toile_nn::average::Average;
use toile_nn::clip::Clip;
use toile_nn::description::{Hardswish, Layer, LeakyReLU, SiLU};
use toile_nn::groups::{ParameterGroup, Selection, Treatment};
use toile_nn::optimizer::{Adam, AdamW, AdjustLr, Muon, NAdam, Optimizer, RMSprop, SGD};

use super::networks::{
    activated, averaged, batch_norm, batch_norm_alone, group_norm, identity, modern, nesterov, odd_layers,
    partly_learnt, residual, study, ties,
};

/// One training with stored results.
pub(super) struct Case {
    /// Name of its file, and the first part of every name in the formula.
    pub(super) name: &'static str,
    /// Channels, height and width.
    pub(super) input: [usize; 3],
    pub(super) classes: usize,
    pub(super) layers: Vec<Layer>,
    /// Factor of the starting weights.
    pub(super) gain: f64,
    /// Images and starting weights are rounded down to multiples of this.
    pub(super) quantum: Option<f64>,
    /// Optimizer steps.
    pub(super) steps: usize,
    pub(super) label_smoothing: f64,
    pub(super) class_weights: Option<Vec<f32>>,
    /// Whether each image has a second class.
    pub(super) mixed: bool,
    pub(super) optimizer: Optimizer,
    pub(super) learning_rate: f64,
    pub(super) groups: Vec<ParameterGroup>,
    pub(super) clip: Option<Clip>,
    /// What is evaluated in place of the weights at the end, its running statistics made anew from all batches.
    pub(super) average: Option<Average>,
}

/// Optimizer steps of an epoch.
pub(super) const EPOCH_STEPS: usize = 2;

pub(super) fn cases() -> Vec<Case> {
    let adam = |weight_decay| Adam { weight_decay, ..Adam::default() };
    let sgd = |momentum, weight_decay, nesterov| Optimizer::SGD(SGD { momentum, weight_decay, nesterov });
    let plain = |name, input, layers, optimizer, learning_rate| Case {
        name,
        input,
        classes: 10,
        layers,
        gain: 1.0,
        quantum: None,
        steps: 10,
        label_smoothing: 0.0,
        class_weights: None,
        mixed: false,
        optimizer,
        learning_rate,
        groups: vec![],
        clip: None,
        average: None,
    };
    let odd = AdamW { betas: (0.8, 0.95), eps: 1e-6, weight_decay: 0.05 };
    let centered = RMSprop { alpha: 0.9, eps: 1e-6, weight_decay: 0.01, momentum: 0.8, centered: true };
    let decoupled = NAdam {
        betas: (0.8, 0.95),
        eps: 1e-6,
        weight_decay: 0.05,
        momentum_decay: 0.1,
        decoupled_weight_decay: true,
    };
    let weights = vec![0.25, 4.0, 1.0, 0.5, 2.75, 1.5, 0.125, 8.0, 1.25, 3.0];
    let loss = |name, weighted: bool, mixed, label_smoothing| Case {
        label_smoothing,
        class_weights: weighted.then(|| weights.clone()),
        mixed,
        ..plain(name, [1, 8, 8], nesterov(), sgd(0.8, 0.0, false), 0.05)
    };
    let muon = |muon: Muon, lr| Treatment::Own { optimizer: muon.into(), lr };
    let other = Muon {
        weight_decay: 0.3,
        momentum: 0.8,
        nesterov: false,
        ns_coefficients: (2.0, -1.5, 0.5),
        ns_steps: 7,
        adjust_lr_fn: AdjustLr::MatchRmsAdamw,
        ..Muon::default()
    };
    let normalized = Muon {
        weight_decay: 0.0,
        adjust_lr_fn: AdjustLr::SpectralUnclamped,
        normalize_weights: true,
        ..Muon::default()
    };
    vec![
        plain("study_sgd", [1, 28, 28], study(0.0), sgd(0.0, 0.0, false), 0.001),
        plain("study_adam", [1, 28, 28], study(0.5), Optimizer::Adam(adam(0.0)), 0.0001),
        plain("batch_norm", [1, 12, 12], batch_norm(), Optimizer::Adam(adam(0.01)), 0.001),
        plain("residual", [3, 11, 9], residual(), sgd(0.9, 0.0005, false), 0.02),
        Case {
            classes: 7,
            gain: 4.0,
            label_smoothing: 0.1,
            ..plain("odd", [3, 19, 14], odd_layers(), Optimizer::AdamW(odd), 0.002)
        },
        Case {
            label_smoothing: 0.05,
            ..plain("nesterov", [1, 10, 10], nesterov(), sgd(0.8, 0.01, true), 0.05)
        },
        Case {
            gain: 4.0,
            quantum: Some(0.25),
            steps: 1,
            ..plain("ties", [1, 9, 9], ties(), sgd(0.0, 0.0, false), 0.1)
        },
        plain("rmsprop", [1, 10, 10], nesterov(), RMSprop::default().into(), 0.01),
        plain("rmsprop_centered", [1, 10, 10], nesterov(), centered.into(), 0.002),
        plain("nadam", [1, 10, 10], nesterov(), NAdam::default().into(), 0.002),
        plain("nadam_decoupled", [1, 10, 10], nesterov(), decoupled.into(), 0.005),
        plain("group_norm", [2, 8, 7], group_norm(), sgd(0.9, 0.0005, false), 0.02),
        Case {
            gain: 3.0,
            ..plain(
                "leaky_relu",
                [2, 9, 8],
                activated(LeakyReLU { negative_slope: 0.2 }),
                sgd(0.9, 0.0005, false),
                0.01,
            )
        },
        Case { gain: 3.0, ..plain("silu", [2, 9, 8], activated(SiLU), sgd(0.9, 0.0005, false), 0.01) },
        Case {
            gain: 3.0,
            ..plain("hardswish", [2, 9, 8], activated(Hardswish), sgd(0.9, 0.0005, false), 0.01)
        },
        loss("weighted", true, false, 0.0),
        loss("weighted_smooth", true, false, 0.1),
        loss("mixed", false, true, 0.0),
        loss("mixed_smooth", false, true, 0.1),
        loss("mixed_weighted", true, true, 0.1),
        Case {
            groups: vec![
                group("conv1.*", Treatment::Frozen),
                group("bn1.*", Treatment::Frozen),
                group("*.bias", Treatment::Changed { lr: Some(0.05), weight_decay: Some(0.001) }),
                group("fc?.weight", Treatment::Changed { lr: Some(0.01), weight_decay: Some(0.1) }),
            ],
            ..plain("groups", [1, 12, 12], batch_norm_alone(), sgd(0.9, 0.01, false), 0.02)
        },
        Case {
            groups: vec![
                group("conv?.weight", muon(Muon::default(), 0.02)),
                group("fc?.weight", muon(other, 0.01)),
            ],
            ..plain("muon", [1, 12, 12], batch_norm_alone(), sgd(0.9, 0.01, false), 0.02)
        },
        Case {
            gain: 2.0,
            groups: vec![group("*.weight", muon(normalized, 0.05))],
            ..plain("muon_normalized", [2, 9, 8], identity(), AdamW::default().into(), 0.002)
        },
        Case {
            clip: Some(Clip::Norm(2.0)),
            ..plain("clip_norm", [1, 12, 12], batch_norm_alone(), sgd(0.8, 0.01, false), 0.05)
        },
        Case {
            clip: Some(Clip::Value(0.01)),
            ..plain("clip_value", [1, 10, 10], nesterov(), Optimizer::Adam(adam(0.0)), 0.001)
        },
        Case { gain: 2.0, ..plain("modern", [2, 11, 9], modern(), sgd(0.9, 0.0005, false), 0.02) },
        Case {
            gain: 3.0,
            ..plain("partly_learnt", [2, 9, 8], partly_learnt(), sgd(0.9, 0.0005, false), 0.05)
        },
        Case { gain: 2.0, ..plain("identity", [2, 9, 8], identity(), sgd(0.9, 0.0, false), 0.05) },
        Case {
            average: Some(Average::Swa { start: 0.4 }),
            ..plain("swa", [2, 9, 8], averaged(), sgd(0.9, 0.0005, false), 0.1)
        },
    ]
}

fn group(name: &str, treatment: Treatment) -> ParameterGroup {
    ParameterGroup { select: Selection { name: Some(name.to_string()), ..Selection::default() }, treatment }
}
