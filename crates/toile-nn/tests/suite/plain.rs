//! The plain executor as a training loop sees it.

use toile_kernels::random::{Purpose, Stream};
use toile_nn::description::{
    BatchNorm2d, Conv2d, Dropout, Dropout2d, Flatten, Initial, Layer, Linear, LogSoftmax, MaxPool2d, Network,
    Pair, ReLU, Residual, resolve,
};
use toile_nn::executor::{Batch, Executor, Pixels, StepSettings, Training};
use toile_nn::initialisation::initial_state;
use toile_nn::optimizer::{Adam, AdamW, Optimizer, SGD};
use toile_nn::plain::{DropoutMasks, PlainBatch, PlainExecutor};
use toile_nn::state::{OptimizerState, StateDict, StateError};

const IMAGES: usize = 10;
const PIXELS: usize = 6 * 5;
const SETTINGS: StepSettings = StepSettings { epoch: 3, learning_rate: 0.05 };

fn network() -> Network {
    let conv = |out_channels| {
        let [kernel_size, stride, padding] = [3, 1, 1].map(Pair::square);
        Layer::Conv2d(Conv2d { out_channels, kernel_size, stride, padding, ..Conv2d::new(1, 1) })
    };
    let [kernel_size, padding] = [2, 0].map(Pair::square);
    let pool = MaxPool2d { kernel_size, stride: kernel_size, padding, ceil_mode: true };
    let norm = Layer::BatchNorm2d(BatchNorm2d::default());
    let block = Residual::new(vec![conv(3), norm.clone(), Layer::ReLU(ReLU)]);
    let layers = [
        conv(3),
        norm,
        Layer::ReLU(ReLU),
        Layer::MaxPool2d(pool),
        Layer::Residual(block),
        Layer::Dropout2d(Dropout2d { p: 0.2 }),
        Layer::Flatten(Flatten),
        Layer::Dropout(Dropout { p: 0.5 }),
        Layer::Linear(Linear { out_features: 4, bias: true, ..Linear::new(1) }),
        Layer::LogSoftmax(LogSoftmax),
    ];
    resolve([1, 6, 5], &layers, 4).unwrap()
}

fn training(optimizer: Optimizer) -> Training {
    Training::new(optimizer, 11)
}

fn adam() -> Optimizer {
    Adam::default().into()
}

fn optimizers() -> [Optimizer; 5] {
    let sgd = |momentum, nesterov| Optimizer::SGD(SGD { momentum, weight_decay: 0.01, nesterov });
    let decay = AdamW { betas: (0.9, 0.99), eps: 1e-8, weight_decay: 0.02 };
    [sgd(0.0, false), sgd(0.9, false), sgd(0.9, true), adam(), Optimizer::AdamW(decay)]
}

/// Images of class `label` have a bright row `label`.
fn data() -> (Vec<f32>, Vec<u32>, Vec<u32>) {
    let stream = Stream::new(1, Purpose::Split, 0, 0);
    let labels: Vec<u32> = (0..IMAGES as u32).map(|i| i % 4).collect();
    let pixel = |i: usize| {
        let bright = i % PIXELS / 5 == labels[i / PIXELS] as usize;
        stream.uniform(i as u32) + f32::from(u8::from(bright))
    };
    ((0..IMAGES * PIXELS).map(pixel).collect(), labels.clone(), (50..50 + IMAGES as u32).collect())
}

#[test]
fn every_optimizer_learns() {
    let (images, labels, image_ids) = data();
    let batch =
        Batch { images: Pixels::Values(&images), labels: &labels, image_ids: &image_ids, mixed: None };
    for optimizer in optimizers() {
        let mut executor = PlainExecutor::<f32>::new(&network(), training(optimizer));
        let first = executor.train_step(batch, SETTINGS).loss_sum;
        for step in 0..60 {
            executor.train_step(batch, StepSettings { epoch: step, ..SETTINGS });
        }
        let mut log_probabilities = vec![0.0; IMAGES * 4];
        executor.log_probabilities(Pixels::Values(&images), &mut log_probabilities);
        let rows = log_probabilities.chunks_exact(4).zip(&labels);
        let last: f32 = rows.map(|(row, &label)| -row[label as usize]).sum();
        assert!(f64::from(last) < 0.2 * first, "{optimizer:?}: {first} to {last}");
    }
}

