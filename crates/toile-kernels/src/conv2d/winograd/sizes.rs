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

/// Values of a panel of the transformed weight.
pub(in crate::conv2d) fn panel_len(conv: &Conv2d, tile: Tile) -> usize {
    transformed_panel_len(tile, conv.input.channels)
}

/// Values of a panel of the transformed mirror.
pub(in crate::conv2d) fn mirror_panel_len(conv: &Conv2d, tile: Tile) -> usize {
    transformed_panel_len(tile, conv.output.channels)
}

/// Values of a panel of weights in Winograd's domain: `[component][input channel][16]`.
pub(super) fn transformed_panel_len(tile: Tile, in_channels: usize) -> usize {
    tile.components() * component_stride(in_channels, LANES)
}
