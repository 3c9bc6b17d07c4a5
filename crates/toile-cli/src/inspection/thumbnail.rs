//! Images made small enough for a page.

/// Sides of an image on a page, in its own pixels; larger ones are averaged down.
const SIDE: usize = 64;

/// How images of one shape (channels, height, width) become small.
pub(crate) struct Thumbnails {
    channels: usize,
    height: usize,
    width: usize,
    /// Side of the blocks that are averaged.
    block: usize,
}

impl Thumbnails {
    pub(crate) fn new([channels, height, width]: [usize; 3]) -> Self {
        Thumbnails { channels, height, width, block: height.max(width).div_ceil(SIDE).max(1) }
    }

    /// Of a small image: grey or coloured.
    pub(crate) fn shape(&self) -> [usize; 3] {
        let side = |side: usize| (side / self.block).max(1);
        [if self.channels == 3 { 3 } else { 1 }, side(self.height), side(self.width)]
    }

    pub(crate) fn bytes(&self) -> usize {
        self.shape().iter().product()
    }

    /// An image averaged over blocks. Of channels that are no colours the first is shown.
    pub(crate) fn of(&self, pixels: &[u8]) -> Vec<u8> {
        let Thumbnails { channels, height, width, block } = *self;
        let [shown, rows, columns] = self.shape();
        let area = (block * block) as u32;
        let value = |row: usize, column: usize, channel: usize| {
            // A picture that is narrower than a block is stretched.
            let at = |n: usize| {
                let y = (row * block + n / block).min(height - 1);
                let x = (column * block + n % block).min(width - 1);
                u32::from(pixels[(y * width + x) * channels + channel])
            };
            let sum: u32 = (0..block * block).map(at).sum();
            ((sum + area / 2) / area) as u8
        };
        let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        places.flat_map(|(row, column)| (0..shown).map(move |channel| value(row, column, channel))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_images_are_averaged_and_small_ones_stay() {
        let small = Thumbnails::new([3, 2, 1]);
        assert_eq!((small.shape(), small.of(&[1, 2, 3, 4, 5, 6])), ([3, 2, 1], vec![1, 2, 3, 4, 5, 6]));
        let wide = Thumbnails::new([1, 2, 128]);
        let pixels: Vec<u8> = (0..256).map(|at| (at % 128) as u8).collect();
        assert_eq!(wide.shape(), [1, 1, 64]);
        // Columns 0 and 1 of both rows: a half is rounded up.
        assert_eq!(wide.of(&pixels)[..3], [1, 3, 5]);
        assert_eq!(Thumbnails::new([1, 1, 640]).of(&[9; 640]), [9; 64]);
        assert_eq!(Thumbnails::new([4, 1, 1]).of(&[7, 8, 9, 10]), [7]);
    }
}
