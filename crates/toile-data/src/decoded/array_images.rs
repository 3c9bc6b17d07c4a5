//! What files of arrays come to: images whose classes and parts are known.

/// Images with the indices of their classes.
pub(super) struct Classified {
    pub(super) pixels: Vec<u8>,
    pub(super) labels: Vec<u32>,
    /// Of all images or of none.
    pub(super) groups: Vec<u32>,
}

impl Classified {
    pub(super) fn new(pixels: Vec<u8>, labels: Vec<u32>) -> Classified {
        Classified { pixels, labels, groups: Vec::new() }
    }
}

/// All of a source of arrays: training, validation and test images.
pub(super) struct ArrayImages {
    pub(super) image_shape: [usize; 3],
    pub(super) class_names: Vec<String>,
    pub(super) group_names: Vec<String>,
    pub(super) notes: Vec<String>,
    pub(super) parts: [Classified; 3],
}
