//! Decoded pixels, and how they lose their alpha and their colour.

/// What the bytes of a pixel are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One byte of grey.
    Grey,
    /// Grey, alpha.
    GreyAlpha,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, alpha.
    Rgba,
}

impl Layout {
    /// Bytes a pixel.
    pub fn bytes(self) -> usize {
        match self {
            Layout::Grey => 1,
            Layout::GreyAlpha => 2,
            Layout::Rgb => 3,
            Layout::Rgba => 4,
        }
    }
}

/// A picture as its file holds it, at 8 bits a channel: `[row][column][channel]`. Alpha is straight: colours are not
/// multiplied by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raster {
    /// Height and width in pixels.
    pub size: [usize; 2],
    /// Channels of a pixel.
    pub layout: Layout,
    /// Height times width times the bytes of a pixel.
    pub pixels: Vec<u8>,
}

impl Raster {
    /// Without alpha, in `channels` channels.
    ///
    /// Over the background colour `b`, a pixel of colour `c` and alpha `a` is `(a c + (255 - a) b) / 255`, rounded to
    /// the nearest, each channel alone: what Pillow's `paste` with a mask gives. Colour becomes grey afterwards
    /// ([`luma`]); grey becomes three equal channels.
    ///
    /// # Panics
    /// If `channels` is neither 1 nor 3.
    pub fn flatten(self, channels: usize, background: [u8; 3]) -> Vec<u8> {
        assert!(channels == 1 || channels == 3, "{channels} channels; 1 and 3 are possible");
        let pixels = self.pixels;
        match (self.layout, channels) {
            (Layout::Grey, 1) | (Layout::Rgb, 3) => pixels,
            (Layout::Grey, _) => pixels.iter().flat_map(|&grey| [grey; 3]).collect(),
            (Layout::Rgb, _) => pixels.as_chunks().0.iter().map(|&rgb| luma(rgb)).collect(),
            (Layout::GreyAlpha, _) => {
                let over = |&[grey, alpha]: &[u8; 2]| background.map(|below| blend(grey, alpha, below));
                flat(pixels.as_chunks().0.iter().map(over), channels)
            }
            (Layout::Rgba, _) => {
                let over = |&[red, green, blue, alpha]: &[u8; 4]| {
                    let [r, g, b] = background;
                    [blend(red, alpha, r), blend(green, alpha, g), blend(blue, alpha, b)]
                };
                flat(pixels.as_chunks().0.iter().map(over), channels)
            }
        }
    }
}

/// Colours in one or three channels.
fn flat(colours: impl Iterator<Item = [u8; 3]>, channels: usize) -> Vec<u8> {
    match channels {
        1 => colours.map(luma).collect(),
        _ => colours.flatten().collect(),
    }
}

/// Grey of a colour: `(19595 R + 38470 G + 7471 B + 2^15) / 2^16`, rounded down. These are the weights 0.299, 0.587 and
/// 0.114 of ITU-R 601-2 as Pillow's `convert("L")` has them. Equal channels keep their value.
pub fn luma([red, green, blue]: [u8; 3]) -> u8 {
    ((19595 * u32::from(red) + 38470 * u32::from(green) + 7471 * u32::from(blue) + 0x8000) >> 16) as u8
}

fn blend(above: u8, alpha: u8, below: u8) -> u8 {
    let [above, alpha, below] = [above, alpha, below].map(u32::from);
    ((alpha * above + (255 - alpha) * below + 127) / 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flattened(layout: Layout, pixels: &[u8], channels: usize, background: [u8; 3]) -> Vec<u8> {
        let size = [1, pixels.len() / layout.bytes()];
        Raster { size, layout, pixels: pixels.to_vec() }.flatten(channels, background)
    }

    #[test]
    fn layouts_become_one_or_three_channels() {
        let b = [10, 20, 200];
        let cases: [(Layout, &[u8], usize, &[u8]); 8] = [
            (Layout::Grey, &[7, 8], 1, &[7, 8]),
            (Layout::Grey, &[7, 8], 3, &[7, 7, 7, 8, 8, 8]),
            (Layout::Rgb, &[1, 2, 3], 3, &[1, 2, 3]),
            // Pillow 13: Image.new("RGB", (1, 1), (255, 0, 0)).convert("L") and so on.
            (Layout::Rgb, &[255, 0, 0, 0, 255, 0, 0, 0, 255, 200, 100, 50], 1, &[76, 150, 29, 124]),
            (Layout::GreyAlpha, &[100, 255, 100, 0, 100, 128], 3, &[100, 100, 100, 10, 20, 200, 55, 60, 150]),
            (Layout::GreyAlpha, &[100, 255, 100, 0], 1, &[100, luma(b)]),
            (
                Layout::Rgba,
                &[1, 2, 3, 255, 1, 2, 3, 0, 255, 0, 0, 51],
                3,
                &[1, 2, 3, 10, 20, 200, 59, 16, 160],
            ),
            (Layout::Rgba, &[9, 9, 9, 255], 1, &[9]),
        ];
        for (layout, pixels, channels, expected) in cases {
            assert_eq!(flattened(layout, pixels, channels, b), expected, "{layout:?} to {channels}");
        }
    }

    #[test]
    fn grey_stays_what_it_is_and_alpha_reaches_both_ends() {
        for value in 0..=255 {
            assert_eq!(luma([value; 3]), value);
            for below in [0, 1, 127, 254, 255] {
                assert_eq!(blend(value, 255, below), value);
                assert_eq!(blend(value, 0, below), below);
                assert_eq!(blend(value, below, value), value);
            }
        }
    }
}
