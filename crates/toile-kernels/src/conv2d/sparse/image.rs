//! What the sparse kernels read and write of an image.

/// One image's pooled gradient and winners, and its input.
#[derive(Clone, Copy)]
pub(in crate::conv2d) struct Image {
    /// Gradient of the pooled output, pixel (0, 0).
    pub(in crate::conv2d) gradient: *const f32,
    pub(in crate::conv2d) argmax: *const u8,
    /// First value of output (0, 0)'s window in the input.
    pub(in crate::conv2d) x: *const f32,
    /// From `x` to that of the image behind it, which is asked for meanwhile; 0 where it is not far away.
    pub(in crate::conv2d) next: usize,
}

/// Where an image's input gradient goes, and what it is made with.
#[derive(Clone, Copy)]
pub(in crate::conv2d) struct Target {
    /// Where output (0, 0)'s window begins in the input's gradient.
    pub(in crate::conv2d) dx: *mut f32,
    /// The mirrored weight.
    pub(in crate::conv2d) rows: *const f32,
}
