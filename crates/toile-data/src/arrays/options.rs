//! What a user can say about arrays that do not say it themselves.

use std::fmt;
use std::str::FromStr;

/// How to read image arrays.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ArrayOptions {
    /// Order of the axes; None: found from the shape, where that leaves no doubt.
    pub layout: Option<Layout>,
    /// Values that become 0 and 255; None: found from the training images (see [`super::npz`]).
    pub range: Option<[f64; 2]>,
}

/// Order of the axes of an image array: N images, C channels, H rows, W columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Channels last, as TensorFlow, Pillow and matplotlib have them.
    Nhwc,
    /// Channels first, as PyTorch has them.
    Nchw,
    /// Grey images without an axis of channels; given for an array of rank 2, it says that each row is a square image.
    Nhw,
}

impl Layout {
    /// All of them.
    pub const ALL: [Layout; 3] = [Layout::Nhwc, Layout::Nchw, Layout::Nhw];

    /// As study files write it.
    pub fn name(self) -> &'static str {
        match self {
            Layout::Nhwc => "NHWC",
            Layout::Nchw => "NCHW",
            Layout::Nhw => "NHW",
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Layout {
    type Err = String;

    fn from_str(text: &str) -> Result<Layout, String> {
        let found = Layout::ALL.into_iter().find(|layout| layout.name() == text);
        found.ok_or_else(|| format!("there is no layout {text:?}; there are: NHWC, NCHW, NHW"))
    }
}
