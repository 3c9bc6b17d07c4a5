//! One image as the kernels see it, and which share of it they are to compute.

/// What outputs are made of.
#[derive(Clone, Copy)]
pub(super) struct Outputs {
    /// The first value of output (0, 0)'s window.
    pub(super) x: *const f32,
    /// Whether it comes from far away.
    pub(super) is_far: bool,
    pub(super) weight: *const f32,
    /// Null without one.
    pub(super) bias: *const f32,
    /// Pixel (0, 0).
    pub(super) y: *mut f32,
    pub(super) relu: bool,
}

/// What the input's gradient is made of, and where it goes.
#[derive(Clone, Copy)]
pub(super) struct OfInput {
    /// Pixel (0, 0) of the gradient in front of the activation, laid out as the output.
    pub(super) dy: *const f32,
    /// The weight as this gradient reads it.
    pub(super) weight: *const f32,
    /// Pixel (0, 0) of the input gradient.
    pub(super) dx: *mut f32,
    pub(super) accumulate: bool,
}

/// What the gradients of weight and bias are made of, and where they go.
#[derive(Clone, Copy)]
pub(super) struct OfWeight {
    /// The first value of output (0, 0)'s window.
    pub(super) x: *const f32,
    /// From there to the image that comes behind, where that is far away; or 0.
    pub(super) next: usize,
    /// Pixel (0, 0) of the gradient in front of the activation, laid out as the output.
    pub(super) dy: *const f32,
    /// The gradients of the group of images, weight and bias, to add to.
    pub(super) partial: *mut f32,
    /// Whether the bias' gradient is wanted.
    pub(super) bias: bool,
}

/// Items a thread should find at least, so that none waits long for another's last one.
const ITEMS_PER_THREAD: usize = 2;

/// Parts for each of `items` items, of at most `units` units: one where there are items enough.
pub(super) fn parts(items: usize, units: usize, threads: usize) -> usize {
    if threads == 1 || items == 0 { 1 } else { (ITEMS_PER_THREAD * threads).div_ceil(items).min(units) }
}

/// The `part`-th of `parts` nearly equal shares of the units.
pub(super) fn share(units: usize, part: usize, parts: usize) -> [usize; 2] {
    [units * part / parts, units * (part + 1) / parts]
}
