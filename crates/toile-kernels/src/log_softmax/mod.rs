//! Log-softmax with negative log likelihood.
//!
//! **Formula, order.** As [`reference`] says. Backward, an image at a time, the reference itself is compiled
//! for each instruction set.
//!
//! **Layout.** Rows of classes without border. **Aliasing.** None.

mod forward;
pub mod reference;
mod targets;

use crate::layout::{Images, ImagesMut, product};
use crate::simd::versions;
use crate::team::{Shares, Team};
use forward::forward_row;
pub use targets::{Mixed, Target, Targets};

/// Values of an item, about.
const ITEM: usize = 2048;

/// Writes the log-probabilities of each image's logits.
pub fn forward(team: &mut Team, images: usize, x: Images<'_>, y: ImagesMut<'_>) {
    let layout = x.layout;
    assert!(layout == y.layout, "shapes differ");
    y.check(images, "the output");
    share_out(team, images, x, y.values, layout.image_stride());
}

/// As [`forward`], one image's values directly behind the other's.
pub fn forward_side_by_side(team: &mut Team, images: usize, x: Images<'_>, y: &mut [f32]) {
    let classes = x.layout.image_len();
    assert!(y.len() >= product([images, classes]), "the output is too short for {images} images");
    share_out(team, images, x, y, classes);
}

/// Behind the checks of the output, whose images are `stride` values apart.
fn share_out(team: &mut Team, images: usize, x: Images<'_>, y: &mut [f32], stride: usize) {
    let Images { values, layout } = x;
    assert!(layout.is_dense(), "logits have no border");
    x.check(images, "the input");
    let (classes, isa) = (layout.image_len(), team.isa());
    let together = ITEM.div_ceil(classes);
    let y = Shares(y.as_mut_ptr());
    team.for_each(images.div_ceil(together), |_, item| {
        for image in item * together..images.min((item + 1) * together) {
            let x = &values[image * layout.image_stride()..][..classes];
            // SAFETY: inside the output (checked by the callers), and no other item writes this image.
            unsafe {
                let y = std::slice::from_raw_parts_mut(y.at(image * stride), classes);
                forward_row(isa, x, y);
            }
        }
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
    /// What the losses are taken against.
    pub targets: Targets<'a>,
}

/// Writes each image's loss, and the gradient of the batch's loss with respect to the logits. Returns what the sum of
/// the losses is to be divided by for the batch's loss: the number of images, or the sum of their weights.
pub fn backward(team: &mut Team, args: Backward<'_>, losses: &mut [f32], dx: ImagesMut<'_>) -> f64 {
    let Backward { images, x, log_probabilities, targets } = args;
    let layout = x.layout;
    assert!(layout == log_probabilities.layout && layout == dx.layout, "layouts differ");
    assert!(layout.is_dense(), "logits have no border");
    let classes = layout.image_len();
    targets.check(images, classes);
    assert!(losses.len() >= images, "losses");
    dx.check(images, "the gradient");
    let isa = team.isa();
    let (losses, dx) = (Shares(losses.as_mut_ptr()), Shares(dx.values.as_mut_ptr()));
    let weight_sum = targets.weight_sum();
    let share = (1.0 / weight_sum) as f32;
    team.for_each(images, |_, image| {
        let at = image * layout.image_stride();
        let (x, logp) = (&x.values[at..][..classes], &log_probabilities.values[at..][..classes]);
        let target = targets.of(image);
        // SAFETY: rows are inside their buffers; an item writes its own row and loss.
        unsafe {
            let dx = std::slice::from_raw_parts_mut(dx.at(at), classes);
            *losses.at(image) = match target.plain() {
                Some(label) => backward_row(isa, x, logp, label, targets.label_smoothing, share, dx),
                None => backward_target(isa, x, logp, target, share, dx),
            };
        }
    });
    weight_sum
}

versions! {
    /// Of one class of weight one: nearly all there are, so they are compiled by themselves.
    fn backward_row<S>(x: &[f32], logp: &[f32], label: u32, smoothing: f64, share: f32, dx: &mut [f32]) -> f32 {
        reference::row_gradient(smoothing, x, label as usize, share, dx);
        reference::loss(smoothing, logp, label as usize)
    }
}

versions! {
    fn backward_target<S>(x: &[f32], logp: &[f32], target: Target<'_>, share: f32, dx: &mut [f32]) -> f32 {
        target.row_gradient(x, share, dx);
        target.loss(logp)
    }
}
