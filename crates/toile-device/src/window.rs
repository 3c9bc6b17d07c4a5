//! The walks over windows and tiles, the same for all kinds of numbers.

use crate::program::{Convolution, Step, Windows};

/// Calls `tap` with the input's pixel and the number of the weight's pixel, for each pixel of the window at `row` and
/// `column` (before any tiles) that lies in the image.
#[inline(always)]
pub(crate) fn each_tap(
    step: &Step,
    convolution: &Convolution,
    [row, column]: [usize; 2],
    mut tap: impl FnMut(usize, usize),
) {
    let Convolution { kernel, stride, padding, dilation, .. } = convolution;
    let [_, height, width] = step.from;
    for k in 0..kernel[0] {
        let Some(y) = (row * stride[0] + k * dilation[0]).checked_sub(padding[0]) else { continue };
        for l in 0..kernel[1] {
            let Some(x) = (column * stride[1] + l * dilation[1]).checked_sub(padding[1]) else { continue };
            if y < height && x < width {
                tap(y * width + x, k * kernel[1] + l);
            }
        }
    }
}

/// Fills the output: `value` gives that of a channel at a row and a column before any tiles, and of each tile the
/// largest is kept.
#[inline(always)]
pub(crate) fn each_tile<T: PartialOrd + Copy>(
    step: &Step,
    convolution: &Convolution,
    y: &mut [T],
    mut value: impl FnMut([usize; 2], usize) -> T,
) {
    let ([channels, _, columns], [down, across]) = (step.to, convolution.tile);
    for (at, y) in y.iter_mut().enumerate() {
        let (row, column, channel) = (at / channels / columns, at / channels % columns, at % channels);
        let mut largest = value([row * down, column * across], channel);
        for inside in 1..down * across {
            let place = [row * down + inside / across, column * across + inside % across];
            let next = value(place, channel);
            largest = if next > largest { next } else { largest };
        }
        *y = largest;
    }
}

/// Fills the output of a pooling from the places of the values under each window, and how many count.
pub(crate) fn each_window<T>(
    step: &Step,
    windows: &Windows,
    y: &mut [T],
    value: impl Fn(&mut dyn Iterator<Item = usize>, usize) -> T,
) {
    let ([channels, _, width], [_, _, columns]) = (step.from, step.to);
    for (at, y) in y.iter_mut().enumerate() {
        let (row, column) =
            (&windows.rows[at / channels / columns], &windows.columns[at / channels % columns]);
        let pixels = row.inside.clone().flat_map(|y| column.inside.clone().map(move |x| y * width + x));
        *y = value(&mut pixels.map(|pixel| pixel * channels + at % channels), row.count * column.count);
    }
}