#[test]
fn a_loaded_state_continues_to_the_same_bits() {
    let (images, labels, image_ids) = data();
    let batch =
        Batch { images: Pixels::Values(&images), labels: &labels, image_ids: &image_ids, mixed: None };
    for optimizer in optimizers() {
        let mut first = PlainExecutor::<f32>::new(&network(), training(optimizer));
        first.train_step(batch, SETTINGS);
        first.train_step(batch, SETTINGS);
        let mut second = PlainExecutor::<f32>::new(&network(), training(optimizer));
        let mut state = first.state_dict();
        state.entries.reverse();
        second.load_state_dict(&state).unwrap();
        second.load_optimizer_state(&first.optimizer_state()).unwrap();
        assert_eq!(first.train_step(batch, SETTINGS), second.train_step(batch, SETTINGS));
        assert_eq!(first.state_dict(), second.state_dict(), "{optimizer:?}");
        assert_eq!(first.optimizer_state(), second.optimizer_state());
        assert_eq!(first.optimizer_state().step, 3);
    }
}

#[test]
fn optimizer_state_has_pytorchs_names() {
    let names = |optimizer| -> Vec<String> {
        let state = PlainExecutor::<f32>::new(&network(), training(optimizer)).optimizer_state();
        state.tensors.entries.into_iter().take(2).map(|(name, _)| name).collect()
    };
    let [sgd, momentum, _, adam, _] = optimizers();
    assert_eq!(names(sgd), Vec::<String>::new());
    assert_eq!(names(momentum), ["conv1.weight.momentum_buffer", "conv1.bias.momentum_buffer"]);
    assert_eq!(names(adam), ["conv1.weight.exp_avg", "conv1.weight.exp_avg_sq"]);
}

#[test]
fn a_state_that_does_not_fit_is_refused_and_changes_nothing() {
    let mut executor = PlainExecutor::<f32>::new(&network(), training(adam()));
    let good = executor.state_dict();
    let changed = |change: &dyn Fn(&mut StateDict<f32>)| {
        let mut state = good.clone();
        state.entries[0].1.data[0] += 1.0;
        change(&mut state);
        state
    };
    let name = || good.entries[1].0.clone();
    let cases = [
        (changed(&|s| drop(s.entries.remove(1))), StateError::Missing { name: name() }),
        (
            changed(&|s| s.push("other.weight", vec![1], vec![0.0])),
            StateError::Unexpected { name: "other.weight".into() },
        ),
        (
            changed(&|s| s.entries[1].1.shape = vec![1, 3]),
            StateError::Shape { name: name(), expected: vec![3], got: vec![1, 3] },
        ),
    ];
    for (state, error) in cases {
        assert_eq!(executor.load_state_dict(&state), Err(error));
        assert_eq!(executor.state_dict(), good);
    }
    let empty = OptimizerState::default();
    assert!(matches!(executor.load_optimizer_state(&empty), Err(StateError::Missing { .. })));
}

/// An image's log-probabilities have the same bits in any batch.
#[test]
fn evaluation_does_not_depend_on_company() {
    let executor = PlainExecutor::<f32>::new(&network(), training(adam()));
    let (images, ..) = data();
    let together = executor.evaluate(&images);
    for (image, row) in images.chunks_exact(PIXELS).zip(together.chunks_exact(4)) {
        assert_eq!(executor.evaluate(image), row);
    }
}

struct Injected(Training);

impl DropoutMasks for Injected {
    fn keep(&self, ordinal: u16, image_id: u32, unit: usize) -> bool {
        let p = [0.2, 0.5][usize::from(ordinal)];
        let stream = Stream::new(self.0.seed, Purpose::Dropout(ordinal), SETTINGS.epoch, image_id);
        f64::from(stream.u32(unit as u32)) >= p * 4_294_967_296.0
    }
}

struct KeepAll;

impl DropoutMasks for KeepAll {
    fn keep(&self, _: u16, _: u32, _: usize) -> bool {
        true
    }
}

#[test]
fn masks_can_be_injected() {
    let (images, labels, image_ids) = data();
    let batch = PlainBatch { images: &images, labels: &labels, image_ids: &image_ids, mixed: None };
    let training = training(adam());
    let run = |masks: Option<&dyn DropoutMasks>| {
        PlainExecutor::<f32>::new(&network(), training.clone()).step(batch, SETTINGS, masks)
    };
    assert_eq!(run(None), run(Some(&Injected(training.clone()))));
    assert_ne!(run(None), run(Some(&KeepAll)));
}

