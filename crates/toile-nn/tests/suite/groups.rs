//! Groups of parameters, Muon and clipping: the engine against the plain executor, and what each of them does.

use toile_kernels::isa::Isa;
use toile_nn::clip::Clip;
use toile_nn::description::{
    BatchNorm2d, Flatten, Initial, Linear, LogSoftmax, MaxPool2d, Network, Parameter, ReLU, resolve,
};
use toile_nn::engine::{Engine, EngineError, EngineOptions};
use toile_nn::executor::{Executor, StepSettings, Training};
use toile_nn::groups::{Groups, ParameterGroup, ParameterKind, Selection, Treatment};
use toile_nn::layers;
use toile_nn::optimizer::{Adam, AdamW, AdjustLr, Muon, Optimizer, SGD};
use toile_nn::plain::PlainExecutor;
use toile_nn::state::StateDict;

use crate::engine::{BATCHES, engine, same_bits, train};
use crate::networks::{Data, awkward_networks, conv, networks};

/// Base rate of the trainings.
const RATE: f64 = 0.01;

fn named(name: &str) -> Selection {
    Selection { name: Some(name.to_string()), ..Selection::default() }
}

fn of_kind(kind: ParameterKind) -> Selection {
    Selection { kind: Some(kind), ..Selection::default() }
}

fn group(select: Selection, treatment: Treatment) -> ParameterGroup {
    ParameterGroup { select, treatment }
}

fn changed(lr: impl Into<Option<f64>>, weight_decay: impl Into<Option<f64>>) -> Treatment {
    Treatment::Changed { lr: lr.into(), weight_decay: weight_decay.into() }
}

fn muon(muon: Muon) -> Treatment {
    Treatment::Own { optimizer: muon.into(), lr: 0.02 }
}

fn training(
    optimizer: impl Into<Optimizer>,
    list: Vec<ParameterGroup>,
    clip: impl Into<Option<Clip>>,
) -> Training {
    Training { groups: Groups { base: RATE, list }, clip: clip.into(), ..Training::new(optimizer, 7) }
}

/// Trainings that fit any network with a bias.
fn trainings() -> Vec<Training> {
    let momentum = SGD { momentum: 0.9, weight_decay: 0.01, nesterov: true };
    let other = Muon {
        nesterov: false,
        ns_coefficients: (2.0, -1.5, 0.5),
        ns_steps: 3,
        adjust_lr_fn: AdjustLr::MatchRmsAdamw,
        normalize_weights: true,
        ..Muon::default()
    };
    let weights = || of_kind(ParameterKind::Weight);
    vec![
        training(momentum, vec![group(named("*.bias"), changed(0.003, 0.0))], None),
        training(AdamW::default(), vec![group(weights(), muon(Muon::default()))], None),
        training(momentum, vec![group(weights(), muon(other))], Clip::Norm(0.3)),
        training(Adam::default(), vec![group(named("*1.weight"), Treatment::Frozen)], Clip::Value(0.01)),
        training(momentum, vec![group(named("*.bias"), Treatment::Frozen)], Clip::Norm(1e9)),
    ]
}

#[test]
fn groups_train_to_the_bits_of_the_plain_executor() {
    let trainings = trainings();
    for (index, (name, network)) in networks().into_iter().chain(awkward_networks()).enumerate() {
        // Two of them each: what they ask of a network's layers goes together in any way.
        for training in [index, index + 2].map(|index| &trainings[index % trainings.len()]) {
            let mut plain = PlainExecutor::<f32>::new(&network, training.clone());
            let losses = train(&mut plain, &network, &BATCHES);
            let (state, memory) = (plain.state_dict(), plain.optimizer_state());
            for (isa, threads) in Isa::available().into_iter().zip([1, 2, 3]) {
                let what = format!("{name} {isa:?} {threads} threads {training:?}");
                let mut planned = engine(&network, training, threads, isa);
                assert_eq!(train(&mut planned, &network, &BATCHES), losses, "losses of {what}");
                same_bits(&planned.state_dict(), &state, &what);
                same_bits(&planned.optimizer_state().tensors, &memory.tensors, &what);
            }
        }
    }
}

fn normalised() -> Network {
    let layers = layers![
        conv(4, 3, 1, 1),
        BatchNorm2d::default(),
        ReLU,
        MaxPool2d::new(2),
        conv(6, 3, 1, 1),
        BatchNorm2d::default(),
        ReLU,
        Flatten,
        Linear::new(5),
        LogSoftmax,
    ];
    resolve([1, 8, 8], &layers, 5).expect("a network")
}

