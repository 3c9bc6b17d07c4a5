//! How what is in Winograd's domain lies in memory.

use crate::LANES;
use crate::conv2d::algorithms::Tile;
use crate::conv2d::geometry::Conv2d;

/// Panels of output channels that are computed together.
pub(in crate::conv2d) const BLOCK: usize = 4;

/// Values from one component to the next, `rows` rows of `columns` values each: a cache line more than
/// they fill, so that the same place in all components does not fall into the same cache set.
pub(super) fn component_stride(rows: usize, columns: usize) -> usize {
    rows * columns + LANES
}

/// Places of a panel of the transformed weight.
pub(in crate::conv2d) fn panel_len(conv: &Conv2d, tile: Tile) -> usize {
    let precision = conv.algorithms.forward.precision();
    transformed_panel_len(tile, precision.places(conv.input.channels))
}

/// Places of a panel of the transformed mirror.
pub(in crate::conv2d) fn mirror_panel_len(conv: &Conv2d, tile: Tile) -> usize {
    let precision = conv.algorithms.input_gradient.precision();
    transformed_panel_len(tile, precision.places(conv.output.channels))
}

/// Places of a panel of weights in Winograd's domain: `[component][input channel, or two][16]`.
pub(super) fn transformed_panel_len(tile: Tile, rows: usize) -> usize {
    tile.components() * component_stride(rows, LANES)
}
