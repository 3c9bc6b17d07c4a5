//! Max-pooling in plain loops: the specification.
//!
//! Formula: y[b, oh, ow, c] is the largest value of its window, of the positions inside the image alone.
//!
//! Layout: `[image][row][column][channel]`; the winners have the shape of the output.
//!
//! Order: rows, then columns ascending. The first value starts; a later one wins if it is greater or NaN
//! (so the first of equal values wins, and a NaN is passed on). The winner is remembered as kh * KW + kw.
//! Input gradient: from +0 or from what is there, plus dy of each window whose winner stands at this
//! position, oh, ow ascending.

use crate::real::Real;
use crate::window::WindowGeometry;

/// Writes the output of every image in `x`, and the position that won each window.
pub fn forward<T: Real>(g: &WindowGeometry, channels: usize, x: &[T], y: &mut [T], winners: &mut [u16]) {
    check(g, channels, x, y, winners);
    let [input_len, output_len] = [g.input_pixels() * channels, g.output_pixels() * channels];
    let images = x.chunks_exact(input_len).zip(y.chunks_exact_mut(output_len));
    for ((x, y), winners) in images.zip(winners.chunks_exact_mut(output_len)) {
        for i in 0..output_len {
            let (oh, ow, c) = (i / channels / g.output[1], i / channels % g.output[1], i % channels);
            let mut best: Option<(T, usize)> = None;
            for kh in 0..g.kernel[0] {
                for kw in 0..g.kernel[1] {
                    if let (Some(ih), Some(iw)) = (g.inside(0, oh, kh), g.inside(1, ow, kw)) {
                        let v = x[(ih * g.input[1] + iw) * channels + c];
                        if best.is_none_or(|(best, _)| v > best || v.is_nan()) {
                            best = Some((v, kh * g.kernel[1] + kw));
                        }
                    }
                }
            }
            let (value, winner) = best.expect("max_pool2d: every window has a pixel inside the image");
            y[i] = value;
            winners[i] = winner as u16;
        }
    }
}

/// Writes the gradient of the input, or adds to it with `accumulate`.
pub fn input_gradient<T: Real>(
    g: &WindowGeometry,
    channels: usize,
    dy: &[T],
    winners: &[u16],
    accumulate: bool,
    dx: &mut [T],
) {
    check(g, channels, dx, dy, winners);
    let [input_len, output_len] = [g.input_pixels() * channels, g.output_pixels() * channels];
    if !accumulate {
        dx.fill(T::ZERO);
    }
    let images = dx.chunks_exact_mut(input_len).zip(dy.chunks_exact(output_len));
    for ((dx, dy), winners) in images.zip(winners.chunks_exact(output_len)) {
        for (i, (&dy, &winner)) in dy.iter().zip(winners).enumerate() {
            let (oh, ow, c) = (i / channels / g.output[1], i / channels % g.output[1], i % channels);
            let winner = usize::from(winner);
            let ih = g.inside(0, oh, winner / g.kernel[1]).expect("max_pool2d: a winner outside the image");
            let iw = g.inside(1, ow, winner % g.kernel[1]).expect("max_pool2d: a winner outside the image");
            let dx = &mut dx[(ih * g.input[1] + iw) * channels + c];
            *dx = *dx + dy;
        }
    }
}

fn check<T>(g: &WindowGeometry, channels: usize, x: &[T], y: &[T], winners: &[u16]) {
    let images = x.len() / (g.input_pixels() * channels);
    assert_eq!(x.len(), images * g.input_pixels() * channels, "max_pool2d: length of the input");
    assert_eq!(y.len(), images * g.output_pixels() * channels, "max_pool2d: length of the output");
    assert_eq!(winners.len(), y.len(), "max_pool2d: number of winners");
    assert!(g.kernel_len() <= 1 << 16, "max_pool2d: a window of more than 65,536 positions");
}