/// The same data in f32 and f64: a few hundred roundings of values near 1 through three layers.
#[test]
fn f32_stays_close_to_f64() {
    let (images, labels, image_ids) = data();
    let wide: Vec<f64> = images.iter().map(|&v| f64::from(v)).collect();
    let training = training(adam());
    let narrow = PlainExecutor::<f32>::new(&network(), training.clone()).step(
        PlainBatch { images: &images, labels: &labels, image_ids: &image_ids, mixed: None },
        SETTINGS,
        None,
    );
    let exact = PlainExecutor::<f64>::new(&network(), training).step(
        PlainBatch { images: &wide, labels: &labels, image_ids: &image_ids, mixed: None },
        SETTINGS,
        None,
    );
    assert!((narrow.loss_mean - exact.loss_mean).abs() < 1e-6 && narrow.loss_mean != exact.loss_mean);
    assert_eq!(narrow.correct, exact.correct);
    for ((name, a), (_, b)) in narrow.gradients.entries.iter().zip(&exact.gradients.entries) {
        for (a, b) in a.data.iter().zip(&b.data) {
            assert!((f64::from(*a) - b).abs() < 1e-5, "{name}: {a} {b}");
        }
    }
}

#[test]
fn initial_parameters_are_pytorchs() {
    let network = network();
    let state = initial_state(&network, 1);
    assert_ne!(state, initial_state(&network, 2));
    for (parameter, (name, tensor)) in network.parameters.iter().zip(&state.entries) {
        assert_eq!((&parameter.name, &parameter.shape), (name, &tensor.shape));
        let bound = match parameter.initial {
            Initial::Ones => {
                assert!(tensor.data.iter().all(|&v| v == 1.0) && name.starts_with("bn"));
                continue;
            }
            Initial::Zeros => {
                assert!(tensor.data.iter().all(|&v| v == 0.0) && name.starts_with("bn"));
                continue;
            }
            // 1 / sqrt(inputs of one output): 1 x 3 x 3, 3 x 3 x 3, 27 features.
            _ => match &name[..4] {
                "conv" if name.starts_with("conv1") => 1.0 / 3.0,
                _ => 1.0 / 27.0f32.sqrt(),
            },
        };
        let largest = tensor.data.iter().fold(0.0f32, |m, v| m.max(v.abs()));
        assert!(largest <= bound && (tensor.data.len() < 20 || largest > 0.8 * bound), "{name}: {largest}");
        let distinct = tensor.data.iter().map(|v| v.to_bits()).collect::<std::collections::HashSet<_>>();
        assert_eq!(distinct.len(), tensor.data.len(), "{name}");
    }
}

/// With momentum 1 the running statistics are the batch's; with 0.1 a tenth of the way there.
#[test]
fn running_statistics_move_by_their_momentum() {
    let (images, labels, image_ids) = data();
    let batch =
        Batch { images: Pixels::Values(&images), labels: &labels, image_ids: &image_ids, mixed: None };
    let after_one_step = |momentum| {
        let norm = Layer::BatchNorm2d(BatchNorm2d { momentum: Some(momentum), ..BatchNorm2d::default() });
        let linear = Layer::Linear(Linear { out_features: 4, bias: true, ..Linear::new(1) });
        let network =
            resolve([1, 6, 5], &[norm, Layer::Flatten(Flatten), linear, Layer::LogSoftmax(LogSoftmax)], 4)
                .unwrap();
        let mut executor = PlainExecutor::<f32>::new(&network, training(adam()));
        executor.train_step(batch, SETTINGS);
        let state = executor.state_dict();
        ["bn1.running_mean", "bn1.running_var"].map(|name| f64::from(state.get(name).unwrap().data[0]))
    };
    let [mean, variance] = after_one_step(1.0);
    let n = images.len() as f64;
    let exact = images.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let squares = images.iter().map(|&v| (f64::from(v) - exact).powi(2)).sum::<f64>();
    assert!((mean - exact).abs() < 1e-6 && (variance - squares / (n - 1.0)).abs() < 1e-6);
    let [tenth_mean, tenth_variance] = after_one_step(0.1);
    assert!((tenth_mean - 0.1 * mean).abs() < 1e-6 && (tenth_variance - 0.9 - 0.1 * variance).abs() < 1e-6);
}
