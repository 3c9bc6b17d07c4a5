//! The engine against the plain executor, and against itself: same bits everywhere.

use toile_kernels::buffer::OutOfMemory;
use toile_kernels::isa::Isa;
use toile_nn::description::{
    BatchNorm2d, Dropout, Flatten, GELU, GroupNorm, Hardswish, Layer, LeakyReLU, Linear, LogSoftmax,
    MaxPool2d, Network, ReLU, Residual, SiLU, resolve,
};
use toile_nn::engine::{Engine, EngineError, EngineOptions};
use toile_nn::executor::{Batch, Executor, ImageRows, Mixed, Pixels, RowIndex, StepSettings, Training};
use toile_nn::optimizer::{Adam, AdamW, NAdam, Optimizer, RMSprop, SGD};
use toile_nn::plain::PlainExecutor;
use toile_nn::state::StateDict;

use toile_nn::layers;

use crate::networks::{Data, awkward_networks, conv, linear, networks};

/// Not a multiple of the group, and the last batch smaller.
pub(crate) const BATCHES: [usize; 4] = [11, 11, 11, 5];

fn optimizers() -> [Optimizer; 8] {
    [
        Optimizer::SGD(SGD { momentum: 0.0, weight_decay: 0.0, nesterov: false }),
        Optimizer::SGD(SGD { momentum: 0.9, weight_decay: 0.01, nesterov: true }),
        Adam::default().into(),
        Adam { weight_decay: 0.01, ..Adam::default() }.into(),
        AdamW::default().into(),
        RMSprop::default().into(),
        NAdam { weight_decay: 0.01, ..NAdam::default() }.into(),
        RMSprop { momentum: 0.9, weight_decay: 0.01, centered: true, ..RMSprop::default() }.into(),
    ]
}

fn training(optimizer: Optimizer, label_smoothing: f64) -> Training {
    Training { label_smoothing, ..Training::new(optimizer, 7) }
}

pub(crate) fn engine(network: &Network, training: &Training, threads: usize, isa: Isa) -> Engine {
    Engine::new(network, training.clone(), EngineOptions { batch_size: 11, threads, isa: Some(isa) })
        .expect("memory and threads")
}

/// Trains over the batches; returns the steps' losses.
pub(crate) fn train(executor: &mut dyn Executor, network: &Network, batches: &[usize]) -> Vec<f64> {
    let step = |(i, &count): (usize, &usize)| {
        let data = Data::new(network, 100 + i as u64, count);
        let settings = StepSettings { epoch: i as u32 / 2, learning_rate: 0.01 };
        executor.train_step(data.batch(), settings).loss_sum
    };
    batches.iter().enumerate().map(step).collect()
}

#[track_caller]
pub(crate) fn same_bits(got: &StateDict<f32>, expected: &StateDict<f32>, what: &str) {
    assert_eq!(got.entries.len(), expected.entries.len(), "{what}: number of tensors");
    for ((name, g), (expected_name, e)) in got.entries.iter().zip(&expected.entries) {
        assert_eq!((name, &g.shape), (expected_name, &e.shape), "{what}");
        for (i, (g, e)) in g.data.iter().zip(&e.data).enumerate() {
            assert!(g.to_bits() == e.to_bits(), "{what}: {name}[{i}] is {g:e}, expected {e:e}");
        }
    }
}

