//! Gradients of scale and shift, and what the gradient of the input takes from them.

use super::behind::{Behind, ImageSource, OutputGradient, Source};
use super::block::{Block, each_block, is_one_block, join};
use super::normalise::{Normalise, Normaliser, normalise_rows};
use super::plane::Plane;
use super::reference::CHAINS;
use super::sizes::{dims, image_moments_len, workspace_len};
use crate::LANES;
use crate::activation::Activation;
use crate::layout::{Images, Layout};
use crate::simd::{Simd, Vector, versions};
use crate::team::{Shares, Team};

/// What the backward pass reads.
#[derive(Debug)]
pub struct Backward<'a> {
    /// Number of images.
    pub images: usize,
    /// What the batch was normalised with; with ReLU only where it follows directly, and no pooling.
    pub with: Normalise<'a>,
    /// What went in.
    pub x: Images<'a>,
    /// Gradient of what came out.
    pub gradient: OutputGradient<'a>,
}

/// What the input gradient needs of the batch's sums.
#[derive(Clone, Debug, Default)]
pub struct GradientTerms {
    /// Means of dy and of dy xhat, and gamma invstd: [channel] each.
    pub(super) values: Vec<f32>,
    /// Sums of dy and of dy xhat, as they grow: [channel] each.
    sums: Vec<f64>,
}

impl GradientTerms {
    /// For this many channels.
    pub fn new(channels: usize) -> GradientTerms {
        GradientTerms { values: vec![0.0; 3 * channels], sums: vec![0.0; 2 * channels] }
    }
}

/// Writes the gradients of scale (`dgamma`) and shift, [channel] each, and the terms that the gradient of
/// the input takes ([`WayBack`](super::WayBack)).
pub fn sums(
    team: &mut Team,
    args: Backward<'_>,
    [dgamma, dbeta]: [&mut [f32]; 2],
    workspace: &mut [f32],
    terms: &mut GradientTerms,
) {
    let Backward { images, with, x, gradient } = args;
    x.check(images, "the input");
    let layout = x.layout;
    let channels = layout.channels;
    with.check(channels);
    let taken_back = !matches!(gradient, OutputGradient::Dense(_))
        || !with.activation.is_some_and(Activation::keeps_input);
    assert!(taken_back, "a dense gradient behind {:?}", with.activation);
    let source = Source::new(gradient, with.activation, images, layout);
    assert!(workspace.len() >= workspace_len(layout, images, team.threads()), "workspace");
    check_a_value_a_channel(channels, [dgamma, dbeta], terms);
    let isa = team.isa();
    let from = Shares(x.values.as_ptr().cast_mut());
    let to = Shares(workspace.as_mut_ptr());
    let before_activation = Normalise { activation: None, ..with };
    team.for_each(images, |thread, image| {
        // SAFETY: this function has checked the lengths above; an item writes its own part of the workspace and its
        // thread's, and its own image where the gradient of a sum is kept.
        unsafe {
            let x = Plane::new(from.at(0), layout, image);
            let room = to.at(2 * images * channels + thread * layout.row_len());
            source.take_back(isa, image, room, |row, room| {
                let x = Plane { values: x.at(row, 0, 0), ..x };
                normalise_rows(isa, &before_activation, [channels, 1, layout.width], x, room);
            });
            image_sums(isa, &with, dims(layout), x, source.image(image), to.at(2 * image * channels));
        }
    });

    join_sums(images, layout, with, workspace, [dgamma, dbeta], terms);
}

fn check_a_value_a_channel(channels: usize, [dgamma, dbeta]: [&[f32]; 2], terms: &GradientTerms) {
    assert_eq!(
        [dgamma.len(), dbeta.len(), terms.values.len(), terms.sums.len()],
        [channels, channels, 3 * channels, 2 * channels],
        "a value a channel"
    );
}

/// The same from the images' sums, [image][sum of dy, then of dy xhat][channel] ([`image_moments_len`] values of the
/// input's layout). Of what the batch was normalised with only scale and invstd count.
pub fn join_sums(
    images: usize,
    layout: Layout,
    with: Normalise<'_>,
    of_images: &[f32],
    [dgamma, dbeta]: [&mut [f32]; 2],
    terms: &mut GradientTerms,
) {
    let channels = layout.channels;
    with.check(channels);
    assert!(of_images.len() >= image_moments_len(layout, images), "sums of the images");
    check_a_value_a_channel(channels, [dgamma, dbeta], terms);
    terms.sums.fill(0.0);
    for image in of_images.chunks_exact(2 * channels).take(images) {
        for (sum, &value) in terms.sums.iter_mut().zip(image) {
            *sum += f64::from(value);
        }
    }
    let count = (images * layout.height * layout.width) as f64;
    for c in 0..channels {
        let (dy, dy_xhat) = (terms.sums[c], terms.sums[channels + c]);
        dbeta[c] = dy as f32;
        dgamma[c] = dy_xhat as f32;
        terms.values[c] = (dy / count) as f32;
        terms.values[channels + c] = (dy_xhat / count) as f32;
        terms.values[2 * channels + c] = with.gamma[c] * with.invstd[c];
    }
}

