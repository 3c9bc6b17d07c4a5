//! Which kernels a convolution has, and when each runs: of each table the first row whose condition holds. A
//! condition asks for shapes and for the instruction set's registers; kernels that could both run give the same
//! bits, but for Winograd's and those of bf16, whose rows ask [`Conv2d::algorithms`].

use super::geometry::Conv2d;
use super::plane::ForwardPart;
use super::{activated, direct, pairs, patch, winograd};
use crate::isa::Isa;

/// A kernel.
pub(super) struct Row<K: 'static> {
    name: &'static str,
    when: fn(&Conv2d, Isa) -> bool,
    kernel: K,
}

/// Of some images the same part each, which differ in pointers alone.
type Parts<'a> = &'a mut dyn Iterator<Item = ForwardPart>;

type ForwardKernel = unsafe fn(Parts<'_>);

/// What writes the outputs.
static FORWARD: [Row<ForwardKernel>; 8] = [
    Row {
        name: "Winograd, activated and pooled",
        when: |conv, _| conv.algorithms.forward.tile().is_some() && conv.pools_activated(),
        // SAFETY: whoever calls a kernel of this table vouches for the parts' pointers.
        kernel: |parts| unsafe { winograd::convolve_and_pool_activated(parts) },
    },
    Row {
        name: "Winograd, pooled",
        when: |conv, _| conv.algorithms.forward.tile().is_some() && conv.pool,
        // SAFETY: whoever calls a kernel of this table vouches for the parts' pointers.
        kernel: |parts| unsafe { winograd::convolve(parts) },
    },
    Row {
        name: "Winograd",
        when: |conv, _| conv.algorithms.forward.tile().is_some(),
        // SAFETY: whoever calls a kernel of this table vouches for the parts' pointers.
        kernel: |parts| unsafe { winograd::convolve(parts) },
    },
    Row {
        name: "direct, activated and pooled",
        when: |conv, _| conv.pools_activated(),
        // SAFETY: whoever calls a kernel of this table vouches for the parts' pointers.
        kernel: |parts| unsafe {
            parts.for_each(|part| activated::convolve_pooled(part, |band| direct::convolve(part.isa, band)))
        },
    },
    Row {
        name: "patch, pooled",
        when: |conv, isa| patch::suits(conv) && isa.is_wide(),
        // SAFETY: whoever calls a kernel of this table vouches for the parts' pointers.
        kernel: |parts| unsafe {
            parts.for_each(|part| patch::convolve_pooled(part.isa, part.plane, part.argmax))
        },
    },
    Row {
        name: "direct, pooled",
        when: |conv, _| conv.pool,
        // SAFETY: whoever calls a kernel of this table vouches for the parts' pointers.
        kernel: |parts| unsafe {
            parts.for_each(|part| direct::convolve_pooled(part.isa, part.plane, part.argmax))
        },
    },
    Row {
        name: "direct, bf16",
        when: |conv, _| conv.forward_in_pairs(),
        // SAFETY: whoever calls a kernel of this table vouches for the parts' pointers.
        kernel: |parts| unsafe { parts.for_each(|part| pairs::convolve(part)) },
    },
    Row {
        name: "direct",
        when: |_, _| true,
        // SAFETY: whoever calls a kernel of this table vouches for the parts' pointers.
        kernel: |parts| unsafe { parts.for_each(|part| direct::convolve(part.isa, part.plane)) },
    },
];

/// What makes the gradients of weight and bias.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum WeightKernel {
    /// Over lists of what won its pooling window.
    Winners,
    /// Pooling window by pooling window.
    Windows,
    /// Summed in Winograd's domain.
    Winograd,
    /// Tiles of weights, all pixels, two columns at a time in bf16.
    DirectPairs,
    /// Tiles of weights, all pixels.
    Direct,
}

static WEIGHT_GRADIENT: [Row<WeightKernel>; 5] = [
    Row { name: "winners", when: |conv, _| conv.is_sparse(), kernel: WeightKernel::Winners },
    Row { name: "windows", when: |conv, _| conv.goes_by_windows(), kernel: WeightKernel::Windows },
    Row {
        name: "Winograd",
        when: |conv, _| conv.algorithms.weight_gradient.tile().is_some(),
        kernel: WeightKernel::Winograd,
    },
    Row {
        name: "direct, bf16",
        when: |conv, _| conv.weight_gradient_in_pairs(),
        kernel: WeightKernel::DirectPairs,
    },
    Row { name: "direct", when: |_, _| true, kernel: WeightKernel::Direct },
];

/// What makes the gradient of the input.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum InputKernel {
    /// Over lists of what won its pooling window.
    Winners,
    /// A convolution of the output's gradient in Winograd's domain.
    Winograd,
    /// One window by window, two channels at a time in bf16.
    DirectPairs,
    /// One window by window.
    Direct,
}

static INPUT_GRADIENT: [Row<InputKernel>; 4] = [
    Row { name: "winners", when: |conv, _| conv.is_sparse(), kernel: InputKernel::Winners },
    Row {
        name: "Winograd",
        when: |conv, _| conv.algorithms.input_gradient.tile().is_some(),
        kernel: InputKernel::Winograd,
    },
    Row {
        name: "direct, bf16",
        when: |conv, _| conv.input_gradient_in_pairs(),
        kernel: InputKernel::DirectPairs,
    },
    Row { name: "direct", when: |_, _| true, kernel: InputKernel::Direct },
];

fn chosen<K>(table: &'static [Row<K>], conv: &Conv2d, isa: Isa) -> &'static Row<K> {
    table.iter().find(|row| (row.when)(conv, isa)).expect("the last row's condition always holds")
}

pub(super) fn forward(conv: &Conv2d, isa: Isa) -> ForwardKernel {
    chosen(&FORWARD, conv, isa).kernel
}

pub(super) fn weight_gradient(conv: &Conv2d, isa: Isa) -> WeightKernel {
    chosen(&WEIGHT_GRADIENT, conv, isa).kernel
}

pub(super) fn input_gradient(conv: &Conv2d, isa: Isa) -> InputKernel {
    chosen(&INPUT_GRADIENT, conv, isa).kernel
}

/// What a kernel computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pass {
    /// Outputs.
    Forward,
    /// Gradients of weight and bias.
    WeightGradient,
    /// The gradient of the input.
    InputGradient,
}

/// The tables, for tests and benches that must not forget a kernel.
#[derive(Clone, Copy, Debug)]
pub struct Kernels;

impl Kernels {
    /// All kernels by name.
    pub fn all() -> Vec<(Pass, &'static str)> {
        fn names<K>(pass: Pass, table: &'static [Row<K>]) -> impl Iterator<Item = (Pass, &'static str)> {
            table.iter().map(move |row| (pass, row.name))
        }
        names(Pass::Forward, &FORWARD)
            .chain(names(Pass::WeightGradient, &WEIGHT_GRADIENT))
            .chain(names(Pass::InputGradient, &INPUT_GRADIENT))
            .collect()
    }

    /// Those that run for this convolution on this instruction set.
    pub fn of(conv: &Conv2d, isa: Isa) -> [(Pass, &'static str); 3] {
        [
            (Pass::Forward, chosen(&FORWARD, conv, isa).name),
            (Pass::WeightGradient, chosen(&WEIGHT_GRADIENT, conv, isa).name),
            (Pass::InputGradient, chosen(&INPUT_GRADIENT, conv, isa).name),
        ]
    }
}