#[test]
fn trains_to_the_bits_of_the_plain_executor() {
    for (name, network) in networks() {
        for (optimizer, smoothing) in
            optimizers().into_iter().zip([0.0, 0.0, 0.1].into_iter().chain(std::iter::repeat(0.0)))
        {
            let what = format!("{name} {optimizer:?}");
            let training = training(optimizer, smoothing);
            let mut plain = PlainExecutor::<f32>::new(&network, training.clone());
            let mut planned = engine(&network, &training, 2, Isa::best());
            let losses = train(&mut plain, &network, &BATCHES);
            assert_eq!(train(&mut planned, &network, &BATCHES), losses, "losses of {what}");
            same_bits(&planned.state_dict(), &plain.state_dict(), &what);
            let (got, expected) = (planned.optimizer_state(), plain.optimizer_state());
            assert_eq!(got.step, expected.step, "{what}");
            same_bits(&got.tensors, &expected.tensors, &what);

            let data = Data::new(&network, 900, 150);
            let (mut a, mut b) = (vec![0.0; 150 * 5], vec![0.0; 150 * 5]);
            planned.log_probabilities(data.pixels(), &mut a);
            plain.log_probabilities(data.pixels(), &mut b);
            assert!(a.iter().zip(&b).all(|(a, b)| a.to_bits() == b.to_bits()), "evaluation of {what}");
        }
    }
}

#[test]
fn awkward_networks_train_to_the_bits_of_the_plain_executor() {
    for (name, network) in awkward_networks() {
        for optimizer in [optimizers()[1], optimizers()[2]] {
            let training = training(optimizer, 0.0);
            for batches in [&[9, 11, 2][..], &[1, 1, 1]] {
                let what = format!("{name} {optimizer:?} {batches:?}");
                let mut plain = PlainExecutor::<f32>::new(&network, training.clone());
                let losses = train(&mut plain, &network, batches);
                let data = Data::new(&network, 900, 70);
                let mut expected = vec![0.0; 70 * 5];
                plain.log_probabilities(data.pixels(), &mut expected);
                for isa in Isa::available() {
                    let mut planned = engine(&network, &training, 2, isa);
                    assert_eq!(train(&mut planned, &network, batches), losses, "losses of {what} {isa:?}");
                    same_bits(&planned.state_dict(), &plain.state_dict(), &what);
                    let mut got = vec![0.0; expected.len()];
                    planned.log_probabilities(data.pixels(), &mut got);
                    let same = got.iter().zip(&expected).all(|(a, b)| a.to_bits() == b.to_bits());
                    assert!(same, "evaluation of {what} {isa:?}");
                }
            }
        }
    }
}

#[test]
fn threads_and_instruction_sets_do_not_change_a_bit() {
    for (name, network) in networks() {
        for (optimizer, everything) in [(optimizers()[1], false), (optimizers()[2], true)] {
            let training = training(optimizer, 0.0);
            let mut first = engine(&network, &training, 1, Isa::best());
            train(&mut first, &network, &BATCHES);
            let expected = first.state_dict();
            for isa in Isa::available() {
                // Every number of threads on the widest instruction set and with one optimizer; the others
                // alone and in company. Which thread does what depends on neither, and updates have their own
                // test in the kernels.
                let threads: &[usize] =
                    if everything && isa == Isa::best() { &[2, 3, 5, 8] } else { &[1, 3] };
                for &threads in threads {
                    let mut other = engine(&network, &training, threads, isa);
                    train(&mut other, &network, &BATCHES);
                    same_bits(&other.state_dict(), &expected, &format!("{name} {threads} threads {isa:?}"));
                }
            }
        }
    }
}

#[test]
fn another_engine_carries_on_where_one_stopped() {
    for (name, network) in networks() {
        for optimizer in optimizers() {
            let training = training(optimizer, 0.0);
            let mut whole = engine(&network, &training, 2, Isa::best());
            train(&mut whole, &network, &BATCHES);
            // Every stop with one optimizer, one stop with the others.
            let stops = if optimizer == optimizers()[2] { 1..BATCHES.len() } else { 2..3 };
            for stop in stops {
                let mut before = engine(&network, &training, 1, Isa::best());
                train(&mut before, &network, &BATCHES[..stop]);
                let mut after =
                    engine(&network, &Training { seed: 7, ..training.clone() }, 3, Isa::available()[0]);
                after.load_state_dict(&before.state_dict()).expect("a state of this network");
                after.load_optimizer_state(&before.optimizer_state()).expect("a state of this optimizer");
                for (i, &count) in BATCHES.iter().enumerate().skip(stop) {
                    let data = Data::new(&network, 100 + i as u64, count);
                    let settings = StepSettings { epoch: i as u32 / 2, learning_rate: 0.01 };
                    after.train_step(data.batch(), settings);
                }
                same_bits(
                    &after.state_dict(),
                    &whole.state_dict(),
                    &format!("{name} {optimizer:?} at {stop}"),
                );
            }
        }
    }
}

