//! The transformed weight, from the packed one; as it is, and mirrored for the input gradient.

use super::sizes::{component_stride, transformed_panel_len};
use super::transforms::{self, Square};
use crate::LANES;
use crate::conv2d::algorithms::Tile;
use crate::conv2d::geometry::Conv2d;
use crate::layout::product;
use crate::simd::versions;
use crate::team::{Shares, Team};

/// Positions of a 3x3 window.
const TAPS: usize = 9;

/// Values of a transformed weight.
fn transformed_len(tile: Tile, in_channels: usize, out_channels: usize) -> usize {
    product([out_channels.div_ceil(LANES), transformed_panel_len(tile, in_channels)])
}

impl Conv2d {
    /// Values of the transformed weight.
    pub(in crate::conv2d) fn winograd_weight_len(&self, tile: Tile) -> usize {
        transformed_len(tile, self.input.channels, self.output.channels)
    }

    /// Values of the transformed weight the input gradient reads.
    pub(in crate::conv2d) fn winograd_mirror_len(&self, tile: Tile) -> usize {
        transformed_len(tile, self.output.channels, self.input.channels)
    }

    /// Transforms the packed weight. The lengths have been checked.
    pub(in crate::conv2d) fn transform_weight(
        &self,
        tile: Tile,
        team: &mut Team,
        packed: &[f32],
        transformed: &mut [f32],
    ) {
        let (channels, isa) = (self.input.channels, team.isa());
        let pieces = channels.div_ceil(LANES);
        let to = Shares(transformed.as_mut_ptr());
        team.for_each(self.panels() * pieces, |_, item| {
            let (panel, first) = (item / pieces, item % pieces * LANES);
            let component = component_stride(channels, LANES);
            // SAFETY: inside the weights (their lengths), and each item writes its own rows of its panel.
            unsafe {
                let from = packed.as_ptr().add((panel * TAPS * channels + first) * LANES);
                let to = to.at(panel * transformed_panel_len(tile, channels) + first * LANES);
                let count = LANES.min(channels - first);
                transform_rows(isa, tile, from, channels * LANES, to, component, count);
            }
        });
    }

    /// Transforms the packed weight flipped, with input and output channels exchanged. The lengths have
    /// been checked.
    pub(in crate::conv2d) fn transform_mirror(
        &self,
        tile: Tile,
        team: &mut Team,
        packed: &[f32],
        mirror: &mut [f32],
    ) {
        let [inputs, outputs] = [self.input.channels, self.output.channels];
        let isa = team.isa();
        let to = Shares(mirror.as_mut_ptr());
        team.for_each(inputs.div_ceil(LANES) * self.panels(), |_, item| {
            let (to_panel, panel) = (item / self.panels(), item % self.panels());
            let (first, lanes) = (to_panel * LANES, LANES.min(inputs - to_panel * LANES));
            let from = &packed[panel * TAPS * inputs * LANES..][..TAPS * inputs * LANES];
            // [tap][output channel][input channel]
            let mut flipped = [0.0; TAPS * LANES * LANES];
            for (tap, block) in flipped.chunks_exact_mut(LANES * LANES).enumerate() {
                let from = &from[((TAPS - 1 - tap) * inputs + first) * LANES..][..lanes * LANES];
                for (oc, row) in block.chunks_exact_mut(LANES).enumerate() {
                    for (value, from) in row.iter_mut().zip(from.chunks_exact(LANES)) {
                        *value = from[oc];
                    }
                }
            }
            let component = component_stride(outputs, LANES);
            // SAFETY: `renew_mirror` has compared the lengths; each item writes its own rows of its panel.
            unsafe {
                let to = to.at(to_panel * transformed_panel_len(tile, outputs) + panel * LANES * LANES);
                let count = LANES.min(outputs - panel * LANES);
                transform_rows(isa, tile, flipped.as_ptr(), LANES * LANES, to, component, count);
            }
        });
    }
}

versions! {
    /// G g G^T of `count` rows of sixteen weights, which lie side by side, tap by tap.
    fn transform_rows<S>(
        tile: Tile,
        from: *const f32,
        tap: usize,
        to: *mut f32,
        component: usize,
        count: usize,
    ) {
        for i in 0..count {
            let from = Square { values: from.add(i * LANES), row: 3 * tap, column: tap };
            let to = Square { values: to.add(i * LANES), row: tile.inputs() * component, column: component };
            match tile {
                Tile::Two => transforms::weight::<S, 3, 4, true>(from, LANES, to),
                Tile::Four => transforms::weight::<S, 3, 6, true>(from, LANES, to),
            }
        }
    }
}
