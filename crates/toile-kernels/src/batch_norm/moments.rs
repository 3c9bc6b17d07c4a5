//! Moments of a batch.

use super::block::{Block, each_block, join};
use super::plane::Plane;
use super::reference::{CHAINS, Moments};
use super::sizes::image_moments_len;
use crate::layout::{Images, Layout};
use crate::simd::{Simd, versions};
use crate::team::{Shares, Team};

/// Writes the moments of each image by itself, [`image_moments_len`] values.
pub fn moments(team: &mut Team, images: usize, x: Images<'_>, of_images: &mut [f32]) {
    x.check(images, "the input");
    let layout = x.layout;
    assert!(of_images.len() >= image_moments_len(layout, images), "moments of the images");
    let isa = team.isa();
    let from = Shares(x.values.as_ptr().cast_mut());
    let to = Shares(of_images.as_mut_ptr());
    team.for_each(images, |_, image| {
        // SAFETY: this function has checked the lengths above; an item writes its own part of the moments.
        unsafe {
            image_moments(isa, layout, from.at(0), image, to.at(0));
        }
    });
}

/// Joins the moments of the images to those of the batch.
pub fn join_moments(layout: Layout, images: usize, of_images: &[f32], moments: &mut [Moments]) {
    let channels = layout.channels;
    assert!(of_images.len() >= image_moments_len(layout, images), "moments of the images");
    assert_eq!(moments.len(), channels, "moments");
    let pixels = (layout.height * layout.width) as f64;
    let of_images = || of_images.chunks_exact(2 * channels).take(images);
    moments.fill(Moments { count: images as f64 * pixels, mean: 0.0, m2: 0.0 });
    for image in of_images() {
        for (moments, &mean) in moments.iter_mut().zip(image) {
            moments.mean += f64::from(mean);
        }
    }
    for moments in moments.iter_mut() {
        moments.mean /= images as f64;
    }
    for image in of_images() {
        let (means, squares) = image.split_at(channels);
        for ((moments, &mean), &m2) in moments.iter_mut().zip(means).zip(squares) {
            let distance = f64::from(mean) - moments.mean;
            moments.m2 += f64::from(m2) + pixels * (distance * distance);
        }
    }
}

versions! {
    /// The moments of image `image` of a batch: its means, then its sums of squared distances. `x` and `to`
    /// are the starts of all images and of all their moments.
    pub(crate) fn image_moments<S>(layout: Layout, x: *const f32, image: usize, to: *mut f32) {
        let plane = Plane::new(x.cast_mut(), layout, image);
        let to = to.add(2 * image * layout.channels);
        each_block!(S, layout.channels, block_moments([layout.height, layout.width], plane, to));
    }
}

#[inline(always)]
unsafe fn block_moments<S: Simd, const V: usize>(block: Block, size: [usize; 2], x: Plane, to: *mut f32) {
    // SAFETY: the public functions of this folder have compared the buffers with the layouts.
    unsafe {
        let pixels = S::splat((size[0] * size[1]) as f32);
        let sums = image_sum::<S, V, false>(block, size, x, [S::zero(); V]);
        let mut means = [S::zero(); V];
        for v in 0..V {
            means[v] = S::div(sums[v], pixels);
        }
        let squares = image_sum::<S, V, true>(block, size, x, means);
        for v in 0..V {
            block.store::<S>(to.add(block.first), v, means[v]);
            block.store::<S>(to.add(block.channels + block.first), v, squares[v]);
        }
    }
}

/// The sum of an image's values, or of their squared distances from `means`.
#[inline(always)]
unsafe fn image_sum<S: Simd, const V: usize, const SQUARES: bool>(
    block: Block,
    [rows, columns]: [usize; 2],
    x: Plane,
    means: [S::F; V],
) -> [S::F; V] {
    // SAFETY: the public functions of this folder have compared the buffers with the layouts.
    unsafe {
        let mut chains = [[S::zero(); CHAINS]; V];
        for row in 0..rows {
            let mut column = 0;
            while column < columns {
                for chain in 0..CHAINS {
                    if column + chain < columns {
                        let x = x.at(row, column + chain, block.first);
                        for v in 0..V {
                            let sum = &mut chains[v][chain];
                            let value = block.load::<S>(x, v);
                            *sum = if SQUARES {
                                let distance = S::sub(value, means[v]);
                                S::fma(distance, distance, *sum)
                            } else {
                                S::add(*sum, value)
                            };
                        }
                    }
                }
                column += CHAINS;
            }
        }
        let mut sums = [S::zero(); V];
        for v in 0..V {
            sums[v] = join::<S>(chains[v]);
        }
        sums
    }
}