#[test]
fn a_state_loaded_after_a_diverged_run_is_all_that_counts() {
    for (name, network) in networks() {
        for optimizer in [optimizers()[1], optimizers()[2]] {
            let mut fresh = engine(&network, &training(optimizer, 0.0), 2, Isa::best());
            let (state, memory) = (fresh.state_dict(), fresh.optimizer_state());
            let mut diverged = engine(&network, &training(optimizer, 0.0), 2, Isa::best());
            let mut poisoned = state.clone();
            poisoned.entries.iter_mut().for_each(|(_, tensor)| tensor.data.fill(f32::NAN));
            diverged.load_state_dict(&poisoned).expect("a state of this network");
            train(&mut diverged, &network, &BATCHES);
            diverged.load_state_dict(&state).expect("a state of this network");
            diverged.load_optimizer_state(&memory).expect("a state of this optimizer");
            let losses = train(&mut fresh, &network, &BATCHES);
            assert_eq!(train(&mut diverged, &network, &BATCHES), losses, "{name} {optimizer:?}");
            same_bits(&diverged.state_dict(), &fresh.state_dict(), name);
        }
    }
}

#[test]
fn an_image_has_the_same_log_probabilities_in_any_company() {
    for (name, network) in networks() {
        let mut engine = engine(&network, &training(optimizers()[2], 0.0), 2, Isa::best());
        train(&mut engine, &network, &BATCHES);
        let data = Data::new(&network, 5, 1000);
        let mut all = vec![0.0; 1000 * 5];
        engine.log_probabilities(data.pixels(), &mut all);
        let len = network.input.len();
        for (start, count) in [(0, 1), (999, 1), (63, 2), (500, 7), (130, 200)] {
            let mut some = vec![0.0; count * 5];
            engine.log_probabilities(
                Pixels::Values(&data.images[start * len..(start + count) * len]),
                &mut some,
            );
            let expected = &all[start * 5..(start + count) * 5];
            assert!(
                some.iter().zip(expected).all(|(a, b)| a.to_bits() == b.to_bits()),
                "{name} {start} {count}"
            );
        }
    }
}

/// With a weight a class, with mixed labels, and with both.
#[test]
fn other_losses_train_to_the_bits_of_the_plain_executor() {
    let weights = vec![0.5, 3.0, 1.25, 0.75, 8.0];
    for (name, network) in networks().into_iter().take(2) {
        for (weighted, mixes) in [(true, false), (false, true), (true, true)] {
            let what = format!("{name}, weights: {weighted}, mixed: {mixes}");
            let training = Training {
                class_weights: weighted.then(|| weights.clone()),
                ..training(optimizers()[3], 0.1)
            };
            let train = |executor: &mut dyn Executor| {
                let steps = BATCHES.iter().enumerate().map(|(step, &count)| {
                    let (data, other) = (
                        Data::new(&network, step as u64, count),
                        Data::new(&network, 50 + step as u64, count),
                    );
                    let shares: Vec<f32> = other.images[..count].to_vec();
                    let mixed = mixes.then_some(Mixed { labels: &other.labels, shares: &shares });
                    let settings = StepSettings { epoch: 0, learning_rate: 0.01 };
                    executor.train_step(Batch { mixed, ..data.batch() }, settings)
                });
                steps.collect::<Vec<_>>()
            };
            let mut plain = PlainExecutor::<f32>::new(&network, training.clone());
            let expected = train(&mut plain);
            assert!(
                expected.iter().zip(BATCHES).all(|(r, n)| (r.weight_sum == n as f64) != weighted),
                "{what}"
            );
            for isa in Isa::available() {
                for threads in [1, 3] {
                    let mut planned = engine(&network, &training, threads, isa);
                    assert_eq!(train(&mut planned), expected, "{what} {isa:?}, {threads} threads");
                    same_bits(&planned.state_dict(), &plain.state_dict(), &what);
                }
            }
        }
    }
}

