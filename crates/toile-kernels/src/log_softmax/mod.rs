//! Log-softmax with negative log likelihood.
//!
//! **Formula, order.** As [`reference`] says; an image at a time, so the reference itself is compiled for
//! each instruction set.
//!
//! **Layout.** Rows of classes without border. **Aliasing.** None.

pub mod reference;

use crate::layout::{Images, ImagesMut};
use crate::rows::each_row;
use crate::simd::versions;
use crate::team::{Shares, Team};

/// Writes the log-probabilities of each image's logits.
pub fn forward(team: &mut Team, images: usize, x: Images<'_>, y: ImagesMut<'_>) {
    assert!(x.layout.is_dense() && y.layout.is_dense(), "logits have no border");
    each_row(team, images, [x], y, |isa, [x], y| {
        // SAFETY: slices.
        unsafe { forward_row(isa, x, y) }
    });
}

/// What [`backward`] reads.
#[derive(Clone, Copy, Debug)]
pub struct Backward<'a> {
    /// Number of images.
    pub images: usize,
    /// Logits.
    pub x: Images<'a>,
    /// Log-probabilities.
    pub log_probabilities: Images<'a>,
    /// Class of each image.
    pub labels: &'a [u32],
    /// Share of each target spread evenly.
    pub label_smoothing: f64,
}

/// Writes each image's loss, and the gradient of the batch's mean loss with respect to the logits.
pub fn backward(team: &mut Team, args: Backward<'_>, losses: &mut [f32], dx: ImagesMut<'_>) {
    let Backward { images, x, log_probabilities, labels, label_smoothing } = args;
    let layout = x.layout;
    assert!(layout == log_probabilities.layout && layout == dx.layout, "layouts differ");
    assert!(layout.is_dense(), "logits have no border");
    let classes = layout.image_len();
    assert_eq!(labels.len(), images, "labels");
    assert!(losses.len() >= images, "losses");
    assert!(labels.iter().all(|&label| (label as usize) < classes), "a label is no class");
    dx.check(images, "the gradient");
    let isa = team.isa();
    let (losses, dx) = (Shares(losses.as_mut_ptr()), Shares(dx.values.as_mut_ptr()));
    // The reference divides by the number of labels it sees, which here is one at a time.
    let share = (1.0 / images as f64) as f32;
    team.for_each(images, |_, image| {
        let at = image * layout.image_stride();
        let (x, logp) = (&x.values[at..][..classes], &log_probabilities.values[at..][..classes]);
        // SAFETY: rows are inside their buffers; an item writes its own row and loss.
        unsafe {
            let dx = std::slice::from_raw_parts_mut(dx.at(at), classes);
            *losses.at(image) = backward_row(isa, x, logp, labels[image], label_smoothing, share, dx);
        }
    });
}

versions! {
    fn forward_row<S>(x: &[f32], y: &mut [f32]) {
        reference::forward(x.len(), x, y);
    }
}

versions! {
    fn backward_row<S>(x: &[f32], logp: &[f32], label: u32, smoothing: f64, share: f32, dx: &mut [f32]) -> f32 {
        reference::row_gradient(smoothing, x, label as usize, share, dx);
        reference::loss(smoothing, logp, label as usize)
    }
}
