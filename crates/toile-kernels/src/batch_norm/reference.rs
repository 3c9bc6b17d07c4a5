//! Batch normalisation in plain loops: the specification.
//!
//! Formula (Ioffe and Szegedy 2015), for each channel: xhat = (x - mean) invstd, y = gamma xhat + beta;
//! in training mean and variance are those of the batch (biased), in evaluation the running ones.
//!
//! Layout: activations `[image][pixel][channel]`, everything else [channel].
//!
//! Order, for each channel:
//! - A sum over an image runs in four chains, each from +0 in T: the pixels of columns 0, 4, 8, … of all
//!   rows, ascending, then those of columns 1, 5, 9, … and so on. The sum is
//!   (chain 0 + chain 2) + (chain 1 + chain 3).
//! - Each image by itself, in T: mean_i = (sum of x) / pixels; m2_i the sum of fma(d, d, acc) with
//!   d = x - mean_i. Then in f64, the images in order from +0: mean = (sum of mean_i) / images,
//!   m2 = sum of (m2_i + pixels ((mean_i - mean) (mean_i - mean))). invstd = 1 / sqrt(variance + eps) in f64.
//!   Mean and invstd are rounded to T once.
//! - y = fma((x - mean) * invstd, gamma, beta).
//! - Running statistics: (1 - momentum) * running + momentum * new in f64, rounded to T; the new variance
//!   is the unbiased one, as in PyTorch.
//! - Gradients: each image by itself, in T: sum of dy by additions, sum of fma(dy, xhat, acc); the images in
//!   order in f64; dbeta and dgamma rounded to T. c1 = sum dy / n and c2 = sum dy xhat / n in f64, rounded to
//!   T; k = gamma * invstd; t = fma(-xhat, c2, dy - c1); dx = t * k, added to what is there by one addition
//!   with `accumulate`.

use crate::real::Real;

/// Chains a sum over an image runs in.
pub const CHAINS: usize = 4;

/// Sizes of a batch normalisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchNormGeometry {
    /// Rows of an image.
    pub rows: usize,
    /// Columns of an image.
    pub columns: usize,
    /// Channels of an image.
    pub channels: usize,
}

impl BatchNormGeometry {
    fn pixels(&self) -> usize {
        self.rows * self.columns
    }

    fn image_len(&self) -> usize {
        self.pixels() * self.channels
    }

    /// A sum over the pixels of channel `c` of an image: `step` takes the sum so far and the place of a value.
    fn sum<T: Real>(&self, c: usize, step: impl Fn(T, usize) -> T) -> T {
        let mut chains = [T::ZERO; CHAINS];
        for row in 0..self.rows {
            for column in 0..self.columns {
                let chain = &mut chains[column % CHAINS];
                *chain = step(*chain, (row * self.columns + column) * self.channels + c);
            }
        }
        (chains[0] + chains[2]) + (chains[1] + chains[3])
    }
}

/// Mean and variance of a channel over a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// Number of values.
    pub count: f64,
    /// Their mean.
    pub mean: f64,
    /// Sum of their squared distances from it.
    pub m2: f64,
}

impl Moments {
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
    let (images, pixels) = (x.len() / g.image_len(), g.pixels() as f64);
    let channel = |c: usize| {
        let of_image = |x: &[T]| {
            let mean = g.sum(c, |acc: T, i| acc + x[i]) / T::from_f64(pixels);
            let m2 = g.sum(c, |acc: T, i| (x[i] - mean).mul_add(x[i] - mean, acc));
            (mean.to_f64(), m2.to_f64())
        };
        let of_images: Vec<(f64, f64)> = x.chunks_exact(g.image_len()).map(of_image).collect();
        let mean = of_images.iter().fold(0.0, |sum, (mean, _)| sum + mean) / images as f64;
        let m2 = of_images.iter().fold(0.0, |sum, (image_mean, m2)| {
            let distance = image_mean - mean;
            sum + (m2 + pixels * (distance * distance))
        });
        Moments { count: images as f64 * pixels, mean, m2 }
    };
    (0..g.channels).map(channel).collect()
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
    assert_eq!(x.len() % g.image_len(), 0, "batch_norm: whole images");
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
    assert_eq!(x.len() % g.image_len(), 0, "batch_norm: whole images");
    let count = (x.len() / g.channels) as f64;
    let image_len = g.image_len();
    for c in 0..g.channels {
        let (mut sum_dy, mut sum_dy_xhat) = (0.0f64, 0.0f64);
        for (x, dy) in x.chunks_exact(image_len).zip(dy.chunks_exact(image_len)) {
            sum_dy += g.sum(c, |acc: T, i| acc + dy[i]).to_f64();
            sum_dy_xhat += g.sum(c, |acc: T, i| dy[i].mul_add(n.xhat(c, x[i]), acc)).to_f64();
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
