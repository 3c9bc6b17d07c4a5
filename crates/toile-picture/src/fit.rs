//! How a picture of any size comes into the size that a network sees.

use crate::raster::{Raster, luma};
use crate::resample::{Direction, resample};

/// What happens to a picture of another shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Resize {
    /// Both sides are scaled to the size asked for, whatever becomes of the picture's proportions.
    #[default]
    Squash,
    /// The picture is scaled until it just covers the size asked for, and its middle is cut out. The side that is too
    /// long is scaled to a whole number, rounded down (torchvision's `Resize`), and what is cut off at its start is
    /// half of what is too much, rounded to the nearest and halves to even (`CenterCrop`).
    Crop,
    /// The picture is scaled until it just fits into the size asked for, and what is left at the sides becomes
    /// background. The shorter side is rounded to the nearest, halves to even, and is at least 1; so is the space at
    /// its start (Pillow's `ImageOps.pad`).
    Pad,
}

impl Resize {
    /// All of them, the default first.
    pub const ALL: [Resize; 3] = [Resize::Squash, Resize::Crop, Resize::Pad];

    /// As study files write it.
    pub fn name(self) -> &'static str {
        match self {
            Resize::Squash => "squash",
            Resize::Crop => "crop",
            Resize::Pad => "pad",
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|resize| resize.name() == name)
    }
}

/// How a picture becomes pixel bytes: part of a recipe, stored with a run, and the only way in for training,
/// evaluation and prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Preprocessing {
    /// 1, grey, or 3: red, green, blue.
    pub channels: usize,
    /// Height and width in pixels, each at least 1.
    pub size: [usize; 2],
    /// What happens to a picture of another shape.
    pub resize: Resize,
    /// Red, green and blue of what is seen through a picture and beside it.
    pub background: [u8; 3],
}

impl Preprocessing {
    /// Pixel bytes `[row][column][channel]` of a decoded picture: alpha onto the background first, then the channels,
    /// then the size. A picture of the right size keeps its bytes.
    ///
    /// # Panics
    /// If `channels` is neither 1 nor 3, or a side is 0.
    pub fn apply(&self, raster: Raster) -> Vec<u8> {
        assert!(!self.size.contains(&0), "a size of {:?}", self.size);
        let from = raster.size;
        let pixels = raster.flatten(self.channels, self.background);
        if from == self.size {
            return pixels;
        }
        let [rows, columns] = directions(from, self.size, self.resize);
        let seen = resample(&pixels, &rows, &columns, self.channels);
        if self.resize != Resize::Pad {
            return seen;
        }
        self.padded(&seen, [rows.to, columns.to])
    }

    /// A picture in the middle of the background.
    fn padded(&self, picture: &[u8], [rows, columns]: [usize; 2]) -> Vec<u8> {
        let [height, width] = self.size;
        let background = match self.channels {
            1 => vec![luma(self.background)],
            _ => self.background.to_vec(),
        };
        let mut pixels = background.repeat(height * width);
        let (top, left) = (half_to_even(height - rows), half_to_even(width - columns));
        let len = columns * self.channels;
        for (row, from) in picture.chunks_exact(len).enumerate() {
            let at = ((top + row) * width + left) * self.channels;
            pixels[at..at + len].copy_from_slice(from);
        }
        pixels
    }
}

/// Rows and columns of a picture, and what is computed of them.
fn directions(from: [usize; 2], size: [usize; 2], resize: Resize) -> [Direction; 2] {
    // The side whose scale is the larger one covers, that of the smaller one fits.
    let rows_scale_more = size[0] as u128 * from[1] as u128 >= size[1] as u128 * from[0] as u128;
    let whole = |side: usize| Direction { from: from[side], to: size[side], keep: 0..size[side] };
    let decides = match resize {
        Resize::Squash => return [whole(0), whole(1)],
        Resize::Crop => usize::from(!rows_scale_more),
        Resize::Pad => usize::from(rows_scale_more),
    };
    let other = 1 - decides;
    // The other side, in proportion: this over `from[decides]`.
    let scaled = from[other] as u128 * size[decides] as u128;
    let unit = from[decides] as u128;
    let mut pair = [whole(0), whole(1)];
    pair[other] = match resize {
        Resize::Crop => {
            let to = (scaled / unit) as usize;
            let start = half_to_even(to - size[other]);
            Direction { from: from[other], to, keep: start..start + size[other] }
        }
        _ => {
            let (down, rest) = (scaled / unit, scaled % unit);
            let up = 2 * rest > unit || (2 * rest == unit && down % 2 == 1);
            let to = (down as usize + usize::from(up)).max(1);
            Direction { from: from[other], to, keep: 0..to }
        }
    };
    pair
}

