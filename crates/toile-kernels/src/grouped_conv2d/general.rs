//! Kernels for any groups and dilation: lanes are channels of one group, and the other side's values are broadcast to
//! them. Where a group has fewer channels than lanes, the rest of them idle.

use super::geometry::GroupedConv2d;
use super::meets::Meets;
use super::part::{OfInput, OfWeight, Outputs};
use crate::LANES;
use crate::simd::{Simd, Vector, versions};

/// Up to sixteen channels of a group.
#[derive(Clone, Copy)]
struct Panel {
    group: usize,
    /// The first one, counted within the group.
    first: usize,
    lanes: usize,
}

impl Panel {
    /// Those of a share of the groups that have so many channels.
    fn of(groups: [usize; 2], channels: usize) -> impl Iterator<Item = Panel> {
        let panels = move |group: usize| {
            let firsts = (0..channels).step_by(LANES);
            firsts.map(move |first| Panel { group, first, lanes: (channels - first).min(LANES) })
        };
        (groups[0]..groups[1]).flat_map(panels)
    }
}

/// Calls `$f::<V, N>` with the narrowest vector that holds the panel's lanes, and as many sums as fit the registers.
macro_rules! of_lanes {
    ($S:ident, $panel:ident, $f:ident($($arg:expr),*)) => {
        match $panel.lanes {
            ..=4 if $S::PARTS => $f::<$S::First4, 8>($($arg),*),
            ..=8 if $S::PARTS => $f::<$S::First8, 8>($($arg),*),
            _ if $S::WIDE => $f::<$S, 12>($($arg),*),
            _ => $f::<$S, 6>($($arg),*),
        }
    };
}

versions! {
    /// A share of an image's outputs.
    pub(super) fn forward<S>(conv: GroupedConv2d, image: Outputs, units: [usize; 2]) {
        for panel in Panel::of(units, conv.outputs()) {
            of_lanes!(S, panel, forward_panel(&conv, &image, panel));
        }
    }
}

#[inline(always)]
unsafe fn forward_panel<V: Vector, const C: usize>(conv: &GroupedConv2d, image: &Outputs, panel: Panel) {
    for row in 0..conv.output.height {
        let mut column = 0;
        while column < conv.output.width {
            // SAFETY: the façade has compared the buffers with what the geometry reaches.
            unsafe {
                column += if conv.output.width - column >= C {
                    forward_tile::<V, C>(conv, image, panel, [row, column]);
                    C
                } else {
                    forward_tile::<V, 1>(conv, image, panel, [row, column]);
                    1
                };
            }
        }
    }
}

/// C outputs of a row side by side, from this one on.
#[inline(always)]
unsafe fn forward_tile<V: Vector, const C: usize>(
    conv: &GroupedConv2d,
    image: &Outputs,
    panel: Panel,
    [row, column]: [usize; 2],
) {
    let Panel { group, first, lanes } = panel;
    let (pixel, step) = (conv.output.channels, conv.stride[1] * conv.input.channels);
    let number = group * conv.panels() + first / LANES;
    // SAFETY: the caller promises whole panels, windows inside the padded input, and channels inside a pixel.
    unsafe {
        let mut sums = [V::zero(); C];
        if !image.bias.is_null() {
            sums = [V::load(image.bias.add(number * LANES)); C];
        }
        let x = image.x.add(row * conv.stride[0] * conv.input.row_stride() + column * step);
        let x = x.add(group * conv.inputs());
        let mut weight = image.weight.add(number * conv.panel_len());
        for kh in 0..conv.kernel[0] {
            for kw in 0..conv.kernel[1] {
                let [down, right] = [kh * conv.dilation[0], kw * conv.dilation[1]];
                let x = x.add(down * conv.input.row_stride() + right * conv.input.channels);
                for ic in 0..conv.inputs() {
                    let tap = V::load(weight);
                    for c in 0..C {
                        sums[c] = V::fma(V::splat(*x.add(c * step + ic)), tap, sums[c]);
                    }
                    weight = weight.wrapping_add(LANES);
                }
            }
        }
        let y = image.y.add(row * conv.output.row_stride() + column * pixel + group * conv.outputs() + first);
        for c in 0..C {
            let value = if image.relu { V::relu(sums[c]) } else { sums[c] };
            V::store_first(y.add(c * pixel), lanes, value);
        }
    }
}

