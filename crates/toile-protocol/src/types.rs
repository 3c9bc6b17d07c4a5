//! What the server and the protocol's bytes have in common.

/// What clients may know of a served model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFacts {
    /// Its name in addresses.
    pub name: String,
    /// The versions it has.
    pub versions: Vec<String>,
    /// Channels, rows, columns.
    pub image_shape: [usize; 3],
    /// In the order of the probabilities.
    pub class_names: Vec<String>,
    /// The most images of a request.
    pub batch_max: usize,
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Of HTTP.
    pub status: u16,
    /// What is wrong, where, and what to do.
    pub message: String,
}

/// A request that has passed every check.
#[derive(Clone, Debug, PartialEq)]
pub struct InferRequest {
    /// Comes back with the answer.
    pub id: Option<String>,
    /// Those of all images.
    pub pixels: Pixels,
    /// At least one.
    pub images: usize,
    /// What to answer with, in this order. At least one.
    pub outputs: Vec<WantedOutput>,
}

/// The images of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Pixels {
    /// `[image][row][column][channel]`
    Bytes(Vec<u8>),
    /// `[image][channel][row][column]`, normalized already. All of them are finite.
    Normalized(Vec<f32>),
}

/// One tensor of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WantedOutput {
    /// Which.
    pub output: Output,
    /// Whether its values follow the JSON as bytes.
    pub binary: bool,
    /// The most probable classes as strings `probability:index:name` in the place of the values: how many. Of
    /// [`Output::Probabilities`] alone, at most the number of classes.
    pub classification: Option<usize>,
}

/// The tensors that a model can answer with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// `[batch][class]`, 32 bit floats.
    Probabilities,
    /// `[batch]`, the index of the most probable class.
    Class,
    /// `[batch]`, its name.
    ClassName,
}

/// What a network makes of the images of a request.
#[derive(Clone, Copy, Debug)]
pub struct Answers<'a> {
    /// `[image][class]`.
    pub probabilities: &'a [f32],
    /// The most probable class of each image, which probabilities that round to the same number need not tell.
    pub classes: &'a [usize],
}

/// The bytes of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InferResponse {
    /// JSON, then the binary tensors.
    pub body: Vec<u8>,
    /// The length of the JSON where binary tensors follow it: the header `Inference-Header-Content-Length`.
    pub json_length: Option<usize>,
}

impl Output {
    /// In the order in which a model answers with them.
    pub(crate) const ALL: [Output; 3] = [Output::Probabilities, Output::Class, Output::ClassName];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Output::Probabilities => "probabilities",
            Output::Class => "class",
            Output::ClassName => "class_name",
        }
    }

    pub(crate) fn datatype(self) -> &'static str {
        match self {
            Output::Probabilities => "FP32",
            Output::Class => "INT64",
            Output::ClassName => "BYTES",
        }
    }
}
