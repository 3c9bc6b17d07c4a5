//! The normalisation and what follows it.

use std::ops::Range;

use super::block::{Block, each_run};
use super::plane::Plane;
use super::sizes::{dims, pooled_dims};
use crate::LANES;
use crate::activation::{Activation, OfRows, is_relu};
use crate::isa::Isa;
use crate::layout::{Images, ImagesMut, Layout, product};
use crate::max_pool2d::fused::{PooledPlane, activate_and_pool, band_len};
use crate::simd::{Simd, versions};
use crate::team::{Shares, Team};

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
    /// What follows.
    pub activation: Option<Activation>,
}

impl<'a> Normalise<'a> {
    #[inline(always)]
    pub(super) fn relu(&self) -> bool {
        is_relu(self.activation)
    }

    /// Those of some of the channels.
    pub(super) fn of_channels(&self, channels: Range<usize>) -> Self {
        let of = |values: &'a [f32]| &values[channels.clone()];
        let Normalise { mean, invstd, gamma, beta, activation } = *self;
        Normalise { mean: of(mean), invstd: of(invstd), gamma: of(gamma), beta: of(beta), activation }
    }

    pub(super) fn check(&self, channels: usize) {
        for values in [self.mean, self.invstd, self.gamma, self.beta] {
            assert_eq!(values.len(), channels, "a value a channel");
        }
    }
}

/// The part of [`Normalise`] that a block of channels needs.
#[derive(Clone, Copy)]
pub(super) struct Normaliser<S: Simd, const V: usize> {
    mean: [S::F; V],
    invstd: [S::F; V],
    gamma: [S::F; V],
    beta: [S::F; V],
}

impl<S: Simd, const V: usize> Normaliser<S, V> {
    #[inline(always)]
    pub(super) unsafe fn new(block: Block, with: &Normalise<'_>) -> Self {
        // SAFETY: the façade checked that there is a value a channel.
        unsafe {
            Normaliser {
                mean: block.of_channels::<S, V>(with.mean.as_ptr()),
                invstd: block.of_channels::<S, V>(with.invstd.as_ptr()),
                gamma: block.of_channels::<S, V>(with.gamma.as_ptr()),
                beta: block.of_channels::<S, V>(with.beta.as_ptr()),
            }
        }
    }

    #[inline(always)]
    pub(super) unsafe fn xhat(&self, v: usize, x: S::F) -> S::F {
        // SAFETY: only registers; the caller vouches for the instruction set `S`.
        unsafe { S::mul(S::sub(x, self.mean[v]), self.invstd[v]) }
    }

    #[inline(always)]
    pub(super) unsafe fn scale(&self, v: usize, xhat: S::F) -> S::F {
        // SAFETY: only registers; the caller vouches for the instruction set `S`.
        unsafe { S::fma(xhat, self.gamma[v], self.beta[v]) }
    }
}

/// Writes the normalised images; where there is a `skip`, their sum with it. The activation comes last. What
/// goes into it is written to `before`, laid out as `y`, for an activation whose gradient needs that.
pub fn normalise(
    team: &mut Team,
    images: usize,
    with: Normalise<'_>,
    x: Images<'_>,
    skip: Option<Images<'_>>,
    before: Option<&mut [f32]>,
    y: ImagesMut<'_>,
) {
    x.check(images, "the input");
    y.check(images, "the output");
    assert_eq!(dims(x.layout), dims(y.layout), "shapes differ");
    with.check(x.layout.channels);
    if let Some(skip) = skip {
        skip.check(images, "the skip");
        assert_eq!(dims(skip.layout), dims(y.layout), "shapes differ");
    }
    let isa = team.isa();
    let [from_layout, to_layout] = [x.layout, y.layout];
    let (from, to) = (Shares(x.values.as_ptr().cast_mut()), Shares(y.values.as_mut_ptr()));
    let rows = OfRows::new(isa, with.activation);
    let before = before.map_or(to, |values| {
        assert!(rows.is_some(), "what goes into {:?} is not kept", with.activation);
        assert!(values.len() >= to_layout.buffer_len(images), "what goes into the activation");
        Shares(values.as_mut_ptr())
    });
    let skip = skip.map(|skip| (Shares(skip.values.as_ptr().cast_mut()), skip.layout));
    team.for_each(images, |_, image| {
        // SAFETY: this function has checked the lengths above; an item writes its own image.
        unsafe {
            let x = Plane::new(from.at(0), from_layout, image);
            let before = Plane::new(before.at(0), to_layout, image);
            let skip = skip.map(|(values, layout)| Plane::new(values.at(0), layout, image));
            normalise_image(isa, &with, dims(to_layout), x, skip, before);
            if let Some(rows) = rows {
                let y = Plane::new(to.at(0), to_layout, image);
                for row in 0..to_layout.height {
                    rows.forward(before.at(row, 0, 0), y.at(row, 0, 0), to_layout.row_len());
                }
            }
        }
    });
}

