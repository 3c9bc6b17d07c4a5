//! In which order stages run.

use toile_kernels::isa::Isa;
use toile_nn::description::{BatchNorm2d, Flatten, GELU, Layer, Linear, LogSoftmax, ReLU, Residual, resolve};
use toile_nn::executor::Training;
use toile_nn::layers;
use toile_nn::optimizer::Adam;

use crate::engine::{engine, train};
use crate::networks::conv;

/// Names of what runs, in its order.
fn stages(layers: &[Layer]) -> Vec<String> {
    let network = resolve([2, 16, 16], layers, 5).expect("a network");
    let mut engine = engine(&network, &Training::new(Adam::default(), 7), 1, Isa::best());
    engine.start_stopwatch();
    train(&mut engine, &network, &[3]);
    engine.stop_stopwatch().into_iter().map(|stage| stage.name).collect()
}

/// What it adds to the gradient of its input is a few pixels of those that the block has written by then.
#[test]
fn a_projection_runs_before_its_block() {
    let projected = |block: Vec<Layer>| Residual { projection: true, ..Residual::new(block) };
    let block = layers![BatchNorm2d::default(), ReLU, conv(6, 3, 2, 1)];
    let once = projected(block.clone());
    let twice = projected(vec![Layer::GELU(GELU { tanh: false }), once.clone().into()]);
    let network = |first: Residual| layers![conv(3, 3, 1, 1), first, Flatten, Linear::new(5), LogSoftmax];
    let of_block = ["Conv2d", "BatchNorm2d + ReLU", "Conv2d"];
    let stages_of_one = stages(&network(once));
    assert_eq!(stages_of_one[1..4], of_block, "{stages_of_one:?}");
    let stages_of_two = stages(&network(twice));
    assert_eq!(stages_of_two[1..3], ["Conv2d", "GELU"], "{stages_of_two:?}");
    assert_eq!(stages_of_two[3..6], of_block, "{stages_of_two:?}");
}
