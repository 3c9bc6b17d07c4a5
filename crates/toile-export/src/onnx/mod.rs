//! ONNX: the network with its preprocessing in one file, which ONNX Runtime, browsers and many other programs run.
//!
//! What goes in is what [`Input`] and [`Layout`] say; what comes out is `log_probabilities` and `probabilities`, both
//! [batch, classes] in the order of `class_names` in the file's metadata. The first are what the study's losses are made
//! of; the second are their exponentials, as Toile's own probabilities are. Any batch goes: its side is called `batch`.
//!
//! Weights are initializers under PyTorch's names and in its layout.

mod build;
#[cfg(feature = "tract")]
pub mod check;
mod decode;
mod encode;
mod layers;
mod model;
mod pools;
mod qdq;
#[cfg(test)]
mod tests;

use toile_device::int8::Integers;
use toile_study::trained::Trained;

use self::build::{Builder, integers};
use self::layers::Weighted;
use self::model::{Attribute, Element, Model, Port, Side};
use crate::error::ExportError;
use crate::facts::facts;

pub use encode::{IR_VERSION, OPSET};

/// What is fed to the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// `images`: pixel bytes from 0 to 255, of the size the network takes. They are normalised inside, as Toile does it:
    /// (byte / 255 - mean) / std, each operation rounded to 32 bits in this order.
    Bytes(Layout),
    /// `normalized`: 32 bit floats [batch, channels, height, width], normalised already by the same formula.
    Float,
}

/// The order of an image's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// [batch, height, width, channels], as pictures lie in memory.
    Nhwc,
    /// [batch, channels, height, width], as PyTorch has them.
    Nchw,
}

impl Layout {
    /// `NHWC` or `NCHW`.
    pub fn name(self) -> &'static str {
        match self {
            Layout::Nhwc => "NHWC",
            Layout::Nchw => "NCHW",
        }
    }
}

/// Protocol buffers end at 2 GiB; this leaves room for what is no weight.
const BYTES_MAX: u64 = (1 << 31) - (1 << 20);

/// The bytes of an ONNX file. They have been read back and compared with what was meant; that another runtime gives the
/// same answers is for `check` to show.
///
/// # Errors
/// More weights than the format holds. A graph that is not sound would be a bug.
pub fn file(trained: &Trained, input: Input) -> Result<Vec<u8>, ExportError> {
    let bytes = trained.network.parameters.iter().map(|parameter| 4 * parameter.len() as u64).sum();
    if bytes > BYTES_MAX {
        return Err(ExportError::TooLarge { format: "an ONNX file", bytes, limit: BYTES_MAX });
    }
    sound(&model(trained, input, None))
}

/// The bytes of an ONNX file of the network in whole numbers, in the QDQ form that runtimes make operators on bytes of.
///
/// # Errors
/// A graph that is not sound would be a bug.
pub fn int8_file(trained: &Trained, integers: &Integers, input: Input) -> Result<Vec<u8>, ExportError> {
    sound(&model(trained, input, Some(integers)))
}

/// The bytes of a model that is sound and says what is meant.
fn sound(model: &Model<'_>) -> Result<Vec<u8>, ExportError> {
    let bytes = encode::encode(model);
    let unsound = |problem| ExportError::Unsound { problem };
    model.graph.check().map_err(unsound)?;
    if decode::decode(&bytes).map_err(unsound)? != *model {
        return Err(unsound("the file does not say what was meant".into()));
    }
    Ok(bytes)
}

fn model<'a>(trained: &'a Trained, input: Input, whole: Option<&Integers>) -> Model<'a> {
    let mut build = Builder::new(&trained.run.model);
    let [channels, height, width] = trained.image_shape;
    let port = |name: &str, element, sides: &[usize]| {
        let sides = sides.iter().map(|&side| Side::Fixed(side as i64));
        let shape = [Side::Named("batch".into())].into_iter().chain(sides).collect();
        Port { name: name.into(), element, shape }
    };
    let image = [channels, height, width];
    let (port_in, name) = match input {
        Input::Bytes(layout) => {
            let sides = if layout == Layout::Nhwc { [height, width, channels] } else { image };
            (port("images", Element::Byte, &sides), normalized(&mut build, trained, layout))
        }
        Input::Float => (port("normalized", Element::Float, &image), "normalized".into()),
    };
    let of = Weighted { network: &trained.network, weights: &trained.weights };
    match whole {
        None => layers::append(&mut build, of, &name, "log_probabilities"),
        Some(whole) => qdq::append(&mut build, &trained.network, whole, &name, "log_probabilities"),
    }
    build.named_node("Exp", &["log_probabilities"], vec![], "probabilities");
    let classes = [trained.class_names.len()];
    build.graph.inputs = vec![port_in];
    build.graph.outputs =
        ["log_probabilities", "probabilities"].map(|name| port(name, Element::Float, &classes)).into();
    let mut metadata = facts(trained);
    let said = match input {
        Input::Bytes(layout) => ("input", format!("uint8 {}, 0 to 255", layout.name())),
        Input::Float => ("input", "float32 NCHW, (byte / 255 - mean) / std".to_owned()),
    };
    metadata.push((said.0.into(), said.1));
    if whole.is_some() {
        metadata
            .push(("quantization".into(), "int8: weights by output, tensors with a scale and a zero".into()));
    }
    Model { metadata, graph: build.graph }
}

/// Appends what turns `images` into numbers, in the order of operations that Toile has.
fn normalized<'a>(build: &mut Builder<'a>, trained: &'a Trained, layout: Layout) -> String {
    // `FLOAT` of `TensorProto.DataType`.
    let to_float = vec![("to", Attribute::Integer(encode::FLOAT))];
    let mut x = build.node_with("Cast", &["images"], to_float);
    if layout == Layout::Nhwc {
        x = build.node_with("Transpose", &[&x], vec![("perm", integers([0, 3, 1, 2]))]);
    }
    let whole = build.number("255", 255.0);
    let sides = [1, trained.image_shape[0], 1, 1];
    let mean = build.floats("normalization.mean", &sides, &trained.normalization.mean);
    let std = build.floats("normalization.std", &sides, &trained.normalization.std);
    x = build.node("Div", &[&x, &whole]);
    x = build.node("Sub", &[&x, &mean]);
    build.node("Div", &[&x, &std])
}
