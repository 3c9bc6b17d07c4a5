//! Batch normalisation in plain loops: the specification.
//!
//! Formula (Ioffe and Szegedy 2015), for each channel: xhat = (x - mean) invstd, y = gamma xhat + beta;
//! in training mean and variance are those of the batch (biased), in evaluation the running ones.
//!
//! Layout: activations [image][pixel][channel], everything else [channel].
//!
//! Order, for each channel:
//! - Each image by itself, in T, pixels ascending: s from +0 by additions, mean_i = s / pixels; m2_i from
//!   +0 by fma(d, d, acc) with d = x - mean_i. Then the images in order, in f64, by the pairwise update
//!   of Chan, Golub and LeVeque (1983). invstd = 1 / sqrt(variance + eps) in f64. Mean and invstd are
//!   rounded to T once.
//! - y = fma((x - mean) * invstd, gamma, beta).
//! - Running statistics: (1 - momentum) * running + momentum * new in f64, rounded to T; the new variance
//!   is the unbiased one, as in PyTorch.
//! - Gradients: each image by itself, in T, pixels ascending, from +0: sum of dy by additions, sum of
//!   fma(dy, xhat, acc); the images in order in f64; dbeta and dgamma rounded to T. c1 = sum dy / n and
//!   c2 = sum dy xhat / n in f64, rounded to T; k = gamma * invstd; t = fma(-xhat, c2, dy - c1);
//!   dx = t * k, added to what is there by one addition with `accumulate`.

use crate::real::Real;

/// Sizes of a batch normalisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchNormGeometry {
    /// Pixels of an image.
    pub pixels: usize,
    /// Channels of an image.
    pub channels: usize,
}

/// Mean and variance of a channel, as they grow image by image.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// Values seen.
    pub count: f64,
    /// Their mean.
    pub mean: f64,
    /// Sum of their squared distances from it.
    pub m2: f64,
}

impl Moments {
    /// Takes in one image's `count` values (the pairwise update).
    pub fn merge(&mut self, count: f64, mean: f64, m2: f64) {
        let total = self.count + count;
        let delta = mean - self.mean;
        self.mean += delta * (count / total);
        self.m2 += m2 + delta * delta * (self.count * count / total);
        self.count = total;
    }

    /// Biased variance.
    pub fn variance(&self) -> f64 {
        self.m2 / self.count
    }

    /// New values of a running mean and variance. PyTorch refuses a single value a channel; so does this.
    pub fn update_running<T: Real>(&self, momentum: f64, running_mean: &mut T, running_variance: &mut T) {
        assert!(self.count > 1.0, "batch_norm: training needs more than one value a channel");
        let mix = |old: T, new: f64| T::from_f64((1.0 - momentum) * old.to_f64() + momentum * new);
        *running_mean = mix(*running_mean, self.mean);
        *running_variance = mix(*running_variance, self.m2 / (self.count - 1.0));
    }
}

/// 1 / sqrt(variance + eps).
pub fn invstd<T: Real>(variance: f64, eps: f64) -> T {
    T::from_f64(1.0 / (variance + eps).sqrt())
}

/// The moments of each channel over the batch.
pub fn moments<T: Real>(g: &BatchNormGeometry, x: &[T]) -> Vec<Moments> {
    let mut moments = vec![Moments::default(); g.channels];
    let pixels = T::from_f64(g.pixels as f64);
    for image in x.chunks_exact(g.pixels * g.channels) {
        for (c, moments) in moments.iter_mut().enumerate() {
            let channel = || image.iter().skip(c).step_by(g.channels);
            let mut s = T::ZERO;
            for &x in channel() {
                s = s + x;
            }
            let mean = s / pixels;
            let mut m2 = T::ZERO;
            for &x in channel() {
                let d = x - mean;
                m2 = d.mul_add(d, m2);
            }
            moments.merge(g.pixels as f64, mean.to_f64(), m2.to_f64());
        }
    }
    moments
}

/// What a value is normalised with, [channel] each.
#[derive(Clone, Copy, Debug)]
pub struct Normalisation<'a, T> {
    /// Mean of the batch, or the running one.
    pub mean: &'a [T],
    /// 1 / sqrt(variance + eps).
    pub invstd: &'a [T],
    /// Learnt scale.
    pub gamma: &'a [T],
}

impl<T: Real> Normalisation<'_, T> {
    #[inline(always)]
    fn xhat(&self, c: usize, x: T) -> T {
        (x - self.mean[c]) * self.invstd[c]
    }
}

/// Writes the normalised batch; `beta` is the learnt shift.
pub fn forward<T: Real>(g: &BatchNormGeometry, n: Normalisation<'_, T>, beta: &[T], x: &[T], y: &mut [T]) {
    assert_eq!(x.len(), y.len(), "batch_norm: lengths");
    assert_eq!(x.len() % (g.pixels * g.channels), 0, "batch_norm: whole images");
    for (i, (&x, y)) in x.iter().zip(y).enumerate() {
        let c = i % g.channels;
        *y = n.xhat(c, x).mul_add(n.gamma[c], beta[c]);
    }
}

/// Writes the gradients of scale and shift, and that of the input (or adds to it with `accumulate`).
pub fn gradients<T: Real>(
    g: &BatchNormGeometry,
    n: Normalisation<'_, T>,
    x: &[T],
    dy: &[T],
    [dgamma, dbeta]: [&mut [T]; 2],
    accumulate: bool,
    dx: &mut [T],
) {
    assert_eq!(x.len(), dy.len(), "batch_norm: lengths of x and dy");
    assert_eq!(x.len(), dx.len(), "batch_norm: lengths of x and dx");
    assert_eq!(x.len() % (g.pixels * g.channels), 0, "batch_norm: whole images");
    let count = (x.len() / g.channels) as f64;
    let image_len = g.pixels * g.channels;
    for c in 0..g.channels {
        let (mut sum_dy, mut sum_dy_xhat) = (0.0f64, 0.0f64);
        for (x, dy) in x.chunks_exact(image_len).zip(dy.chunks_exact(image_len)) {
            let (mut image_dy, mut image_dy_xhat) = (T::ZERO, T::ZERO);
            for i in (c..image_len).step_by(g.channels) {
                image_dy = image_dy + dy[i];
                image_dy_xhat = dy[i].mul_add(n.xhat(c, x[i]), image_dy_xhat);
            }
            sum_dy += image_dy.to_f64();
            sum_dy_xhat += image_dy_xhat.to_f64();
        }
        dbeta[c] = T::from_f64(sum_dy);
        dgamma[c] = T::from_f64(sum_dy_xhat);
        let (c1, c2) = (T::from_f64(sum_dy / count), T::from_f64(sum_dy_xhat / count));
        let k = n.gamma[c] * n.invstd[c];
        for i in (c..x.len()).step_by(g.channels) {
            let t = (-n.xhat(c, x[i])).mul_add(c2, dy[i] - c1);
            let term = t * k;
            dx[i] = if accumulate { dx[i] + term } else { term };
        }
    }
}
