//! A grouped convolution's sizes and settings, the lengths that follow from them, and how its weight is packed.

use crate::LANES;
use crate::activation::{Activation, is_relu};
use crate::layout::{Layout, TOO_LARGE, product};

/// A grouped or dilated convolution with everything known but the values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupedConv2d {
    /// Of the input; its border covers the padding.
    pub input: Layout,
    /// Of the output.
    pub output: Layout,
    /// Kernel height and width.
    pub kernel: [usize; 2],
    /// Step down and right.
    pub stride: [usize; 2],
    /// Zeros on each side, vertically and horizontally.
    pub padding: [usize; 2],
    /// From one row and column of the kernel to the next, in pixels of the input.
    pub dilation: [usize; 2],
    /// Groups of adjacent channels that see nothing of each other.
    pub groups: usize,
    /// What follows.
    pub activation: Option<Activation>,
}

impl GroupedConv2d {
    /// Rows and columns of the output. Panics where the dilated kernel is larger than the padded input.
    pub fn conv_size(&self) -> [usize; 2] {
        let one = |size: usize, i: usize| {
            let padded = size + 2 * self.padding[i];
            let reach = (self.kernel[i] - 1) * self.dilation[i] + 1;
            padded.checked_sub(reach).expect("a kernel larger than the padded input") / self.stride[i] + 1
        };
        [one(self.input.height, 0), one(self.input.width, 1)]
    }

    /// Whether each channel is by itself: an output channel for each input channel.
    pub fn is_depthwise(&self) -> bool {
        self.groups == self.input.channels && self.groups == self.output.channels
    }

    /// Input channels of a group.
    pub(super) fn inputs(&self) -> usize {
        self.input.channels / self.groups
    }

    /// Output channels of a group.
    pub(super) fn outputs(&self) -> usize {
        self.output.channels / self.groups
    }

    /// What can be computed apart from the rest: sixteen channels where each is by itself, else groups.
    pub(super) fn units(&self) -> usize {
        if self.is_depthwise() { self.groups.div_ceil(LANES) } else { self.groups }
    }

    /// Panels of sixteen output channels in a unit.
    pub(super) fn panels(&self) -> usize {
        if self.is_depthwise() { 1 } else { self.outputs().div_ceil(LANES) }
    }

    /// Values of a panel of the packed weight, `[kh][kw][ic of the group][16]`.
    pub(super) fn panel_len(&self) -> usize {
        product([self.kernel[0], self.kernel[1], self.inputs(), LANES])
    }

    /// Values of the packed weight, `[unit][panel][kh][kw][ic of the group][16]`.
    pub fn weight_len(&self) -> usize {
        product([self.units(), self.panels(), self.panel_len()])
    }

    /// Values of the packed bias, `[unit][panel][16]`.
    pub fn bias_len(&self) -> usize {
        product([self.units(), self.panels(), LANES])
    }

    /// Values of one group of images' partial gradients: weight, then bias.
    pub fn partial_len(&self) -> usize {
        self.weight_len().checked_add(self.bias_len()).expect(TOO_LARGE)
    }

    /// Values of the weight as the input gradient reads it, `[group][panel of ic][kh][kw][oc of the group][16]`;
    /// 0 where it reads the packed one.
    pub fn mirror_len(&self) -> usize {
        if self.is_depthwise() {
            0
        } else {
            product([self.groups, self.mirror_panels(), self.mirror_panel_len()])
        }
    }

    pub(super) fn mirror_panels(&self) -> usize {
        self.inputs().div_ceil(LANES)
    }

    pub(super) fn mirror_panel_len(&self) -> usize {
        product([self.kernel[0], self.kernel[1], self.outputs(), LANES])
    }

    /// Values of what goes into the activation of this many images, which its gradient needs: laid out as
    /// the output. 0 where nothing is needed.
    pub fn before_len(&self, images: usize) -> usize {
        let keeps = self.activation.is_some_and(Activation::keeps_input);
        if keeps { self.output.buffer_len(images) } else { 0 }
    }

    /// Values of the scratch that [`backward`](super::backward) wants for each thread: an image's gradient behind
    /// the activation, laid out as the output.
    pub fn scratch_len(&self) -> usize {
        if self.activation.is_some() { self.output.buffer_len(1) } else { 0 }
    }

    /// Where output channel `oc` stands in the packed bias.
    fn bias_index(&self, oc: usize) -> usize {
        if self.is_depthwise() {
            return oc;
        }
        let (group, oc) = (oc / self.outputs(), oc % self.outputs());
        group * self.panels() * LANES + oc
    }

