//! The graphs as text, and what becomes of a file that is changed.

use toile_testing::{Chance, changed_bytes};

use super::decode::decode;
use super::encode::encode;
use super::model::{Attribute, Graph, Values};
use super::{Input, Layout, file, int8_file, model};
use crate::int8::{integers, program_of};
use crate::sample::{CORNERS, EVERY_LAYER, INGREDIENTS, MODERN_LAYERS, NEWER_LAYERS, check_kept, trained};

/// Nodes, ports and tensors, a line each.
fn outline(graph: &Graph<'_>) -> String {
    let mut text = String::new();
    for port in &graph.inputs {
        text += &format!("in  {} {:?} {:?}\n", port.name, port.element, port.shape);
    }
    for node in &graph.nodes {
        text += &format!("{} = {}({})", node.output, node.kind, node.inputs.join(", "));
        for (name, value) in &node.attributes {
            text += &match value {
                Attribute::Float(value) => format!(" {name}={value}"),
                Attribute::Integer(value) => format!(" {name}={value}"),
                Attribute::Integers(values) => format!(" {name}={values:?}"),
            };
        }
        text.push('\n');
    }
    for port in &graph.outputs {
        text += &format!("out {} {:?} {:?}\n", port.name, port.element, port.shape);
    }
    for tensor in &graph.initializers {
        let values = match &tensor.values {
            Values::Floats(values) if values.len() > 4 => format!("{} floats", values.len()),
            Values::Floats(values) => format!("{values:?}"),
            Values::Integers(values) => format!("{values:?}"),
            Values::Bytes(values) if values.len() > 4 => format!("{} bytes", values.len()),
            Values::Bytes(values) => format!("{values:?}"),
            Values::Words(values) => format!("{} words", values.len()),
        };
        text += &format!("    {} {:?}: {values}\n", tensor.name, tensor.shape);
    }
    text
}

#[test]
fn graphs_of_every_kind_of_layer_are_as_they_were_looked_at() {
    for (name, study, input) in [
        ("every-layer.txt", EVERY_LAYER, Input::Bytes(Layout::Nhwc)),
        ("newer-layers.txt", NEWER_LAYERS, Input::Float),
        ("modern-layers.txt", MODERN_LAYERS, Input::Float),
        ("ingredients.txt", INGREDIENTS, Input::Float),
        ("corners.txt", CORNERS, Input::Bytes(Layout::Nchw)),
    ] {
        let channels = if study == CORNERS { 3 } else { 1 };
        let read = decode(&file(&trained(study, channels), input).unwrap()).unwrap();
        check_kept(name, &outline(&read.graph));
    }
}

#[test]
fn graphs_of_whole_numbers_are_as_they_were_looked_at() {
    for (name, study) in [("every-layer-int8.txt", EVERY_LAYER), ("modern-layers-int8.txt", MODERN_LAYERS)] {
        let trained = trained(study, 1);
        let program = program_of(&trained);
        let tensors = program.steps.iter().map(|step| step.output).max().unwrap() + 1;
        let normalizer = trained.normalization.normalizer().unwrap();
        let integers = integers(&trained, &vec![[-1.0, 3.0]; tensors], &normalizer).unwrap();
        let file = int8_file(&trained, &integers, Input::Float).unwrap();
        check_kept(name, &outline(&decode(&file).unwrap().graph));
    }
}

/// What is done to a graph.
type Damage = fn(&mut Graph<'_>);

#[test]
fn graphs_that_are_not_sound_are_told_apart() {
    let trained = trained(NEWER_LAYERS, 1);
    let sound = model(&trained, Input::Bytes(Layout::Nhwc), None).graph;
    assert_eq!(sound.check(), Ok(()));
    let damages: [(&str, Damage); 5] = [
        ("which nothing has written before it", |graph| graph.nodes.swap(3, 4)),
        ("two tensors are called Div_3", |graph| graph.nodes[4].output = "Div_3".into()),
        ("nothing reads conv2.bias", |graph| {
            graph.nodes.iter_mut().for_each(|node| node.inputs.retain(|input| input != "conv2.bias"));
        }),
        ("nothing writes the output answers", |graph| graph.outputs[0].name = "answers".into()),
        ("conv1.weight does not fill its shape", |graph| graph.initializers[3].shape[0] += 1),
    ];
    for (expected, damage) in damages {
        let mut graph = sound.clone();
        damage(&mut graph);
        let said = graph.check().unwrap_err();
        assert!(said.contains(expected), "{said:?} lacks {expected:?}");
    }
}

/// What reads a file back has to see what is another in it, or the comparison would be for nothing.
#[test]
fn a_changed_file_is_never_taken_for_what_was_meant() {
    let trained = trained(CORNERS, 1);
    let meant = model(&trained, Input::Bytes(Layout::Nhwc), None);
    let whole = encode(&meant);
    assert_eq!(decode(&whole).unwrap(), meant);
    let (mut refused, mut others) = (0, 0);
    for case in 0..500 {
        let bytes = changed_bytes(&whole, &mut Chance::new(2, case));
        match decode(&bytes) {
            Err(_) => refused += 1,
            Ok(read) if read != meant => others += 1,
            // What it says of its version and its maker is not read.
            Ok(_) => {}
        }
    }
    assert!(refused > 300 && others > 20 && refused + others > 450, "{refused} refused, {others} others");
}
