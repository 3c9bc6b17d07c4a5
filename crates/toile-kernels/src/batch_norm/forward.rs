//! Moments of a batch, and the normalisation.

use super::reference::Moments;
use super::workspace_len;
use crate::LANES;
use crate::layout::{Images, ImagesMut, Layout};
use crate::simd::versions;
use crate::team::{Shares, Team};

/// Writes the moments of each channel over the batch.
pub fn moments(
    team: &mut Team,
    images: usize,
    x: Images<'_>,
    workspace: &mut [f32],
    moments: &mut [Moments],
) {
    x.check(images, "the input");
    let layout = x.layout;
    let channels = layout.channels;
    assert!(workspace.len() >= workspace_len(layout, images), "workspace");
    assert_eq!(moments.len(), channels, "moments");
    let isa = team.isa();
    let from = Shares(x.values.as_ptr().cast_mut());
    let sums = Shares(workspace.as_mut_ptr());
    team.for_each(images, |_, image| {
        // SAFETY: lengths are checked above; an item writes its own part of the workspace.
        unsafe {
            let x = from.at(image * layout.image_stride() + layout.origin());
            image_moments(isa, layout, x.cast_const(), sums.at(2 * image * channels));
        }
    });
    let pixels = (layout.height * layout.width) as f64;
    moments.fill(Moments::default());
    for image in workspace.chunks_exact(2 * channels).take(images) {
        for (c, moments) in moments.iter_mut().enumerate() {
            moments.merge(pixels, f64::from(image[c]), f64::from(image[channels + c]));
        }
    }
}

versions! {
    /// Means, then sums of squared distances.
    fn image_moments<S>(layout: Layout, x: *const f32, to: *mut f32) {
        let channels = layout.channels;
        let pixels = S::splat((layout.height * layout.width) as f32);
        let mut first = 0;
        while first < channels {
            let lanes = (channels - first).min(LANES);
            let mut sum = S::zero();
            for row in 0..layout.height {
                for column in 0..layout.width {
                    let at = row * layout.row_stride() + column * channels + first;
                    sum = S::add(sum, S::load_first(x.add(at), lanes));
                }
            }
            let mean = S::div(sum, pixels);
            let mut squares = S::zero();
            for row in 0..layout.height {
                for column in 0..layout.width {
                    let at = row * layout.row_stride() + column * channels + first;
                    let distance = S::sub(S::load_first(x.add(at), lanes), mean);
                    squares = S::fma(distance, distance, squares);
                }
            }
            S::store_first(to.add(first), lanes, mean);
            S::store_first(to.add(channels + first), lanes, squares);
            first += LANES;
        }
    }
}

/// What values are normalised with, [channel] each.
#[derive(Clone, Copy, Debug)]
pub struct Normalise<'a> {
    /// Mean of the batch, or the running one.
    pub mean: &'a [f32],
    /// 1 / sqrt(variance + eps).
    pub invstd: &'a [f32],
    /// Learnt scale.
    pub gamma: &'a [f32],
    /// Learnt shift.
    pub beta: &'a [f32],
    /// Whether ReLU follows.
    pub relu: bool,
}

impl Normalise<'_> {
    pub(super) fn check(&self, channels: usize) {
        for values in [self.mean, self.invstd, self.gamma, self.beta] {
            assert_eq!(values.len(), channels, "a value a channel");
        }
    }
}

/// Writes the normalised images.
pub fn normalise(team: &mut Team, images: usize, with: Normalise<'_>, x: Images<'_>, y: ImagesMut<'_>) {
    with.check(x.layout.channels);
    let relu = with.relu;
    crate::rows::each_row(team, images, [x], y, |isa, [x], y| {
        let channel = [with.mean, with.invstd, with.gamma, with.beta];
        // SAFETY: slices; a row is a whole number of pixels.
        unsafe { normalise_row(isa, channel, relu, x, y) }
    });
}

versions! {
    fn normalise_row<S>(channel: [&[f32]; 4], relu: bool, x: &[f32], y: &mut [f32]) {
        let [mean, invstd, gamma, beta] = channel;
        let channels = mean.len();
        let pixels = x.len() / channels;
        let mut first = 0;
        while first < channels {
            let lanes = (channels - first).min(LANES);
            let mean = S::load_first(mean.as_ptr().add(first), lanes);
            let invstd = S::load_first(invstd.as_ptr().add(first), lanes);
            let gamma = S::load_first(gamma.as_ptr().add(first), lanes);
            let beta = S::load_first(beta.as_ptr().add(first), lanes);
            for pixel in 0..pixels {
                let at = pixel * channels + first;
                let xhat = S::mul(S::sub(S::load_first(x.as_ptr().add(at), lanes), mean), invstd);
                let value = S::fma(xhat, gamma, beta);
                let value = if relu { S::relu(value) } else { value };
                S::store_first(y.as_mut_ptr().add(at), lanes, value);
            }
            first += LANES;
        }
    }
}
