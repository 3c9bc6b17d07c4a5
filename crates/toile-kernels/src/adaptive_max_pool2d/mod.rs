//! Max-pooling with as many windows as the output has pixels.
//!
//! **Formula, order.** As [`reference`] says: NaN wins, the first of equal values wins.
//!
//! **Layout.** Any border on either side (the border is never looked at). Winners are whole numbers kept
//! as f32, dense, `[image][row][column][channel]`. **Aliasing.** None.

pub mod reference;

use crate::LANES;
use crate::layout::{Images, ImagesMut, Layout, product};
use crate::simd::versions;
use crate::team::{Shares, Team};
use reference::AdaptiveMaxPoolGeometry;

/// Pixels that a window may have at most: up to here f32 counts every place.
pub const WINDOW_MAX: usize = 1 << 24;

/// Where one image's values are, of the input's and of the output's shape.
#[derive(Clone, Copy)]
struct Plane {
    geometry: AdaptiveMaxPoolGeometry,
    large: Layout,
    small: Layout,
}

fn plane(large: Layout, small: Layout) -> Plane {
    assert_eq!(large.channels, small.channels, "channels");
    let (input, output) = ([large.height, large.width], [small.height, small.width]);
    assert!(!input.contains(&0) && !output.contains(&0), "a size of 0: {input:?} to {output:?}");
    assert!(product(input) <= WINDOW_MAX, "an image of more than {WINDOW_MAX} pixels: {input:?}");
    let geometry = AdaptiveMaxPoolGeometry { input, output, channels: large.channels };
    Plane { geometry, large, small }
}

/// Writes the pooled images and the winner of each window.
pub fn forward(team: &mut Team, images: usize, x: Images<'_>, y: ImagesMut<'_>, winners: &mut [f32]) {
    x.check(images, "the input");
    y.check(images, "the output");
    let plane = plane(x.layout, y.layout);
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
    images: usize,
    dy: Images<'_>,
    winners: &[f32],
    accumulate: bool,
    dx: ImagesMut<'_>,
) {
    dy.check(images, "the output gradient");
    dx.check(images, "the input gradient");
    let plane = plane(dx.layout, dy.layout);
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
        let Plane { geometry, large, small } = plane;
        let channels = large.channels;
        for pixel in 0..small.height * small.width {
            let (oh, ow) = (pixel / small.width, pixel % small.width);
            let (rows, columns) = (geometry.span(0, oh), geometry.span(1, ow));
            for first in (0..channels).step_by(LANES) {
                let lanes = (channels - first).min(LANES);
                let start = rows.start * large.row_stride() + columns.start * channels + first;
                let (mut best, mut winner) = (S::load_first(x.add(start), lanes), S::zero());
                let mut place = 0;
                for row in rows.clone() {
                    for column in columns.clone() {
                        let at = row * large.row_stride() + column * channels + first;
                        // The first value once more: it does not win against itself, unless it is NaN and stays.
                        let value = S::load_first(x.add(at), lanes);
                        let wins = S::or(S::gt(value, best), S::is_nan(value));
                        best = S::select(wins, value, best);
                        winner = S::select(wins, S::splat(place as f32), winner);
                        place += 1;
                    }
                }
                S::store_first(y.add(oh * small.row_stride() + ow * channels + first), lanes, best);
                S::store_first(winners.add(pixel * channels + first), lanes, winner);
            }
        }
    }
}

versions! {
    fn unpool<S>(plane: Plane, dy: *const f32, winners: *const f32, dx: *mut f32) {
        let Plane { geometry, large, small } = plane;
        let channels = large.channels;
        for pixel in 0..small.height * small.width {
            let (oh, ow) = (pixel / small.width, pixel % small.width);
            let (rows, columns) = (geometry.span(0, oh), geometry.span(1, ow));
            for first in (0..channels).step_by(LANES) {
                let lanes = (channels - first).min(LANES);
                let gradient = S::load_first(dy.add(oh * small.row_stride() + ow * channels + first), lanes);
                let winner = S::load_first(winners.add(pixel * channels + first), lanes);
                let mut place = 0;
                for row in rows.clone() {
                    for column in columns.clone() {
                        let to = dx.add(row * large.row_stride() + column * channels + first);
                        let old = S::load_first(to, lanes);
                        let won = S::eq(winner, S::splat(place as f32));
                        S::store_first(to, lanes, S::select(won, S::add(old, gradient), old));
                        place += 1;
                    }
                }
            }
        }
    }
}
