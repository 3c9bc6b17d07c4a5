//! Max-pooling with any window.
//!
//! **Formula, order.** As [`reference`] says: NaN wins, the first of equal values wins.
//!
//! **Layout.** Any border on either side (the border is never looked at). Winners are whole numbers kept
//! as f32, dense, `[image][row][column][channel]`. **Aliasing.** None.

pub(crate) mod fused;
pub mod reference;

use crate::LANES;
use crate::layout::{Images, ImagesMut, Layout, product};
use crate::simd::versions;
use crate::team::{Shares, Team};
use crate::window::WindowGeometry;

/// Where one image's values are, of the input's and of the output's shape.
#[derive(Clone, Copy)]
struct Plane {
    window: WindowGeometry,
    large: Layout,
    small: Layout,
}

fn plane(window: WindowGeometry, large: Layout, small: Layout) -> Plane {
    assert_eq!([large.height, large.width], window.input, "input of {window:?}");
    assert_eq!([small.height, small.width], window.output, "output of {window:?}");
    assert_eq!(large.channels, small.channels, "channels");
    assert!(window.meets_input(), "a window beside the image in {window:?}");
    // Up to here f32 counts every position, and so does the reference.
    assert!(product(window.kernel) <= 1 << 16, "a window of more than 65,536 positions in {window:?}");
    Plane { window, large, small }
}

/// Writes the pooled images and the winner of each window.
pub fn forward(
    team: &mut Team,
    window: WindowGeometry,
    images: usize,
    x: Images<'_>,
    y: ImagesMut<'_>,
    winners: &mut [f32],
) {
    x.check(images, "the input");
    y.check(images, "the output");
    let plane = plane(window, x.layout, y.layout);
    let len = y.layout.image_len();
    assert!(winners.len() >= images * len, "winners");
    let isa = team.isa();
    let (from, to) = (Shares(x.values.as_ptr().cast_mut()), Shares(y.values.as_mut_ptr()));
    let winners = Shares(winners.as_mut_ptr());
    team.for_each(images, |_, image| {
        // SAFETY: this function has checked the lengths above; an item writes its own image.
        unsafe {
            let x = from.at(image * plane.large.image_stride() + plane.large.origin());
            let y = to.at(image * plane.small.image_stride() + plane.small.origin());
            pool(isa, plane, x.cast_const(), y, winners.at(image * len));
        }
    });
}

/// Writes the gradient of the input, or adds to it.
pub fn backward(
    team: &mut Team,
    window: WindowGeometry,
    images: usize,
    dy: Images<'_>,
    winners: &[f32],
    accumulate: bool,
    dx: ImagesMut<'_>,
) {
    dy.check(images, "the output gradient");
    dx.check(images, "the input gradient");
    let plane = plane(window, dx.layout, dy.layout);
    let len = dy.layout.image_len();
    assert!(winners.len() >= images * len, "winners");
    let isa = team.isa();
    let (from, to) = (Shares(dy.values.as_ptr().cast_mut()), Shares(dx.values.as_mut_ptr()));
    let winners = Shares(winners.as_ptr().cast_mut());
    team.for_each(images, |_, image| {
        // SAFETY: this function has checked the lengths above; an item writes its own image.
        unsafe {
            let dy = from.at(image * plane.small.image_stride() + plane.small.origin());
            let dx = to.at(image * plane.large.image_stride() + plane.large.origin());
            if !accumulate {
                for row in 0..plane.large.height {
                    dx.add(row * plane.large.row_stride()).write_bytes(0, plane.large.row_len());
                }
            }
            unpool(isa, plane, dy.cast_const(), winners.at(image * len).cast_const(), dx);
        }
    });
}

versions! {
    fn pool<S>(plane: Plane, x: *const f32, y: *mut f32, winners: *mut f32) {
        let Plane { window, large, small } = plane;
        let channels = large.channels;
        for oh in 0..small.height {
            for ow in 0..small.width {
                let mut first = 0;
                while first < channels {
                    let lanes = (channels - first).min(LANES);
                    let mut best = S::zero();
                    let mut winner = S::zero();
                    let mut started = false;
                    for kh in 0..window.kernel[0] {
                        let Some(ih) = window.inside(0, oh, kh) else { continue };
                        for kw in 0..window.kernel[1] {
                            let Some(iw) = window.inside(1, ow, kw) else { continue };
                            let at = ih * large.row_stride() + iw * channels + first;
                            let value = S::load_first(x.add(at), lanes);
                            let place = S::splat((kh * window.kernel[1] + kw) as f32);
                            if started {
                                let wins = S::or(S::gt(value, best), S::is_nan(value));
                                best = S::select(wins, value, best);
                                winner = S::select(wins, place, winner);
                            } else {
                                (best, winner, started) = (value, place, true);
                            }
                        }
                    }
                    S::store_first(y.add(oh * small.row_stride() + ow * channels + first), lanes, best);
                    S::store_first(winners.add((oh * small.width + ow) * channels + first), lanes, winner);
                    first += LANES;
                }
            }
        }
    }
}

versions! {
    fn unpool<S>(plane: Plane, dy: *const f32, winners: *const f32, dx: *mut f32) {
        let Plane { window, large, small } = plane;
        let channels = large.channels;
        for oh in 0..small.height {
            for ow in 0..small.width {
                let mut first = 0;
                while first < channels {
                    let lanes = (channels - first).min(LANES);
                    let at = oh * small.row_stride() + ow * channels + first;
                    let gradient = S::load_first(dy.add(at), lanes);
                    let winner = S::load_first(winners.add((oh * small.width + ow) * channels + first), lanes);
                    for kh in 0..window.kernel[0] {
                        let Some(ih) = window.inside(0, oh, kh) else { continue };
                        for kw in 0..window.kernel[1] {
                            let Some(iw) = window.inside(1, ow, kw) else { continue };
                            let to = dx.add(ih * large.row_stride() + iw * channels + first);
                            let old = S::load_first(to, lanes);
                            let place = S::splat((kh * window.kernel[1] + kw) as f32);
                            let new = S::select(S::eq(winner, place), S::add(old, gradient), old);
                            S::store_first(to, lanes, new);
                        }
                    }
                    first += LANES;
                }
            }
        }
    }
}
