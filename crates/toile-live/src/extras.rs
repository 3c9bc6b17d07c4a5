//! What a page shows beside the network.

use toile_store::Evaluation;

/// What a page shows beside the network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extras {
    /// Heading of the page.
    pub title: String,
    /// SHA-256 of the file of weights, in hexadecimal digits, for the page's foot. Empty where there is no such file.
    pub weights_sha256: String,
    /// What was measured on the test images; without it the page cannot say how far the network can be trusted.
    pub evaluation: Option<Evaluation>,
    /// Where the page comes from a server: the address on it that answers, by the Open Inference Protocol. Without, the
    /// page answers by itself.
    pub server: Option<String>,
    /// Test images to try, in the order in which they are shown. Those beyond [`Extras::EXAMPLES_BYTES_MAX`] bytes of
    /// pixels are left out.
    pub examples: Vec<Example>,
}

/// A test image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Its number in the test set, from 0.
    pub index: u32,
    /// Its class, from 0.
    pub label: u32,
    /// `[row][column][channel]`.
    pub pixels: Vec<u8>,
}

impl Extras {
    /// Pixels of examples in a page, in bytes: they are to be no heavier than what they are examples for.
    pub const EXAMPLES_BYTES_MAX: usize = 300_000;

    /// The examples that a page has room for.
    pub(crate) fn shown(&self) -> &[Example] {
        let each = self.examples.first().map_or(1, |example| example.pixels.len().max(1));
        &self.examples[..self.examples.len().min(Self::EXAMPLES_BYTES_MAX / each)]
    }
}
