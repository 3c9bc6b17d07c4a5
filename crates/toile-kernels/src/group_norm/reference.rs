//! Group normalisation in plain loops: the specification.
//!
//! Formula (Wu and He 2018), for each image and each group of adjacent channels: xhat = (x - mean) invstd,
//! y = gamma xhat + beta, where mean and (biased) variance are those of the group's values in that image, and
//! gamma and beta belong to the channel.
//!
//! Layout: activations `[image][pixel][channel]`, statistics `[image][channel]`, everything else [channel].
//!
//! Order, for each image by itself:
//! - The moments of each channel, in T, as [`batch_norm`](crate::batch_norm::reference) takes those of an
//!   image. Then in f64, the group's channels in order from +0: mean = (sum of mean_c) / channels,
//!   m2 = sum of (m2_c + pixels ((mean_c - mean) (mean_c - mean))); invstd = 1 / sqrt(m2 / values + eps).
//!   Mean and invstd are rounded to T once.
//! - y = fma((x - mean) * invstd, gamma, beta).
//! - Gradients: for each channel in T, from +0 over the pixels: s = sum of dy by additions, t = sum of
//!   fma(dy, xhat, acc). For each group in f64, channels in order: c1 = (sum of gamma s) / values and
//!   c2 = (sum of gamma t) / values, rounded to T. dx = fma(-xhat, c2, fma(dy, gamma, -c1)) * invstd, added to
//!   what is there by one addition with `accumulate`. dbeta is the sum of s over the images in f64, in order,
//!   dgamma that of t, rounded to T.

use crate::batch_norm::reference::{BatchNormGeometry, moments};
use crate::real::Real;

/// Sizes of a group normalisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupNormGeometry {
    /// Rows of an image.
    pub rows: usize,
    /// Columns of an image.
    pub columns: usize,
    /// Channels of an image.
    pub channels: usize,
    /// Groups of channels; divides their number.
    pub groups: usize,
}

impl GroupNormGeometry {
    fn image_len(&self) -> usize {
        self.rows * self.columns * self.channels
    }

    /// Channels of a group.
    pub(super) fn channels_of_group(&self) -> usize {
        self.channels / self.groups
    }

    /// Values of a group in an image.
    fn values(&self) -> f64 {
        (self.rows * self.columns * self.channels_of_group()) as f64
    }

    pub(super) fn check(&self) {
        assert!(self.groups > 0 && self.channels.is_multiple_of(self.groups), "groups of {self:?}");
    }
}

/// What an image's values are normalised with, [channel] each.
#[derive(Clone, Copy, Debug)]
pub struct Statistics<'a, T> {
    /// Mean of the channel's group.
    pub mean: &'a [T],
    /// 1 / sqrt(variance + eps) of the channel's group.
    pub invstd: &'a [T],
}

/// Writes an image's statistics from the means and the sums of squared distances of its channels.
pub fn join_channels<T: Real>(
    g: &GroupNormGeometry,
    eps: f64,
    [means, squares]: [&[T]; 2],
    mean: &mut [T],
    invstd: &mut [T],
) {
    let (len, pixels) = (g.channels_of_group(), (g.rows * g.columns) as f64);
    let of_groups = means.chunks_exact(len).zip(squares.chunks_exact(len));
    let to = mean.chunks_exact_mut(len).zip(invstd.chunks_exact_mut(len));
    for ((means, squares), (mean, invstd)) in of_groups.zip(to) {
        let centre = means.iter().fold(0.0, |sum, mean| sum + mean.to_f64()) / len as f64;
        let m2 = means.iter().zip(squares).fold(0.0, |sum, (mean, square)| {
            let distance = mean.to_f64() - centre;
            sum + (square.to_f64() + pixels * (distance * distance))
        });
        mean.fill(T::from_f64(centre));
        invstd.fill(T::from_f64(1.0 / (m2 / g.values() + eps).sqrt()));
    }
}

/// Writes the statistics of each image, `[image][channel]`.
pub fn statistics<T: Real>(g: &GroupNormGeometry, eps: f64, x: &[T], mean: &mut [T], invstd: &mut [T]) {
    let GroupNormGeometry { rows, columns, channels, .. } = *g;
    g.check();
    let to = mean.chunks_exact_mut(channels).zip(invstd.chunks_exact_mut(channels));
    for (x, (mean, invstd)) in x.chunks_exact(g.image_len()).zip(to) {
        let of_channels = moments(&BatchNormGeometry { rows, columns, channels }, x);
        let means: Vec<T> = of_channels.iter().map(|m| T::from_f64(m.mean)).collect();
        let squares: Vec<T> = of_channels.iter().map(|m| T::from_f64(m.m2)).collect();
        join_channels(g, eps, [&means, &squares], mean, invstd);
    }
}

/// Writes normalised pixels of one image.
#[inline(always)]
pub(super) fn normalise_pixels<T: Real>(
    s: Statistics<'_, T>,
    [gamma, beta]: [&[T]; 2],
    x: &[T],
    y: &mut [T],
) {
    let channels = gamma.len();
    let (mean, invstd, beta) = (&s.mean[..channels], &s.invstd[..channels], &beta[..channels]);
    for (x, y) in x.chunks_exact(channels).zip(y.chunks_exact_mut(channels)) {
        for c in 0..channels {
            y[c] = ((x[c] - mean[c]) * invstd[c]).mul_add(gamma[c], beta[c]);
        }
    }
}