versions! {
    /// A share of an image's input gradients.
    pub(super) fn input_gradient<S>(conv: GroupedConv2d, image: OfInput, units: [usize; 2]) {
        for panel in Panel::of(units, conv.inputs()) {
            of_lanes!(S, panel, input_gradient_panel(&conv, &image, panel));
        }
    }
}

#[inline(always)]
unsafe fn input_gradient_panel<V: Vector, const C: usize>(
    conv: &GroupedConv2d,
    image: &OfInput,
    panel: Panel,
) {
    let (width, stride) = (conv.input.width, conv.stride[1]);
    for row in 0..conv.input.height {
        let rows = Meets::new(conv, 0, row).inside();
        for first_column in 0..stride.min(width) {
            let columns = Meets::new(conv, 1, first_column);
            let count = (width - first_column).div_ceil(stride);
            let [begin, end] = columns.interior(count);
            let to = row * conv.input.row_stride() + first_column * conv.input.channels;
            let mut at = 0;
            while at < count {
                // SAFETY: the façade has compared the buffers with what the geometry reaches; a position's taps are
                // clipped to the outputs that there are, those of interior positions lie inside.
                unsafe {
                    let dx = image.dx.add(to);
                    at += if at >= begin && at + C <= end {
                        let meets = [rows, columns.further(at)];
                        input_gradient_tile::<V, C>(conv, image, panel, meets, dx, at);
                        C
                    } else {
                        let meets = [rows, columns.further(at).inside()];
                        input_gradient_tile::<V, 1>(conv, image, panel, meets, dx, at);
                        1
                    };
                }
            }
        }
    }
}

/// C positions of a row, each a stride behind the one before, from the class's position `at` on; `dx` is its first.
#[inline(always)]
unsafe fn input_gradient_tile<V: Vector, const C: usize>(
    conv: &GroupedConv2d,
    image: &OfInput,
    panel: Panel,
    [rows, columns]: [Meets; 2],
    dx: *mut f32,
    at: usize,
) {
    let Panel { group, first, lanes } = panel;
    let (pixel, step) = (conv.output.channels, conv.stride[1] * conv.input.channels);
    let number = group * conv.mirror_panels() + first / LANES;
    // SAFETY: the caller promises what stands under Safety: outputs and positions are inside, panels are whole.
    unsafe {
        let dx = dx.add(at * step + group * conv.inputs() + first);
        let mut sums = [V::zero(); C];
        if image.accumulate {
            for c in 0..C {
                sums[c] = V::load_first(dx.add(c * step), lanes);
            }
        }
        let mirror = image.weight.add(number * conv.mirror_panel_len());
        for i in 0..rows.taps {
            let row = (rows.place as usize).wrapping_sub(i * rows.back) * conv.output.row_stride();
            for j in 0..columns.taps {
                let tap = (rows.tap + i * rows.step) * conv.kernel[1] + columns.tap + j * columns.step;
                let column = (columns.place as usize).wrapping_sub(j * columns.back) * pixel;
                let dy = image.dy.add(row + column + group * conv.outputs());
                let weight = mirror.add(tap * conv.outputs() * LANES);
                for oc in 0..conv.outputs() {
                    let weight = V::load(weight.add(oc * LANES));
                    for c in 0..C {
                        sums[c] = V::fma(V::splat(*dy.add(c * pixel + oc)), weight, sums[c]);
                    }
                }
            }
        }
        for c in 0..C {
            V::store_first(dx.add(c * step), lanes, sums[c]);
        }
    }
}