fn changes(before: &StateDict<f32>, after: &StateDict<f32>) -> Vec<String> {
    let pairs = before.entries.iter().zip(&after.entries);
    pairs.filter(|(before, after)| before.1 != after.1).map(|(before, _)| before.0.clone()).collect()
}

#[test]
fn a_frozen_layer_stays_and_its_running_statistics_move() {
    let network = normalised();
    let frozen = ["conv1.*", "bn1.*", "conv2.weight"].map(|name| group(named(name), Treatment::Frozen));
    let training = training(Adam::default(), frozen.to_vec(), None);
    let mut planned = engine(&network, &training, 2, Isa::best());
    let before = planned.state_dict();
    train(&mut planned, &network, &[11, 11]);
    let moved = [
        "bn1.running_mean",
        "bn1.running_var",
        "conv2.bias",
        "bn2.weight",
        "bn2.bias",
        "bn2.running_mean",
        "bn2.running_var",
        "fc1.weight",
        "fc1.bias",
    ];
    assert_eq!(changes(&before, &planned.state_dict()), moved);
    let names: Vec<String> = planned.optimizer_state().tensors.entries.into_iter().map(|e| e.0).collect();
    let learn = ["conv2.bias", "bn2.weight", "bn2.bias", "fc1.weight", "fc1.bias"];
    let states = |name: &str| [format!("{name}.exp_avg"), format!("{name}.exp_avg_sq")];
    assert_eq!(names, learn.map(states).concat());
    let (_, gradients) = planned.gradients(Data::new(&network, 1, 11).batch(), 0);
    assert_eq!(gradients.entries.iter().map(|e| &e.0[..]).collect::<Vec<_>>(), learn);
    // What is frozen at the front of a network needs neither states nor gradients.
    let whole = Training::new(Adam::default(), 7);
    let options = EngineOptions { batch_size: 11, threads: 2, ..EngineOptions::default() };
    let [less, more] =
        [&training, &whole].map(|training| Engine::bytes(&network, training, options).expect("it fits"));
    assert!(less < more, "{less} {more}");
}

#[test]
fn the_rate_of_a_group_follows_the_schedule_in_proportion() {
    let network = normalised();
    let steps = |training: &Training, rates: [f64; 2]| {
        let mut planned = engine(&network, training, 1, Isa::best());
        for learning_rate in rates {
            planned.train_step(Data::new(&network, 1, 11).batch(), StepSettings { epoch: 0, learning_rate });
        }
        planned.state_dict()
    };
    let sgd = SGD { momentum: 0.5, ..SGD::default() };
    let all = training(sgd, vec![group(named("*"), changed(4.0 * RATE, None))], None);
    same_bits(&steps(&all, [RATE, RATE / 2.0]), &steps(&Training::new(sgd, 7), [0.04, 0.02]), "lr");
    let decayed = training(sgd, vec![group(named("*"), changed(None, 0.1))], None);
    let expected = Training::new(SGD { weight_decay: 0.1, ..sgd }, 7);
    same_bits(&steps(&decayed, [RATE; 2]), &steps(&expected, [RATE; 2]), "weight decay");
}

#[test]
fn the_first_group_that_selects_a_parameter_has_it() {
    let network = normalised();
    let list = vec![
        group(Selection { layer: Some("conv2".into()), ..named("*.bias") }, Treatment::Frozen),
        group(of_kind(ParameterKind::Bias), Treatment::Own { optimizer: Adam::default().into(), lr: RATE }),
        group(of_kind(ParameterKind::Norm), Treatment::Frozen),
    ];
    let mut planned = engine(&network, &training(SGD::default(), list, None), 1, Isa::best());
    let before = planned.state_dict();
    train(&mut planned, &network, &[11]);
    let mut moved = changes(&before, &planned.state_dict());
    moved.retain(|name| !name.contains("running"));
    assert_eq!(moved, ["conv1.weight", "conv1.bias", "conv2.weight", "fc1.weight", "fc1.bias"]);
    let names: Vec<String> = planned.optimizer_state().tensors.entries.into_iter().map(|e| e.0).collect();
    let states = ["conv1.bias.exp_avg", "conv1.bias.exp_avg_sq", "fc1.bias.exp_avg", "fc1.bias.exp_avg_sq"];
    assert_eq!(names, states);
}

#[test]
fn a_loaded_state_of_groups_goes_on_to_the_same_bits() {
    let network = normalised();
    for training in trainings() {
        let mut first = engine(&network, &training, 2, Isa::best());
        train(&mut first, &network, &BATCHES);
        let mut second = engine(&network, &training, 2, Isa::best());
        second.load_state_dict(&first.state_dict()).expect("its own");
        second.load_optimizer_state(&first.optimizer_state()).expect("its own");
        train(&mut first, &network, &BATCHES);
        train(&mut second, &network, &BATCHES);
        same_bits(&second.state_dict(), &first.state_dict(), "parameters");
        same_bits(&second.optimizer_state().tensors, &first.optimizer_state().tensors, "states");
    }
}