/// Adds pixels of one image to its channels' sums of dy and of dy xhat.
#[inline(always)]
pub(super) fn sum_pixels<T: Real>(s: Statistics<'_, T>, x: &[T], dy: &[T], [sums, sums_xhat]: [&mut [T]; 2]) {
    let channels = sums.len();
    let (mean, invstd, sums_xhat) = (&s.mean[..channels], &s.invstd[..channels], &mut sums_xhat[..channels]);
    for (x, dy) in x.chunks_exact(channels).zip(dy.chunks_exact(channels)) {
        for c in 0..channels {
            let xhat = (x[c] - mean[c]) * invstd[c];
            sums[c] = sums[c] + dy[c];
            sums_xhat[c] = dy[c].mul_add(xhat, sums_xhat[c]);
        }
    }
}

/// Writes one image's c1 and c2, [channel] each, from its channels' sums.
pub(super) fn group_terms<T: Real>(
    g: &GroupNormGeometry,
    gamma: &[T],
    sums: [&[T]; 2],
    terms: [&mut [T]; 2],
) {
    let len = g.channels_of_group();
    for (sums, terms) in sums.into_iter().zip(terms) {
        let groups = sums.chunks_exact(len).zip(gamma.chunks_exact(len)).zip(terms.chunks_exact_mut(len));
        for ((sums, gamma), terms) in groups {
            let weighted = sums.iter().zip(gamma).map(|(sum, gamma)| gamma.to_f64() * sum.to_f64());
            terms.fill(T::from_f64(weighted.fold(0.0, |all, term| all + term) / g.values()));
        }
    }
}

/// Writes the input gradient of pixels of one image, or adds to it.
#[inline(always)]
pub(super) fn gradient_pixels<T: Real>(
    s: Statistics<'_, T>,
    gamma: &[T],
    [c1, c2]: [&[T]; 2],
    [x, dy]: [&[T]; 2],
    accumulate: bool,
    dx: &mut [T],
) {
    let channels = gamma.len();
    let (mean, invstd) = (&s.mean[..channels], &s.invstd[..channels]);
    let (c1, c2) = (&c1[..channels], &c2[..channels]);
    let pixels = x.chunks_exact(channels).zip(dy.chunks_exact(channels));
    for ((x, dy), dx) in pixels.zip(dx.chunks_exact_mut(channels)) {
        for c in 0..channels {
            let xhat = (x[c] - mean[c]) * invstd[c];
            let term = (-xhat).mul_add(c2[c], dy[c].mul_add(gamma[c], -c1[c])) * invstd[c];
            dx[c] = if accumulate { dx[c] + term } else { term };
        }
    }
}

/// The statistics of one image among those of all.
fn of_image<'a, T>(g: &GroupNormGeometry, all: Statistics<'a, T>, image: usize) -> Statistics<'a, T> {
    let channels = image * g.channels..(image + 1) * g.channels;
    Statistics { mean: &all.mean[channels.clone()], invstd: &all.invstd[channels] }
}

/// Writes the normalised images.
pub fn forward<T: Real>(
    g: &GroupNormGeometry,
    s: Statistics<'_, T>,
    parameters: [&[T]; 2],
    x: &[T],
    y: &mut [T],
) {
    assert_eq!(x.len(), y.len(), "group_norm: lengths");
    let images = x.chunks_exact(g.image_len()).zip(y.chunks_exact_mut(g.image_len()));
    for (image, (x, y)) in images.enumerate() {
        normalise_pixels(of_image(g, s, image), parameters, x, y);
    }
}

/// Writes the gradients of scale and shift, and that of the input (or adds to it with `accumulate`).
pub fn gradients<T: Real>(
    g: &GroupNormGeometry,
    s: Statistics<'_, T>,
    gamma: &[T],
    [x, dy]: [&[T]; 2],
    [d_gamma, d_beta]: [&mut [T]; 2],
    accumulate: bool,
    dx: &mut [T],
) {
    assert_eq!(x.len(), dy.len(), "group_norm: lengths of x and dy");
    assert_eq!(x.len(), dx.len(), "group_norm: lengths of x and dx");
    let (len, zeros) = (g.image_len(), vec![T::ZERO; g.channels]);
    let (mut sum, mut sum_xhat) = (vec![0.0f64; g.channels], vec![0.0f64; g.channels]);
    let images = x.chunks_exact(len).zip(dy.chunks_exact(len)).zip(dx.chunks_exact_mut(len));
    for (image, ((x, dy), dx)) in images.enumerate() {
        let s = of_image(g, s, image);
        let [mut sums, mut sums_xhat, mut c1, mut c2] = std::array::from_fn(|_| zeros.clone());
        sum_pixels(s, x, dy, [&mut sums, &mut sums_xhat]);
        group_terms(g, gamma, [&sums, &sums_xhat], [&mut c1, &mut c2]);
        gradient_pixels(s, gamma, [&c1, &c2], [x, dy], accumulate, dx);
        for c in 0..g.channels {
            sum[c] += sums[c].to_f64();
            sum_xhat[c] += sums_xhat[c].to_f64();
        }
    }
    for c in 0..g.channels {
        d_beta[c] = T::from_f64(sum[c]);
        d_gamma[c] = T::from_f64(sum_xhat[c]);
    }
}
