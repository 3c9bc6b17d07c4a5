//! Statistics, and values normalised with them.

use super::geometry::GroupNorm;
use super::reference::{Statistics, join_channels, normalise_pixels};
use crate::activation::{OfRows, is_relu};
use crate::layout::{Images, ImagesMut, Layout};
use crate::simd::versions;
use crate::team::{Shares, Team};

/// Writes each image's mean and invstd, `[image][channel]`, from the moments of its channels
/// ([`image_moments_len`](crate::batch_norm::image_moments_len) values).
pub fn statistics(norm: GroupNorm, images: usize, of_images: &[f32], mean: &mut [f32], invstd: &mut [f32]) {
    let (g, channels) = (norm.geometry(), norm.dims[0]);
    g.check();
    assert!(of_images.len() >= 2 * images * channels, "moments of the images");
    assert!(mean.len().min(invstd.len()) >= images * channels, "statistics of the images");
    let to = mean.chunks_exact_mut(channels).zip(invstd.chunks_exact_mut(channels));
    for (moments, (mean, invstd)) in of_images.chunks_exact(2 * channels).zip(to).take(images) {
        let (means, squares) = moments.split_at(channels);
        join_channels(&g, norm.eps, [means, squares], mean, invstd);
    }
}

/// What values are normalised with.
#[derive(Clone, Copy, Debug)]
pub struct Normalise<'a> {
    /// `[image][channel]`.
    pub mean: &'a [f32],
    /// `[image][channel]`.
    pub invstd: &'a [f32],
    /// [channel].
    pub gamma: &'a [f32],
    /// [channel].
    pub beta: &'a [f32],
}

impl Normalise<'_> {
    pub(super) fn check(&self, channels: usize, images: usize) {
        assert!(self.mean.len().min(self.invstd.len()) >= images * channels, "statistics of the images");
        assert_eq!([self.gamma.len(), self.beta.len()], [channels; 2], "a value a channel");
    }

    pub(super) fn statistics(&self, channels: usize, image: usize) -> Statistics<'_, f32> {
        Statistics {
            mean: &self.mean[image * channels..][..channels],
            invstd: &self.invstd[image * channels..][..channels],
        }
    }
}

/// Writes the normalised and activated images. What goes into the activation is written to `before`, laid out
/// as `y`, for an activation whose gradient needs that.
pub fn forward(
    team: &mut Team,
    norm: GroupNorm,
    images: usize,
    with: Normalise<'_>,
    x: Images<'_>,
    before: Option<&mut [f32]>,
    y: ImagesMut<'_>,
) {
    x.check(images, "the input");
    y.check(images, "the output");
    norm.check(x.layout);
    norm.check(y.layout);
    with.check(norm.dims[0], images);
    let (isa, from_layout, to_layout) = (team.isa(), x.layout, y.layout);
    let (to, relu) = (Shares(y.values.as_mut_ptr()), is_relu(norm.activation));
    let rows = OfRows::new(isa, norm.activation);
    let before = before.map_or(to, |values| {
        assert!(rows.is_some(), "what goes into {:?} is not kept", norm.activation);
        assert!(values.len() >= to_layout.buffer_len(images), "what goes into the activation");
        Shares(values.as_mut_ptr())
    });
    team.for_each(images, |_, image| {
        let statistics = with.statistics(norm.dims[0], image);
        for row in 0..to_layout.height {
            let x = &x.values[row_start(from_layout, image, row)..][..from_layout.row_len()];
            let at = row_start(to_layout, image, row);
            let len = to_layout.row_len();
            // SAFETY: `check` has compared the buffers with their layouts, and an item writes rows of its own
            // image alone. The row in `before` and that in `y` are the same place or parts of two buffers.
            unsafe {
                let kept = std::slice::from_raw_parts_mut(before.at(at), len);
                normalise_row(isa, statistics, [with.gamma, with.beta], relu, x, kept);
                if let Some(rows) = rows {
                    rows.forward(before.at(at), to.at(at), len);
                }
            }
        }
    });
}

/// Where a row of an image starts.
pub(super) fn row_start(layout: Layout, image: usize, row: usize) -> usize {
    image * layout.image_stride() + layout.origin() + row * layout.row_stride()
}

versions! {
    fn normalise_row<S>(
        s: Statistics<'_, f32>,
        parameters: [&[f32]; 2],
        relu: bool,
        x: &[f32],
        y: &mut [f32],
    ) {
        normalise_pixels(s, parameters, x, y);
        if relu {
            for y in y {
                *y = if 0.0 > *y { 0.0 } else { *y };
            }
        }
    }
}
