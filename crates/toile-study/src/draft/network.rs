//! A small convolutional network for images of any shape.

/// Convolutions at most.
const BLOCKS_MAX: usize = 4;
/// Rows or columns from which an image is halved: what comes out has four.
const HALVED_FROM: usize = 8;
/// Weights of the last layer at most; above, each map is averaged first.
const LAST_WEIGHTS_MAX: usize = 1 << 20;

/// Its layers, a line each: convolutions of 3 x 3 that double their channels while pooling halves the image, then one
/// linear layer.
pub(super) fn cnn(image_shape: [usize; 3], classes: usize, train_images: usize) -> Vec<String> {
    let [channels, mut height, mut width] = image_shape;
    let mut lines = vec![format!("# {channels} x {height} x {width} values come in.")];
    // Large images cost most in the first layers, and few images teach few filters.
    let first = if height * width > 32 * 32 || train_images < 5000 { 16 } else { 32 };
    // A variance needs more than one value.
    let norm = if height * width >= 4 { " \"BatchNorm2d\"," } else { "" };
    let mut maps = first;
    for block in 0..BLOCKS_MAX {
        maps = first << block;
        lines.push(format!(
            "{{ Conv2d = {{ out_channels = {maps}, kernel_size = 3, padding = 1 }} }},{norm} \"ReLU\","
        ));
        if height.min(width) >= HALVED_FROM {
            (height, width) = (height / 2, width / 2);
            lines.push(format!("{{ MaxPool2d = {{ kernel_size = 2 }} }}, # {maps} x {height} x {width}"));
        } else if block > 0 {
            break;
        }
    }
    if maps * height * width * classes > LAST_WEIGHTS_MAX {
        (height, width) = (1, 1);
        lines.push("{ AdaptiveAvgPool2d = { output_size = 1 } }, # the mean of each map".to_owned());
    }
    lines.push(format!("\"Flatten\", # {} values", maps * height * width));
    lines.push("{ Dropout = { p = 0.25 } },".to_owned());
    lines.push(format!("{{ Linear = {{ out_features = {classes} }} }}, \"LogSoftmax\", # an output a class"));
    lines
}