#[test]
fn looking_at_gradients_changes_no_parameter() {
    for (name, network) in networks() {
        let training = training(optimizers()[2], 0.0);
        let mut planned = engine(&network, &training, 2, Isa::best());
        let mut plain = PlainExecutor::<f32>::new(&network, training.clone());
        train(&mut planned, &network, &BATCHES[..1]);
        train(&mut plain, &network, &BATCHES[..1]);
        let data = Data::new(&network, 3, 9);
        let (result, gradients) = planned.gradients(data.batch(), 4);
        let batch = data.batch();
        let (images, labels, image_ids) = (&data.images[..], batch.labels, batch.image_ids);
        let trace =
            plain.gradients(toile_nn::plain::PlainBatch { images, labels, image_ids, mixed: None }, 4, None);
        assert_eq!((result.loss_sum, result.correct), (trace.loss_sum, trace.correct), "{name}");
        same_bits(&gradients, &trace.gradients, &format!("gradients of {name}"));
        same_bits(&planned.state_dict(), &plain.state_dict(), &format!("parameters of {name}"));
    }
}

/// Whatever the engine derives from parameters and keeps follows them.
#[test]
fn evaluates_the_parameters_it_has() {
    for (name, network) in networks() {
        let training = training(optimizers()[2], 0.0);
        let mut planned = engine(&network, &training, 2, Isa::best());
        let mut plain = PlainExecutor::<f32>::new(&network, training.clone());
        let before = plain.state_dict();
        let images = Data::new(&network, 900, 3).images;
        let evaluated = |executor: &mut dyn Executor| {
            let mut values = vec![0.0f32; 3 * 5];
            executor.log_probabilities(Pixels::Values(&images), &mut values);
            values.iter().map(|v| v.to_bits()).collect::<Vec<_>>()
        };
        let first = evaluated(&mut plain);
        assert_eq!(evaluated(&mut planned), first, "{name} at first");
        for step in 0..2 {
            for executor in [&mut planned as &mut dyn Executor, &mut plain] {
                train(executor, &network, &BATCHES[step..=step]);
            }
            let expected = evaluated(&mut plain);
            assert_eq!(evaluated(&mut planned), expected, "{name} after step {step}");
            assert_ne!(expected, first, "{name} learns nothing");
            planned.gradients(Data::new(&network, 3, 9).batch(), 4);
            let batch = Data::new(&network, 3, 9);
            let (images, labels, image_ids) = (&batch.images[..], &batch.labels[..], &batch.ids[..]);
            plain.gradients(toile_nn::plain::PlainBatch { images, labels, image_ids, mixed: None }, 4, None);
            let expected = evaluated(&mut plain);
            assert_eq!(evaluated(&mut planned), expected, "{name} after looking at gradients");
        }
        planned.load_state_dict(&before).expect("a state of this network");
        assert_eq!(evaluated(&mut planned), first, "{name} with what it started from");
    }
}

#[test]
fn a_loss_that_is_not_finite_is_seen() {
    for (name, network) in networks() {
        for poison in [f32::NAN, f32::INFINITY] {
            let mut engine = engine(&network, &training(optimizers()[0], 0.0), 2, Isa::best());
            let mut state = engine.state_dict();
            state.entries[0].1.data[0] = poison;
            engine.load_state_dict(&state).expect("a state of this network");
            let data = Data::new(&network, 1, 8);
            let settings = StepSettings { epoch: 0, learning_rate: 0.1 };
            let mut losses = vec![];
            for _ in 0..3 {
                losses.push(engine.train_step(data.batch(), settings).loss_sum);
            }
            assert!(losses.iter().any(|loss| !loss.is_finite()), "{name} {poison}: {losses:?}");
        }
    }
}