    /// Where w[oc, ic, kh, kw] lies in the packed weight, `ic` counted within its group.
    fn packed_index(&self, oc: usize, ic: usize, kh: usize, kw: usize) -> usize {
        let (panel, lane) = (self.bias_index(oc) / LANES, self.bias_index(oc) % LANES);
        panel * self.panel_len() + ((kh * self.kernel[1] + kw) * self.inputs() + ic) * LANES + lane
    }

    /// Calls `f(index in [oc][ic][kh][kw], oc, ic, kh, kw)` for each weight.
    fn each_weight(&self, mut f: impl FnMut(usize, [usize; 4])) {
        let mut plain = 0;
        for oc in 0..self.output.channels {
            for ic in 0..self.inputs() {
                for kh in 0..self.kernel[0] {
                    for kw in 0..self.kernel[1] {
                        f(plain, [oc, ic, kh, kw]);
                        plain += 1;
                    }
                }
            }
        }
    }

    /// [out, in of a group, kh, kw] to panels.
    pub fn pack_weight(&self, plain: &[f32], packed: &mut [f32]) {
        assert_eq!(packed.len(), self.weight_len(), "packed weight");
        // What fills up must be zero again after a run that diverged.
        packed.fill(0.0);
        self.each_weight(|i, [oc, ic, kh, kw]| packed[self.packed_index(oc, ic, kh, kw)] = plain[i]);
    }

    /// Panels to [out, in of a group, kh, kw].
    pub fn unpack_weight(&self, packed: &[f32]) -> Vec<f32> {
        assert_eq!(packed.len(), self.weight_len(), "packed weight");
        let mut plain =
            vec![0.0; product([self.output.channels, self.inputs(), self.kernel[0], self.kernel[1]])];
        self.each_weight(|i, [oc, ic, kh, kw]| plain[i] = packed[self.packed_index(oc, ic, kh, kw)]);
        plain
    }

    /// [out] to panels.
    pub fn pack_bias(&self, plain: &[f32], packed: &mut [f32]) {
        assert_eq!(packed.len(), self.bias_len(), "packed bias");
        packed.fill(0.0);
        plain.iter().enumerate().for_each(|(oc, &value)| packed[self.bias_index(oc)] = value);
    }

    /// Panels to [out].
    pub fn unpack_bias(&self, packed: &[f32]) -> Vec<f32> {
        assert_eq!(packed.len(), self.bias_len(), "packed bias");
        (0..self.output.channels).map(|oc| packed[self.bias_index(oc)]).collect()
    }

    /// Renews the mirror after the packed weight has changed.
    pub fn renew_mirror(&self, packed: &[f32], mirror: &mut [f32]) {
        assert_eq!(packed.len(), self.weight_len(), "packed weight");
        assert_eq!(mirror.len(), self.mirror_len(), "mirrored weight");
        if self.is_depthwise() {
            return;
        }
        self.each_weight(|_, [oc, ic, kh, kw]| {
            let (group, of_group) = (oc / self.outputs(), oc % self.outputs());
            let panel = (group * self.mirror_panels() + ic / LANES) * self.mirror_panel_len();
            let place = ((kh * self.kernel[1] + kw) * self.outputs() + of_group) * LANES + ic % LANES;
            mirror[panel + place] = packed[self.packed_index(oc, ic, kh, kw)];
        });
    }

    /// Panics where the fields contradict each other. They are public, so every kernel asks.
    pub(super) fn check(&self) {
        // Panics where it overflows: below, sizes may be multiplied freely.
        self.input.buffer_len(1);
        self.output.buffer_len(1);
        let sizes = [self.input.image_len(), self.output.image_len(), self.kernel[0], self.kernel[1]];
        assert!(!sizes.contains(&0), "a size of 0 in {self:?}");
        assert!(!self.stride.contains(&0) && !self.dilation.contains(&0), "a step of 0 in {self:?}");
        let whole = |channels: usize| self.groups > 0 && channels.is_multiple_of(self.groups);
        assert!(whole(self.input.channels) && whole(self.output.channels), "groups of {self:?}");
        for axis in [0, 1] {
            product([self.kernel[axis], self.dilation[axis]]);
        }
        assert_eq!([self.output.height, self.output.width], self.conv_size(), "output size of {self:?}");
        assert!(self.input.border_rows >= self.padding[0], "border of {self:?}");
        assert!(self.input.border_columns >= self.padding[1], "border of {self:?}");
    }

    pub(super) fn relu(&self) -> bool {
        is_relu(self.activation)
    }

    /// Offset, in its input image, of the first value of output (0, 0)'s window.
    pub(super) fn window_origin(&self) -> usize {
        self.input.origin()
            - self.padding[0] * self.input.row_stride()
            - self.padding[1] * self.input.channels
    }
}
