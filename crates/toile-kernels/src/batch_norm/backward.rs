//! Gradients of scale, shift and input.

use super::forward::Normalise;
use super::workspace_len;
use crate::LANES;
use crate::layout::{Images, ImagesMut, Layout};
use crate::simd::{Simd, versions};
use crate::team::{Shares, Team};

/// What [`backward`] reads.
#[derive(Clone, Copy, Debug)]
pub struct Backward<'a> {
    /// Number of images.
    pub images: usize,
    /// What the batch was normalised with.
    pub with: Normalise<'a>,
    /// What went in.
    pub x: Images<'a>,
    /// What came out, after ReLU where it follows.
    pub y: Images<'a>,
    /// Gradient of what came out.
    pub dy: Images<'a>,
}

/// One image's pixels as pointers, and the layouts behind them.
#[derive(Clone, Copy)]
struct Plane {
    x: *const f32,
    y: *const f32,
    dy: *const f32,
    layouts: [Layout; 3],
}

/// Writes the gradients of scale (`dgamma`) and shift, [channel] each, and that of the input, if
/// somebody wants it, or adds to it. `terms` is a workspace of 3 values a channel.
pub fn backward(
    team: &mut Team,
    args: Backward<'_>,
    [dgamma, dbeta]: [&mut [f32]; 2],
    accumulate: bool,
    dx: Option<ImagesMut<'_>>,
    workspace: &mut [f32],
    terms: &mut [f32],
) {
    let Backward { images, with, x, y, dy } = args;
    x.check(images, "the input");
    y.check(images, "the output");
    dy.check(images, "the output gradient");
    let channels = x.layout.channels;
    let dims = |l: Layout| [l.channels, l.height, l.width];
    for layout in [y.layout, dy.layout] {
        assert_eq!(dims(x.layout), dims(layout), "shapes differ");
    }
    with.check(channels);
    assert!(workspace.len() >= workspace_len(x.layout, images), "workspace");
    assert_eq!(
        [dgamma.len(), dbeta.len(), terms.len()],
        [channels, channels, 3 * channels],
        "a value a channel"
    );
    let isa = team.isa();
    let layouts = [x.layout, y.layout, dy.layout];
    let pointers = [x, y, dy].map(|images| Shares(images.values.as_ptr().cast_mut()));
    let plane = |image: usize| {
        // SAFETY: lengths are checked above.
        let [x, y, dy] = [0, 1, 2].map(|i| unsafe {
            let layout = layouts[i];
            pointers[i].at(image * layout.image_stride() + layout.origin()).cast_const()
        });
        Plane { x, y, dy, layouts }
    };
    let sums = Shares(workspace.as_mut_ptr());
    team.for_each(images, |_, image| {
        // SAFETY: lengths are checked above; an item writes its own part of the workspace.
        unsafe { image_sums(isa, plane(image), &with, sums.at(2 * image * channels)) }
    });

    let count = (images * x.layout.height * x.layout.width) as f64;
    for c in 0..channels {
        let (mut sum_dy, mut sum_dy_xhat) = (0.0f64, 0.0f64);
        for image in workspace.chunks_exact(2 * channels).take(images) {
            sum_dy += f64::from(image[c]);
            sum_dy_xhat += f64::from(image[channels + c]);
        }
        dbeta[c] = sum_dy as f32;
        dgamma[c] = sum_dy_xhat as f32;
        terms[c] = (sum_dy / count) as f32;
        terms[channels + c] = (sum_dy_xhat / count) as f32;
        terms[2 * channels + c] = with.gamma[c] * with.invstd[c];
    }

    let Some(dx) = dx else { return };
    dx.check(images, "the input gradient");
    assert_eq!(dims(x.layout), dims(dx.layout), "shapes differ");
    let terms = &*terms;
    let to = dx.layout;
    let values = Shares(dx.values.as_mut_ptr());
    team.for_each(images, |_, image| {
        // SAFETY: lengths are checked above; an item writes its own image.
        unsafe {
            let dx = values.at(image * to.image_stride() + to.origin());
            image_gradient(isa, plane(image), &with, terms, accumulate, dx, to);
        }
    });
}

/// The gradient behind ReLU at one pixel, and xhat.
#[inline(always)]
unsafe fn pixel<S: Simd>(
    plane: &Plane,
    relu: bool,
    [mean, invstd]: [S::F; 2],
    [row, column, first, lanes]: [usize; 4],
) -> (S::F, S::F) {
    let at = |layout: Layout| row * layout.row_stride() + column * layout.channels + first;
    // SAFETY: the façade's checks.
    unsafe {
        let x = S::load_first(plane.x.add(at(plane.layouts[0])), lanes);
        let mut dy = S::load_first(plane.dy.add(at(plane.layouts[2])), lanes);
        if relu {
            let y = S::load_first(plane.y.add(at(plane.layouts[1])), lanes);
            dy = S::select(S::le(y, S::zero()), S::zero(), dy);
        }
        (dy, S::mul(S::sub(x, mean), invstd))
    }
}

versions! {
    /// Sums of dy, then of dy xhat.
    fn image_sums<S>(plane: Plane, with: &Normalise<'_>, to: *mut f32) {
        let layout = plane.layouts[0];
        let channels = layout.channels;
        let mut first = 0;
        while first < channels {
            let lanes = (channels - first).min(LANES);
            let mean = S::load_first(with.mean.as_ptr().add(first), lanes);
            let invstd = S::load_first(with.invstd.as_ptr().add(first), lanes);
            let (mut sum_dy, mut sum_dy_xhat) = (S::zero(), S::zero());
            for row in 0..layout.height {
                for column in 0..layout.width {
                    let (dy, xhat) = pixel::<S>(&plane, with.relu, [mean, invstd], [row, column, first, lanes]);
                    sum_dy = S::add(sum_dy, dy);
                    sum_dy_xhat = S::fma(dy, xhat, sum_dy_xhat);
                }
            }
            S::store_first(to.add(first), lanes, sum_dy);
            S::store_first(to.add(channels + first), lanes, sum_dy_xhat);
            first += LANES;
        }
    }
}

versions! {
    fn image_gradient<S>(
        plane: Plane,
        with: &Normalise<'_>,
        terms: &[f32],
        accumulate: bool,
        dx: *mut f32,
        to: Layout,
    ) {
        let layout = plane.layouts[0];
        let channels = layout.channels;
        let mut first = 0;
        while first < channels {
            let lanes = (channels - first).min(LANES);
            let mean = S::load_first(with.mean.as_ptr().add(first), lanes);
            let invstd = S::load_first(with.invstd.as_ptr().add(first), lanes);
            let c1 = S::load_first(terms.as_ptr().add(first), lanes);
            let c2 = S::load_first(terms.as_ptr().add(channels + first), lanes);
            let k = S::load_first(terms.as_ptr().add(2 * channels + first), lanes);
            for row in 0..layout.height {
                for column in 0..layout.width {
                    let (dy, xhat) = pixel::<S>(&plane, with.relu, [mean, invstd], [row, column, first, lanes]);
                    let minus = S::mul(xhat, S::splat(-1.0));
                    let term = S::mul(S::fma(minus, c2, S::sub(dy, c1)), k);
                    let to = dx.add(row * to.row_stride() + column * channels + first);
                    let value = if accumulate { S::add(S::load_first(to, lanes), term) } else { term };
                    S::store_first(to, lanes, value);
                }
            }
            first += LANES;
        }
    }
}
