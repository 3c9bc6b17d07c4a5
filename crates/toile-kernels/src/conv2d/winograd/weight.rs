//! The transformed weight, from the packed one; as it is, and mirrored for the input gradient.

use super::put::{Plain, Put, Second};
use super::sizes::{component_stride, mirror_panel_len, panel_len};
use super::transforms::{self, Square};
use crate::LANES;
use crate::conv2d::algorithms::Tile;
use crate::conv2d::geometry::Conv2d;
use crate::isa::Isa;
use crate::layout::product;
use crate::precision::Precision;
use crate::simd::{Simd, pair_versions, versions};
use crate::team::{Shares, Team};

/// Positions of a 3x3 window.
const TAPS: usize = 9;

impl Conv2d {
    /// Places of the transformed weight.
    pub(in crate::conv2d) fn winograd_weight_len(&self, tile: Tile) -> usize {
        product([self.panels(), panel_len(self, tile)])
    }

    /// Places of the transformed weight the input gradient reads.
    pub(in crate::conv2d) fn winograd_mirror_len(&self, tile: Tile) -> usize {
        product([self.input.channels.div_ceil(LANES), mirror_panel_len(self, tile)])
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
        let precision = self.algorithms.forward.precision();
        let pieces = channels.div_ceil(LANES);
        let to = Shares(transformed.as_mut_ptr());
        team.for_each(self.panels() * pieces, |_, item| {
            let (panel, first) = (item / pieces, item % pieces * LANES);
            let component = component_stride(precision.places(channels), LANES);
            // SAFETY: inside the weights (their lengths), and each item writes its own rows of its panel.
            unsafe {
                let from = packed.as_ptr().add((panel * TAPS * channels + first) * LANES);
                let to = to.at(panel * panel_len(self, tile) + precision.places(first) * LANES);
                let rows =
                    Rows { from, tap: channels * LANES, to, component, count: LANES.min(channels - first) };
                rows.transform(isa, tile, precision);
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
        let precision = self.algorithms.input_gradient.precision();
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
            let component = component_stride(precision.places(outputs), LANES);
            // SAFETY: `renew_mirror` has compared the lengths; each item writes its own rows of its panel.
            unsafe {
                let row = precision.places(panel * LANES);
                let to = to.at(to_panel * mirror_panel_len(self, tile) + row * LANES);
                let (from, count) = (flipped.as_ptr(), LANES.min(outputs - panel * LANES));
                Rows { from, tap: LANES * LANES, to, component, count }.transform(isa, tile, precision);
            }
        });
    }
}

/// Rows of sixteen weights, a row for each input channel.
#[derive(Clone, Copy)]
struct Rows {
    /// Side by side, tap by tap.
    from: *const f32,
    /// From one tap to the next.
    tap: usize,
    /// Side by side, component by component; of bf16 each two in the place of one.
    to: *mut f32,
    component: usize,
    count: usize,
}

impl Rows {
    /// # Safety
    /// The rows are valid on either side, and nobody else writes them.
    unsafe fn transform(self, isa: Isa, tile: Tile, precision: Precision) {
        // SAFETY: the caller promises what stands under Safety.
        unsafe {
            match precision {
                Precision::F32 => transform_rows(isa, tile, self),
                Precision::Bf16 => transform_pairs_of_rows(isa, tile, self),
            }
        }
    }

    /// G g G^T of one of them, to place `to`.
    ///
    /// # Safety
    /// There are such a row and such a place.
    #[inline(always)]
    unsafe fn one<S: Simd, W: Put<S>>(self, tile: Tile, row: usize, to: usize) {
        // SAFETY: the caller promises what stands under Safety.
        unsafe {
            let from = Square { values: self.from.add(row * LANES), row: 3 * self.tap, column: self.tap };
            let component = self.component;
            let to =
                Square { values: self.to.add(to * LANES), row: tile.inputs() * component, column: component };
            match tile {
                Tile::Two => transforms::weight::<S, W, 3, 4, true>(from, LANES, to),
                Tile::Three => transforms::weight::<S, W, 3, 5, true>(from, LANES, to),
                Tile::Four => transforms::weight::<S, W, 3, 6, true>(from, LANES, to),
            }
        }
    }
}

versions! {
    fn transform_rows<S>(tile: Tile, rows: Rows) {
        for row in 0..rows.count {
            rows.one::<S, Plain>(tile, row, row);
        }
    }
}

pair_versions! {
    fn transform_pairs_of_rows<S, P>(tile: Tile, rows: Rows) {
        for row in 0..rows.count {
            if row % 2 == 0 {
                rows.one::<S, Plain>(tile, row, row / 2);
            } else {
                rows.one::<S, Second<P>>(tile, row, row / 2);
            }
        }
        if rows.count % 2 == 1 {
            for component in 0..tile.components() {
                let last = rows.to.add(component * rows.component + rows.count / 2 * LANES);
                Second::<P>::put(last, S::zero());
            }
        }
    }
}
