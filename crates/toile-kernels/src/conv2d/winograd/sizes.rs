//! How what is in Winograd's domain lies in memory.

use crate::LANES;
use crate::conv2d::algorithms::Tile;
use crate::conv2d::geometry::Conv2d;

/// Panels of output channels whose weights lie side by side: they are computed together.
pub(in crate::conv2d) const BLOCK: usize = 4;

/// Values from one component to the next, `rows` rows of `columns` values each: a cache line more than
/// they fill, so that the same place in all components does not fall into the same cache set.
pub(super) fn component_stride(rows: usize, columns: usize) -> usize {
    rows * columns + LANES
}

/// Values of a panel of the transformed weight.
pub(in crate::conv2d) fn panel_len(conv: &Conv2d, tile: Tile) -> usize {
    tile.components() * conv.input.channels * LANES
}

/// Values of a panel of the transformed mirror.
pub(in crate::conv2d) fn mirror_panel_len(conv: &Conv2d, tile: Tile) -> usize {
    tile.components() * conv.output.channels * LANES
}
