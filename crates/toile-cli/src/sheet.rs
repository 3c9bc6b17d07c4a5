//! Many images of one size as one PNG file, for a page that shows each by its place.

use std::collections::BTreeMap;

use maud::{Markup, html};
use toile_draw::base64;
use toile_draw::png::{self, Pixels, Samples};

/// Images packed into one, each found by its key.
#[derive(Debug)]
pub(crate) struct Sheet<K> {
    /// Height and width of an image.
    size: [usize; 2],
    /// Images of a line.
    columns: usize,
    /// The file; empty without an image.
    png: Vec<u8>,
    /// Place of each image: its number, from left to right and line by line.
    places: BTreeMap<K, usize>,
}

impl<K> Default for Sheet<K> {
    fn default() -> Self {
        Sheet { size: [0; 2], columns: 0, png: Vec::new(), places: BTreeMap::new() }
    }
}

impl<K: Ord + Copy> Sheet<K> {
    /// Of images of this shape (channels, height, width) in this order, `[row][column][channel]` each.
    pub(crate) fn pack(shape: [usize; 3], images: &[(K, &[u8])]) -> Self {
        let [_, height, width] = shape;
        let columns = columns(images.len());
        let pixels: Vec<&[u8]> = images.iter().map(|image| image.1).collect();
        let png = if images.is_empty() { Vec::new() } else { encode(shape, columns, &pixels) };
        let places = images.iter().enumerate().map(|(place, image)| (image.0, place)).collect();
        Sheet { size: [height, width], columns, png, places }
    }

    pub(crate) fn png(&self) -> &[u8] {
        &self.png
    }

    pub(crate) fn place(&self, image: K) -> Option<usize> {
        self.places.get(&image).copied()
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// In the order of the keys.
    pub(crate) fn keys(&self) -> impl Iterator<Item = K> {
        self.places.keys().copied()
    }

    /// The rules that show images, the sheet among them: the only place where it stands.
    pub(crate) fn css(&self) -> String {
        if self.png.is_empty() {
            return String::new();
        }
        let [height, width] = self.size;
        // Small images are enlarged by whole numbers, large ones reduced.
        let zoom = if width <= 56 { (56 / width.max(1)) as f64 } else { 96.0 / width as f64 };
        let (w, h) = (width as f64 * zoom, height as f64 * zoom);
        let rows = self.places.len().div_ceil(self.columns);
        format!(
            ".i{{width:{w}px;height:{h}px;background-size:{}px {}px;background-position:calc(var(--x)*-{w}px) calc(var(--y)*-{h}px);\
             background-image:url(data:image/png;base64,{})}}\n",
            w * self.columns as f64,
            h * rows as f64,
            base64::encode(&self.png)
        )
    }

    /// An image with a text for those who cannot see it; nothing where the sheet lacks it.
    pub(crate) fn image(&self, image: K, text: &str) -> Option<Markup> {
        let place = self.place(image)?;
        let style = format!("--x:{};--y:{}", place % self.columns, place / self.columns);
        Some(html! { span.i role="img" aria-label=(text) title=(text) style=(style) {} })
    }
}

/// Images of a line: about as many as there are lines.
fn columns(images: usize) -> usize {
    (images as f64).sqrt().ceil().max(1.0) as usize
}

/// Packs images, `[row][column][channel]` each, line by line; what is left of the last line is black.
pub(crate) fn encode([channels, height, width]: [usize; 3], columns: usize, images: &[&[u8]]) -> Vec<u8> {
    let rows = images.len().div_ceil(columns);
    let stride = columns * width * channels;
    let mut pixels = vec![0; stride * rows * height];
    for (place, image) in images.iter().enumerate() {
        let (top, left) = (place / columns * height, place % columns * width * channels);
        for (row, line) in image.chunks_exact(width * channels).enumerate() {
            let start = (top + row) * stride + left;
            pixels[start..start + line.len()].copy_from_slice(line);
        }
    }
    let samples = if channels == 3 { Samples::Rgb } else { Samples::Grey };
    let (width, height) = ((columns * width) as u32, (rows * height) as u32);
    png::encode(&Pixels { width, height, samples, bytes: pixels })
}

/// Reads such a sheet back: the images one after the other.
pub(crate) fn decode([channels, height, width]: [usize; 3], bytes: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let Pixels { width: across, height: down, samples, bytes: pixels } = png::decode(bytes)?;
    let (across, down) = (across as usize, down as usize);
    let (columns, rows) = (across / width, down / height);
    let fits = columns * width == across && rows * height == down;
    if channels != if samples == Samples::Rgb { 3 } else { 1 } || !fits {
        return Err(format!("it is no sheet of images of {channels} x {height} x {width}"));
    }
    let stride = columns * width * channels;
    let image = |place: usize| {
        let (top, left) = (place / columns * height, place % columns * width * channels);
        let line = |row: usize| {
            let start = (top + row) * stride + left;
            pixels[start..start + width * channels].iter().copied()
        };
        (0..height).flat_map(line).collect()
    };
    Ok((0..columns * rows).map(image).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_read_back() {
        for shape in [[1, 2, 3], [3, 2, 3]] {
            let len: usize = shape.iter().product();
            let images: Vec<Vec<u8>> =
                (0..5).map(|image| (0..len).map(|i| (image * 40 + i) as u8).collect()).collect();
            let slices: Vec<&[u8]> = images.iter().map(Vec::as_slice).collect();
            let sheet = encode(shape, columns(5), &slices);
            assert_eq!(decode(shape, &sheet).unwrap()[..5], images);
            assert!(decode([shape[0], 3, 3], &sheet).is_err(), "other images");
            assert!(decode(shape, &sheet[..20]).is_err(), "cut off");
        }
    }
}
