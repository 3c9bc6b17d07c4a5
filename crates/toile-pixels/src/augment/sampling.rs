//! Reads an image at places between its pixels. Everything is integers once a row has its start, so that no machine
//! rounds differently.

use crate::augment::image::Image;

/// What stands at a place between pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    /// The nearest pixel.
    Nearest,
    /// The four pixels around it, weighted by their nearness.
    Bilinear,
}

impl Interpolation {
    pub(super) const WORDS: [&'static str; 2] = ["nearest", "bilinear"];

    pub(super) fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    pub(super) fn of_word(word: &str) -> Option<Interpolation> {
        [Interpolation::Nearest, Interpolation::Bilinear].into_iter().find(|one| one.word() == word)
    }
}

/// From a pixel of the result to its place in the image, both seen from the middle:
/// (a x + b y + c, d x + e y + f).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Map {
    pub(super) x: [f64; 3],
    pub(super) y: [f64; 3],
}

/// Bits behind the point of a place.
const POINT: u32 = 32;
/// Bits of a weight: sums of products of two weights and a byte, times a sum of such products, stay within 64 bits.
const WEIGHT: u32 = 12;
const ONE: i64 = 1 << WEIGHT;

/// A number of pixels with [`POINT`] bits behind the point.
fn fixed(pixels: f64) -> i64 {
    (pixels * (1u64 << POINT) as f64).round_ties_even() as i64
}

/// The image seen through the map; `fill` where there is none of it.
///
/// As torchvision's `affine` for tensors: beyond the edges the image is 0, and the result is
/// (sum - fill) * share + fill, where `share` is what of the weights fell into the image. On the last pixel at an edge
/// the share so counts twice.
pub(super) fn sample(map: Map, interpolation: Interpolation, fill: u8, mut image: Image<'_>) {
    let [channels, height, width] = image.shape;
    let (middle_x, middle_y) = ((width - 1) as f64 / 2.0, (height - 1) as f64 / 2.0);
    let (from, to) = image.split();
    let source = Source { from, channels, height: height as i64, width: width as i64, fill };
    let (step_x, step_y) = (fixed(map.x[0]), fixed(map.y[0]));
    for (row, to) in to.chunks_exact_mut(width * channels).enumerate() {
        let y = row as f64 - middle_y;
        let start = |[a, b, c]: [f64; 3], middle: f64| fixed(b * y - a * middle_x + c + middle);
        let (mut at_x, mut at_y) = (start(map.x, middle_x), start(map.y, middle_y));
        for pixel in to.chunks_exact_mut(channels) {
            match interpolation {
                Interpolation::Nearest => source.nearest(at_x, at_y, pixel),
                Interpolation::Bilinear => source.bilinear(at_x, at_y, pixel),
            }
            at_x += step_x;
            at_y += step_y;
        }
    }
}

struct Source<'a> {
    from: &'a [u8],
    channels: usize,
    height: i64,
    width: i64,
    fill: u8,
}

impl Source<'_> {
    fn holds(&self, x: i64, y: i64) -> bool {
        (0..self.width).contains(&x) && (0..self.height).contains(&y)
    }

    fn pixel(&self, x: i64, y: i64) -> &[u8] {
        let start = (y * self.width + x) as usize * self.channels;
        &self.from[start..start + self.channels]
    }

    fn nearest(&self, x: i64, y: i64, to: &mut [u8]) {
        let [x, y] = [x, y].map(|at| (at + (1 << (POINT - 1))) >> POINT);
        match self.holds(x, y) {
            true => to.copy_from_slice(self.pixel(x, y)),
            false => to.fill(self.fill),
        }
    }

    fn bilinear(&self, x: i64, y: i64, to: &mut [u8]) {
        let weight = |at: i64| (at >> (POINT - WEIGHT)) & (ONE - 1);
        let (right, lower) = (weight(x), weight(y));
        let (x, y) = (x >> POINT, y >> POINT);
        let corners = [
            (x, y, (ONE - right) * (ONE - lower)),
            (x + 1, y, right * (ONE - lower)),
            (x, y + 1, (ONE - right) * lower),
            (x + 1, y + 1, right * lower),
        ];
        if x >= 0 && y >= 0 && x + 1 < self.width && y + 1 < self.height {
            let pixels = corners.map(|(x, y, _)| self.pixel(x, y));
            for (channel, to) in to.iter_mut().enumerate() {
                let sum: i64 = (0..4).map(|i| corners[i].2 * i64::from(pixels[i][channel])).sum();
                *to = ((sum + (1 << (2 * WEIGHT - 1))) >> (2 * WEIGHT)) as u8;
            }
            return;
        }
        let inside = corners.map(|(x, y, weight)| if self.holds(x, y) { weight } else { 0 });
        let share: i64 = inside.iter().sum();
        let fill = i64::from(self.fill);
        for (channel, to) in to.iter_mut().enumerate() {
            let at = |i: usize| {
                let (x, y, _) = corners[i];
                if inside[i] == 0 { 0 } else { inside[i] * i64::from(self.pixel(x, y)[channel]) }
            };
            let above = ((0..4).map(at).sum::<i64>() - (fill << (2 * WEIGHT))) * share;
            *to = (fill + ((above + (1 << (4 * WEIGHT - 1))) >> (4 * WEIGHT))) as u8;
        }
    }
}
