//! Puts a rectangle of another image over each image of a batch, and mixes their labels by area.

use crate::augment::draws::Draws;
use crate::augment::image::Rectangle;
use crate::augment::kind::BatchTransform;
use crate::augment::mixer::{mixer, symmetric_beta};
use crate::augment::mixture::{Mixing, Mixture};

/// A rectangle of the image before it in the batch over each image, and their labels in the shares of the area; one
/// rectangle a batch, whose area before it is cut at the edges is 1 - lambda with lambda of Beta(alpha, alpha) (Yun,
/// Han, Oh, Chun, Choe and Yoo, "CutMix: regularization strategy to train strong classifiers with localizable
/// features", ICCV 2019).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CutMix {
    /// Small values make the rectangle very small or very large most often; 1, which makes lambda uniform.
    pub alpha: f64,
}

mixer!(CutMix, "CutMix", "{ CutMix = { alpha = 1.0 } }");

impl BatchTransform for CutMix {
    fn mixture(&self, draws: &mut Draws, [_, height, width]: [usize; 3]) -> Mixture {
        let lambda = symmetric_beta(self.alpha, draws);
        let middle = [draws.below(width), draws.below(height)];
        rectangle(lambda, middle, [height, width])
    }
}

/// The rectangle around a pixel ([column, row]) whose area is 1 - lambda, cut at the edges.
pub(super) fn rectangle(lambda: f64, [x, y]: [usize; 2], [height, width]: [usize; 2]) -> Mixture {
    let half = 0.5 * (1.0 - lambda).sqrt();
    let side = |middle: usize, len: usize| {
        let half = (half * len as f64) as usize;
        let start = middle.saturating_sub(half);
        (start, (middle + half).min(len) - start)
    };
    let ((left, w), (top, h)) = (side(x, width), side(y, height));
    Mixture {
        share: 1.0 - (w * h) as f64 / (width * height) as f64,
        how: Mixing::Rectangle(Rectangle { top, left, height: h, width: w }),
    }
}
