//! What the script is told, as JSON: the network, how pictures become its input, class names, what it was right about.

use serde_json::{Map, Value, json};
use toile_nn::description::{Network, Node, SettingValue, Shape};
use toile_nn::plain::features;
use toile_store::{ConfusionMatrix, Evaluation};
use toile_study::trained::Trained;

use crate::extras::{Example, Extras};

/// Classes that are named beside the one that was right.
const MISTAKES_SHOWN: usize = 2;

/// One line of JSON that can stand in a page. `places` says where each tensor stands.
pub(crate) fn json(trained: &Trained, extras: &Extras, places: &[Value]) -> String {
    let Trained { network, preprocessing, normalization, class_names, .. } = trained;
    let examples = extras.shown();
    let called = extras.evaluation.as_ref().map(|evaluation| called(evaluation, class_names.len()));
    let of_example = |example: &Example| json!({ "index": example.index, "label": example.label });
    let data = json!({
        "features": features(network).map(|tensor| {
            let shape = network.nodes[tensor - 1].place.output_shape.dims();
            json!({ "tensor": tensor, "shape": shape })
        }),
        "network": { "nodes": network.nodes.iter().map(|n| node(network, n, places)).collect::<Vec<_>>() },
        "preprocessing": {
            "channels": preprocessing.channels,
            "size": preprocessing.size,
            "resize": preprocessing.resize.name(),
            "background": preprocessing.background,
        },
        "normalization": { "mean": normalization.mean, "std": normalization.std },
        "classes": class_names,
        "ground": if is_dark(trained, examples) { "dark" } else { "light" },
        "called": called,
        "server": extras.server,
        "examples": examples.iter().map(of_example).collect::<Vec<_>>(),
    });
    // Nothing in it may end the element it stands in.
    data.to_string().replace('<', "\\u003c")
}

/// A layer: what it is, what it reads, shapes as [channels, height, width], and where its tensors stand.
fn node(network: &Network, node: &Node, places: &[Value]) -> Value {
    let place = &node.place;
    let settings: Map<String, Value> =
        node.op.settings().into_iter().map(|setting| (setting.name.into(), value(setting.value))).collect();
    debug_assert_eq!(network.parameters.len(), places.len());
    let flattened = match place.input_shape {
        Shape::Features { flattened, .. } => flattened,
        Shape::Image { .. } => None,
    };
    json!({
        "kind": node.op.kind(),
        "inputs": place.inputs,
        "from": place.input_shape.dims(),
        "to": place.output_shape.dims(),
        "flattened": flattened,
        "settings": settings,
        "parameters": places[place.parameters.clone()],
    })
}

fn value(value: SettingValue) -> Value {
    match value {
        SettingValue::Integer(value) => json!(value),
        SettingValue::Pair(pair) => json!([pair.height, pair.width]),
        SettingValue::Number(value) => json!(value),
        SettingValue::Numbers(first, second) => json!([first, second]),
        SettingValue::Triple(first, second, third) => json!([first, second, third]),
        SettingValue::Boolean(value) => json!(value),
        SettingValue::Word(word) => json!(word),
    }
}

/// For each class: how many test images were called so, how many of them rightly, and which other classes most of the
/// rest were.
fn called(Evaluation { confusion, .. }: &Evaluation, classes: usize) -> Value {
    let mut columns: Vec<Vec<(usize, u64)>> = vec![Vec::new(); classes];
    for (truth, predicted, images) in confusion.cells().filter(|cell| cell.1 < classes) {
        columns[predicted].push((truth, images));
    }
    let of_class = |(predicted, mut truths): (usize, Vec<(usize, u64)>)| {
        let said: u64 = truths.iter().map(|(_, images)| images).sum();
        truths.retain(|(truth, _)| *truth != predicted);
        // Of equals the first class stays first.
        truths.sort_by_key(|(_, images)| std::cmp::Reverse(*images));
        truths.truncate(MISTAKES_SHOWN);
        json!([said, right(confusion, predicted), truths])
    };
    columns.into_iter().enumerate().map(of_class).collect()
}

fn right(confusion: &ConfusionMatrix, class: usize) -> u64 {
    confusion.at(class, class)
}

/// Whether pictures of this kind are light on dark: by the borders of the examples, or without any by the mean that
/// pixels are normalized with.
fn is_dark(trained: &Trained, examples: &[Example]) -> bool {
    let [channels, height, width] = trained.image_shape;
    let is_border = |pixel: usize| {
        let (row, column) = (pixel / width, pixel % width);
        row == 0 || column == 0 || row + 1 == height || column + 1 == width
    };
    let (mut sum, mut count) = (0_u64, 0_u64);
    for example in examples {
        for (_, pixel) in example.pixels.chunks_exact(channels).enumerate().filter(|(at, _)| is_border(*at)) {
            sum += pixel.iter().map(|&byte| u64::from(byte)).sum::<u64>();
            count += channels as u64;
        }
    }
    if count > 0 {
        return sum < 128 * count;
    }
    let mean = &trained.normalization.mean;
    mean.iter().sum::<f32>() < 0.5 * mean.len() as f32
}
