//! A data set in memory: images as bytes, labels tied to class names.

/// Labelled images of one shape. Pixels stay bytes: 47 MB for Fashion-MNIST's training images.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// Channels, height and width of an image.
    pub image_shape: [usize; 3],
    /// [image][row][column][channel].
    pub pixels: Vec<u8>,
    /// Class of each image, an index into `class_names`.
    pub labels: Vec<u32>,
    /// Names of the classes.
    pub class_names: Vec<String>,
}

impl Dataset {
    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no image at all.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Bytes of an image.
    pub fn image_len(&self) -> usize {
        self.image_shape.iter().product()
    }
}
