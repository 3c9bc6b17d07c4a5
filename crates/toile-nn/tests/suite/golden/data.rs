//! A case's images, labels, starting parameters and dropout masks, moved from PyTorch's order to Toile's.

use toile_nn::description::{Initial, Network, Op, Parameter, Shape};
use toile_nn::executor::Mixed;
use toile_nn::plain::{DropoutMasks, PlainBatch};

use super::cases::Case;
use super::formula::{Formula, inverse_root};

/// The batch of one step.
pub(super) struct Data {
    /// [image][row][column][channel].
    pub(super) images: Vec<f64>,
    pub(super) labels: Vec<u32>,
    /// The place in the batch: what [`Masks`] goes by.
    image_ids: Vec<u32>,
    /// The class mixed into each image, and the share that its own keeps, where the case mixes.
    mixed: Option<(Vec<u32>, Vec<f32>)>,
}

impl Data {
    pub(super) fn of(case: &Case, step: usize) -> Self {
        let count = if step == 5 { 5 } else { 6 };
        let len = case.input.iter().product::<usize>();
        let pixels = Formula::of(&format!("{}/images/{step}", case.name));
        let labels = Formula::of(&format!("{}/labels/{step}", case.name));
        let others = Formula::of(&format!("{}/others/{step}", case.name));
        let shares = Formula::of(&format!("{}/shares/{step}", case.name));
        let mixed = || {
            let others = (0..count).map(|i| others.integer(i, case.classes) as u32).collect();
            (others, (0..count).map(|i| shares.uniform(i) as f32).collect())
        };
        Data {
            images: (0..count * len)
                .map(|i| pixels.uniform(i / len * len + torch_index(case.input, i % len)))
                .map(|x| rounded(case, x))
                .collect(),
            labels: (0..count).map(|i| labels.integer(i, case.classes) as u32).collect(),
            image_ids: (0..count as u32).collect(),
            mixed: case.mixed.then(mixed),
        }
    }

    pub(super) fn batch(&self) -> PlainBatch<'_, f64> {
        let Data { images, labels, image_ids, mixed } = self;
        let mixed = mixed.as_ref().map(|(labels, shares)| Mixed { labels, shares });
        PlainBatch { images, labels, image_ids, mixed }
    }
}

/// Down to a multiple of the case's quantum, if it has one.
fn rounded(case: &Case, x: f64) -> f64 {
    case.quantum.map_or(x, |quantum| (x / quantum).floor() * quantum)
}

/// Where PyTorch keeps ([channel][row][column]) the value `index` of an image in [row][column][channel].
fn torch_index([channels, height, width]: [usize; 3], index: usize) -> usize {
    index % channels * height * width + index / channels
}

/// Starting values of a parameter, in PyTorch's order.
pub(super) fn initial(case: &Case, parameter: &Parameter) -> Vec<f64> {
    let formula = Formula::of(&format!("{}/{}", case.name, parameter.name));
    let outputs = parameter.shape[0];
    let value = |i| match parameter.initial {
        Initial::Ones => 0.75 + 0.5 * formula.uniform(i),
        Initial::Zeros => 0.25 * (formula.uniform(i) - 0.5),
        _ => {
            let fan_in = if parameter.shape.len() > 1 { parameter.len() / outputs } else { 16 };
            rounded(case, formula.symmetric(i) * case.gain * inverse_root(fan_in))
        }
    };
    (0..parameter.len()).map(value).collect()
}

/// The dropout masks of one step.
pub(super) struct Masks<'a> {
    pub(super) case: &'a Case,
    pub(super) network: &'a Network,
    pub(super) step: usize,
}

impl DropoutMasks for Masks<'_> {
    fn keep(&self, ordinal: u16, image_id: u32, unit: usize) -> bool {
        let found = self.network.nodes.iter().find_map(|node| match &node.op {
            _ if node.place.stream != Some(ordinal) => None,
            Op::Dropout(dropout) => Some((dropout.p, node.place.input_shape, true)),
            Op::Dropout2d(dropout) => Some((dropout.p, node.place.input_shape, false)),
            Op::Add(sum) => {
                let whole = Shape::Image { channels: 1, height: 1, width: 1 };
                Some((sum.stochastic_depth, whole, false))
            }
            _ => None,
        });
        let (p, shape, single_values) = found.expect("a dropout layer of this ordinal");
        let [channels, height, width] = match shape {
            Shape::Features { flattened: Some(image), .. } => image,
            shape => shape.dims(),
        };
        let (units, index) = match single_values {
            true => (shape.len(), torch_index([channels, height, width], unit)),
            false => (channels, unit),
        };
        let name = format!("{}/mask/{}/{ordinal}", self.case.name, self.step);
        Formula::of(&name).keep(image_id as usize * units + index, p)
    }
}
