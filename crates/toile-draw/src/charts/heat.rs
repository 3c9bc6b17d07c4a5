//! A picture beside maps of how much each of its pixels matters.

use crate::palette::{Colour, Rgb};
use crate::picture::{Anchor, Picture, Shape, Text, text_width};
use crate::png::{self, Pixels};

/// A picture with maps over it, each with its scale. Small pictures are enlarged by a whole number, very large ones
/// reduced by one, so that a pixel stays a pixel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatSheet {
    /// Above everything.
    pub title: String,
    /// Channels, height and width of the picture; of other numbers of channels than 3 the first is shown.
    pub shape: [usize; 3],
    /// Its bytes, `[row][column][channel]`.
    pub image: Vec<u8>,
    /// What stands above the picture.
    pub heading: String,
    /// From the left.
    pub maps: Vec<HeatMap>,
}

/// A value for each pixel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatMap {
    /// What stands above it.
    pub heading: String,
    /// `[row][column]`.
    pub values: Vec<f32>,
    /// The unit, below its scale; may be empty.
    pub unit: String,
    /// Whether values may be negative: its scale then goes as far below 0 as above.
    pub is_signed: bool,
}

/// Pixels of the file that a picture has on its longer side, about, and at most.
const SIDE: usize = 336;
const SIDE_MAX: usize = 512;
/// Pixels of the file between pictures, and around everything.
const GAP: usize = 32;
const MARGIN: usize = 24;
/// Pixels of the file for the title, for headings, for a scale and for what stands below it.
const TITLE: usize = 48;
const HEADINGS: usize = 36;
const SCALE: usize = 16;
const BELOW: usize = 72;

/// What speaks for the class and what against it, as in live pages: blue and vermilion of Okabe and Ito's set, which nobody
/// confuses.
const FOR: Rgb = [0x00, 0x84, 0xd6];
const AGAINST: Rgb = [0xf0, 0x6a, 0x00];
/// The share of the colour at the strongest pixel, so that the picture is seen through it.
const STRONGEST: f32 = 0.85;

impl HeatSheet {
    /// The sheet as a file.
    ///
    /// # Panics
    /// A picture or a map of another size than the shape's.
    pub fn png(&self) -> Vec<u8> {
        png::encode(&self.pixels())
    }

    /// The sheet as pixels.
    ///
    /// # Panics
    /// As [`HeatSheet::png`].
    pub fn pixels(&self) -> Pixels {
        let place = self.place();
        let mut sheet = png::rendered(&self.frame(&place));
        self.draw(&place, 0, &mut sheet, |_, colour| colour);
        for (column, map) in self.maps.iter().enumerate() {
            let most = map.most();
            self.draw(&place, column + 1, &mut sheet, |pixel, colour| {
                blended(faint(colour), map.values[pixel] / most)
            });
            draw_scale(&place, column + 1, map, &mut sheet);
        }
        sheet
    }

    fn place(&self) -> Place {
        let [_, height, width] = self.shape;
        let longer = height.max(width).max(1);
        let (zoom, step) = ((SIDE / longer).max(1), longer.div_ceil(SIDE_MAX));
        Place {
            zoom,
            step,
            down: height.div_ceil(step) * zoom,
            across: width.div_ceil(step) * zoom,
            column: self.headings().map(wide).fold(width.div_ceil(step) * zoom, usize::max) + GAP,
            top: MARGIN + TITLE + HEADINGS,
        }
    }

    fn headings(&self) -> impl Iterator<Item = &String> {
        let of_maps = self.maps.iter().flat_map(|map| [&map.heading, &map.unit]);
        std::iter::once(&self.heading).chain(of_maps)
    }

    /// All that is text, and the ground.
    fn frame(&self, place: &Place) -> Picture {
        let unit = 1.0 / png::SCALE;
        let columns = self.maps.len() + 1;
        let width = (2 * MARGIN + columns * place.column).max(2 * MARGIN + wide(&self.title));
        let height = place.top + place.down + BELOW + MARGIN;
        let mut frame = Picture::new(&self.title, width as f64 * unit, height as f64 * unit);
        let at = |x: usize, y: usize, text: &str| Text::at(x as f64 * unit, y as f64 * unit, text);
        frame.text(at(MARGIN, MARGIN + 24, &self.title));
        let left = |column: usize| place.left(column);
        frame.text(at(left(0), place.top - 10, &self.heading).muted());
        for (column, map) in self.maps.iter().enumerate() {
            let (left, below) = (left(column + 1), place.top + place.down + SCALE + 32);
            frame.text(at(left, place.top - 10, &map.heading).muted());
            frame.text(at(left, below, &if map.is_signed { short(-map.most()) } else { "0".into() }));
            let last = at(left + place.across, below, &short(map.most()));
            frame.text(Text { anchor: Anchor::End, ..last });
            frame.text(at(left, below + 26, &map.unit).muted());
        }
        // A thin frame, so that a white picture has edges.
        for column in 0..columns {
            let (x, y) = (left(column) as f64 * unit, place.top as f64 * unit);
            let (across, down) = (place.across as f64 * unit, place.down as f64 * unit);
            frame.add(Shape::rect(x, y, across, down).stroked(Colour::Rule, 2.0));
        }
        frame
    }

