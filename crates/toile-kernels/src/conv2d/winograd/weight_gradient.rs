//! The gradient of the weight: summed over a group in the transformed domain, taken back at its end.

use super::product::{Product, Start, transposed_product};
use super::put::Plain;
use super::sizes::{BLOCK, component_stride, transformed_panel_len};
use super::tiles::{Chunk, Plane, Sharing, Tiles, Transformed, padded, transform_gradient, transform_input};
use super::transforms::{self, Square};
use crate::LANES;
use crate::conv2d::algorithms::Tile;
use crate::conv2d::geometry::Conv2d;
use crate::conv2d::plane::InputPlane;
use crate::conv2d::split::Share;
use crate::isa::Isa;
use crate::layout::product as checked;
use crate::precision::Precision;
use crate::simd::versions;

/// Tiles whose products are summed at a time, while the sums stay in registers.
fn tiles_at_once(tile: Tile) -> usize {
    match tile {
        Tile::Two => 64,
        Tile::Three | Tile::Four => 32,
    }
}

/// Values that a thread needs to work with.
pub(super) fn scratch_len(conv: &Conv2d, tile: Tile) -> usize {
    let [inputs, outputs] = [conv.input.channels, conv.output.channels].map(padded);
    let count = tiles_at_once(tile);
    let tiles = component_stride(count, inputs) + component_stride(count, outputs);
    let sums = checked([conv.panels(), transformed_panel_len(tile, conv.input.channels)]);
    checked([tile.components(), tiles]) + sums
}

/// A group's gradient of the weights of some input channels, in the making.
pub(in crate::conv2d) struct WeightGradient<'a> {
    isa: Isa,
    conv: &'a Conv2d,
    tile: Tile,
    precision: Precision,
    /// Input channels, from and to.
    channels: [usize; 2],
    inputs: Transformed,
    gradients: Transformed,
    /// Tiles that are transformed and not yet summed.
    pending: usize,
    sums: Sums,
    /// Nothing has been summed yet.
    fresh: bool,
}

/// [panel][component][input channel][16]
#[derive(Clone, Copy)]
struct Sums {
    tile: Tile,
    values: *mut f32,
    inputs: usize,
    panels: usize,
}

impl Sums {
    fn component(self) -> usize {
        component_stride(self.inputs, LANES)
    }

    fn panel(self) -> usize {
        transformed_panel_len(self.tile, self.inputs)
    }
}