/// Hands out the rows of images that are kept last image first.
struct Reversed<'a> {
    /// [row][column][channel] of each image.
    images: Vec<&'a [f32]>,
    height: usize,
}

impl ImageRows for Reversed<'_> {
    fn write(&self, RowIndex { image, row }: RowIndex, to: &mut [f32]) {
        let image = self.images[self.images.len() - 1 - image];
        assert_eq!(to.len(), image.len() / self.height);
        to.copy_from_slice(&image[row * to.len()..][..to.len()]);
    }
}

#[test]
fn rows_written_on_demand_are_the_values_themselves() {
    for (name, network) in networks() {
        let data = Data::new(&network, 1, 11);
        let many = Data::new(&network, 2, 150);
        let reversed = |images| {
            let chunks = <[f32]>::chunks_exact(images, network.input.len());
            Reversed { images: chunks.rev().collect(), height: network.input.dims()[1] }
        };
        let training = training(optimizers()[2], 0.0);
        let settings = StepSettings { epoch: 0, learning_rate: 0.01 };
        let mut with_values = engine(&network, &training, 3, Isa::best());
        let mut expected = vec![0.0; 150 * 5];
        let result = with_values.train_step(data.batch(), settings);
        with_values.log_probabilities(many.pixels(), &mut expected);
        let plain: Box<dyn Executor> = Box::new(PlainExecutor::<f32>::new(&network, training.clone()));
        let planned: Box<dyn Executor> = Box::new(engine(&network, &training, 3, Isa::best()));
        for mut executor in [planned, plain] {
            let rows = reversed(&data.images);
            let batch = Batch { images: Pixels::Rows(&rows), ..data.batch() };
            assert_eq!(executor.train_step(batch, settings), result, "{name}");
            same_bits(&executor.state_dict(), &with_values.state_dict(), name);
            let mut got = vec![0.0; expected.len()];
            executor.log_probabilities(Pixels::Rows(&reversed(&many.images)), &mut got);
            assert!(
                got.iter().zip(&expected).all(|(a, b)| a.to_bits() == b.to_bits()),
                "evaluation of {name}"
            );
        }
    }
}

/// Inference does not copy a batch that only a linear layer reads.
#[test]
fn a_batch_read_in_place_gives_the_bits_of_a_copied_one() {
    let training = training(optimizers()[0], 0.0);
    for input in [[1, 1, 1], [3, 1, 1], [10, 1, 1], [3, 7, 5], [1, 28, 28]] {
        for outputs in [&[5][..], &[33, 5]] {
            let hidden = outputs.iter().map(|&outputs| linear(outputs));
            let layers: Vec<Layer> = [Layer::Flatten(Flatten)]
                .into_iter()
                .chain(hidden)
                .chain([Layer::LogSoftmax(LogSoftmax)])
                .collect();
            let network = resolve(input, &layers, 5).expect("a network");
            let mut plain = PlainExecutor::<f32>::new(&network, training.clone());
            // More than the engine takes at a time.
            let data = Data::new(&network, 900, 150);
            let mut expected = vec![0.0; 150 * 5];
            plain.log_probabilities(data.pixels(), &mut expected);
            for isa in Isa::available() {
                for threads in [1, 2] {
                    let mut planned = engine(&network, &training, threads, isa);
                    let mut got = vec![0.0; expected.len()];
                    planned.log_probabilities(data.pixels(), &mut got);
                    let same = got.iter().zip(&expected).all(|(a, b)| a.to_bits() == b.to_bits());
                    assert!(same, "{input:?} {outputs:?} {isa:?} {threads} threads");
                }
            }
        }
    }
}