versions! {
    /// Sums of dy, then of dy xhat.
    pub(super) fn image_sums<S>(with: &Normalise<'_>, dims: [usize; 3], x: Plane, source: ImageSource, to: *mut f32) {
        match source {
            ImageSource::Dense(dense) => sums_behind::<S>(with, dims, x, dense, to),
            ImageSource::Relu(relu) => sums_behind::<S>(with, dims, x, relu, to),
            ImageSource::Pooled(pooled) => sums_behind::<S>(with, dims, x, pooled, to),
            ImageSource::Sum(sum) => sums_behind::<S>(with, dims, x, sum, to),
        }
    }
}

/// Vectors whose sums grow side by side where they do not fit into the registers.
const SIDE_BY_SIDE: usize = 8;

#[inline(always)]
unsafe fn sums_behind<S: Simd>(
    with: &Normalise<'_>,
    [channels, rows, columns]: [usize; 3],
    x: Plane,
    behind: impl Behind,
    to: *mut f32,
) {
    let size = [rows, columns];
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        if is_one_block::<S>(channels) {
            each_block!(S, channels, block_sums(with, size, x, behind, to));
            return;
        }
        let vectors = channels.div_ceil(LANES);
        for first in (0..vectors).step_by(SIDE_BY_SIDE) {
            let vectors = [first, vectors.min(first + SIDE_BY_SIDE)];
            sums_side_by_side::<S>(channels, vectors, with, size, x, behind, to);
        }
    }
}

/// Sums of dy and of dy xhat of V vectors, in chains.
type Sums<S, const V: usize> = [[[<S as Vector>::F; CHAINS]; 2]; V];

/// Adds the next pixels of a row, one to a chain.
#[inline(always)]
unsafe fn add_pixels<S: Simd, const V: usize>(
    block: Block,
    n: &Normaliser<S, V>,
    [row, column, columns]: [usize; 3],
    x: Plane,
    behind: impl Behind,
    sums: &mut Sums<S, V>,
) {
    for chain in 0..CHAINS {
        if column + chain < columns {
            // SAFETY: the public functions of this folder have compared the buffers with the layouts.
            unsafe {
                let x = x.at(row, column + chain, block.first);
                block.prefetch::<V>(x);
                behind.prefetch::<V>(block, row, column + chain);
                for v in 0..V {
                    let xhat = n.xhat(v, block.load::<S>(x, v));
                    let dy = behind.at::<S>(block, row, column + chain, v, n.scale(v, xhat));
                    let [sum, sum_xhat] = &mut sums[v];
                    sum[chain] = S::add(sum[chain], dy);
                    sum_xhat[chain] = S::fma(dy, xhat, sum_xhat[chain]);
                }
            }
        }
    }
}

/// Writes a block's sums.
#[inline(always)]
unsafe fn write_sums<S: Simd, const V: usize>(block: Block, sums: Sums<S, V>, to: *mut f32) {
    // SAFETY: the public functions of this folder have compared the buffers with the layouts.
    unsafe {
        for v in 0..V {
            let [sum, sum_xhat] = sums[v];
            block.store::<S>(to.add(block.first), v, join::<S>(sum));
            block.store::<S>(to.add(block.channels + block.first), v, join::<S>(sum_xhat));
        }
    }
}

#[inline(always)]
unsafe fn block_sums<S: Simd, const V: usize>(
    block: Block,
    with: &Normalise<'_>,
    [rows, columns]: [usize; 2],
    x: Plane,
    behind: impl Behind,
    to: *mut f32,
) {
    // SAFETY: the public functions of this folder have compared the buffers with the layouts.
    unsafe {
        let n = Normaliser::<S, V>::new(block, with);
        let mut sums = [[[S::zero(); CHAINS]; 2]; V];
        for row in 0..rows {
            for column in (0..columns).step_by(CHAINS) {
                add_pixels(block, &n, [row, column, columns], x, behind, &mut sums);
            }
        }
        write_sums::<S, V>(block, sums, to);
    }
}

/// The same of several vectors, a few pixels at a time, so that an image is read from front to back.
#[inline(always)]
unsafe fn sums_side_by_side<S: Simd>(
    channels: usize,
    [begin, end]: [usize; 2],
    with: &Normalise<'_>,
    [rows, columns]: [usize; 2],
    x: Plane,
    behind: impl Behind,
    to: *mut f32,
) {
    let block = |vector: usize| Block { first: vector * LANES, channels };
    // SAFETY: the public functions of this folder have compared the buffers with the layouts.
    unsafe {
        let mut sums = [[[[S::zero(); CHAINS]; 2]]; SIDE_BY_SIDE];
        for row in 0..rows {
            for column in (0..columns).step_by(CHAINS) {
                for (vector, kept) in (begin..end).zip(&mut sums) {
                    let n = Normaliser::<S, 1>::new(block(vector), with);
                    let mut sums = *kept;
                    add_pixels(block(vector), &n, [row, column, columns], x, behind, &mut sums);
                    *kept = sums;
                }
            }
        }
        for (vector, sums) in (begin..end).zip(sums) {
            write_sums::<S, 1>(block(vector), sums, to);
        }
    }
}