versions! {
    /// Adds a share of an image's weight gradients to its group's; and of the bias', where they are wanted.
    pub(super) fn weight_gradient<S>(conv: GroupedConv2d, image: OfWeight, units: [usize; 2]) {
        for panel in Panel::of(units, conv.outputs()) {
            of_lanes!(S, panel, weight_panel(&conv, &image, panel));
            if image.bias {
                bias_sum::<S>(&conv, &image, panel);
            }
        }
    }
}

#[inline(always)]
unsafe fn weight_panel<V: Vector, const M: usize>(conv: &GroupedConv2d, image: &OfWeight, panel: Panel) {
    for kh in 0..conv.kernel[0] {
        for kw in 0..conv.kernel[1] {
            let mut ic = 0;
            while ic < conv.inputs() {
                // SAFETY: the façade has compared the buffers with what the geometry reaches.
                unsafe {
                    ic += match conv.inputs() - ic {
                        left if left >= M => {
                            weight_tile::<V, M>(conv, image, panel, [kh, kw, ic]);
                            M
                        }
                        4.. => {
                            weight_tile::<V, 4>(conv, image, panel, [kh, kw, ic]);
                            4
                        }
                        _ => {
                            weight_tile::<V, 1>(conv, image, panel, [kh, kw, ic]);
                            1
                        }
                    };
                }
            }
        }
    }
}

/// The weights of a tap and of M input channels, over all pixels of an image.
#[inline(always)]
unsafe fn weight_tile<V: Vector, const M: usize>(
    conv: &GroupedConv2d,
    image: &OfWeight,
    panel: Panel,
    [kh, kw, ic]: [usize; 3],
) {
    let Panel { group, first, lanes } = panel;
    let (pixel, step) = (conv.output.channels, conv.stride[1] * conv.input.channels);
    let number = group * conv.panels() + first / LANES;
    // SAFETY: the caller promises what stands under Safety: windows stay inside the padded input, panels are whole.
    unsafe {
        let tap = ((kh * conv.kernel[1] + kw) * conv.inputs() + ic) * LANES;
        let partial = image.partial.add(number * conv.panel_len() + tap);
        let mut sums = [V::zero(); M];
        for m in 0..M {
            sums[m] = V::load(partial.add(m * LANES));
        }
        let [down, right] = [kh * conv.dilation[0], kw * conv.dilation[1]];
        let x = image.x.add(down * conv.input.row_stride() + right * conv.input.channels);
        let x = x.add(group * conv.inputs() + ic);
        let dy = image.dy.add(group * conv.outputs() + first);
        for row in 0..conv.output.height {
            let mut x = x.add(row * conv.stride[0] * conv.input.row_stride());
            let mut dy = dy.add(row * conv.output.row_stride());
            for _ in 0..conv.output.width {
                let gradient = V::load_first(dy, lanes);
                for m in 0..M {
                    sums[m] = V::fma(V::splat(*x.add(m)), gradient, sums[m]);
                }
                x = x.wrapping_add(step);
                dy = dy.wrapping_add(pixel);
            }
        }
        for m in 0..M {
            V::store_first(partial.add(m * LANES), lanes, sums[m]);
        }
    }
}

/// The bias gradient of a panel.
#[inline(always)]
unsafe fn bias_sum<S: Simd>(conv: &GroupedConv2d, image: &OfWeight, panel: Panel) {
    let Panel { group, first, lanes } = panel;
    let number = group * conv.panels() + first / LANES;
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        let partial = image.partial.add(conv.weight_len() + number * LANES);
        let mut sum = <S as Simd>::load(partial);
        for row in 0..conv.output.height {
            let dy = image.dy.add(row * conv.output.row_stride() + group * conv.outputs() + first);
            for column in 0..conv.output.width {
                let gradient = <S as Simd>::load_first(dy.add(column * conv.output.channels), lanes);
                sum = <S as Simd>::add(sum, gradient);
            }
        }
        <S as Simd>::store(partial, sum);
    }
}
