//! How the work on few images is split, so that every thread has some.
//!
//! Who computes what never shows in the bits: each output, and each gradient, is a chain of its own. With
//! images enough for all threads an item is a whole image (forward) or a whole group (backward), which
//! reads the weights once.

use super::algorithms::Algorithm;
use super::geometry::Conv2d;
use super::winograd::sizes::BLOCK;
use crate::LANES;

/// Items a thread should find at least, so that none waits long for another's last one.
const ITEMS_PER_THREAD: usize = 4;

/// Multiplications below which a part is not worth another thread's attention (about 2 microseconds).
const PART_MIN: usize = 1 << 17;

/// Channels that the direct kernels compute together, where there are as many.
const CHANNELS: usize = 2 * LANES;

/// Tiles of Winograd's kernels that are computed together.
const TILES: usize = 6;

/// Tiles that are worth the way through a weight, about.
const RUN: usize = 96;

/// Parts for each of `items` items of so many multiplications.
pub(super) fn parts(items: usize, multiplications: usize, threads: usize) -> usize {
    if threads == 1 || items == 0 {
        return 1;
    }
    (ITEMS_PER_THREAD * threads).div_ceil(items).min(multiplications / PART_MIN).max(1)
}

/// One of several shares of a group's gradients.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    pub(super) part: usize,
    pub(super) parts: usize,
}

/// An image's output in parts, blocks of channels by bands of stored rows; or several whole images.
#[derive(Clone, Copy)]
pub(super) struct Split {
    /// Images of an item, with which weights are read less often.
    pub(super) images: usize,
    blocks: usize,
    bands: usize,
    /// What is not taken apart: channels of a block, rows of a band.
    channels: usize,
    rows: usize,
}

/// A part: channels from `channels[0]` to `channels[1]`, rows alike.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) channels: [usize; 2],
    pub(super) rows: [usize; 2],
}

impl Split {
    pub(super) fn new(conv: &Conv2d, images: usize, threads: usize) -> Split {
        let size = conv.conv_size();
        let [rows, columns] = size;
        let multiplications = rows * columns * conv.output.channels * conv.window_len();
        let parts = parts(images, multiplications, threads);
        // Narrow images are computed several rows at a time.
        let (channels, rows, together) = match conv.algorithms.forward {
            Algorithm::Direct(_) => (CHANNELS, 1, if columns < 12 { 6 } else { 1 }),
            Algorithm::Winograd(tile, _) => {
                let rows = tile.stored_rows(conv.pool);
                (BLOCK * LANES, rows, rows * TILES.div_ceil(columns.div_ceil(tile.outputs())))
            }
        };
        let blocks = conv.output.channels.div_ceil(channels).min(parts);
        let bands = parts.div_ceil(blocks).min(conv.output.height.div_ceil(together)).max(1);
        let run = match conv.algorithms.forward.tile() {
            Some(tile) if parts == 1 => RUN / tile.count(size, conv.pool),
            _ => 1,
        };
        let images = run.min(images / (ITEMS_PER_THREAD * threads)).max(1);
        Split { images, blocks, bands, channels, rows }
    }

    pub(super) fn parts(&self) -> usize {
        self.blocks * self.bands
    }

    pub(super) fn part(&self, conv: &Conv2d, part: usize) -> Part {
        let (block, band) = (part / self.bands, part % self.bands);
        let shares = |len: usize, together: usize, part: usize, parts: usize| {
            share(len.div_ceil(together), part, parts).map(|i| (i * together).min(len))
        };
        Part {
            channels: shares(conv.output.channels, self.channels, block, self.blocks),
            rows: shares(conv.output.height, self.rows, band, self.bands),
        }
    }
}

/// The `part`-th of `parts` nearly equal shares of `0..len`.
pub(super) fn share(len: usize, part: usize, parts: usize) -> [usize; 2] {
    [len * part / parts, len * (part + 1) / parts]
}