/// The stages of a network with this activation wherever another operation may do it on the way.
fn stages_with(activation: &Layer) -> Vec<String> {
    let activation = || activation.clone();
    let block = layers![conv(5, 3, 1, 1), activation(), conv(5, 3, 1, 1), BatchNorm2d::default()];
    let layers = layers![
        conv(4, 3, 1, 1),
        activation(),
        MaxPool2d::new(2),
        conv(17, 3, 1, 1),
        MaxPool2d::new(2),
        activation(),
        conv(5, 3, 1, 1),
        BatchNorm2d::default(),
        activation(),
        MaxPool2d::new(2),
        Residual::new(block),
        activation(),
        conv(6, 1, 1, 0),
        GroupNorm::new(2),
        activation(),
        Flatten,
        Linear::new(9),
        activation(),
        Dropout::default(),
        Linear::new(5),
        LogSoftmax,
    ];
    let network = resolve([2, 16, 16], &layers, 5).expect("a network");
    let mut engine = engine(&network, &training(optimizers()[0], 0.0), 1, Isa::best());
    engine.start_stopwatch();
    train(&mut engine, &network, &[3]);
    engine.stop_stopwatch().into_iter().map(|stage| stage.name).collect()
}

#[test]
fn every_activation_is_fused_wherever_relu_is() {
    let with_relu = stages_with(&ReLU.into());
    assert_eq!(with_relu[0], "Conv2d + ReLU + MaxPool2d");
    assert_eq!(with_relu[1], "Conv2d + MaxPool2d + ReLU");
    assert_eq!(with_relu[3], "BatchNorm2d + ReLU + MaxPool2d");
    assert!(!with_relu.contains(&"ReLU".to_string()), "{with_relu:?}");
    let others: [(&str, Layer); 5] = [
        ("LeakyReLU", LeakyReLU::default().into()),
        ("SiLU", SiLU.into()),
        ("Hardswish", Hardswish.into()),
        ("GELU", GELU { tanh: false }.into()),
        ("GELU", GELU { tanh: true }.into()),
    ];
    for (name, layer) in others {
        let expected: Vec<String> = with_relu.iter().map(|stage| stage.replace("ReLU", name)).collect();
        assert_eq!(stages_with(&layer), expected);
    }
}

#[test]
fn an_engine_without_memory_is_an_error_that_says_its_bytes() {
    let (_, network) = networks().swap_remove(0);
    let training = training(optimizers()[0], 0.0);
    // Fewer bytes than there are addresses, and more than any machine has.
    let options = EngineOptions { batch_size: 1 << 40, ..EngineOptions::default() };
    let error = Engine::new(&network, training, options).expect_err("no memory");
    let EngineError::Memory(OutOfMemory { bytes }) = error else { panic!("{error}") };
    assert!(bytes > 1 << 44, "{bytes}");
    assert_eq!(error.to_string(), format!("there is no memory for a buffer of {bytes} bytes"));
}

/// What a normalisation makes and one convolution alone reads is not stored: it is made again, an image at a time. Behind
/// another activation than ReLU, or with a second reader, it is.
#[test]
fn what_is_made_where_it_is_read_takes_no_memory() {
    let bytes = |between: Vec<Layer>, batch_size: usize| {
        let mut layers = vec![conv(16, 3, 1, 1), BatchNorm2d::default().into()];
        layers.extend(between);
        layers.extend([conv(8, 3, 1, 1), Layer::Flatten(Flatten), linear(4), Layer::LogSoftmax(LogSoftmax)]);
        let network = resolve([2, 6, 6], &layers, 4).expect("a network");
        let options = EngineOptions { batch_size, threads: 1, ..EngineOptions::default() };
        Engine::bytes(&network, &training(Adam::default().into(), 0.0), options).expect("it fits")
    };
    // All that comes with 64 images more.
    let of_64 = |between: Vec<Layer>| bytes(between.clone(), 128) - bytes(between, 64);
    // With its border; an image takes an odd number of vectors.
    let output = 64 * 4 * (16 * 8 * 8 + 16);
    let stored = of_64(vec![LeakyReLU { negative_slope: 0.1 }.into()]);
    assert_eq!(stored - of_64(vec![]), output);
    assert_eq!(stored - of_64(vec![Layer::ReLU(ReLU)]), output);
    let beside = of_64(vec![Residual::new(vec![conv(16, 1, 1, 0)]).into()]);
    assert!(beside > stored, "the sum, its two summands");
}
