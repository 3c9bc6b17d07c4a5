//! How a picture was held when it was taken: the EXIF tag 0x0112, from 1 to 8.

use crate::fields::{Fields, Order};

/// Tag of the orientation in EXIF and TIFF.
const TAG: u16 = 0x0112;

/// Which way up the stored rows are. 1 is upright.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Orientation(u8);

impl Orientation {
    /// As stored, so as seen.
    pub(super) const UPRIGHT: Orientation = Orientation(1);

    /// A value that the standard does not know means nothing, so the picture stays as it is.
    pub(super) fn from_value(value: u32) -> Self {
        match value {
            2..=8 => Orientation(value as u8),
            _ => Orientation::UPRIGHT,
        }
    }

    /// The tag of an EXIF block: a TIFF header and its first directory. Anything else is upright.
    pub(super) fn from_exif(block: &[u8]) -> Self {
        let block = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
        let value = || {
            let order = Order::of(block)?;
            let fields = Fields::read(block, order, order.u32(block, 4)? as usize)?;
            fields.number(TAG)
        };
        value().map_or(Orientation::UPRIGHT, Orientation::from_value)
    }

    /// That of a TIFF file's own directory.
    pub(super) fn from_fields(fields: &Fields) -> Self {
        fields.number(TAG).map_or(Orientation::UPRIGHT, Orientation::from_value)
    }

    /// Height and width as seen.
    pub(super) fn upright_size(self, [height, width]: [usize; 2]) -> [usize; 2] {
        if self.0 >= 5 { [width, height] } else { [height, width] }
    }

    /// Pixels as seen: `[row][column]` of `bytes` bytes each.
    pub(super) fn upright(self, pixels: Vec<u8>, size: [usize; 2], bytes: usize) -> Vec<u8> {
        if self == Orientation::UPRIGHT {
            return pixels;
        }
        let [height, width] = size;
        let [rows, columns] = self.upright_size(size);
        let mut upright = Vec::with_capacity(pixels.len());
        for row in 0..rows {
            for column in 0..columns {
                // Where the file's first row and first column are seen, by the standard's table.
                let (y, x) = match self.0 {
                    2 => (row, width - 1 - column),
                    3 => (height - 1 - row, width - 1 - column),
                    4 => (height - 1 - row, column),
                    5 => (column, row),
                    6 => (height - 1 - column, row),
                    7 => (height - 1 - column, width - 1 - row),
                    _ => (column, width - 1 - row),
                };
                let at = (y * width + x) * bytes;
                upright.extend_from_slice(&pixels[at..at + bytes]);
            }
        }
        upright
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_orientation_is_turned_as_pillow_turns_it() {
        // Pillow 13: ImageOps.exif_transpose of the rows 012, 345.
        let cases: [(u32, [usize; 2], &[u8]); 8] = [
            (1, [2, 3], &[0, 1, 2, 3, 4, 5]),
            (2, [2, 3], &[2, 1, 0, 5, 4, 3]),
            (3, [2, 3], &[5, 4, 3, 2, 1, 0]),
            (4, [2, 3], &[3, 4, 5, 0, 1, 2]),
            (5, [3, 2], &[0, 3, 1, 4, 2, 5]),
            (6, [3, 2], &[3, 0, 4, 1, 5, 2]),
            (7, [3, 2], &[5, 2, 4, 1, 3, 0]),
            (8, [3, 2], &[2, 5, 1, 4, 0, 3]),
        ];
        for (value, size, expected) in cases {
            let orientation = Orientation::from_value(value);
            assert_eq!(orientation.upright_size([2, 3]), size, "{value}");
            assert_eq!(orientation.upright(vec![0, 1, 2, 3, 4, 5], [2, 3], 1), expected, "{value}");
            let wide: Vec<u8> = (0..6).flat_map(|i| [i, 10 + i]).collect();
            let expected: Vec<u8> = expected.iter().flat_map(|&i| [i, 10 + i]).collect();
            assert_eq!(orientation.upright(wide, [2, 3], 2), expected, "{value}, two bytes a pixel");
        }
    }

    #[test]
    fn the_tag_is_read_in_both_orders_and_nonsense_is_upright() {
        let little = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let big = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0\0\0\0\0";
        assert_eq!(Orientation::from_exif(little), Orientation(6));
        assert_eq!(Orientation::from_exif(big), Orientation(8));
        for len in 0..little.len() - 4 {
            let orientation = Orientation::from_exif(&little[..len]);
            assert!(orientation == Orientation::UPRIGHT || len >= 20, "{len}: {orientation:?}");
        }
        assert_eq!([0, 9, 70_000].map(Orientation::from_value), [Orientation::UPRIGHT; 3]);
    }
}
