//! Updates from partial gradients.

use criterion::Criterion;
use toile_kernels::optimizer::{AdamSettings, AdamStep, Parameter, Partials, Rule, SgdStep, update};

use crate::support::{measure, uniform};

/// A rate at which thousands of steps change next to nothing.
const RATE: f64 = 1e-9;

pub(crate) fn adam() -> Rule {
    let settings = AdamSettings { betas: (0.9, 0.999), eps: 1e-8, weight_decay: 0.0, decoupled: false };
    Rule::Adam(AdamStep::new(&settings, RATE, 1))
}

pub(crate) fn bench(criterion: &mut Criterion) {
    let sgd = |momentum| {
        Rule::Sgd(SgdStep { negative_rate: -RATE as f32, momentum, weight_decay: 0.0, nesterov: false })
    };
    for (name, rule) in [("SGD", sgd(0.0)), ("SGD with momentum", sgd(0.9)), ("Adam", adam())] {
        // A convolution's weight from the groups of a batch of 64, and more values than a cache holds.
        for (len, groups) in [(18_432, 8), (288, 8), (1_500_000, 1)] {
            let mut values = uniform(len);
            let mut states =
                [0, 1, 2].map(|state| if state < rule.states() { vec![0.0; len] } else { vec![] });
            let partials = uniform(len * groups);
            measure(criterion, "optimizer", &format!("{name}, {len} values of {groups}"), len, |team| {
                let parameter =
                    Parameter { values: &mut values, states: states.each_mut().map(|s| &mut s[..]), rule };
                update(team, parameter, Partials { values: &partials, groups, stride: len, offset: 0 });
            });
        }
    }
}
