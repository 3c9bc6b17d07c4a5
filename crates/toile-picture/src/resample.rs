//! Bilinear resizing with antialiasing: the picture that Pillow's `Image.resize(size, BILINEAR)` makes with
//! `reducing_gap=None`, computed in whole numbers so that its bits are the same everywhere.
//!
//! Two passes, columns first, then rows, with 8 bits between them. An output pixel is a weighted mean of the input
//! pixels below a triangle: its middle is the output pixel's middle in input pixels, it reaches one input pixel to both
//! sides, and `in / out` pixels where the picture gets smaller. Weights are brought to a sum of 1 in fixed point of 22
//! bits, and a mean is rounded to the nearest level. A direction whose size stays is not touched.

use std::ops::Range;

/// Bits behind the point of a weight.
const PRECISION: u32 = 22;

/// What is computed of one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Direction {
    /// Input pixels.
    pub(super) from: usize,
    /// Output pixels if all were computed.
    pub(super) to: usize,
    /// Which of them are.
    pub(super) keep: Range<usize>,
}

/// The input pixels that an output pixel is made of.
struct Taps {
    /// The first of them.
    first: usize,
    /// Their weights, which sum to about 2^22.
    weights: Vec<u32>,
}

impl Direction {
    /// One output pixel's weights.
    ///
    /// In units of half an input pixel divided by `to`, the middle of output pixel `o` is `(2 o + 1) from`, that of
    /// input pixel `i` is `(2 i + 1) to`, and the triangle reaches `2 max(from, to)` far: all of it whole numbers.
    fn taps(&self, output: usize) -> Taps {
        let [from, to, output] = [self.from, self.to, output].map(|n| n as u64);
        let middle = (2 * output + 1) * from;
        let reach = 2 * from.max(to);
        // The first pixel whose middle is less than the reach away.
        let first = (middle.saturating_sub(reach) + to) / (2 * to);
        let weight = |input: u64| reach.saturating_sub(((2 * input + 1) * to).abs_diff(middle));
        let raw: Vec<u64> = (first..from).map(weight).take_while(|&weight| weight > 0).collect();
        let sum: u64 = raw.iter().sum();
        let weights = raw.iter().map(|&weight| (((weight << (PRECISION + 1)) + sum) / (2 * sum)) as u32);
        Taps { first: first as usize, weights: weights.collect() }
    }

    fn all_taps(&self) -> Vec<Taps> {
        self.keep.clone().map(|output| self.taps(output)).collect()
    }

    /// Whether its pixels stay what they are.
    fn is_same(&self) -> bool {
        self.from == self.to
    }
}

/// Resizes `[row][column][channel]` and keeps a part of the result.
pub(super) fn resample(pixels: &[u8], rows: &Direction, columns: &Direction, channels: usize) -> Vec<u8> {
    // Rows of the input that the second pass will ask for.
    let (row_taps, needed) = if rows.is_same() {
        (Vec::new(), rows.keep.clone())
    } else {
        let taps = rows.all_taps();
        let first = taps.first().map_or(0, |taps| taps.first);
        let end = taps.last().map_or(0, |taps| taps.first + taps.weights.len());
        (taps, first..end)
    };
    let narrow = resample_columns(pixels, needed.clone(), columns, channels);
    if rows.is_same() {
        return narrow;
    }
    let stride = columns.keep.len() * channels;
    let mut out = Vec::with_capacity(row_taps.len() * stride);
    let mut sums = vec![0_u32; stride];
    for taps in &row_taps {
        sums.fill(1 << (PRECISION - 1));
        let from = (taps.first - needed.start) * stride;
        for (row, &weight) in narrow[from..].chunks_exact(stride).zip(&taps.weights) {
            for (sum, &value) in sums.iter_mut().zip(row) {
                *sum += weight * u32::from(value);
            }
        }
        out.extend(sums.iter().map(|&sum| level(sum)));
    }
    out
}

/// The first pass, over these rows of the input.
fn resample_columns(pixels: &[u8], rows: Range<usize>, columns: &Direction, channels: usize) -> Vec<u8> {
    let row_len = columns.from * channels;
    let rows = pixels[rows.start * row_len..rows.end * row_len].chunks_exact(row_len);
    if columns.is_same() {
        let keep = columns.keep.start * channels..columns.keep.end * channels;
        return rows.flat_map(|row| &row[keep.clone()]).copied().collect();
    }
    let taps = columns.all_taps();
    match channels {
        1 => rows.flat_map(|row| taps.iter().flat_map(|taps| mean::<1>(row, taps))).collect(),
        _ => rows.flat_map(|row| taps.iter().flat_map(|taps| mean::<3>(row, taps))).collect(),
    }
}

