//! The mean of several answers to one image.

use toile_store::exponential::{exp, ln};

/// Log-probabilities with how much they count.
#[derive(Clone, Copy, Debug)]
pub struct Weighed<'a> {
    /// A weight, 1 or more.
    pub weight: u32,
    /// `[image][class]`.
    pub log_probabilities: &'a [f32],
}

/// Writes the logarithm of the weighted mean of probabilities, worked out in f64 in the order given and rounded once:
/// with l the largest of an image's and class's log-probabilities l_k, whose weights w_k add up to W,
/// l + ln((w_1 e^(l_1 - l) + ... + w_N e^(l_N - l)) / W).
///
/// # Panics
/// Lists of different lengths, or none.
pub fn mean_answer(each: &[Weighed<'_>], out: &mut [f32]) {
    assert!(
        each.iter().all(|of| of.log_probabilities.len() == out.len()),
        "one value of each for every class"
    );
    let whole: u32 = each.iter().map(|of| of.weight).sum();
    assert!(whole > 0, "something to take the mean of");
    for (place, out) in out.iter_mut().enumerate() {
        let values = || each.iter().map(|of| (of.weight, f64::from(of.log_probabilities[place])));
        let largest = values().map(|(_, value)| value).fold(f64::NEG_INFINITY, f64::max);
        *out = if largest == f64::NEG_INFINITY || values().any(|(_, value)| value.is_nan()) {
            // Impossible to all, or not known of one.
            values().map(|(_, value)| value).sum::<f64>() as f32
        } else {
            let sum: f64 = values().map(|(weight, value)| f64::from(weight) * exp(value - largest)).sum();
            (largest + ln(sum / f64::from(whole))) as f32
        };
    }
}