    /// Draws the picture in a column, each pixel in the colour that `shade` makes of its own.
    fn draw(&self, place: &Place, column: usize, sheet: &mut Pixels, shade: impl Fn(usize, Rgb) -> Rgb) {
        let [channels, height, width] = self.shape;
        assert_eq!(self.image.len(), channels * height * width, "a picture of {:?}", self.shape);
        for y in 0..place.down {
            for x in 0..place.across {
                let pixel = y / place.zoom * place.step * width + x / place.zoom * place.step;
                let from = &self.image[pixel * channels..][..channels];
                let colour = if channels == 3 { [from[0], from[1], from[2]] } else { [from[0]; 3] };
                put(sheet, place.left(column) + x, place.top + y, shade(pixel, colour));
            }
        }
    }
}

impl HeatMap {
    /// The largest value without its sign; of a map of zeros 1, so that a scale can be drawn.
    fn most(&self) -> f32 {
        let most = self.values.iter().fold(0.0f32, |most, value| most.max(value.abs()));
        if most > 0.0 { most } else { 1.0 }
    }
}

/// Where pictures stand, in pixels of the file.
struct Place {
    zoom: usize,
    step: usize,
    down: usize,
    across: usize,
    /// Width of a column, with the gap behind it.
    column: usize,
    top: usize,
}

impl Place {
    fn left(&self, column: usize) -> usize {
        MARGIN + column * self.column
    }
}

/// The colours of a map below it, from its lowest value to its highest.
fn draw_scale(place: &Place, column: usize, map: &HeatMap, sheet: &mut Pixels) {
    for x in 0..place.across {
        let share = x as f32 / (place.across.max(2) - 1) as f32;
        let value = if map.is_signed { 2.0 * share - 1.0 } else { share };
        for y in 0..SCALE {
            put(sheet, place.left(column) + x, place.top + place.down + 8 + y, blended([0xd8; 3], value));
        }
    }
}

/// Grey, and half way to the middle: what lies over it shows on black and on white.
fn faint([red, green, blue]: Rgb) -> Rgb {
    let grey = (u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114) / 1000;
    [(grey / 2 + 64) as u8; 3]
}

/// A colour below a value from -1 to 1.
fn blended(below: Rgb, value: f32) -> Rgb {
    let above = if value < 0.0 { AGAINST } else { FOR };
    let share = value.abs().min(1.0) * STRONGEST;
    let mix = |from: u8, to: u8| (f32::from(from) + (f32::from(to) - f32::from(from)) * share).round() as u8;
    std::array::from_fn(|i| mix(below[i], above[i]))
}

fn put(sheet: &mut Pixels, x: usize, y: usize, colour: Rgb) {
    let start = (y * sheet.width as usize + x) * 3;
    sheet.bytes[start..start + 3].copy_from_slice(&colour);
}

fn wide(text: impl AsRef<str>) -> usize {
    (text_width(text.as_ref(), crate::picture::TEXT) * png::SCALE).ceil() as usize
}

/// Three digits that say something.
fn short(value: f32) -> String {
    let decimals = (2 - value.abs().max(1e-30).log10().floor() as i32).clamp(0, 6);
    format!("{value:.*}", decimals as usize).replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(channels: usize, values: Vec<f32>, is_signed: bool) -> HeatSheet {
        let map = HeatMap { heading: "heat".into(), values, unit: "nats".into(), is_signed };
        let image = vec![128; channels * 6];
        HeatSheet {
            title: "Title".into(),
            shape: [channels, 2, 3],
            image,
            heading: "picture".into(),
            maps: vec![map],
        }
    }

    fn pixel(sheet: &Pixels, x: usize, y: usize) -> Rgb {
        let start = (y * sheet.width as usize + x) * 3;
        [sheet.bytes[start], sheet.bytes[start + 1], sheet.bytes[start + 2]]
    }

    #[test]
    fn each_pixel_has_the_colour_of_its_value() {
        for channels in [1, 3] {
            let sheet = sheet(channels, vec![0.0, 2.0, -2.0, 0.0, 1.0, 0.0], true);
            let (place, pixels) = (sheet.place(), sheet.pixels());
            assert_eq!((place.zoom, place.down, place.across), (112, 224, 336));
            assert_eq!(pixel(&pixels, place.left(0) + 1, place.top + 1), [128; 3], "the picture itself");
            let at = |row: usize, column: usize| {
                pixel(&pixels, place.left(1) + column * 112 + 50, place.top + row * 112 + 50)
            };
            assert_eq!(at(0, 0), [128; 3], "no heat, no colour");
            assert_eq!((at(0, 1), at(0, 2)), (blended([128; 3], 1.0), blended([128; 3], -1.0)));
            assert_eq!(at(1, 1), blended([128; 3], 0.5));
            assert!(at(0, 1)[2] > 190 && at(0, 2)[0] > 200, "{:?} {:?}", at(0, 1), at(0, 2));
        }
    }

    #[test]
    fn maps_of_zeros_and_large_pictures_are_drawn() {
        let flat = sheet(1, vec![0.0; 6], false);
        assert_eq!(flat.maps[0].most(), 1.0);
        assert!(!flat.png().is_empty());
        let map = HeatMap { values: vec![1.0; 1200 * 600], ..HeatMap::default() };
        let large = HeatSheet { shape: [1, 1200, 600], image: vec![9; 1200 * 600], maps: vec![map], ..flat };
        let place = large.place();
        assert_eq!((place.step, place.down, place.across), (3, 400, 200));
        assert!(large.pixels().height > 400);
    }

    #[test]
    fn numbers_are_short() {
        for (value, text) in [(1234.5, "1234"), (0.12345, "0.123"), (-2.0, "−2.00"), (0.0, "0.000000")] {
            assert_eq!(short(value), text);
        }
    }
}