/// The weighted mean of pixels of a row, each channel alone.
fn mean<const CHANNELS: usize>(row: &[u8], taps: &Taps) -> [u8; CHANNELS] {
    let mut sums = [1_u32 << (PRECISION - 1); CHANNELS];
    let pixels = &row.as_chunks::<CHANNELS>().0[taps.first..];
    for (pixel, &weight) in pixels.iter().zip(&taps.weights) {
        for (sum, &value) in sums.iter_mut().zip(pixel) {
            *sum += weight * u32::from(value);
        }
    }
    sums.map(level)
}

/// A sum in fixed point as a level. Rounded weights of very many pixels may sum to a little more than 1.
fn level(sum: u32) -> u8 {
    (sum >> PRECISION).min(255) as u8
}

#[cfg(test)]
mod tests {
    use toile_testing::Chance;

    use super::*;

    fn whole(from: usize, to: usize) -> Direction {
        Direction { from, to, keep: 0..to }
    }

    /// Sizes at random, with narrow and equal ones among them, and pixels for them.
    fn case(number: u32) -> ([Direction; 2], usize, Vec<u8>) {
        let mut chance = Chance::new(12, number);
        let mut direction = || whole(1 + chance.below(40), 1 + chance.below(40));
        let (rows, mut columns) = (direction(), direction());
        if number.is_multiple_of(5) {
            columns.to = columns.from;
            columns.keep = 0..columns.from;
        }
        let channels = chance.one_of(&[1, 3]);
        let pixels = chance.bytes(rows.from * columns.from * channels);
        ([rows, columns], channels, pixels)
    }

    fn flipped(pixels: &[u8], columns: usize, channels: usize) -> Vec<u8> {
        let rows = pixels.chunks_exact(columns * channels);
        rows.flat_map(|row| row.chunks_exact(channels).rev().flatten()).copied().collect()
    }

    #[test]
    fn one_colour_stays_and_a_mirror_image_gives_a_mirror_image() {
        for number in 0..200 {
            let ([rows, columns], channels, pixels) = case(number);
            let value = pixels[0];
            let flat = vec![value; pixels.len()];
            let expected = vec![value; rows.to * columns.to * channels];
            assert_eq!(resample(&flat, &rows, &columns, channels), expected, "case {number}");

            let resized = resample(&pixels, &rows, &columns, channels);
            let mirrored = resample(&flipped(&pixels, columns.from, channels), &rows, &columns, channels);
            assert_eq!(mirrored, flipped(&resized, columns.to, channels), "case {number}");
        }
    }

    #[test]
    fn a_part_is_the_part_of_the_whole() {
        for number in 0..200 {
            let ([rows, columns], channels, pixels) = case(number);
            let resized = resample(&pixels, &rows, &columns, channels);
            let mut chance = Chance::new(13, number);
            let mut part = |whole: &Direction| {
                let start = chance.below(whole.to);
                Direction { keep: start..start + 1 + chance.below(whole.to - start), ..whole.clone() }
            };
            let (part_rows, part_columns) = (part(&rows), part(&columns));
            let expected: Vec<u8> = (part_rows.keep.clone())
                .flat_map(|row| part_columns.keep.clone().map(move |column| row * columns.to + column))
                .flat_map(|pixel| &resized[pixel * channels..(pixel + 1) * channels])
                .copied()
                .collect();
            assert_eq!(resample(&pixels, &part_rows, &part_columns, channels), expected, "case {number}");
        }
    }

    #[test]
    fn weights_are_whole_where_a_picture_halves_and_sum_to_one() {
        // A triangle of two pixels to both sides of the middle between two pixels: 1, 3, 3, 1 eighths.
        let taps = whole(8, 4).taps(1);
        assert_eq!((taps.first, taps.weights), (1, [1, 3, 3, 1].map(|eighths| eighths << 19).to_vec()));
        // At the edge the outer part is missing, and the rest is brought to 1: 3, 3, 1 sevenths.
        assert_eq!(whole(8, 4).taps(0).weights, [1_797_559, 1_797_559, 599_186]);
        for (from, to) in [(1, 1000), (1000, 1), (7, 13), (13, 7), (11_585, 28), (3, 2)] {
            for output in 0..to {
                let taps = whole(from, to).taps(output);
                let sum: u64 = taps.weights.iter().map(|&weight| u64::from(weight)).sum();
                assert!(sum.abs_diff(1 << PRECISION) <= taps.weights.len() as u64, "{from} to {to}: {sum}");
                assert!(taps.first + taps.weights.len() <= from);
            }
        }
    }
}
