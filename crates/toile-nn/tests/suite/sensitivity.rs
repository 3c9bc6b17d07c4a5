//! How logits depend on what the convolutions found: against finite differences of the network behind it.

use toile_nn::description::*;
use toile_nn::executor::Training;
use toile_nn::layers;
use toile_nn::optimizer::{Optimizer, SGD};
use toile_nn::plain::PlainExecutor;
use toile_nn::state::StateDict;

const INPUT: [usize; 3] = [2, 6, 7];
const CLASSES: usize = 3;

/// A network as layers: those up to the features, those behind them, and the shape of the features.
struct Case {
    front: Vec<Layer>,
    behind: Vec<Layer>,
    shape: [usize; 3],
}

/// Networks in which every kind of layer follows the features, and what is to be chosen in them.
fn cases() -> [Case; 3] {
    let pooled = Case {
        front: layers![Conv2d::new(4, 3), BatchNorm2d::default(), SiLU],
        behind: layers![
            AvgPool2d::new(2),
            BatchNorm2d::default(),
            GELU::default(),
            Dropout2d { p: 0.5 },
            Flatten,
            Linear::new(5),
            SiLU,
            Dropout { p: 0.5 },
            Linear::new(CLASSES),
            LogSoftmax
        ],
        shape: [4, 4, 5],
    };
    let padded = Conv2d { padding: Pair::square(1), ..Conv2d::new(4, 3) };
    let block = Residual { projection: true, ..Residual::new(layers![padded, SiLU]) };
    let residual = Case {
        // Smooth: of equal zeros one takes a maximum's whole gradient, and differences see half of it.
        front: layers![Conv2d::new(3, 3), block, SiLU],
        behind: layers![MaxPool2d::new(2), GroupNorm::new(2), Flatten, Linear::new(CLASSES), LogSoftmax],
        shape: [4, 4, 5],
    };
    let narrow = Case {
        front: layers![Conv2d::new(4, 3), SiLU],
        behind: layers![
            AdaptiveAvgPool2d::new(1),
            Conv2d::new(6, 1),
            SiLU,
            Flatten,
            Linear::new(CLASSES),
            LogSoftmax
        ],
        shape: [4, 4, 5],
    };
    [pooled, residual, narrow]
}

fn executor(input: [usize; 3], layers: &[Layer]) -> PlainExecutor<f64> {
    let network = resolve(input, layers, CLASSES).unwrap();
    let optimizer = Optimizer::SGD(SGD { momentum: 0.0, weight_decay: 0.0, nesterov: false });
    PlainExecutor::new(&network, Training::new(optimizer, 3))
}

/// Normalisations that do something: no statistic, scale or shift is what it starts as.
fn unsettled(executor: &mut PlainExecutor<f64>) {
    let mut state = executor.state().clone();
    for (place, (name, tensor)) in state.entries.iter_mut().enumerate() {
        if name.starts_with("bn") {
            let value = |i: usize| 0.5 + ((place * 7 + i * 3) % 5) as f64 / 4.0;
            tensor.data = (0..tensor.data.len()).map(value).collect();
        }
    }
    executor.set_state(&state).unwrap();
}

/// The network behind the features by itself, with the last of the parameters of the whole one.
fn rest(case: &Case, whole: &StateDict<f64>) -> PlainExecutor<f64> {
    let mut rest = executor(case.shape, &case.behind);
    let mut state = rest.state().clone();
    for ((_, to), (_, from)) in state.entries.iter_mut().rev().zip(whole.entries.iter().rev()) {
        assert_eq!(to.shape, from.shape);
        to.data.clone_from(&from.data);
    }
    rest.set_state(&state).unwrap();
    rest
}

fn image() -> Vec<f64> {
    (0..84).map(|i| ((i * 37 % 23) as f64 - 11.0) / 9.0).collect()
}

#[test]
fn the_gradient_is_that_of_finite_differences() {
    for case in cases() {
        let layers = [&case.front[..], &case.behind[..]].concat();
        let mut executor = executor(INPUT, &layers);
        unsettled(&mut executor);
        let rest = rest(&case, executor.state());
        let found = [0, 1, 2].map(|class| executor.sensitivity(&image(), class).unwrap());
        let features = &found[0].features;
        assert_eq!(rest.evaluate(features), executor.evaluate(&image()), "{layers:?}");
        for classes in [[0, 1], [1, 2]] {
            let [first, second] = classes.map(|class| &found[class]);
            assert_eq!(first.shape, case.shape, "{layers:?}");
            let mut live = 0;
            for place in 0..features.len() {
                // The difference of two logits is that of their log-probabilities.
                let moved = |by: f64| {
                    let mut features = features.clone();
                    features[place] += by;
                    let log_probabilities = rest.evaluate(&features);
                    log_probabilities[classes[0]] - log_probabilities[classes[1]]
                };
                // Central differences of step h err by h² and by rounding over h.
                let expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                let got = first.gradient[place] - second.gradient[place];
                assert!(
                    (got - expected).abs() <= 1e-7 * (1.0 + expected.abs()),
                    "{place} of {classes:?}: {got} for {expected}"
                );
                live += usize::from(got != 0.0);
            }
            assert!(live > 9, "{live} gradients are not 0: {layers:?}");
        }
    }
}

#[test]
fn a_network_without_a_convolution_has_no_features() {
    let executor = executor(INPUT, &[Flatten.into(), Linear::new(CLASSES).into(), LogSoftmax.into()]);
    assert_eq!(executor.sensitivity(&image(), 0), None);
}
