//! Gradients of scale, shift and input.

use super::behind::{Behind, ImageSource, Source};
use super::normalise::Normaliser;
use super::reference::CHAINS;
use super::{Block, Normalise, OutputGradient, Plane, dims, each_block, join, workspace_len};
use crate::activation::Activation;
use crate::layout::{Images, ImagesMut};
use crate::simd::{Simd, versions};
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
    values: Vec<f32>,
    /// Sums of dy and of dy xhat, as they grow: [channel] each.
    sums: Vec<f64>,
}

impl GradientTerms {
    /// For this many channels.
    pub fn new(channels: usize) -> GradientTerms {
        GradientTerms { values: vec![0.0; 3 * channels], sums: vec![0.0; 2 * channels] }
    }
}

/// Writes the gradients of scale (`dgamma`) and shift, [channel] each, and the terms that [`input_gradient`]
/// asks for.
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
    assert!(workspace.len() >= workspace_len(layout, images), "workspace");
    assert_eq!(
        [dgamma.len(), dbeta.len(), terms.values.len(), terms.sums.len()],
        [channels, channels, 3 * channels, 2 * channels],
        "a value a channel"
    );
    let isa = team.isa();
    let from = Shares(x.values.as_ptr().cast_mut());
    let to = Shares(workspace.as_mut_ptr());
    team.for_each(images, |_, image| {
        // SAFETY: lengths are checked above; an item writes its own part of the workspace, and its own
        // image where the gradient of a sum is kept.
        unsafe {
            let x = Plane::new(from.at(0), layout, image);
            source.take_back(isa, image);
            image_sums(isa, &with, dims(layout), x, source.image(image), to.at(2 * image * channels));
        }
    });

    terms.sums.fill(0.0);
    for image in workspace.chunks_exact(2 * channels).take(images) {
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

/// Writes the gradient of the input, or adds to it. `terms` are those of [`sums`]; a gradient of a sum, or
/// one behind an activation other than ReLU, has been written over by it and is dense now, or merely pooled.
pub fn input_gradient(
    team: &mut Team,
    args: Backward<'_>,
    terms: &GradientTerms,
    accumulate: bool,
    dx: ImagesMut<'_>,
) {
    let Backward { images, with, x, gradient } = args;
    x.check(images, "the input");
    dx.check(images, "the input gradient");
    let layouts = [x.layout, dx.layout];
    assert_eq!(dims(x.layout), dims(dx.layout), "shapes differ");
    with.check(x.layout.channels);
    let written_over = matches!(gradient, OutputGradient::Sum { .. } | OutputGradient::Activated { .. });
    assert!(!written_over, "the sums have made this gradient dense");
    let source = Source::new(gradient, with.activation, images, x.layout);
    assert_eq!(terms.values.len(), 3 * x.layout.channels, "a value a channel");
    let isa = team.isa();
    let [from, to] = [Shares(x.values.as_ptr().cast_mut()), Shares(dx.values.as_mut_ptr())];
    team.for_each(images, |_, image| {
        // SAFETY: lengths are checked above; an item writes its own image.
        unsafe {
            let x = Plane::new(from.at(0), layouts[0], image);
            let dx = Plane::new(to.at(0), layouts[1], image);
            let source = source.image(image);
            image_gradient(isa, &with, &terms.values, dims(layouts[0]), x, source, accumulate, dx);
        }
    });
}

versions! {
    /// Sums of dy, then of dy xhat.
    fn image_sums<S>(with: &Normalise<'_>, dims: [usize; 3], x: Plane, source: ImageSource, to: *mut f32) {
        let [channels, rows, columns] = dims;
        let size = [rows, columns];
        match source {
            ImageSource::Dense(dense) => each_block!(S, channels, block_sums(with, size, x, dense, to)),
            ImageSource::Relu(relu) => each_block!(S, channels, block_sums(with, size, x, relu, to)),
            ImageSource::Pooled(pooled) => each_block!(S, channels, block_sums(with, size, x, pooled, to)),
            ImageSource::Sum(sum) => each_block!(S, channels, block_sums(with, size, x, sum, to)),
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
        let mut sums = [[S::zero(); CHAINS]; V];
        let mut sums_xhat = [[S::zero(); CHAINS]; V];
        for row in 0..rows {
            let mut column = 0;
            while column < columns {
                for chain in 0..CHAINS {
                    if column + chain < columns {
                        let x = x.at(row, column + chain, block.first);
                        for v in 0..V {
                            let xhat = n.xhat(v, block.load::<S>(x, v));
                            let dy = behind.at::<S>(block, row, column + chain, v, n.scale(v, xhat));
                            sums[v][chain] = S::add(sums[v][chain], dy);
                            sums_xhat[v][chain] = S::fma(dy, xhat, sums_xhat[v][chain]);
                        }
                    }
                }
                column += CHAINS;
            }
        }
        for v in 0..V {
            block.store::<S>(to.add(block.first), v, join::<S>(sums[v]));
            block.store::<S>(to.add(block.channels + block.first), v, join::<S>(sums_xhat[v]));
        }
    }
}

/// How an input gradient is written.
#[derive(Clone, Copy)]
struct Target<'a> {
    terms: &'a [f32],
    accumulate: bool,
    dx: Plane,
}

versions! {
    fn image_gradient<S>(
        with: &Normalise<'_>,
        terms: &[f32],
        dims: [usize; 3],
        x: Plane,
        source: ImageSource,
        accumulate: bool,
        dx: Plane,
    ) {
        let [channels, rows, columns] = dims;
        let to = Target { terms, accumulate, dx };
        for row in 0..rows {
            match source {
                ImageSource::Dense(dense) => {
                    each_block!(S, channels, gradient_row(with, row, columns, x, dense, to));
                }
                ImageSource::Relu(relu) => {
                    each_block!(S, channels, gradient_row(with, row, columns, x, relu, to));
                }
                ImageSource::Pooled(pooled) => {
                    each_block!(S, channels, gradient_row(with, row, columns, x, pooled, to));
                }
                ImageSource::Sum(_) => unreachable!("refused by the façade"),
            }
        }
    }
}

#[inline(always)]
unsafe fn gradient_row<S: Simd, const V: usize>(
    block: Block,
    with: &Normalise<'_>,
    row: usize,
    columns: usize,
    x: Plane,
    behind: impl Behind,
    to: Target<'_>,
) {
    // SAFETY: the public functions of this folder have compared the buffers with the layouts.
    unsafe {
        let n = Normaliser::<S, V>::new(block, with);
        let terms = to.terms.as_ptr();
        let c1 = block.of_channels::<S, V>(terms);
        let c2 = block.of_channels::<S, V>(terms.add(block.channels));
        let k = block.of_channels::<S, V>(terms.add(2 * block.channels));
        for column in 0..columns {
            let x = x.at(row, column, block.first);
            let dx = to.dx.at(row, column, block.first);
            for v in 0..V {
                let xhat = n.xhat(v, block.load::<S>(x, v));
                let dy = behind.at::<S>(block, row, column, v, n.scale(v, xhat));
                let minus = S::mul(xhat, S::splat(-1.0));
                let term = S::mul(S::fma(minus, c2[v], S::sub(dy, c1[v])), k[v]);
                let value = if to.accumulate { S::add(block.load::<S>(dx, v), term) } else { term };
                block.store::<S>(dx, v, value);
            }
        }
    }
}
