//! Filters that whiten the patches of images: what they make of them has, but for `eps`, variance 1 and no correlation.
//!
//! Page, "How to Train Your ResNet 8: Bag of Tricks" (2019); as in airbench (Jordan, "94% on CIFAR-10 in 3.29 Seconds on
//! a Single GPU", 2024, section 3.1).

use super::eigen::{Eigen, symmetric};
use crate::executor::{ImageRows, RowIndex};

/// The covariance of all patches inside of the images, `[value][value]` with a patch's values in the order of a filter's,
/// [channel][row][column], and divided by one less than there are patches. `weight` is the filters' shape. Sums are
/// taken in f64, image after image, patches in reading order.
pub(super) fn covariance(
    [channels, height, width]: [usize; 3],
    weight: &[usize],
    images: &dyn ImageRows,
    count: usize,
) -> Vec<f64> {
    let [_, _, kernel_height, kernel_width] = *weight else { return vec![] };
    let size = channels * kernel_height * kernel_width;
    let (mut sums, mut products) = (vec![0.0f64; size], vec![0.0f64; size * size]);
    let (mut image, mut patch) = (vec![0.0f32; height * width * channels], vec![0.0f64; size]);
    let mut patches = 0u64;
    for index in 0..count {
        for (row, to) in image.chunks_exact_mut(width * channels).enumerate() {
            images.write(RowIndex { image: index, row }, to);
        }
        for top in 0..(height + 1).saturating_sub(kernel_height) {
            for left in 0..(width + 1).saturating_sub(kernel_width) {
                for (value, to) in patch.iter_mut().enumerate() {
                    let (column, rest) = (value % kernel_width, value / kernel_width);
                    let (row, channel) = (rest % kernel_height, rest / kernel_height);
                    *to = f64::from(image[((top + row) * width + left + column) * channels + channel]);
                }
                add(&patch, &mut sums, &mut products);
                patches += 1;
            }
        }
    }
    let (all, others) = (patches.max(1) as f64, patches.saturating_sub(1).max(1) as f64);
    for (index, product) in products.iter_mut().enumerate() {
        *product = (*product - sums[index / size] * sums[index % size] / all) / others;
    }
    products
}

/// Adds a patch to the sums of its values and of their products; of the latter those on and above the diagonal.
fn add(patch: &[f64], sums: &mut [f64], products: &mut [f64]) {
    for (index, &value) in patch.iter().enumerate() {
        sums[index] += value;
        let row = &mut products[index * patch.len() + index..(index + 1) * patch.len()];
        for (product, &other) in row.iter_mut().zip(&patch[index..]) {
            *product += value * other;
        }
    }
}

/// So many filters for patches of this covariance, one after the other: the components with the largest variances, each
/// divided by sqrt(variance + eps), and behind all of them the same negated. Of an odd number the last component has no
/// negated one.
pub(super) fn filters(covariance: Vec<f64>, eps: f64, count: usize) -> Vec<f64> {
    let size = covariance.len().isqrt();
    let Eigen { values, vectors } = symmetric(size, &covariance);
    let components = count.div_ceil(2);
    let filter = |index: usize| {
        let (component, sign) = if index < components { (index, 1.0) } else { (index - components, -1.0) };
        // Rounding can make the variance of a component that is constant a little less than 0.
        let scale = sign / (values[component].max(0.0) + eps).sqrt();
        vectors[component].iter().map(move |value| scale * value)
    };
    (0..count).flat_map(filter).collect()
}
