//! What values each tensor takes on images of the training.

use crate::float;
use crate::program::Program;

/// Least and largest value of each tensor, by its number; nothing between for those that are no more.
pub type Ranges = Vec<[f32; 2]>;

/// The ranges over normalized images, `[image][row][column][channel]`.
///
/// # Panics
/// Values that are no whole images.
pub fn ranges(program: &Program, images: &[f32]) -> Ranges {
    let tensors = program.steps.iter().map(|step| step.output).max().unwrap_or(0) + 1;
    let mut ranges = vec![[0.0f32; 2]; tensors];
    assert_eq!(images.len() % program.image_len(), 0, "whole images");
    for image in images.chunks_exact(program.image_len()) {
        float::run(program, image, &mut |tensor, values| {
            let [low, high] = &mut ranges[tensor];
            *low = values.iter().copied().fold(*low, f32::min);
            *high = values.iter().copied().fold(*high, f32::max);
        });
    }
    ranges
}
