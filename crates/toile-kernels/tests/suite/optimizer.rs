//! Parameter updates against the reference.

use toile_kernels::optimizer::{
    AdamSettings, AdamStep, DirectionStep, NadamSettings, NadamStep, Parameter, Partials, RmspropStep, Rule,
    STATES_MAX, SgdStep, update,
};

use crate::support::{MAKERS, POISON, same_bits, teams};

/// Around the sixteen lanes and around what a thread updates at a time.
const LENGTHS: [usize; 9] = [1, 3, 15, 16, 17, 33, 1023, 1025, 3000];

/// The rule of step `t`, from 1.
fn rules(t: u64) -> Vec<Rule> {
    let sgd = |momentum, weight_decay, nesterov| {
        Rule::Sgd(SgdStep { negative_rate: -0.03, momentum, weight_decay, nesterov })
    };
    let adam = |weight_decay, decoupled| {
        let settings = AdamSettings { betas: (0.9, 0.999), eps: 1e-8, weight_decay, decoupled };
        Rule::Adam(AdamStep::new(&settings, 0.002, t))
    };
    let nadam = |weight_decay, decoupled| {
        let adam = AdamSettings { betas: (0.9, 0.999), eps: 1e-8, weight_decay, decoupled };
        let settings = NadamSettings { adam, momentum_decay: 4e-3 };
        Rule::Nadam(NadamStep::new(&settings, 0.002, t))
    };
    let rmsprop = |weight_decay, momentum, centered| {
        Rule::Rmsprop(RmspropStep {
            alpha: 0.99,
            one_minus_alpha: 0.01,
            eps: 1e-8,
            negative_rate: -0.002,
            momentum,
            weight_decay,
            centered,
        })
    };
    let muon = |nesterov| {
        let step = DirectionStep { momentum: 0.95, one_minus_momentum: 0.05, nesterov };
        Rule::Muon(step)
    };
    vec![
        sgd(0.0, 0.0, false),
        sgd(0.0, 0.01, false),
        sgd(0.9, 0.0, false),
        sgd(0.9, 0.01, false),
        sgd(0.9, 0.01, true),
        adam(0.0, false),
        adam(0.01, false),
        adam(0.01, true),
        rmsprop(0.0, 0.0, false),
        rmsprop(0.01, 0.9, false),
        rmsprop(0.0, 0.0, true),
        rmsprop(0.01, 0.9, true),
        nadam(0.0, false),
        nadam(0.01, false),
        nadam(0.01, true),
        muon(false),
        muon(true),
        Rule::Record,
        Rule::Frozen,
    ]
}

/// A parameter with its states.
#[derive(Clone)]
struct Tensor {
    values: Vec<f32>,
    states: [Vec<f32>; STATES_MAX],
}

#[test]
fn equals_the_reference_bit_for_bit() {
    let mut teams = teams();
    let steps: Vec<Vec<Rule>> = (1..=3).map(rules).collect();
    for rule in 0..steps[0].len() {
        for len in LENGTHS {
            for (values, make) in MAKERS {
                for groups in [1, 5] {
                    let seed = 8000 + len as u64 * 10;
                    let states = steps[0][rule].states();
                    let state = |i: usize| vec![0.0; if i < states { len } else { 0 }];
                    let start = Tensor { values: make(seed, len), states: [0, 1, 2].map(state) };
                    // Between the groups' parts lies what belongs to other parameters.
                    let (offset, stride) = (5, len + 12);
                    let partials: Vec<Vec<f32>> = (0..3)
                        .map(|step| {
                            let mut partials = vec![POISON; groups * stride];
                            let values = make(seed + 1 + step, groups * len);
                            for (to, from) in partials.chunks_exact_mut(stride).zip(values.chunks_exact(len))
                            {
                                to[offset..][..len].copy_from_slice(from);
                            }
                            partials
                        })
                        .collect();
                    let mut expected = start.clone();
                    for (rules, partials) in steps.iter().zip(&partials) {
                        let mut gradient = vec![0.0f32; len];
                        for group in partials.chunks_exact(stride) {
                            gradient.iter_mut().zip(&group[offset..]).for_each(|(sum, g)| *sum += g);
                        }
                        let states = expected.states.each_mut().map(|state| &mut state[..]);
                        rules[rule].reference(&mut expected.values, &gradient, states);
                    }
                    for team in &mut teams {
                        let what = format!(
                            "{:?} {len} values {groups} groups {values} {seed} {team:?}",
                            steps[0][rule]
                        );
                        let mut got = start.clone();
                        for (rules, values) in steps.iter().zip(&partials) {
                            let states = got.states.each_mut().map(|state| &mut state[..]);
                            let rule = rules[rule];
                            let parameter = Parameter { values: &mut got.values, states, rule };
                            let from = Partials { values, groups, stride, offset };
                            update(team, parameter, from);
                        }
                        same_bits(&got.values, &expected.values, &format!("parameter of {what}"));
                        for (got, expected) in got.states.iter().zip(&expected.states) {
                            same_bits(got, expected, &format!("state of {what}"));
                        }
                    }
                }
            }
        }
    }
}

/// Groups whose sum depends on the order: (1 + 2^-24) rounds to 1, (2^-24 + 2^-24) does not vanish.
#[test]
fn groups_are_summed_in_order_from_zero() {
    let tiny = 2.0f32.powi(-24);
    let cases: [(&[f32], f32); 3] =
        [(&[1.0, tiny, tiny], 1.0), (&[tiny, tiny, 1.0], 1.0 + 2.0 * tiny), (&[-0.0], 0.0)];
    for team in &mut teams() {
        for (groups, expected) in cases {
            let (mut values, mut sum) = ([3.0f32], [POISON]);
            let parameter =
                Parameter { values: &mut values, states: [&mut sum, &mut [], &mut []], rule: Rule::Record };
            let from = Partials { values: groups, groups: groups.len(), stride: 1, offset: 0 };
            update(team, parameter, from);
            same_bits(&sum, &[expected], &format!("sum of {groups:?} {team:?}"));
            same_bits(&values, &[3.0], "a recorded parameter");
        }
    }
}

/// After thousands of steps the product of the momenta is nothing beside 1, and the scalars stay finite.
#[test]
fn nadams_product_is_a_function_of_the_step() {
    let adam = AdamSettings { betas: (0.9, 0.999), eps: 1e-8, weight_decay: 0.0, decoupled: false };
    let settings = NadamSettings { adam, momentum_decay: 4e-3 };
    // mu_1 = 0.9 (1 - 0.96^0.004 / 2), mu_2 = 0.9 (1 - 0.96^0.008 / 2).
    let step = NadamStep::<f64>::new(&settings, 1.0, 1);
    let (first, second) = (0.450_073_473_591_296_1f64, 0.450_146_935_186_217_5f64);
    assert!((step.negative_gradient_rate + 1.0).abs() < 1e-14, "{step:?}");
    let expected = second / (1.0 - first * second);
    assert!((step.negative_moment_rate + expected).abs() < 1e-9, "{step:?} {expected}");
    let late = NadamStep::<f64>::new(&settings, 1.0, 1_000_000);
    assert!((late.negative_gradient_rate + 0.1).abs() < 1e-9, "{late:?}");
    assert!((late.negative_moment_rate + 0.9).abs() < 1e-9, "{late:?}");
}
