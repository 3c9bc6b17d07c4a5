//! Fitting one temperature, and dividing logits by it.

use toile_store::exponential::{exp, ln};

/// The range of temperatures that are looked for.
const RANGE: (f64, f64) = (0.01, 100.0);

/// A temperature, and what it does to the images that it was fitted on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fitted {
    /// Logits are divided by it: above 1 a network was too sure, below not sure enough.
    pub temperature: f64,
    /// Mean negative log likelihood at temperature 1.
    pub nll_before: f64,
    /// At this one.
    pub nll_after: f64,
}

/// Why there is no temperature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FitError {
    /// Nothing to fit on.
    #[error("there is no image to fit a temperature on")]
    NoImages,
    /// A log-probability of a true class that is no number.
    #[error("the log-probability of the true class of image {image} is not finite")]
    NotFinite {
        /// Its place, from 0.
        image: usize,
    },
    /// The likelihood grows without end as the temperature falls.
    #[error(
        "no temperature fits: the surer, the better, down to {}; the network is right about (almost) every image that it \
         is fitted on; hold out more images",
        RANGE.0
    )]
    TooCold,
    /// It grows without end as the temperature rises.
    #[error(
        "no temperature fits: the less sure, the better, up to {}; the network knows nothing of the images that it is \
         fitted on",
        RANGE.1
    )]
    TooHot,
}

/// The temperature T with the least mean negative log likelihood of labels under softmax(z / T) (Guo et al. 2017,
/// section 4.2), from log-probabilities, `[image][class]`: they are logits up to a constant an image, which the softmax
/// takes away.
///
/// With b = 1 / T the mean of ln(Σ_k e^(b z_k)) - b z_y is convex in b, and its derivative, the mean of Σ_k p_k z_k - z_y,
/// rises. Its zero is found by halving the range of b, by geometric means, until two neighbours are left: slow beside
/// Newton's method, and it cannot fail. Sums are in f64 in the order of images and classes.
///
/// # Errors
/// No image, values that are not finite, no temperature from 0.01 to 100.
pub fn fit(log_probabilities: &[f32], labels: &[u32], classes: usize) -> Result<Fitted, FitError> {
    if labels.is_empty() {
        return Err(FitError::NoImages);
    }
    let rows = || log_probabilities.chunks_exact(classes).zip(labels);
    let is_finite = |(row, &label): (&[f32], &u32)| row[label as usize].is_finite();
    if let Some(image) = rows().position(|row| !is_finite(row)) {
        return Err(FitError::NotFinite { image });
    }
    let slope = |inverse: f64| {
        let of = |(row, &label): (&[f32], &u32)| mean_logit(row, inverse) - f64::from(row[label as usize]);
        rows().map(of).sum::<f64>()
    };
    let nll = |inverse: f64| {
        let of = |(row, &label): (&[f32], &u32)| -log_softmax(row, inverse, label as usize);
        rows().map(of).sum::<f64>() / labels.len() as f64
    };
    let (mut low, mut high) = (1.0 / RANGE.1, 1.0 / RANGE.0);
    if slope(low) >= 0.0 {
        return Err(FitError::TooHot);
    }
    if slope(high) <= 0.0 {
        return Err(FitError::TooCold);
    }
    loop {
        let middle = (low * high).sqrt();
        if middle <= low || middle >= high {
            break;
        }
        if slope(middle) > 0.0 { high = middle } else { low = middle }
    }
    Ok(Fitted { temperature: 1.0 / low, nll_before: nll(1.0), nll_after: nll(low) })
}

/// Replaces log-probabilities, `[image][class]`, by those at a temperature: each a logarithm of softmax(z / T), worked out
/// in f64 and rounded once.
pub fn scale(log_probabilities: &mut [f32], classes: usize, temperature: f64) {
    let inverse = 1.0 / temperature;
    let mut scaled = vec![0.0; classes];
    for row in log_probabilities.chunks_exact_mut(classes) {
        for (class, value) in scaled.iter_mut().enumerate() {
            *value = log_softmax(row, inverse, class) as f32;
        }
        row.copy_from_slice(&scaled);
    }
}

fn largest(row: &[f32], inverse: f64) -> f64 {
    row.iter().map(|&value| inverse * f64::from(value)).fold(f64::NEG_INFINITY, f64::max)
}

/// ln softmax(b z)_class.
fn log_softmax(row: &[f32], inverse: f64, class: usize) -> f64 {
    let largest = largest(row, inverse);
    let sum: f64 = row.iter().map(|&value| exp(inverse * f64::from(value) - largest)).sum();
    inverse * f64::from(row[class]) - largest - ln(sum)
}

/// Σ_k softmax(b z)_k z_k; a class that is impossible has no part in it.
fn mean_logit(row: &[f32], inverse: f64) -> f64 {
    let largest = largest(row, inverse);
    let possible = row.iter().map(|&value| f64::from(value)).filter(|value| value.is_finite());
    let (mut sum, mut weighed) = (0.0, 0.0);
    for value in possible {
        let share = exp(inverse * value - largest);
        (sum, weighed) = (sum + share, weighed + share * value);
    }
    weighed / sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        let (sure, wrong) = ([-0.01f32, -5.0], [-5.0f32, -0.01]);
        for (rows, labels, expected) in [
            (vec![], vec![], FitError::NoImages),
            (vec![sure, sure], vec![0, 0], FitError::TooCold),
            (vec![wrong, wrong], vec![0, 0], FitError::TooHot),
            (vec![sure, [f32::NEG_INFINITY, 0.0]], vec![0, 0], FitError::NotFinite { image: 1 }),
        ] {
            assert_eq!(fit(rows.as_flattened(), &labels, 2), Err(expected));
        }
        assert!(fit([sure, wrong, sure].as_flattened(), &[0, 0, 0], 2).is_ok());
    }

    #[test]
    fn probabilities_at_a_temperature_add_up_and_keep_their_order() {
        let mut row = [-0.5f32, -1.5, -3.0, f32::NEG_INFINITY];
        let before = row;
        scale(&mut row, 4, 2.0);
        let sum: f64 = row.iter().map(|&value| f64::from(value).exp()).sum();
        assert!((sum - 1.0).abs() < 1e-6, "{row:?}");
        assert!(
            ((row[0] - row[1]) - (before[0] - before[1]) / 2.0).abs() < 1e-6,
            "half as far apart: {row:?}"
        );
        assert_eq!(row[3], f32::NEG_INFINITY);
    }
}
