//! The engine in f32 against the plain executor in f64: same parameters, data and dropout, and errors
//! within bounds that follow from the arithmetic.
//!
//! u is the unit roundoff; a chain of n roundings of terms whose sizes sum to S errs by at most
//! gamma(n) S, gamma(n) = n u / (1 - n u) (Higham 2002, section 3.1). Lanes and trees only shorten chains.
//!
//! Which value wins a pool, and on which side of zero a ReLU's input lies, may change a gradient by a
//! jump. The seeds are fixed and every machine computes the same bits, and with these seeds both
//! precisions agree there: a jump would show as an error far beyond the bound.

use toile_kernels::conv2d::Tile;
use toile_kernels::isa::Isa;
use toile_nn::description::{Dropout, Dropout2d, Network, Node, Op, Scale};
use toile_nn::engine::{Engine, EngineOptions};
use toile_nn::executor::{Executor, Training};
use toile_nn::optimizer::{Optimizer, SGD};
use toile_nn::plain::{PlainBatch, PlainExecutor};
use toile_nn::state::StateDict;

use crate::networks::{Data, networks};

const IMAGES: usize = 9;
const EPOCH: u32 = 4;
const U: f64 = f32::EPSILON as f64 / 2.0;

fn gamma(n: usize) -> f64 {
    let n = n as f64 * U;
    n / (1.0 - n)
}

/// What is known of a tensor's values: the largest size, and the largest error.
#[derive(Clone, Copy, Debug)]
struct Known {
    size: f64,
    error: f64,
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |m, v| m.max(v.abs()))
}

/// The tiles of a convolution whose outputs are computed in Winograd's domain.
fn tile(node: &Node) -> Option<Tile> {
    node.place.algorithms.and_then(|algorithms| algorithms.forward.tile())
}

/// What the transforms add to a chain of roundings, on two axes. Of 2x2 outputs: an addition for the input, two for the
/// weight (halves are exact), two for the output. Of 4x4: two, four (with a factor that is rounded itself), three, and
/// the bias at the end. Of 3x3 one more for the input, whose first step leads to larger values than the second.
fn transforms(tile: Tile) -> usize {
    match tile {
        Tile::Two => 2 * (1 + 2 + 2),
        Tile::Three => 2 * (3 + 4 + 3) + 1,
        Tile::Four => 2 * (2 + 4 + 3) + 1,
    }
}

/// By how much, at most, the terms of a sum of products exceed those of a direct one in size. Along an axis
/// the first of two outputs is (d0 - d2) g0 + (d1 + d2) (g0 + g1 + g2) / 2 + (d2 - d1) (g0 - g1 + g2) / 2: with
/// inputs of size d, terms of d (4 |g0| + 2 |g1| + 2 |g2|), where a direct sum has d (|g0| + |g1| + |g2|);
/// the second output is its mirror image. Of four outputs the first has the largest terms, of 13.25 d |g0|, of three
/// of 9.71 d times a weight. There are two axes.
fn sizes(tile: Tile) -> f64 {
    match tile {
        Tile::Two => 4.0 * 4.0,
        Tile::Three => 9.71 * 9.71,
        Tile::Four => 13.25 * 13.25,
    }
}

