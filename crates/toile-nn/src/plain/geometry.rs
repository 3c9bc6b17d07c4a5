//! From a node's shapes to the kernels' geometries.

use toile_kernels::avg_pool2d::reference::AvgPoolGeometry;
use toile_kernels::batch_norm::reference::BatchNormGeometry;
use toile_kernels::conv2d::Algorithms;
use toile_kernels::conv2d::reference::Conv2dGeometry;
use toile_kernels::linear::reference::LinearGeometry;
use toile_kernels::real::Real;
use toile_kernels::window::WindowGeometry;

use crate::description::{Node, Pair, Window};

fn pair(pair: Pair) -> [usize; 2] {
    [pair.height, pair.width]
}

/// Where a node's window slides.
pub(crate) fn window(node: &Node, window: Window) -> WindowGeometry {
    let [_, height, width] = node.input_shape.dims();
    let [_, out_height, out_width] = node.output_shape.dims();
    WindowGeometry {
        input: [height, width],
        output: [out_height, out_width],
        kernel: pair(window.kernel),
        stride: pair(window.stride),
        padding: pair(window.padding),
    }
}

/// Sizes of a `Conv2d` node.
pub(crate) fn conv2d(node: &Node, sliding: Window) -> Conv2dGeometry {
    let [[in_channels, ..], [out_channels, ..]] = [node.input_shape.dims(), node.output_shape.dims()];
    Conv2dGeometry { window: window(node, sliding), in_channels, out_channels }
}

/// The algorithms of a convolution: in f32 the engine's, so that it can be compared bit for bit; else direct.
pub(crate) fn algorithms<T: Real>(geometry: &Conv2dGeometry, max_pooled: bool) -> Algorithms {
    if T::IS_ENGINES { geometry.algorithms(max_pooled) } else { Algorithms::DIRECT }
}

/// Sizes of an `AdaptiveAvgPool2d` node.
pub(crate) fn adaptive(node: &Node) -> AvgPoolGeometry {
    let [_, height, width] = node.input_shape.dims();
    let [_, out_height, out_width] = node.output_shape.dims();
    AvgPoolGeometry::Adaptive { input: [height, width], output: [out_height, out_width] }
}

/// Sizes of a `BatchNorm2d` node.
pub(crate) fn batch_norm(node: &Node) -> BatchNormGeometry {
    let [channels, rows, columns] = node.input_shape.dims();
    BatchNormGeometry { rows, columns, channels }
}

/// Sizes of a `Linear` node.
pub(crate) fn linear(node: &Node) -> LinearGeometry {
    LinearGeometry { in_features: node.input_shape.len(), out_features: node.output_shape.len() }
}
