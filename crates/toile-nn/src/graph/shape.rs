//! Shapes of tensors.

use super::mistake::Mistake;

/// Shape of one image's tensor (the batch is implied).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Kept in memory as `[height][width][channels]`.
    Image {
        /// Number of channels.
        channels: usize,
        /// Number of rows.
        height: usize,
        /// Number of columns.
        width: usize,
    },
    /// A vector. Where it comes from flattening an image, `flattened` is that image's
    /// [channels, height, width]: the values still lie in memory as `[height][width][channels]`, and the
    /// `Linear` layer that follows permutes its weight's columns instead.
    Features {
        /// Number of values.
        len: usize,
        /// Shape of the image it was, if it was one.
        flattened: Option<[usize; 3]>,
    },
}

impl Shape {
    /// Number of values.
    pub fn len(self) -> usize {
        match self {
            Shape::Image { channels, height, width } => channels * height * width,
            Shape::Features { len, .. } => len,
        }
    }

    /// Whether there is no value at all.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Channels, height and width; features are channels of one pixel.
    pub fn dims(self) -> [usize; 3] {
        match self {
            Shape::Image { channels, height, width } => [channels, height, width],
            Shape::Features { len, .. } => [len, 1, 1],
        }
    }

    /// Channels, height and width for a layer that needs an image.
    pub(crate) fn image(self, layer: &str) -> Result<[usize; 3], Mistake> {
        match self {
            Shape::Image { channels, height, width } => Ok([channels, height, width]),
            Shape::Features { .. } => {
                let message = format!("{layer} needs an image, but gets {self}");
                Err(Mistake::new(message, "move it in front of Flatten"))
            }
        }
    }

    /// The number of features for a layer that needs them.
    pub(crate) fn features(self, layer: &str) -> Result<usize, Mistake> {
        match self {
            Shape::Features { len, .. } => Ok(len),
            Shape::Image { .. } => {
                let message = format!("{layer} needs features, but gets {self}");
                Err(Mistake::new(message, "put \"Flatten\" in front of it"))
            }
        }
    }

    /// Whether values of these shapes lie alike; where an image has one pixel, flattening orders nothing.
    pub(crate) fn lies_like(self, other: Shape) -> bool {
        let order = |shape: Shape| match shape {
            Shape::Features { len, flattened: Some([_, 1, 1]) } => Shape::Features { len, flattened: None },
            _ => shape,
        };
        order(self) == order(other)
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Shape::Image { channels, height, width } => write!(f, "{channels}x{height}x{width}"),
            Shape::Features { len, .. } => write!(f, "{len} features"),
        }
    }
}