/// The recursion through a network without normalisation; returns what is known of each tensor. (With it
/// the largest possible values tell nothing: a normalised value may be the root of its batch's number.)
fn propagate(network: &Network, state: &StateDict<f64>) -> Vec<Known> {
    let parameter = |index: usize| &state.entries[index].1.data[..];
    // Pixels are the same number in both precisions.
    let mut known = vec![Known { size: 1.0, error: 0.0 }];
    for node in &network.nodes {
        let place = &node.place;
        let Known { size, error } = known[place.input()];
        known.push(match node.op {
            // The norm of a row, |w|_1, is its Lipschitz constant for the largest error.
            Op::Conv2d(_) | Op::Linear(_) => {
                let (weight, bias) = (place.parameters.start, place.parameters.clone().nth(1));
                let terms = network.parameters[weight].len() / network.parameters[weight].shape[0];
                let row = |row: &[f64]| row.iter().map(|w| w.abs()).sum::<f64>();
                let row = parameter(weight).chunks_exact(terms).map(row).fold(0.0, f64::max);
                let size = row * size + bias.map_or(0.0, |bias| largest(parameter(bias)));
                let roundings = match tile(node) {
                    Some(tile) => sizes(tile) * gamma(terms / 9 + 1 + transforms(tile)),
                    None => gamma(terms + 1),
                };
                Known { size, error: row * error + roundings * size }
            }
            Op::BatchNorm2d(_) | Op::GroupNorm(_) | Op::SqueezeExcitation(_) => {
                unreachable!("the caller has none")
            }
            // The slope is below 1.13; the roundings are those of the kernel's own test.
            Op::GELU(_) => Known { size, error: 1.13 * error + 10.0 * U * size },
            // The greatest slope is 1, and the product rounds.
            Op::LeakyReLU(_) => Known { size, error: error + 2.0 * U * size },
            Op::Scale(Scale { value }) => {
                Known { size: value.abs() * size, error: value.abs() * (error + 2.0 * U * size) }
            }
            // The slope is below 1.1; exp, sum, quotient and product round.
            Op::SiLU(_) => Known { size, error: 1.1 * error + 10.0 * U * size },
            // The slope is at most 1.5; a sum, a quotient and a product round.
            Op::Hardswish(_) => Known { size, error: 1.5 * error + 8.0 * U * size },
            Op::AvgPool2d(pool) => {
                let pixels = pool.kernel_size.height * pool.kernel_size.width;
                Known { size, error: error + gamma(pixels + 1) * size }
            }
            Op::AdaptiveAvgPool2d(_) => {
                let [_, height, width] = place.input_shape.dims();
                Known { size, error: error + gamma(height * width + 1) * size }
            }
            Op::Dropout(Dropout { p }) | Op::Dropout2d(Dropout2d { p }) => {
                let scale = 1.0 / (1.0 - p);
                Known { size: scale * size, error: scale * (error + 2.0 * U * size) }
            }
            Op::Add(sum) => {
                let (skip, scale) = (place.inputs[1], 1.0 / (1.0 - sum.stochastic_depth));
                let size = scale * size + known[skip].size;
                Known { size, error: scale * error + known[skip].error + 2.0 * U * size }
            }
            Op::ReLU(_) | Op::MaxPool2d(_) | Op::AdaptiveMaxPool2d(_) | Op::Flatten(_) | Op::Identity(_) => {
                Known { size, error }
            }
            // Differences of logits round once into the exponent, once into the result, and once more
            // where the sum's logarithm is taken off; the sum of at most `classes` exponentials, each
            // right to 2 units, becomes an absolute error through the logarithm.
            Op::LogSoftmax(_) => {
                let (spread, classes) = (2.0 * size, network.classes as f64);
                let roundings = 3.0 * spread + 3.0 * classes.ln() + 4.0;
                Known {
                    size: spread + classes.ln(),
                    error: 2.0 * error + U * roundings + gamma(network.classes),
                }
            }
        });
    }
    known
}

/// The longest chain of roundings a gradient goes through: each layer's sum forward, and backward once for
/// its input (as many terms as outputs meet an input, or fewer) and once for its weight (the batch's pixels).
/// In Winograd's domain chains are a ninth as long, and twenty transforming steps; the terms are larger, but
/// of random values (not the worst) by less than a factor two.
fn chain(network: &Network) -> usize {
    let layers = network.nodes.iter().map(|node| {
        let [_, height, width] = node.place.output_shape.dims();
        match node.op {
            Op::Conv2d(_) | Op::Linear(_) => {
                let shape = &network.parameters_of(node)[0].shape;
                let window: usize = shape[2..].iter().product();
                (shape[0] + shape[1]) * window + IMAGES * height * width
            }
            // Moments forward, two sums backward.
            Op::BatchNorm2d(_) | Op::GroupNorm(_) => 3 * IMAGES * height * width,
            // A mean, two layers, and back the gradient of a scale and of either layer.
            Op::SqueezeExcitation(_) => {
                let shape = &network.parameters_of(node)[0].shape;
                2 * (height * width + shape[0] + shape[1]) + IMAGES
            }
            _ => 10,
        }
    });
    layers.sum()
}

fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|v| v * v).sum::<f64>().sqrt()
}

