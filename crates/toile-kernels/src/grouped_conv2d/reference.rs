//! Grouped and dilated convolution in plain loops: the specification.
//!
//! Formula: channels are cut into groups of adjacent ones, and each group of output channels sees the group of input
//! channels of the same number alone: y[b, oh, ow, oc] = bias[oc] + sum over kh, kw, ic of
//! x[b, ih, iw, g IG + ic] w[oc, ic, kh, kw] with g = oc / OG, IG and OG the channels of a group,
//! ih = oh stride + kh dilation - padding and iw alike; x outside the image is +0.
//!
//! Layout: activations `[image][row][column][channel]`, weights `[out][in of a group][kh][kw]`, bias [out].
//!
//! Order of accumulation, always by fused multiply-add:
//! - Output: from the bias (+0 without one), then kh, kw, ic ascending. Values outside the image are multiplied
//!   like any other.
//! - Weight gradient: within each group of [`GROUP`] images, counted from the start of the batch, from +0 over
//!   images, then over output pixels, row by row; values outside the image are multiplied. Then the total from +0,
//!   plus the groups in order. Bias gradient: the same with plain additions of dy.
//! - Input gradient: from +0 or from what is there, then kh, kw, oc ascending, of the outputs that there are.

use crate::GROUP;
use crate::fused::with_multiply_add;
use crate::real::Real;
use crate::window::WindowGeometry;

/// Sizes of a grouped convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupedConv2dGeometry {
    /// Where the window slides; its size is that of the kernel, whatever the dilation.
    pub window: WindowGeometry,
    /// From one row and column of the kernel to the next, in pixels of the input.
    pub dilation: [usize; 2],
    /// Number of groups.
    pub groups: usize,
    /// Channels of the input, a multiple of the groups.
    pub in_channels: usize,
    /// Channels of the output, a multiple of the groups.
    pub out_channels: usize,
}

impl GroupedConv2dGeometry {
    /// Values of one image's input.
    pub fn input_len(&self) -> usize {
        self.window.input_pixels() * self.in_channels
    }

    /// Values of one image's output.
    pub fn output_len(&self) -> usize {
        self.window.output_pixels() * self.out_channels
    }

    /// Values of the weight.
    pub fn weight_len(&self) -> usize {
        self.out_channels * self.in_of_group() * self.window.kernel_len()
    }

    fn in_of_group(&self) -> usize {
        self.in_channels / self.groups
    }

    fn out_of_group(&self) -> usize {
        self.out_channels / self.groups
    }

    /// Where the weight of output channel `oc` and input channel `ic` of its group lies.
    #[inline(always)]
    fn weight_index(&self, oc: usize, ic: usize, kh: usize, kw: usize) -> usize {
        ((oc * self.in_of_group() + ic) * self.window.kernel[0] + kh) * self.window.kernel[1] + kw
    }

    /// The pixel of the input under position (kh, kw) of the window of output (oh, ow), if it is inside the image.
    #[inline(always)]
    fn pixel(&self, [oh, ow]: [usize; 2], [kh, kw]: [usize; 2]) -> Option<usize> {
        let ih = self.window.inside(0, oh, kh * self.dilation[0])?;
        let iw = self.window.inside(1, ow, kw * self.dilation[1])?;
        Some(ih * self.window.input[1] + iw)
    }

    /// The output whose window has input row or column `position` at offset `tap`, if there is one.
    #[inline(always)]
    fn output_of(&self, axis: usize, position: usize, tap: usize) -> Option<usize> {
        let ahead = (position + self.window.padding[axis]).checked_sub(tap * self.dilation[axis])?;
        let output = ahead / self.window.stride[axis];
        (ahead.is_multiple_of(self.window.stride[axis]) && output < self.window.output[axis])
            .then_some(output)
    }

    fn check<T>(&self, x: &[T], y: &[T], weight: &[T]) {
        let whole = |channels: usize| self.groups > 0 && channels.is_multiple_of(self.groups);
        assert!(whole(self.in_channels) && whole(self.out_channels), "grouped_conv2d: whole groups");
        let images = x.len() / self.input_len();
        assert_eq!(x.len(), images * self.input_len(), "grouped_conv2d: length of the input");
        assert_eq!(y.len(), images * self.output_len(), "grouped_conv2d: length of the output");
        assert_eq!(weight.len(), self.weight_len(), "grouped_conv2d: length of the weight");
    }
}

/// Writes the output of every image in `x`.
pub fn forward<T: Real>(g: &GroupedConv2dGeometry, x: &[T], weight: &[T], bias: Option<&[T]>, y: &mut [T]) {
    with_multiply_add(
        #[inline(always)]
        || forward_loops(g, x, weight, bias, y),
    );
}