/// Writes normalised rows of an image, side by side.
///
/// # Safety
/// `x` has this shape, `to` room for it.
pub(super) unsafe fn normalise_rows(
    isa: Isa,
    with: &Normalise<'_>,
    dims: [usize; 3],
    x: Plane,
    to: *mut f32,
) {
    let [channels, _, columns] = dims;
    let to = Plane { values: to, row: columns * channels, column: channels };
    // SAFETY: the caller promises what stands under Safety.
    unsafe { normalise_image(isa, with, dims, x, None, to) };
}

versions! {
    pub(super) fn normalise_image<S>(with: &Normalise<'_>, dims: [usize; 3], x: Plane, skip: Option<Plane>, y: Plane) {
        let [channels, rows, columns] = dims;
        for row in 0..rows {
            match skip {
                Some(skip) => each_run!(S, channels, columns, sum_row(with, row, x, skip, y)),
                None => each_run!(S, channels, columns, plain_row(with, row, x, y)),
            }
        }
    }
}

#[inline(always)]
unsafe fn plain_row<S: Simd, const V: usize>(
    block: Block,
    [from, to]: [usize; 2],
    with: &Normalise<'_>,
    row: usize,
    x: Plane,
    y: Plane,
) {
    // SAFETY: the public functions of this folder have compared the buffers with the layouts.
    unsafe {
        let n = Normaliser::<S, V>::new(block, with);
        for column in from..to {
            let (x, y) = (x.at(row, column, block.first), y.at(row, column, block.first));
            block.prefetch::<V>(x);
            block.prefetch::<V>(y);
            for v in 0..V {
                let value = n.scale(v, n.xhat(v, block.load::<S>(x, v)));
                block.store::<S>(y, v, if with.relu() { S::relu(value) } else { value });
            }
        }
    }
}

#[inline(always)]
unsafe fn sum_row<S: Simd, const V: usize>(
    block: Block,
    [from, to]: [usize; 2],
    with: &Normalise<'_>,
    row: usize,
    x: Plane,
    skip: Plane,
    y: Plane,
) {
    // SAFETY: the public functions of this folder have compared the buffers with the layouts.
    unsafe {
        let n = Normaliser::<S, V>::new(block, with);
        for column in from..to {
            let (x, y) = (x.at(row, column, block.first), y.at(row, column, block.first));
            block.prefetch::<V>(x);
            block.prefetch::<V>(y);
            let skip = skip.at(row, column, block.first);
            block.prefetch::<V>(skip);
            for v in 0..V {
                let value = n.scale(v, n.xhat(v, block.load::<S>(x, v)));
                let value = S::add(value, block.load::<S>(skip, v));
                block.store::<S>(y, v, if with.relu() { S::relu(value) } else { value });
            }
        }
    }
}

/// Where [`normalise_pooled`] writes.
#[derive(Debug)]
pub struct Pooled<'a> {
    /// The pooled images.
    pub y: ImagesMut<'a>,
    /// Which pixel of each window won, or that ReLU cut it off.
    pub winners: &'a mut [u8],
    /// What went into the activation of each winner, laid out as `y`, for an activation whose gradient needs that.
    pub before: Option<&'a mut [f32]>,
    /// To work in: [`pooled_workspace_len`] values.
    pub workspace: &'a mut [f32],
}

/// Values of the workspace that [`normalise_pooled`] wants on so many threads for images pooled to this layout.
pub fn pooled_workspace_len(activation: Option<Activation>, pooled: Layout, threads: usize) -> usize {
    let in_bands = activation.is_some_and(Activation::keeps_input);
    if in_bands { product([threads, band_len(pooled)]) } else { 0 }
}

