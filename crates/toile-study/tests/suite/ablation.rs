//! Ablating hidden units.

use toile_nn::description::{
    self, Conv2d, Dropout, Flatten, GELU, Hardswish, Identity, Layer, LeakyReLU, Linear, LogSoftmax, Pair,
    ReLU, Residual, SiLU,
};
use toile_nn::executor::{Executor, Pixels, Training};
use toile_nn::optimizer::{Optimizer, SGD};
use toile_nn::plain::PlainExecutor;
use toile_nn::state::StateDict;
use toile_study::ablation::{Draw, HiddenLayer, ablate, ablated_units, hidden_layers};

fn linear(out_features: usize) -> Layer {
    Layer::Linear(Linear { out_features, bias: true, ..Linear::new(1) })
}

fn network(layers: &[Layer]) -> description::Network {
    description::resolve([1, 6, 6], layers, 3).unwrap()
}

#[test]
fn hidden_layers_are_those_whose_units_can_be_ablated() {
    let drop = Layer::Dropout(Dropout { p: 0.5 });
    let gelu = Layer::GELU(GELU { tanh: false });
    let conv = Layer::Conv2d(Conv2d {
        out_channels: 2,
        kernel_size: Pair::square(3),
        stride: Pair::square(1),
        padding: Pair::square(1),
        bias: true,
        ..Conv2d::new(1, 1)
    });
    let block = Layer::Residual(Residual::new(vec![linear(8), Layer::ReLU(ReLU), linear(8)]));
    let out = [linear(3), Layer::LogSoftmax(LogSoftmax)];
    for (layers, expected) in [
        (vec![Layer::Flatten(Flatten), linear(8), Layer::ReLU(ReLU)], vec!["fc1"]),
        (
            vec![
                Layer::Flatten(Flatten),
                linear(8),
                Layer::ReLU(ReLU),
                drop.clone(),
                linear(5),
                drop.clone(),
                gelu,
            ],
            vec!["fc1", "fc2"],
        ),
        (
            vec![
                Layer::Flatten(Flatten),
                linear(8),
                Identity.into(),
                LeakyReLU { negative_slope: 0.2 }.into(),
                Identity.into(),
                linear(8),
                SiLU.into(),
                linear(8),
                Hardswish.into(),
            ],
            vec!["fc1", "fc2", "fc3"],
        ),
        // Nothing is no activation.
        (vec![Layer::Flatten(Flatten), linear(8), Identity.into()], vec![]),
        (vec![conv, Layer::ReLU(ReLU), Layer::Flatten(Flatten)], vec![]),
        // Without an activation the two are one linear map.
        (vec![Layer::Flatten(Flatten), linear(8), drop], vec![]),
        (vec![Layer::Flatten(Flatten)], vec![]),
        // The first is read by the sum too; the one in the block by the next alone.
        (vec![Layer::Flatten(Flatten), linear(8), Layer::ReLU(ReLU), block], vec!["fc2"]),
    ] {
        let network = network(&[&layers[..], &out].concat());
        let found: Vec<String> = hidden_layers(&network).into_iter().map(|layer| layer.name).collect();
        assert_eq!(found, expected, "{layers:?}");
    }
}

#[test]
fn units_are_nested_and_differ_by_draw_seed_and_layer() {
    let units = |seed, draw, share, layer| {
        let mut units = ablated_units(Draw { seed, draw, share }, layer, 50);
        units.sort_unstable();
        units
    };
    assert_eq!(units(3, 1, 0.0, 0), Vec::<usize>::new());
    assert_eq!(units(3, 1, 1.0, 0), (0..50).collect::<Vec<_>>());
    let mut before = Vec::new();
    for tenths in 1..=10 {
        let now = units(3, 1, f64::from(tenths) / 10.0, 0);
        assert_eq!(now.len(), 5 * tenths as usize);
        assert!(before.iter().all(|unit| now.contains(unit)), "{before:?} in {now:?}");
        before = now;
    }
    let one = units(3, 1, 0.4, 0);
    for other in [units(4, 1, 0.4, 0), units(3, 2, 0.4, 0), units(3, 1, 0.4, 1)] {
        assert_ne!(one, other);
    }
}

/// f64 throughout: the activations of ablated units are set to zero, and no weight is touched.
fn with_activations_zeroed(
    weights: &StateDict<f32>,
    pixels: &[f32],
    layers: &[HiddenLayer],
    draw: Draw,
) -> Vec<f64> {
    let mut values: Vec<f64> = pixels.iter().map(|&x| f64::from(x)).collect();
    for (ordinal, name) in ["fc1", "fc2", "fc3"].iter().enumerate() {
        let weight = weights.get(&format!("{name}.weight")).unwrap();
        let bias = weights.get(&format!("{name}.bias")).unwrap();
        let inputs = weight.shape[1];
        values = weight
            .data
            .chunks_exact(inputs)
            .zip(&bias.data)
            .map(|(row, &bias)| {
                let sum: f64 = row.iter().zip(&values).map(|(&w, x)| f64::from(w) * x).sum();
                sum + f64::from(bias)
            })
            .collect();
        if let Some(layer) = layers.get(ordinal) {
            assert_eq!(layer.units, values.len());
            values.iter_mut().for_each(|value| *value = value.max(0.0));
            for unit in ablated_units(draw, ordinal, layer.units) {
                values[unit] = 0.0;
            }
        }
    }
    let sum: f64 = values.iter().map(|value| value.exp()).sum();
    values.iter().map(|value| value - sum.ln()).collect()
}

#[test]
fn it_is_the_same_as_activations_of_zero() {
    let drop = Layer::Dropout(Dropout { p: 0.5 });
    let network = network(&[
        Layer::Flatten(Flatten),
        linear(20),
        Layer::ReLU(ReLU),
        drop.clone(),
        linear(12),
        Layer::ReLU(ReLU),
        drop,
        linear(3),
        Layer::LogSoftmax(LogSoftmax),
    ]);
    let optimizer = Optimizer::SGD(SGD { momentum: 0.0, weight_decay: 0.0, nesterov: false });
    let mut executor = PlainExecutor::<f32>::new(&network, Training::new(optimizer, 5));
    let weights = executor.state_dict();
    let layers = hidden_layers(&network);
    assert_eq!(layers.len(), 2);
    let pixels: Vec<f32> = (0..36).map(|i| ((i * 7 % 11) as f32 - 5.0) / 3.0).collect();
    let mut all = Vec::new();
    for share in [0.0, 0.3, 0.5, 1.0] {
        let draw = Draw { seed: 5, draw: 2, share };
        let mut ablated = weights.clone();
        ablate(&mut ablated, &layers, draw);
        executor.load_state_dict(&ablated).unwrap();
        let mut found = [0.0f32; 3];
        executor.log_probabilities(Pixels::Values(&pixels), &mut found);
        let expected = with_activations_zeroed(&weights, &pixels, &layers, draw);
        for (found, expected) in found.iter().zip(&expected) {
            // Sums of at most 36 products of size 1, in f32.
            assert!((f64::from(*found) - expected).abs() < 1e-5, "{share}: {found:?} {expected:?}");
        }
        all.push(expected);
    }
    // Ablation is seen: no two shares give the same.
    for (index, one) in all.iter().enumerate() {
        assert!(all[..index].iter().all(|other| other != one), "{all:?}");
    }
}