/// Half of a number, halves to even: Python's `round(n / 2)`.
fn half_to_even(n: usize) -> usize {
    n / 2 + usize::from(n % 4 == 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::Layout;

    #[test]
    fn names_are_those_of_study_files() {
        for (resize, name) in Resize::ALL.into_iter().zip(["squash", "crop", "pad"]) {
            assert_eq!((resize.name(), Resize::from_name(name)), (name, Some(resize)));
        }
        assert_eq!(Resize::from_name("Crop"), None);
        assert_eq!(Resize::default(), Resize::Squash);
    }

    #[test]
    fn halves_are_rounded_as_python_rounds_them() {
        let expected = [0, 0, 1, 2, 2, 2, 3, 4, 4, 4, 5];
        assert_eq!((0..11).map(half_to_even).collect::<Vec<_>>(), expected);
    }

    /// (from, size, resize, rows scaled to and from which, columns likewise).
    type Case = ([usize; 2], [usize; 2], Resize, [usize; 2], [usize; 2]);

    #[test]
    fn proportions_and_cuts_are_those_of_torchvision_and_pillow() {
        // Height and width. torchvision: int(size * long / short), round((long - size) / 2).
        // Pillow: round(long * size / short).
        let cases: [Case; 9] = [
            ([100, 150], [32, 32], Resize::Squash, [32, 0], [32, 0]),
            ([100, 150], [32, 32], Resize::Crop, [32, 0], [48, 8]),
            ([150, 101], [32, 32], Resize::Crop, [47, 8], [32, 0]),
            ([100, 110], [32, 32], Resize::Crop, [32, 0], [35, 2]),
            ([100, 150], [20, 60], Resize::Crop, [40, 10], [60, 0]),
            ([100, 150], [32, 32], Resize::Pad, [21, 0], [32, 0]),
            ([10, 4], [5, 5], Resize::Pad, [5, 0], [2, 0]),
            ([4, 10], [25, 25], Resize::Pad, [10, 0], [25, 0]),
            ([1, 1000], [32, 32], Resize::Pad, [1, 0], [32, 0]),
        ];
        for (from, size, resize, rows, columns) in cases {
            let found = directions(from, size, resize).map(|d| [d.to, d.keep.start]);
            assert_eq!(found, [rows, columns], "{from:?} to {size:?}, {}", resize.name());
        }
        let long = directions([1, 1 << 27], [64, 64], Resize::Crop);
        assert_eq!(long[1].keep.len(), 64, "an endless strip costs no endless memory");
    }

    fn apply(size: [usize; 2], resize: Resize, from: [usize; 2], pixels: &[u8]) -> Vec<u8> {
        let how = Preprocessing { channels: 1, size, resize, background: [9; 3] };
        how.apply(Raster { size: from, layout: Layout::Grey, pixels: pixels.to_vec() })
    }

    #[test]
    fn the_same_size_keeps_every_byte_and_the_rest_becomes_background() {
        let pixels = [0, 255, 3, 77, 80, 100];
        for resize in Resize::ALL {
            assert_eq!(apply([2, 3], resize, [2, 3], &pixels), pixels);
        }
        assert_eq!(
            apply([4, 3], Resize::Pad, [2, 3], &pixels),
            [[9; 3], [0, 255, 3], [77, 80, 100], [9; 3]].concat()
        );
        assert_eq!(apply([2, 4], Resize::Pad, [2, 3], &pixels), [0, 255, 3, 9, 77, 80, 100, 9]);
        assert_eq!(apply([2, 1], Resize::Crop, [2, 3], &pixels), [255, 80]);
    }
}
