//! Images as they are, row by row, each row with its caption.

use crate::palette::Colour;
use crate::picture::{Anchor, Picture, TEXT, Text, text_width};
use crate::png::{self, Pixels};

/// Images in rows. Small ones are enlarged by a whole number, very large ones reduced by one, so that a pixel stays a
/// pixel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageSheet {
    /// Above all of them.
    pub title: String,
    /// Channels, height and width of an image; of other numbers of channels than 3 the first is shown.
    pub shape: [usize; 3],
    /// Above each column; empty for none.
    pub headings: Vec<String>,
    /// From the top.
    pub rows: Vec<ImageRow>,
}

/// A row of images.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageRow {
    /// What stands before it.
    pub caption: String,
    /// Bytes of each, `[row][column][channel]`.
    pub images: Vec<Vec<u8>>,
}

/// Pixels of the file that an image has on its longer side, about.
const SIDE: usize = 112;
/// Those that it has at most.
const SIDE_MAX: usize = 256;
/// Pixels of the file between images.
const GAP: usize = 8;
/// Pixels of the file around everything.
const MARGIN: usize = 24;
/// Pixels of the file above the images, and between captions and images.
const TITLE: usize = 56;
const HEADINGS: usize = 32;
const BESIDE: usize = 16;
/// Letters of a caption.
const LETTERS: usize = 32;

impl ImageSheet {
    /// The sheet as a file.
    ///
    /// # Panics
    /// An image of another length than the shape's.
    pub fn png(&self) -> Vec<u8> {
        png::encode(&self.pixels())
    }

    /// The sheet as pixels.
    ///
    /// # Panics
    /// As [`ImageSheet::png`].
    pub fn pixels(&self) -> Pixels {
        let captions: Vec<String> = self.rows.iter().map(|row| shortened(&row.caption)).collect();
        let place = self.places(&captions);
        let unit = 1.0 / png::SCALE;
        let mut frame = Picture::new(&self.title, place.width as f64 * unit, place.height as f64 * unit);
        let at = |x: usize, y: usize, text: &str| Text::at(x as f64 * unit, y as f64 * unit, text);
        frame.text(at(MARGIN, MARGIN + 24, &self.title));
        for (column, heading) in self.headings.iter().enumerate() {
            let middle = place.left + column * (place.across + GAP) + place.across / 2;
            let text = at(middle, place.top - 10, heading);
            frame.text(Text { anchor: Anchor::Middle, colour: Colour::Muted, ..text });
        }
        for (row, caption) in captions.iter().enumerate() {
            let middle = place.top + row * (place.down + GAP) + place.down / 2;
            let text = at(place.left - BESIDE, middle + 8, caption);
            frame.text(Text { anchor: Anchor::End, ..text });
        }
        let mut sheet = png::rendered(&frame);
        for (row, images) in self.rows.iter().enumerate() {
            for (column, image) in images.images.iter().enumerate() {
                let corner =
                    (place.left + column * (place.across + GAP), place.top + row * (place.down + GAP));
                self.draw(image, &place, corner, &mut sheet);
            }
        }
        sheet
    }

    fn places(&self, captions: &[String]) -> Places {
        let [_, height, width] = self.shape;
        let longer = height.max(width).max(1);
        let (zoom, step) = ((SIDE / longer).max(1), longer.div_ceil(SIDE_MAX));
        let (down, across) = (height.div_ceil(step) * zoom, width.div_ceil(step) * zoom);
        let widest = captions.iter().map(|caption| text_width(caption, TEXT)).fold(0.0, f64::max);
        let beside = if widest > 0.0 { (widest * png::SCALE).ceil() as usize + BESIDE } else { 0 };
        let (left, top) =
            (MARGIN + beside, MARGIN + TITLE + if self.headings.is_empty() { 0 } else { HEADINGS });
        let columns = self.rows.iter().map(|row| row.images.len()).max().unwrap_or(0);
        let title = (text_width(&self.title, TEXT) * png::SCALE).ceil() as usize;
        Places {
            zoom,
            step,
            down,
            across,
            left,
            top,
            width: (left + columns * (across + GAP)).max(MARGIN + title) + MARGIN,
            height: top + self.rows.len() * (down + GAP) + MARGIN,
        }
    }

