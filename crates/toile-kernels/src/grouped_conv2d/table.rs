//! Which kernels there are, and when each runs: the first row whose condition holds. All give the same bits.

use super::geometry::GroupedConv2d;
use super::part::{OfInput, OfWeight, Outputs};
use super::{depthwise, general};
use crate::isa::Isa;

type ForwardKernel = unsafe fn(Isa, GroupedConv2d, Outputs, [usize; 2]);
type InputKernel = unsafe fn(Isa, GroupedConv2d, OfInput, [usize; 2]);
type WeightKernel = unsafe fn(Isa, GroupedConv2d, OfWeight, [usize; 2]);

/// The kernels of a convolution, each of a share of an image's units.
pub(super) struct Row {
    name: &'static str,
    when: fn(&GroupedConv2d) -> bool,
    pub(super) forward: ForwardKernel,
    pub(super) input_gradient: InputKernel,
    pub(super) weight_gradient: WeightKernel,
}

static ROWS: [Row; 2] = [
    Row {
        name: "depthwise",
        when: GroupedConv2d::is_depthwise,
        forward: depthwise::forward,
        input_gradient: depthwise::input_gradient,
        weight_gradient: depthwise::weight_gradient,
    },
    Row {
        name: "general",
        when: |_| true,
        forward: general::forward,
        input_gradient: general::input_gradient,
        weight_gradient: general::weight_gradient,
    },
];

/// The row that runs.
pub(super) fn chosen(conv: &GroupedConv2d) -> &'static Row {
    ROWS.iter().find(|row| (row.when)(conv)).expect("the last row's condition always holds")
}

/// The names of all kernels, for tests and benches that must not forget one.
pub fn kernels() -> Vec<&'static str> {
    ROWS.iter().map(|row| row.name).collect()
}

/// The name of those that run for this convolution.
pub fn kernel_of(conv: &GroupedConv2d) -> &'static str {
    chosen(conv).name
}
