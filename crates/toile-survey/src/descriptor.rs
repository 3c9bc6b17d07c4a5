//! A few numbers for each image, close where images look alike.
//!
//! A perceptual hash (pHash: the low frequencies of the cosine transform) without its last step, which keeps signs
//! alone: the numbers themselves tell near from very near, where many images of one shape share all 64 signs.
//!
//! An image is first freed of brightness and contrast: its mean is taken away and what is left is scaled to length 1.
//! The distance d of two such images is then their correlation r by another name: d^2 = 2 (1 - r). The cosine transform
//! is orthonormal, so that leaving frequencies out makes distances only smaller.

use std::num::NonZero;

use crate::images::Images;
use toile_data::parallel::in_blocks;

/// Frequencies kept down and across.
const FREQUENCIES: usize = 8;
/// Of the two colour differences: the eye and JPEG are coarse there too.
const COLOUR_FREQUENCIES: usize = 4;
/// The length of a descriptor of all frequencies. Its square, and so every product of two, fits 32 bits.
pub(super) const LENGTH: f64 = 8192.0;
/// Larger images are averaged over blocks first, down to at least this many rows and columns.
const SIDE: usize = 32;
/// An image whose pixels deviate less, in levels of 0 to 255, has nothing to be recognised by.
pub(super) const FLAT: f64 = 2.0;

/// The descriptors of the images that have one.
pub(super) struct Descriptors {
    /// Numbers of a descriptor: whole sixteens, the rest zero.
    pub(super) len: usize,
    /// `[image][number]`.
    pub(super) values: Vec<i16>,
    /// The image of each descriptor.
    pub(super) images: Vec<u32>,
    /// Images that are too flat for one.
    pub(super) flat: Vec<u32>,
}

impl Descriptors {
    /// Of these images, of one shape (channels, height, width).
    pub(super) fn new(
        images: &Images<'_>,
        chosen: &[u32],
        shape: [usize; 3],
        threads: NonZero<usize>,
    ) -> Self {
        let basis = Basis::new(shape);
        let len = basis.len().next_multiple_of(16);
        let blocks = in_blocks(threads, chosen.len(), 256, |first, end| {
            let (mut values, mut of, mut flat) = (Vec::new(), Vec::new(), Vec::new());
            for &image in &chosen[first..end] {
                match basis.descriptor(images.pixels(image)) {
                    Some(descriptor) => {
                        values.extend(descriptor);
                        values.resize(values.len().next_multiple_of(len), 0);
                        of.push(image);
                    }
                    None => flat.push(image),
                }
            }
            (values, of, flat)
        });
        let mut all = Descriptors { len, values: Vec::new(), images: Vec::new(), flat: Vec::new() };
        for (values, of, flat) in blocks {
            all.values.extend(values);
            all.images.extend(of);
            all.flat.extend(flat);
        }
        all
    }

    pub(super) fn count(&self) -> usize {
        self.images.len()
    }

    /// The descriptor at this place.
    pub(super) fn get(&self, place: usize) -> &[i16] {
        &self.values[place * self.len..][..self.len]
    }
}

/// The cosine transform of images of one shape.
struct Basis {
    channels: usize,
    width: usize,
    /// Side of the blocks that are averaged.
    block: usize,
    /// Blocks down and across.
    rows: usize,
    columns: usize,
    /// `[frequency][row]`.
    down: Vec<Vec<f64>>,
    /// `[frequency][column]`.
    across: Vec<Vec<f64>>,
}

impl Basis {
    fn new([channels, height, width]: [usize; 3]) -> Self {
        let block = (height.min(width) / SIDE).max(1);
        let (rows, columns) = (height / block, width / block);
        Basis { channels, width, block, rows, columns, down: cosines(rows), across: cosines(columns) }
    }

    /// Frequencies down and across of the brightness, or of a colour difference.
    fn frequencies(&self, most: usize) -> [usize; 2] {
        [most.min(self.down.len()), most.min(self.across.len())]
    }

    fn len(&self) -> usize {
        let count = |most| self.frequencies(most).iter().product::<usize>();
        count(FREQUENCIES) + if self.channels == 3 { 2 * count(COLOUR_FREQUENCIES) } else { 0 }
    }

    /// `None` for a flat image.
    fn descriptor(&self, pixels: &[u8]) -> Option<Vec<i16>> {
        let (mean, deviation) = mean_and_deviation(pixels);
        if deviation < FLAT {
            return None;
        }
        let planes = self.planes(pixels, mean);
        let values = (self.rows * self.columns * self.channels) as f64;
        let scale = LENGTH / (deviation * values.sqrt());
        let mut descriptor = Vec::with_capacity(self.len().next_multiple_of(16));
        for (number, plane) in planes.iter().enumerate() {
            let most = if number == 0 { FREQUENCIES } else { COLOUR_FREQUENCIES };
            let coefficients = self.transform(plane, self.frequencies(most));
            descriptor.extend(coefficients.map(|value| (value * scale).round() as i16));
        }
        Some(descriptor)
    }