/// Writes what the activation, if one follows, and then 2x2 max-pooling make of the normalised images, and the
/// winners.
pub fn normalise_pooled(
    team: &mut Team,
    images: usize,
    with: Normalise<'_>,
    x: Images<'_>,
    pooled: Pooled<'_>,
) {
    let Pooled { y, winners, before, workspace } = pooled;
    x.check(images, "the input");
    y.check(images, "the output");
    assert_eq!(pooled_dims(x.layout), dims(y.layout), "not the shape of the pooled input");
    with.check(x.layout.channels);
    let len = y.layout.image_len();
    assert!(winners.len() >= product([images, len]), "winners");
    let isa = team.isa();
    let [from_layout, to_layout] = [x.layout, y.layout];
    let (from, to) = (Shares(x.values.as_ptr().cast_mut()), Shares(y.values.as_mut_ptr()));
    let winners = Shares(winners.as_mut_ptr());
    let activation = OfRows::new(isa, with.activation);
    let before = before.map(|values| {
        assert!(activation.is_some(), "what goes into {:?} is not kept", with.activation);
        assert!(values.len() >= to_layout.buffer_len(images), "what goes into the activation");
        Shares(values.as_mut_ptr())
    });
    let workspace_len = pooled_workspace_len(with.activation, to_layout, team.threads());
    assert!(workspace.len() >= workspace_len, "workspace");
    let (workspace, room) = (Shares(workspace.as_mut_ptr()), workspace_len / team.threads());
    team.for_each(images, |thread, image| {
        // SAFETY: this function has checked the lengths above; an item writes its own image, in its thread's part of
        // the workspace.
        unsafe {
            let x = Plane::new(from.at(0), from_layout, image);
            let y = Plane::new(to.at(0), to_layout, image);
            let winners = winners.at(image * len);
            let Some(activation) = activation else {
                pool_image(isa, &with, dims(to_layout), x, y, winners);
                return;
            };
            let [channels, rows, columns] = dims(to_layout);
            let before = before
                .map_or(std::ptr::null_mut(), |before| Plane::new(before.at(0), to_layout, image).values);
            let plane =
                PooledPlane { layout: to_layout, values: y.values, before, winners, rows, columns, channels };
            activate_and_pool(isa, activation, plane, workspace.at(thread * room), |row, rows, values| {
                let x = Plane { values: x.at(2 * row, 0, 0), ..x };
                normalise_rows(isa, &with, [channels, 2 * rows, 2 * columns], x, values);
            });
        }
    });
}

versions! {
    fn pool_image<S>(with: &Normalise<'_>, dims: [usize; 3], x: Plane, y: Plane, winners: *mut u8) {
        let [channels, rows, columns] = dims;
        for row in 0..rows {
            let winners = winners.add(row * columns * channels);
            each_run!(S, channels, columns, pool_row(with, row, x, y, winners));
        }
    }
}

#[inline(always)]
unsafe fn pool_row<S: Simd, const V: usize>(
    block: Block,
    [from, to]: [usize; 2],
    with: &Normalise<'_>,
    row: usize,
    x: Plane,
    y: Plane,
    winners: *mut u8,
) {
    // SAFETY: the public functions of this folder have compared the buffers with the layouts.
    unsafe {
        let n = Normaliser::<S, V>::new(block, with);
        for column in from..to {
            let y = y.at(row, column, block.first);
            let winners = winners.add(column * block.channels + block.first);
            for q in 0..4 {
                block.prefetch::<V>(x.at(2 * row + q / 2, 2 * column + q % 2, block.first));
            }
            for v in 0..V {
                let (mut best, mut place) = (S::zero(), S::zero());
                for q in 0..4 {
                    let x = x.at(2 * row + q / 2, 2 * column + q % 2, block.first);
                    let value = n.scale(v, n.xhat(v, block.load::<S>(x, v)));
                    let value = if with.relu() { S::relu(value) } else { value };
                    if q == 0 {
                        best = value;
                    } else {
                        let wins = S::or(S::gt(value, best), S::is_nan(value));
                        best = S::select(wins, value, best);
                        place = S::select(wins, S::splat(q as f32), place);
                    }
                }
                if with.relu() {
                    place = S::select(S::le(best, S::zero()), S::splat(4.0), place);
                }
                block.store::<S>(y, v, best);
                S::store_bytes_first(winners.add(v * LANES), block.lanes(v), place);
            }
        }
    }
}
