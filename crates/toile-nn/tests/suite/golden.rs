//! The f64 executor against PyTorch's float64: logits, loss, every gradient, ten optimizer steps.
//!
//! `bench/golden/README.md` says what is stored in `tests/golden/` and where the rest comes from.

mod averages;
mod cases;
mod data;
mod formula;
mod initialisations;
mod networks;
mod stored;

use toile_nn::average::StepsDone;
use toile_nn::description::{Network, resolve};
use toile_nn::executor::{StatisticsBatch, Training};
use toile_nn::groups::Groups;
use toile_nn::plain::{PlainBatch, PlainExecutor};
use toile_nn::state::StateDict;

use cases::{Case, EPOCH_STEPS, cases};
use data::{Data, Masks, initial};
use stored::Stored;

#[test]
fn study_with_sgd() {
    check("study_sgd");
}

#[test]
fn study_with_adam_and_dropout() {
    check("study_adam");
}

#[test]
fn batch_norm() {
    check("batch_norm");
}

#[test]
fn residual_blocks() {
    check("residual");
}

#[test]
fn odd_windows_and_label_smoothing() {
    check("odd");
}

#[test]
fn nesterov_and_weight_decay() {
    check("nesterov");
}

#[test]
fn ties_in_pooling_and_relu_at_zero() {
    check("ties");
}

#[test]
fn class_weights() {
    check("weighted");
}

#[test]
fn class_weights_and_label_smoothing() {
    check("weighted_smooth");
}

#[test]
fn mixed_labels() {
    check("mixed");
}

#[test]
fn mixed_labels_and_label_smoothing() {
    check("mixed_smooth");
}

#[test]
fn mixed_labels_class_weights_and_label_smoothing() {
    check("mixed_weighted");
}

#[test]
fn depthwise_dilated_squeezed_and_left_out() {
    check("modern");
}

#[test]
fn fixed_scales_frozen_weights_and_statistics_that_are_means() {
    check("partly_learnt");
}

#[test]
fn identity() {
    check("identity");
}

#[test]
fn rmsprop() {
    check("rmsprop");
}

#[test]
fn rmsprop_centered_with_momentum_and_weight_decay() {
    check("rmsprop_centered");
}

#[test]
fn nadam() {
    check("nadam");
}

#[test]
fn nadam_with_decoupled_weight_decay() {
    check("nadam_decoupled");
}

#[test]
fn group_norm() {
    check("group_norm");
}

#[test]
fn leaky_relu() {
    check("leaky_relu");
}

#[test]
fn silu() {
    check("silu");
}

#[test]
fn hardswish() {
    check("hardswish");
}

#[test]
fn parameter_groups() {
    check("groups");
}

#[test]
fn muon() {
    check("muon");
}

#[test]
fn muon_with_normalized_weights() {
    check("muon_normalized");
}

#[test]
fn stochastic_weight_averaging_with_new_statistics() {
    check("swa");
}

#[test]
fn clipping_by_norm() {
    check("clip_norm");
}

#[test]
fn clipping_by_value() {
    check("clip_value");
}

/// A parameter that starts wrong by one millionth in one place is seen in its own tensor at the end.
#[test]
fn a_small_error_in_any_parameter_is_seen() {
    let case = case("batch_norm");
    let network = resolve(case.input, &case.layers, case.classes).expect("a network");
    for parameter in &network.parameters {
        let name = &parameter.name;
        let middle = parameter.len() / 2;
        let mismatches = run(&case, |state| {
            state.get_mut(name).expect("a tensor of the network").data[middle] += 1e-6;
        });
        let place = format!("after_10/{name}");
        assert!(mismatches.iter().any(|line| line.contains(&place)), "{name}: {mismatches:#?}");
    }
}

/// What is stored of a large tensor tells it from one with a single wrong value, and from a permuted one.
#[test]
fn a_small_error_in_a_digest_is_seen() {
    let case = case("study_sgd");
    let network = resolve(case.input, &case.layers, case.classes).expect("a network");
    let label = "gradient/fc1.weight";
    let mut executor = executor(&case, &network, |_| ());
    let masks = Masks { case: &case, network: &network, step: 0 };
    let trace = executor.gradients(Data::of(&case, 0).batch(), 0, Some(&masks));
    let gradient = trace.gradients.get("fc1.weight").expect("its gradient");
    let seen = |change: &dyn Fn(&mut [f64])| {
        let mut changed = gradient.data.clone();
        change(&mut changed);
        let mut stored = Stored::read(case.name);
        stored.check(label, &gradient.shape, &changed);
        stored.mismatches().iter().any(|line| line.contains(label) && line.contains("apart"))
    };
    assert!(!seen(&|_| ()));
    for index in [0, 1, 2304, 300_000, 589_823] {
        assert!(seen(&|x| x[index] += 1e-10), "an error at {index}");
        assert!(seen(&|x| x[index] = f64::NAN), "NaN at {index}");
    }
    assert!(seen(&|x| x.rotate_right(1)), "values moved by one place");
    // Rows of units that a ReLU holds at zero are zero.
    let live = gradient.data.iter().position(|&x| x != 0.0).expect("a gradient") / 2304 * 2304;
    assert!(seen(&|x| x[live..live + 2304].reverse()), "a row reversed");
}