impl<'a> WeightGradient<'a> {
    /// A share of it, in a scratch of [`scratch_len`] values.
    pub(in crate::conv2d) fn new(
        isa: Isa,
        conv: &'a Conv2d,
        (tile, precision): (Tile, Precision),
        share: Share,
        scratch: *mut f32,
    ) -> WeightGradient<'a> {
        let Share { part, parts } = share;
        let vectors = conv.input.channels.div_ceil(LANES);
        let channels = [part, part + 1].map(|part| (vectors * part / parts * LANES).min(conv.input.channels));
        let inputs = channels[1] - channels[0];
        let (components, count) = (tile.components(), tiles_at_once(tile));
        let sharing = match precision {
            Precision::F32 => Sharing::Nothing,
            Precision::Bf16 => Sharing::Tiles,
        };
        let first = Transformed::new(scratch, count, inputs, sharing);
        let second = scratch.wrapping_add(components * first.component);
        let second = Transformed::new(second, count, conv.output.channels, sharing);
        let values = second.values.wrapping_add(components * second.component);
        let sums = Sums { tile, values, inputs, panels: conv.panels() };
        let (inputs, gradients, pending, fresh) = (first, second, 0, true);
        WeightGradient { isa, conv, tile, precision, channels, inputs, gradients, pending, sums, fresh }
    }

    /// Adds an image: its input from output (0, 0)'s window on, and its output's gradient, as rows of pixels.
    ///
    /// # Safety
    /// The pointers are valid for the convolution; the scratch is this part's alone.
    pub(in crate::conv2d) unsafe fn add(&mut self, x: InputPlane, dy: *const f32, dy_row: usize) {
        let [first, last] = self.channels;
        if first == last {
            return;
        }
        let (conv, size) = (self.conv, self.conv.conv_size());
        let tiles = Tiles::covering(self.tile, size[0], size[1]);
        // SAFETY: the caller promises what stands under Safety.
        unsafe {
            let x = Plane {
                next: x.next,
                values: x.values.add(first),
                row: conv.input.row_stride(),
                column: conv.input.channels,
                channels: last - first,
                size: [size[0] + 2, size[1] + 2],
            };
            let channels = conv.output.channels;
            let dy = Plane { next: 0, values: dy, row: dy_row, column: channels, channels, size };
            let (mut done, at_once) = (0, tiles_at_once(self.tile));
            while done < tiles.count() {
                let count = (at_once - self.pending).min(tiles.count() - done);
                let chunk = Chunk { tile: self.tile, first: done, count, columns: tiles.columns };
                transform_input(self.isa, x, chunk, self.inputs.from(self.pending));
                transform_gradient(self.isa, dy, chunk, self.gradients.from(self.pending));
                done += count;
                self.pending += count;
                if self.pending == at_once {
                    self.sum();
                }
            }
        }
    }

    /// Sums what is pending.
    unsafe fn sum(&mut self) {
        // SAFETY: `pending` tiles have been transformed.
        let [depth, _] =
            [self.inputs, self.gradients].map(|of| unsafe { of.filled(self.isa, self.tile, self.pending) });
        for panel in (0..self.sums.panels).step_by(BLOCK) {
            for component in 0..self.tile.components() {
                // SAFETY: `new` made the scratch for all panels and components, and the loops go no further.
                unsafe {
                    let sums = self.sums;
                    let gradients = self.gradients.values.add(component * self.gradients.component);
                    let p = Product {
                        a: self.inputs.values.add(component * self.inputs.component),
                        b: gradients.add(panel * LANES),
                        c: sums.values.add(panel * sums.panel() + component * sums.component()),
                        rows: sums.inputs,
                        depth,
                        panels: BLOCK.min(sums.panels - panel),
                        columns: self.conv.output.channels - panel * LANES,
                        a_row: self.inputs.row,
                        b_row: self.gradients.row,
                        c_row: LANES,
                        b_panel: LANES,
                        c_panel: sums.panel(),
                        start: if self.fresh { Start::Zero } else { Start::Existing },
                    };
                    transposed_product(self.isa, self.precision, p);
                }
            }
        }
        self.pending = 0;
        self.fresh = false;
    }

    /// Writes the gradient, packed as the weight.
    ///
    /// # Safety
    /// `packed` is valid for a packed weight, of which no one else writes this part.
    pub(in crate::conv2d) unsafe fn finish(mut self, packed: *mut f32) {
        // SAFETY: the caller promises what stands under Safety.
        unsafe {
            if self.pending > 0 {
                self.sum();
            }
            let channels = self.conv.input.channels;
            for panel in 0..self.sums.panels {
                let to = packed.add((panel * 9 * channels + self.channels[0]) * LANES);
                take_back(self.isa, self.sums, panel, to, channels * LANES);
            }
        }
    }
}

versions! {
    /// G^T u G of a panel's sums; `tap` from one weight of a window to the next.
    fn take_back<S>(sums: Sums, panel: usize, to: *mut f32, tap: usize) {
        let (from, component) = (sums.values.add(panel * sums.panel()), sums.component());
        for ic in 0..sums.inputs {
            let from = Square {
                values: from.add(ic * LANES).cast_const(),
                row: sums.tile.inputs() * component,
                column: component,
            };
            let to = Square { values: to.add(ic * LANES), row: 3 * tap, column: tap };
            match sums.tile {
                Tile::Two => transforms::weight_gradient::<S, Plain, 4, 3, true>(from, LANES, to),
                Tile::Three => transforms::weight_gradient::<S, Plain, 5, 3, true>(from, LANES, to),
                Tile::Four => transforms::weight_gradient::<S, Plain, 6, 3, true>(from, LANES, to),
            }
        }
    }
}
