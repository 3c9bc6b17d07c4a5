//! What weights start as, against `torch.nn.init` with the same random numbers: `bench/golden/initialisations.py`.

use serde_json::{Map, Value};
use toile_nn::description::{
    AdaptiveAvgPool2d, Conv2d, Flatten, Init, Layer, Linear, LogSoftmax, Network, Pair, resolve,
};
use toile_nn::initialisation::initial_state;
use toile_nn::layers;

const SEED: u64 = 11;

/// Of a value: bound, product and what is stored are each rounded to f32 once, to half of 2^-23.
const TOLERANCE: f64 = 2.0 / 8_388_608.0;

/// Wide, grouped and tall weights that start so; linear layers without a setting where it is not for them.
fn network(init: Init) -> Network {
    let of_linear = if init == Init::Dirac { Init::Default } else { init };
    let linear = |features| Linear { init: of_linear, ..Linear::new(features) };
    let rows = |height, width| Pair { height, width };
    let layers: Vec<Layer> = layers![
        Conv2d { kernel_size: rows(2, 3), init, ..Conv2d::new(8, 0) },
        Conv2d { groups: 2, init, ..Conv2d::new(12, 3) },
        Conv2d { kernel_size: rows(1, 3), groups: 12, init, ..Conv2d::new(24, 0) },
        AdaptiveAvgPool2d { output_size: Pair::square(1) },
        Flatten,
        linear(9),
        linear(15),
        linear(10),
        LogSoftmax,
    ];
    resolve([3, 8, 7], &layers, 10).expect("a network")
}

fn stored() -> Map<String, Value> {
    let stored: Value =
        serde_json::from_str(include_str!("../../golden/initialisations.json")).expect("JSON");
    stored.as_object().expect("tensors by their names").clone()
}

/// The tensors of a network that starts so, each with what is stored of it, if anything is.
fn beside(init: Init) -> Vec<(String, Vec<f64>, Option<Vec<f64>>)> {
    let stored = stored();
    let tensors = initial_state(&network(init), SEED).entries.into_iter().map(|(name, tensor)| {
        let name = format!("{}/{name}", init.name());
        let values = stored.get(&name).map(|values| {
            let values = values.as_array().unwrap_or_else(|| panic!("{name}: no list"));
            values.iter().map(|value| value.as_f64().expect("a number")).collect()
        });
        (name, tensor.data.into_iter().map(f64::from).collect(), values)
    });
    tensors.collect()
}

fn is_near(got: f64, expected: f64) -> bool {
    (got - expected).abs() <= TOLERANCE * expected.abs()
}

#[test]
fn weights_start_as_those_of_pytorch() {
    let mut compared = 1; // The version of PyTorch.
    for init in [Init::Default, Init::KaimingNormal, Init::KaimingUniform, Init::Orthogonal, Init::Dirac] {
        for (name, got, expected) in beside(init) {
            let Some(expected) = expected else {
                assert!(init != Init::Default && name.ends_with("bias"), "{name}: nothing is stored");
                continue;
            };
            assert_eq!(got.len(), expected.len(), "{name}");
            for (index, (got, expected)) in got.into_iter().zip(expected).enumerate() {
                assert!(is_near(got, expected), "{name}[{index}]: {got}, expected {expected}");
            }
            compared += 1;
        }
    }
    assert_eq!(compared, stored().len(), "something that is stored was not compared");
}
