//! What layers, nodes and tensors are called, and what layers are one of.

use toile_nn::description::{Family, Layer, SqueezeExcitation, resolve};

use crate::networks::{FLATTEN, LOG_SOFTMAX, RELU, conv, linear, networks};

#[test]
fn nodes_and_tensors_say_what_they_belong_to() {
    let layers =
        [conv(3, 1, 1, 0), Layer::from(SqueezeExcitation::new(2)), RELU, FLATTEN, linear(2), LOG_SOFTMAX];
    let network = resolve([1, 4, 4], &layers, 2).expect("a network");
    let names: Vec<_> = network.nodes.iter().map(|node| network.name_of(node)).collect();
    assert_eq!(names, [Some("conv1"), Some("se1"), None, None, Some("fc1"), None]);
    let of: Vec<_> = network.parameters.iter().map(|p| (p.module(), p.layer())).collect();
    let [conv, fc1, fc2, fc] = [("conv1", "conv1"), ("se1", "se1.fc1"), ("se1", "se1.fc2"), ("fc1", "fc1")];
    assert_eq!(of, [conv, conv, fc1, fc1, fc2, fc2, fc, fc]);
}

#[test]
fn families_are_those_of_the_names() {
    for node in networks().iter().flat_map(|(_, network)| &network.nodes) {
        assert_eq!(Family::of(node.op.kind()), Some(node.op.family()), "{}", node.op.kind());
    }
    // A block is no operation: its sum is one.
    let unknown: Vec<&str> = Layer::NAMES.iter().copied().filter(|name| Family::of(name).is_none()).collect();
    assert_eq!((unknown, Family::of("Add")), (vec!["Residual"], Some(Family::Sum)));
    for (name, family) in [
        ("Dropout2d", Family::Dropout),
        ("AdaptiveMaxPool2d", Family::Pool),
        ("GroupNorm", Family::Norm),
        ("Hardswish", Family::Activation),
        ("LogSoftmax", Family::Other),
    ] {
        assert_eq!(Family::of(name), Some(family), "{name}");
    }
}
