//! Whether a model is as often right as it says: reliability bins and the expected calibration error.

use crate::sample::{Sample, SampleError};

/// Bins of the confidence, all of the same width.
pub const BINS: usize = 15;

/// The images whose confidence lies in (bin / 15, (bin + 1) / 15].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// Images.
    pub count: u64,
    /// Their mean confidence; `None` without an image.
    pub confidence: Option<f64>,
    /// The share of them that was classified rightly; `None` without an image.
    pub accuracy: Option<f64>,
}

/// Which bin a confidence falls into: open below, closed above, and 0 in the first (Guo, Pleiss, Sun and
/// Weinberger 2017, "On calibration of modern neural networks", section 2).
fn bin_of(confidence: f64) -> usize {
    ((confidence * BINS as f64).ceil() as usize).clamp(1, BINS) - 1
}

/// The reliability diagram's bins, from the lowest confidence. `confidence[image]` is the probability of the
/// predicted class, `correct[image]` whether that is the true one.
///
/// # Panics
/// If the slices differ in length.
pub fn reliability(confidence: &[f64], correct: &[bool]) -> [Bin; BINS] {
    let sums = Sums::new(confidence, correct);
    std::array::from_fn(|bin| {
        let mean = |sum: f64| (sums.count[bin] > 0).then(|| sum / sums.count[bin] as f64);
        Bin {
            count: sums.count[bin],
            confidence: mean(sums.confidence[bin]),
            accuracy: mean(sums.correct[bin] as f64),
        }
    })
}

/// The expected calibration error (`ece`) of the predicted class: Σ_bins |right - Σ confidence| / images,
/// with [`BINS`] bins (Guo et al. 2017, equation 3). 0 without an image.
///
/// # Panics
/// If the slices differ in length.
pub fn ece(confidence: &[f64], correct: &[bool]) -> f64 {
    if confidence.is_empty() {
        return 0.0;
    }
    let sums = Sums::new(confidence, correct);
    (0..BINS).map(|bin| sums.gap(bin).abs()).sum::<f64>() / confidence.len() as f64
}

struct Sums {
    count: [u64; BINS],
    confidence: [f64; BINS],
    correct: [u64; BINS],
}

impl Sums {
    fn new(confidence: &[f64], correct: &[bool]) -> Sums {
        assert_eq!(confidence.len(), correct.len(), "a confidence for each image");
        let mut sums = Sums { count: [0; BINS], confidence: [0.0; BINS], correct: [0; BINS] };
        for (&confidence, &correct) in confidence.iter().zip(correct) {
            let bin = bin_of(confidence);
            sums.count[bin] += 1;
            sums.confidence[bin] += confidence;
            sums.correct[bin] += u64::from(correct);
        }
        sums
    }

    /// Right images less the confidence in them.
    fn gap(&self, bin: usize) -> f64 {
        self.correct[bin] as f64 - self.confidence[bin]
    }
}

/// The error without each image: its own term leaves its bin's gap, nothing else changes.
fn ece_without(confidence: &[f64], correct: &[bool]) -> Vec<f64> {
    let sums = Sums::new(confidence, correct);
    let all: f64 = (0..BINS).map(|bin| sums.gap(bin).abs()).sum();
    let others = confidence.len() as f64 - 1.0;
    confidence
        .iter()
        .zip(correct)
        .map(|(&confidence, &correct)| {
            let gap = sums.gap(bin_of(confidence));
            let term = f64::from(u8::from(correct)) - confidence;
            (all - gap.abs() + (gap - term).abs()) / others
        })
        .collect()
}

impl Sample {
    /// The expected calibration error (`ece`) by the jackknife. `confidence[seed][image]` is the probability
    /// of the predicted class, `correct[seed][image]` whether that is the true one.
    ///
    /// The error is biased upwards by the noise within bins, more so in fewer images; the same bias in two
    /// models leaves their difference, but where it is of the size of the error itself, intervals of the
    /// difference are only roughly right.
    pub fn of_ece(
        seeds: &[u64],
        confidence: &[Vec<f64>],
        correct: &[Vec<bool>],
    ) -> Result<Sample, SampleError> {
        for rows in [confidence.len(), correct.len()] {
            if rows != seeds.len() {
                return Err(SampleError::Rows { seeds: seeds.len(), rows });
            }
        }
        let (mut per_seed, mut without) = (Vec::new(), Vec::new());
        for ((&seed, confidence), correct) in seeds.iter().zip(confidence).zip(correct) {
            if confidence.len() != correct.len() {
                return Err(SampleError::Images { seed, expected: confidence.len(), got: correct.len() });
            }
            if let Some(image) = confidence.iter().position(|value| !value.is_finite()) {
                return Err(SampleError::NotFinite { seed, image });
            }
            per_seed.push(ece(confidence, correct));
            without.push(ece_without(confidence, correct));
        }
        Sample::of_jackknife(seeds, &per_seed, &without)
    }
}