#[inline(always)]
fn forward_loops<T: Real>(g: &GroupedConv2dGeometry, x: &[T], weight: &[T], bias: Option<&[T]>, y: &mut [T]) {
    g.check(x, y, weight);
    for (x, y) in x.chunks_exact(g.input_len()).zip(y.chunks_exact_mut(g.output_len())) {
        for (i, y) in y.iter_mut().enumerate() {
            let (oh, ow, oc) = position(i, g.window.output[1], g.out_channels);
            let first = oc / g.out_of_group() * g.in_of_group();
            let mut acc = bias.map_or(T::ZERO, |bias| bias[oc]);
            for kh in 0..g.window.kernel[0] {
                for kw in 0..g.window.kernel[1] {
                    let pixel = g.pixel([oh, ow], [kh, kw]);
                    for ic in 0..g.in_of_group() {
                        let x = pixel.map_or(T::ZERO, |pixel| x[pixel * g.in_channels + first + ic]);
                        acc = x.mul_add(weight[g.weight_index(oc, ic, kh, kw)], acc);
                    }
                }
            }
            *y = acc;
        }
    }
}

/// Writes the gradients of the weight and of the bias, where there is one.
pub fn weight_gradient<T: Real>(
    g: &GroupedConv2dGeometry,
    x: &[T],
    dy: &[T],
    dweight: &mut [T],
    dbias: Option<&mut [T]>,
) {
    with_multiply_add(
        #[inline(always)]
        || weight_gradient_loops(g, x, dy, dweight, dbias),
    );
}

#[inline(always)]
fn weight_gradient_loops<T: Real>(
    g: &GroupedConv2dGeometry,
    x: &[T],
    dy: &[T],
    dweight: &mut [T],
    dbias: Option<&mut [T]>,
) {
    g.check(x, dy, dweight);
    let [rows, columns] = g.window.output;
    let groups = || x.chunks(GROUP * g.input_len()).zip(dy.chunks(GROUP * g.output_len()));
    for (i, dweight) in dweight.iter_mut().enumerate() {
        let (rest, kw) = (i / g.window.kernel[1], i % g.window.kernel[1]);
        let (rest, kh) = (rest / g.window.kernel[0], rest % g.window.kernel[0]);
        let (oc, ic) = (rest / g.in_of_group(), rest % g.in_of_group());
        let channel = oc / g.out_of_group() * g.in_of_group() + ic;
        let mut total = T::ZERO;
        for (x, dy) in groups() {
            let mut acc = T::ZERO;
            for (x, dy) in x.chunks_exact(g.input_len()).zip(dy.chunks_exact(g.output_len())) {
                for oh in 0..rows {
                    for ow in 0..columns {
                        let pixel = g.pixel([oh, ow], [kh, kw]);
                        let x = pixel.map_or(T::ZERO, |pixel| x[pixel * g.in_channels + channel]);
                        acc = x.mul_add(dy[(oh * columns + ow) * g.out_channels + oc], acc);
                    }
                }
            }
            total = total + acc;
        }
        *dweight = total;
    }
    let Some(dbias) = dbias else { return };
    assert_eq!(dbias.len(), g.out_channels, "grouped_conv2d: length of dbias");
    for (oc, dbias) in dbias.iter_mut().enumerate() {
        let sum = |dy: &[T]| {
            let of_channel = dy.iter().skip(oc).step_by(g.out_channels);
            of_channel.fold(T::ZERO, |acc, &dy| acc + dy)
        };
        *dbias = dy.chunks(GROUP * g.output_len()).fold(T::ZERO, |total, dy| total + sum(dy));
    }
}

/// Writes the gradient of the input, or adds to it with `accumulate`.
pub fn input_gradient<T: Real>(
    g: &GroupedConv2dGeometry,
    dy: &[T],
    weight: &[T],
    accumulate: bool,
    dx: &mut [T],
) {
    with_multiply_add(
        #[inline(always)]
        || input_gradient_loops(g, dy, weight, accumulate, dx),
    );
}

#[inline(always)]
fn input_gradient_loops<T: Real>(
    g: &GroupedConv2dGeometry,
    dy: &[T],
    weight: &[T],
    accumulate: bool,
    dx: &mut [T],
) {
    g.check(dx, dy, weight);
    let WindowGeometry { input, output, kernel, .. } = g.window;
    for (dx, dy) in dx.chunks_exact_mut(g.input_len()).zip(dy.chunks_exact(g.output_len())) {
        for (i, dx) in dx.iter_mut().enumerate() {
            let (ih, iw, channel) = position(i, input[1], g.in_channels);
            let (group, ic) = (channel / g.in_of_group(), channel % g.in_of_group());
            let mut acc = if accumulate { *dx } else { T::ZERO };
            for kh in 0..kernel[0] {
                let Some(oh) = g.output_of(0, ih, kh) else { continue };
                for kw in 0..kernel[1] {
                    let Some(ow) = g.output_of(1, iw, kw) else { continue };
                    for oc in (0..g.out_of_group()).map(|oc| group * g.out_of_group() + oc) {
                        let dy = dy[(oh * output[1] + ow) * g.out_channels + oc];
                        acc = dy.mul_add(weight[g.weight_index(oc, ic, kh, kw)], acc);
                    }
                }
            }
            *dx = acc;
        }
    }
}

/// Row, column and channel of the `i`-th value of an image.
fn position(i: usize, width: usize, channels: usize) -> (usize, usize, usize) {
    (i / channels / width, i / channels % width, i % channels)
}