#[test]
fn the_engine_stays_within_the_bounds_of_its_arithmetic() {
    let optimizer = Optimizer::SGD(SGD { momentum: 0.0, weight_decay: 0.0, nesterov: false });
    let training = Training::new(optimizer, 7);
    for (name, network) in networks() {
        let options = EngineOptions { batch_size: IMAGES, threads: 2, isa: Some(Isa::best()) };
        let mut engine = Engine::new(&network, training.clone(), options).expect("memory and threads");
        let mut exact = PlainExecutor::<f64>::new(&network, training.clone());
        let data = Data::new(&network, 21, IMAGES);
        let wide: Vec<f64> = data.images.iter().map(|&v| f64::from(v)).collect();
        let before = exact.state().clone();
        let batch = PlainBatch { images: &wide, labels: &data.labels, image_ids: &data.ids, mixed: None };
        let trace = exact.gradients(batch, EPOCH, None);
        let (result, gradients) = engine.gradients(data.batch(), EPOCH);

        let n = chain(&network);
        // Every gradient, by its norm: each of the n roundings on the longest path perturbs it by at most
        // u relative to the sum of its terms' sizes. Such a sum exceeds the gradient where terms cancel,
        // by a factor like the square root of their number; as rounding errors have either sign they
        // grow with the square root of n alone and not with n. The two square roots offset each other:
        // c = 1.
        // Where a gradient vanishes in exact arithmetic (a bias in front of a normalisation) only its terms
        // have a size: those of all gradients together stand in for it.
        let all = norm(trace.gradients.entries.iter().flat_map(|(_, t)| t.data.iter().copied()));
        for ((parameter, got), (_, expected)) in gradients.entries.iter().zip(&trace.gradients.entries) {
            let difference = got.data.iter().zip(&expected.data).map(|(g, e)| f64::from(*g) - e);
            let (error, size) = (norm(difference), norm(expected.data.iter().copied()));
            let bound = gamma(n) * if size < 1e-10 * all { all } else { size };
            assert!(error <= bound, "{parameter} of {name}: error {error:e}, bound {bound:e}, n {n}");
        }
        // The mean loss likewise: a norm of one value, at least as large as what it is a mean of.
        let loss_error = (result.loss_sum - trace.loss_sum).abs() / IMAGES as f64;
        assert!(loss_error <= gamma(n) * trace.loss_mean, "loss of {name}: error {loss_error:e}, n {n}");

        if network
            .nodes
            .iter()
            .any(|node| matches!(node.op, Op::BatchNorm2d(_) | Op::GroupNorm(_) | Op::SqueezeExcitation(_)))
        {
            continue;
        }
        let known = propagate(&network, &before);
        let [.., features, logits, log_probabilities] = known[..] else { panic!("three tensors") };
        let what = format!("{name}: {known:?}");
        assert!(loss_error <= log_probabilities.error, "loss {loss_error:e} of {what}");
        assert!(log_probabilities.error < 0.1, "a bound that says nothing, {what}");

        // The last layer: its gradient sums dlogit x over the batch, where dlogit = (p - target) / images
        // is at most 1 / images. p errs by twice the logits' error (its Lipschitz constant is below that),
        // and by the roundings of exp, sum, division, difference and share.
        let dlogit = 2.0 * logits.error + U * (2.0 * logits.size + 8.0) + gamma(network.classes);
        let weight = dlogit * features.size + features.error + gamma(IMAGES + 1) * features.size;
        let bias = dlogit + gamma(IMAGES + 1);
        let last = network.nodes.len() - 2;
        if matches!(network.nodes[last].op, Op::Linear(_)) {
            let parameters = network.parameters_of(&network.nodes[last]);
            for (parameter, bound) in parameters.iter().zip([weight, bias]) {
                let parameter = &parameter.name;
                let [got, expected] = [
                    gradients.get(parameter).map(|t| t.data.iter().map(|&v| f64::from(v)).collect()),
                    trace.gradients.get(parameter).map(|t| t.data.clone()),
                ]
                .map(|t: Option<Vec<f64>>| t.expect("a gradient"));
                for (got, expected) in got.iter().zip(&expected) {
                    assert!((got - expected).abs() <= bound, "{parameter} {got} {expected} {bound:e} {name}");
                }
            }
        }

        // Evaluation, without dropout: the bound above is not smaller.
        let mut got = vec![0.0; IMAGES * network.classes];
        engine.log_probabilities(data.pixels(), &mut got);
        for (got, expected) in got.iter().zip(exact.evaluate(&wide)) {
            let error = (f64::from(*got) - expected).abs();
            assert!(error <= log_probabilities.error, "log-probability {error:e} of {what}");
        }
    }
}