    /// Brightness and, of coloured images, two colour differences, averaged over blocks: an orthonormal change of
    /// colours. The mean of all values is taken away.
    fn planes(&self, pixels: &[u8], mean: f64) -> Vec<Vec<f64>> {
        let blocks = self.rows * self.columns;
        let mut channels = vec![vec![0u32; blocks]; self.channels];
        let row_len = self.width * self.channels;
        for (row, line) in pixels.chunks_exact(row_len).take(self.rows * self.block).enumerate() {
            let start = row / self.block * self.columns;
            for (column, pixel) in
                line.chunks_exact(self.channels).take(self.columns * self.block).enumerate()
            {
                for (channel, &value) in channels.iter_mut().zip(pixel) {
                    channel[start + column / self.block] += u32::from(value);
                }
            }
        }
        let area = (self.block * self.block) as f64;
        let level = |sum: u32| f64::from(sum) / area - mean;
        let mixed = |weights: &[f64]| -> Vec<f64> {
            let length = weights.iter().map(|weight| weight * weight).sum::<f64>().sqrt();
            let at = |block: usize| {
                let terms = weights.iter().zip(&channels);
                terms.map(|(weight, channel)| weight * level(channel[block])).sum::<f64>() / length
            };
            (0..blocks).map(at).collect()
        };
        match self.channels {
            3 => vec![mixed(&[1.0, 1.0, 1.0]), mixed(&[1.0, 0.0, -1.0]), mixed(&[1.0, -2.0, 1.0])],
            channels => vec![mixed(&vec![1.0; channels])],
        }
    }

    /// `[frequency down][frequency across]` of a plane.
    fn transform(&self, plane: &[f64], [down, across]: [usize; 2]) -> impl Iterator<Item = f64> {
        let mut out = vec![0.0; down * across];
        for (row, line) in plane.chunks_exact(self.columns).enumerate() {
            for (v, cosines) in self.across[..across].iter().enumerate() {
                let sum: f64 = line.iter().zip(cosines).map(|(value, cosine)| value * cosine).sum();
                for (u, cosines) in self.down[..down].iter().enumerate() {
                    out[u * across + v] += sum * cosines[row];
                }
            }
        }
        out.into_iter()
    }
}

/// The orthonormal cosine transform (DCT-II) of `points` values, its lowest frequencies: `[frequency][point]`.
fn cosines(points: usize) -> Vec<Vec<f64>> {
    let cosine = |frequency: usize, point: usize| {
        let scale = if frequency == 0 { 1.0 } else { 2.0 } / points as f64;
        let turn = std::f64::consts::PI * (point as f64 + 0.5) * frequency as f64 / points as f64;
        // Platforms differ in the last bit of a cosine: it is rounded away.
        let steps = f64::from(1 << 24);
        (scale.sqrt() * turn.cos() * steps).round() / steps
    };
    (0..FREQUENCIES.min(points)).map(|u| (0..points).map(|x| cosine(u, x)).collect()).collect()
}

/// Of all values of an image, from whole sums.
pub(super) fn mean_and_deviation(pixels: &[u8]) -> (f64, f64) {
    let (sum, squares) = pixels.iter().fold((0u64, 0u64), |(sum, squares), &value| {
        let value = u64::from(value);
        (sum + value, squares + value * value)
    });
    let count = pixels.len().max(1) as f64;
    let mean = sum as f64 / count;
    (mean, (squares as f64 / count - mean * mean).max(0.0).sqrt())
}

/// The correlation of two images of one shape over all their values: 1 where one is the other brighter or with more
/// contrast. 0 where one has no contrast at all.
pub(super) fn correlation(a: &[u8], b: &[u8]) -> f64 {
    let products: u64 = a.iter().zip(b).map(|(&a, &b)| u64::from(a) * u64::from(b)).sum();
    let ((mean_a, deviation_a), (mean_b, deviation_b)) = (mean_and_deviation(a), mean_and_deviation(b));
    let covariance = products as f64 / a.len().max(1) as f64 - mean_a * mean_b;
    let both = deviation_a * deviation_b;
    if both > 0.0 { (covariance / both).clamp(-1.0, 1.0) } else { 0.0 }
}

/// The distance of images freed of brightness and contrast.
pub(super) fn distance(correlation: f64) -> f64 {
    (2.0 * (1.0 - correlation)).max(0.0).sqrt()
}