/// Against the gradients themselves: a step of plain SGD is what they were clipped to.
#[test]
fn clipping_bounds_the_gradients() {
    let network = normalised();
    let data = Data::new(&network, 1, 11);
    let step = |clip: Clip| {
        let mut planned = engine(&network, &training(SGD::default(), vec![], clip), 2, Isa::best());
        let before = planned.state_dict();
        planned.train_step(data.batch(), StepSettings { epoch: 0, learning_rate: 1.0 });
        let (mut square_sum, mut largest) = (0.0, 0.0f32);
        for (before, after) in before.entries.iter().zip(planned.state_dict().entries) {
            if !before.0.contains("running") {
                for (before, after) in before.1.data.iter().zip(after.1.data) {
                    square_sum += f64::from(before - after).powi(2);
                    largest = largest.max((before - after).abs());
                }
            }
        }
        (square_sum.sqrt(), f64::from(largest))
    };
    let (norm, largest) = step(Clip::Norm(1e9));
    assert!(norm > 0.5 && largest > 0.1, "{norm} {largest}");
    let (clipped, _) = step(Clip::Norm(0.25));
    assert!((clipped - 0.25).abs() < 1e-5, "{clipped}");
    let (_, bounded) = step(Clip::Value(0.05));
    assert!((bounded - 0.05).abs() < 1e-6, "{bounded}");
}

#[test]
fn groups_that_do_not_fit_are_refused() {
    let network = normalised();
    let layer = |layer: &str| Selection { layer: Some(layer.to_string()), ..Selection::default() };
    let frozen = |select| vec![group(select, Treatment::Frozen)];
    let has = "the network has conv1, bn1, conv2, bn2, fc1";
    let cases = [
        (
            training(SGD::default(), frozen(layer("conv3")), None),
            format!("parameter group 1: the network has no layer `conv3` with parameters ({has})"),
        ),
        (
            training(SGD::default(), frozen(named("gn*")), None),
            "parameter group 1: no parameter of the network is meant by name gn* (the network has conv1.weight, \
             conv1.bias, bn1.weight, bn1.bias, conv2.weight, conv2.bias, bn2.weight, bn2.bias, fc1.weight, fc1.bias)"
                .to_string(),
        ),
        (
            training(SGD::default(), [frozen(layer("bn1")), frozen(named("bn1.bias"))].concat(), None),
            "parameter group 2: the groups before it have all parameters that it selects (a parameter belongs to the \
             first group that selects it: move this one up, or remove it)"
                .to_string(),
        ),
        (
            training(SGD::default(), vec![group(layer("fc1"), muon(Muon::default()))], None),
            "parameter group 1: Muon is for matrices, and fc1.bias is none (give biases and norms a group with another \
             optimizer)"
                .to_string(),
        ),
        (
            training(Muon::default(), vec![], None),
            "Muon is for matrices, and conv1.bias is none (give biases and norms a group with another optimizer)"
                .to_string(),
        ),
        (
            training(SGD::default(), frozen(named("*")), None),
            "parameter group 1: every parameter is frozen, and nothing is left to train (freeze fewer)".to_string(),
        ),
    ];
    for (training, expected) in cases {
        let options = EngineOptions { batch_size: 11, ..EngineOptions::default() };
        let error = Engine::new(&network, training, options).expect_err("groups that do not fit");
        assert!(matches!(error, EngineError::Groups(_)), "{error:?}");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn names_fit_patterns() {
    for (pattern, name, expected) in [
        ("conv1.weight", "conv1.weight", true),
        ("conv1.weight", "conv11.weight", false),
        ("bn*.bias", "bn1.bias", true),
        ("bn*.bias", "bn12.bias", true),
        ("bn*.bias", "bn1.weight", false),
        ("bn?.bias", "bn12.bias", false),
        ("*", "fc1.bias", true),
        ("*.bias", "fc1.bias.bias", true),
        ("*i*s", "fc1.bias", true),
        ("", "fc1.bias", false),
        ("fc1.bias*", "fc1.bias", true),
        ("fc1.biass", "fc1.bias", false),
    ] {
        let bias = Parameter {
            name: name.to_string(),
            shape: vec![1],
            initial: Initial::Zeros,
            buffer: false,
            frozen: false,
        };
        assert_eq!(named(pattern).holds(&bias, ParameterKind::Bias), expected, "{pattern} {name}");
    }
}
