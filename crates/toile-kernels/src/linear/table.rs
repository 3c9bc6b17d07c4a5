//! Which kernels a fully connected layer has, and when each runs: of each table the first row whose condition
//! holds. All of a table give the same bits.

use super::block::{Part, Task as GradientTask};
use super::geometry::Linear;
use super::task::Task;
use super::{dense, few_inputs, products, sparse};
use crate::LANES;
use crate::isa::Isa;
use crate::layout::product;

/// A forward kernel.
pub(super) struct ForwardKernel {
    name: &'static str,
    /// For this many images.
    when: fn(&Linear, usize) -> bool,
    /// Images of an item, of so many in all.
    pub(super) item_images: fn(&Linear, usize) -> usize,
    pub(super) item_outputs: usize,
    /// Some outputs (the second range) of some images. Returns whether all sums are finite.
    pub(super) products: unsafe fn(Isa, &Task, [usize; 2], [usize; 2]) -> bool,
}

static FORWARD: [ForwardKernel; 2] = [
    ForwardKernel {
        name: "few inputs",
        when: |linear, images| linear.has_few_inputs(images),
        item_images: few_inputs::item_images,
        item_outputs: few_inputs::ITEM_OUTPUTS,
        products: few_inputs::products_of_few,
    },
    ForwardKernel {
        name: "products",
        when: |_, _| true,
        item_images: products::item_images,
        item_outputs: products::ITEM_OUTPUTS,
        products: products::products,
    },
];

/// What the output gradient's kernels are chosen by.
#[derive(Clone, Copy)]
pub(super) struct Gradient {
    /// Values in all.
    pub(super) values: usize,
    /// Those that are not zero, where they have been listed.
    pub(super) live: Option<usize>,
}

/// A kernel of the gradients of input and weight.
struct GradientKernel {
    name: &'static str,
    when: fn(Gradient) -> bool,
    block_gradients: BlockGradients,
}

/// The gradients of a part of a block, with a tile to work in.
type BlockGradients = unsafe fn(Isa, &GradientTask, Part, *mut f32);

/// Above this share of values that are not zero (in eighths), dense kernels are faster.
const SPARSE_EIGHTHS: usize = 5;

static GRADIENTS: [GradientKernel; 2] = [
    GradientKernel {
        name: "sparse",
        when: |gradient| gradient.live.is_some_and(|live| live <= gradient.values / 8 * SPARSE_EIGHTHS),
        block_gradients: sparse::block_gradients,
    },
    GradientKernel { name: "dense", when: |_| true, block_gradients: dense::block_gradients },
];

/// Whether the values that are not zero are worth being listed: lists cost as much as one vector of inputs a
/// gradient. Nothing may be skipped unless everything is finite.
pub(super) fn is_listed(linear: &Linear, finite: bool) -> bool {
    finite && linear.in_features() > LANES
}

/// The images of a group of outputs after which its lists may be given up, the values that these have at least, and the
/// share of them that are not zero (in sixteenths) above which that is done. What the first images say of all is a guess.
const PROBED: usize = 8;
const PROBED_VALUES: usize = 128;
const DENSE_SIXTEENTHS: usize = 11;

/// Whether a group's lists are given up after so many images, of whose `values` so many are not zero. Then dense kernels
/// run, whatever other groups have.
pub(super) fn stops_listing(images: usize, values: usize, live: usize) -> bool {
    images == PROBED && values >= PROBED_VALUES && 16 * live > DENSE_SIXTEENTHS * values
}

pub(super) fn forward(linear: &Linear, images: usize) -> &'static ForwardKernel {
    FORWARD.iter().find(|kernel| (kernel.when)(linear, images)).expect("the last row always runs")
}

fn of_gradient(gradient: Gradient) -> &'static GradientKernel {
    GRADIENTS.iter().find(|kernel| (kernel.when)(gradient)).expect("the last row always runs")
}

pub(super) fn gradients(gradient: Gradient) -> BlockGradients {
    of_gradient(gradient).block_gradients
}

/// The tables, for tests and benches that must not forget a kernel.
#[derive(Clone, Copy, Debug)]
pub struct Kernels;

impl Kernels {
    /// All kernels by name.
    pub fn all() -> Vec<&'static str> {
        let forward = FORWARD.iter().map(|kernel| kernel.name);
        forward.chain(GRADIENTS.iter().map(|kernel| kernel.name)).collect()
    }

    /// The one that runs forward for this many images.
    pub fn forward(linear: &Linear, images: usize) -> &'static str {
        forward(linear, images).name
    }

    /// The one that makes the gradients where `live` values of the output's gradient are not zero, and where all
    /// inputs and weights are known to be finite or not, unless lists are given up.
    pub fn gradients(linear: &Linear, images: usize, live: usize, finite: bool) -> &'static str {
        let live = is_listed(linear, finite).then_some(live);
        of_gradient(Gradient { values: product([images, linear.out_features()]), live }).name
    }
}