    fn draw(&self, image: &[u8], place: &Places, (left, top): (usize, usize), sheet: &mut Pixels) {
        let [channels, height, width] = self.shape;
        assert_eq!(image.len(), channels * height * width, "an image of {:?}", self.shape);
        for y in 0..place.down {
            for x in 0..place.across {
                let (row, column) = (y / place.zoom * place.step, x / place.zoom * place.step);
                let from = &image[(row * width + column) * channels..][..channels];
                let colour = if channels == 3 { [from[0], from[1], from[2]] } else { [from[0]; 3] };
                let start = ((top + y) * sheet.width as usize + left + x) * 3;
                sheet.bytes[start..start + 3].copy_from_slice(&colour);
            }
        }
    }
}

/// Where images stand, in pixels of the file.
struct Places {
    zoom: usize,
    step: usize,
    down: usize,
    across: usize,
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

fn shortened(caption: &str) -> String {
    match caption.char_indices().nth(LETTERS) {
        Some((end, _)) => format!("{}…", &caption[..end]),
        None => caption.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::png::Samples;

    fn pixel(sheet: &Pixels, x: usize, y: usize) -> [u8; 3] {
        let start = (y * sheet.width as usize + x) * 3;
        [sheet.bytes[start], sheet.bytes[start + 1], sheet.bytes[start + 2]]
    }

    #[test]
    fn each_pixel_of_an_image_is_a_square() {
        let rows = vec![
            ImageRow { caption: "a".into(), images: vec![(0..4).collect(), (4..8).collect()] },
            ImageRow { caption: "longer than that".into(), images: vec![(8..12).collect()] },
        ];
        let headings = vec!["one".to_string(), "two".to_string()];
        let sheet = ImageSheet { title: "Images".into(), shape: [1, 2, 2], headings, rows };
        let (place, pixels) = (sheet.places(&["a".into(), "longer than that".into()]), sheet.pixels());
        assert_eq!((place.zoom, place.down, place.across), (56, 112, 112));
        assert_eq!(pixels.samples, Samples::Rgb);
        assert_eq!((pixels.width as usize, pixels.height as usize), (place.width, place.height));
        for (row, column, value) in [(0, 0, 0), (0, 1, 4), (1, 0, 8)] {
            for (y, x, more) in [(0, 0, 0), (55, 111, 1), (56, 0, 2), (111, 111, 3)] {
                let (x, y) = (place.left + column * 120 + x, place.top + row * 120 + y);
                assert_eq!(pixel(&pixels, x, y), [value + more; 3], "row {row}, column {column}");
            }
        }
        // Captions and headings leave their marks beside the images.
        let ground = pixel(&pixels, 0, 0);
        let marked = |x: std::ops::Range<usize>, y: std::ops::Range<usize>| {
            y.flat_map(|y| x.clone().map(move |x| (x, y))).any(|(x, y)| pixel(&pixels, x, y) != ground)
        };
        assert!(marked(0..place.left - 8, place.top..place.top + 112), "no caption");
        assert!(marked(place.left..place.left + 112, place.top - HEADINGS..place.top), "no heading");
        assert!(marked(0..place.width, 0..TITLE), "no title");
    }

    #[test]
    fn large_images_are_reduced_and_colours_kept() {
        let image: Vec<u8> = (0..300 * 300).flat_map(|_| [10, 20, 30]).collect();
        let rows = vec![ImageRow { caption: String::new(), images: vec![image] }];
        let sheet = ImageSheet { shape: [3, 300, 300], rows, ..ImageSheet::default() };
        let (place, pixels) = (sheet.places(&[String::new()]), sheet.pixels());
        assert_eq!((place.step, place.down, place.left), (2, 150, MARGIN));
        assert_eq!(pixel(&pixels, place.left + 149, place.top + 149), [10, 20, 30]);
    }
}