fn case(name: &str) -> Case {
    cases().into_iter().find(|case| case.name == name).expect("a case of this name")
}

fn check(name: &str) {
    let mismatches = run(&case(name), |_| ());
    assert!(mismatches.is_empty(), "differs from PyTorch:\n{}", mismatches.join("\n"));
}

/// An executor with the formula's parameters, changed by `tamper`.
fn executor(case: &Case, network: &Network, tamper: impl Fn(&mut StateDict<f64>)) -> PlainExecutor<f64> {
    let training = Training {
        label_smoothing: case.label_smoothing,
        class_weights: case.class_weights.clone(),
        groups: Groups { base: case.learning_rate, list: case.groups.clone() },
        clip: case.clip,
        keeps_average: case.average.is_some(),
        ..Training::new(case.optimizer, 0)
    };
    let mut executor = PlainExecutor::new(network, training);
    let mut state = StateDict { entries: vec![] };
    for parameter in &network.parameters {
        state.push(&parameter.name, parameter.shape.clone(), initial(case, parameter));
    }
    tamper(&mut state);
    executor.set_state(&state).expect("a state that fits");
    executor
}

/// Trains from the formula's parameters, changed by `tamper`; returns what differs from PyTorch.
fn run(case: &Case, tamper: impl Fn(&mut StateDict<f64>)) -> Vec<String> {
    let network = resolve(case.input, &case.layers, case.classes).expect("a network");
    let mut executor = executor(case, &network, tamper);
    let mut stored = Stored::read(case.name);
    let first = Data::of(case, 0);
    let shape = [first.labels.len(), case.classes];
    stored.check("evaluation/before", &shape, &executor.evaluate(&first.images));
    for step in 0..case.steps {
        let masks = Masks { case, network: &network, step };
        let trace = executor.gradients(Data::of(case, step).batch(), 0, Some(&masks));
        stored.check_step("losses", step, trace.loss_mean);
        stored.check_step("correct", step, trace.correct as f64);
        if step == 0 {
            stored.check("logits", &shape, &trace.logits);
            stored.check("log_probabilities", &shape, &trace.log_probabilities);
            check_all(&mut stored, "gradient", &trace.gradients);
        }
        executor.apply(&trace.gradients, case.learning_rate);
        if let Some(moved) = case.average.and_then(|average| average.step(steps_done(case, step + 1))) {
            executor.move_average(moved);
        }
        if step == 0 {
            let mut buffers = executor.state().clone();
            buffers.entries.retain(|(name, _)| name.contains("running"));
            check_all(&mut stored, "after_1", &buffers);
        }
    }
    check_all(&mut stored, &format!("after_{}", case.steps), executor.state());
    check_all(&mut stored, "optimizer", executor.optimizer_tensors());
    stored.check("evaluation/after", &shape, &executor.evaluate(&first.images));
    if case.average.is_some_and(|average| average.has_begun(steps_done(case, case.steps))) {
        executor.swap_average();
        renew(case, &network, &mut executor);
        check_all(&mut stored, "average", executor.state());
        stored.check("evaluation/average", &shape, &executor.evaluate(&first.images));
    }
    stored.mismatches()
}

fn steps_done(case: &Case, done: usize) -> StepsDone {
    let steps = EPOCH_STEPS as u64;
    StepsDone { done: done as u64, steps, epochs: (case.steps / EPOCH_STEPS) as u32 }
}

/// Makes the running statistics anew from the batches of all steps, in whose forward passes dropout draws as in further
/// steps.
fn renew(case: &Case, network: &Network, executor: &mut PlainExecutor<f64>) {
    for step in 0..case.steps {
        let data = Data::of(case, step);
        let PlainBatch { images, image_ids, .. } = data.batch();
        let masks = Masks { case, network, step: case.steps + step };
        let number = step as u64 + 1;
        executor.renew(StatisticsBatch { images, image_ids, epoch: 0, number }, Some(&masks));
    }
}

fn check_all(stored: &mut Stored, prefix: &str, tensors: &StateDict<f64>) {
    for (name, tensor) in &tensors.entries {
        stored.check(&format!("{prefix}/{name}"), &tensor.shape, &tensor.data);
    }
}
