//! Log-softmax and negative log likelihood in plain loops: the specification. [`Targets`](super::Targets) says what
//! is added where classes are mixed or have weights.
//!
//! Formula, a row of C logits x: m = max x, e_c = exp(x_c - m), s = sum of e_c,
//! logp_c = (x_c - m) - ln s. Loss of an image with label y: -logp_y, or with label smoothing
//! (1 - eps) (-logp_y) + (eps / C) sum over c of -logp_c. Gradient of the mean loss of B images:
//! (e_c / s - target_c) (1 / B) with target_c = (1 - eps) [c = y] + eps / C.
//!
//! Order: m and s in 16 lanes, lane l takes c = l, l + 16, ... ascending. A lane of m starts from x_0 and
//! takes a value if it is greater or NaN; then lane 0 takes from the other lanes alike. A lane of s adds
//! from +0; then lane i += lane i + 8 for i < 8, + 4 for i < 4, + 2, + 1. The smoothing's sum from +0 over c
//! ascending. Scalars (1 - eps, eps / C, the two targets, 1 / B) are computed in f64 and rounded once.

use crate::LANES;
use crate::real::Real;

/// Writes the log-probabilities of rows of `classes` logits.
#[inline(always)]
pub fn forward<T: Real>(classes: usize, x: &[T], log_probabilities: &mut [T]) {
    assert_eq!(x.len(), log_probabilities.len(), "log_softmax: lengths");
    assert_eq!(x.len() % classes, 0, "log_softmax: whole rows");
    for (x, logp) in x.chunks_exact(classes).zip(log_probabilities.chunks_exact_mut(classes)) {
        let (m, s) = max_and_sum(x);
        let log_sum = s.ln();
        for (&x, logp) in x.iter().zip(logp) {
            *logp = (x - m) - log_sum;
        }
    }
}

/// The largest logit, and the sum of exp(x - largest).
#[inline(always)]
pub(super) fn max_and_sum<T: Real>(x: &[T]) -> (T, T) {
    let larger = |m: T, v: T| if v > m || v.is_nan() { v } else { m };
    let mut lanes = [x[0]; LANES];
    each_sixteen(x, |l, v| lanes[l] = larger(lanes[l], v));
    let m = lanes.into_iter().reduce(larger).expect("sixteen lanes");
    let mut lanes = [T::ZERO; LANES];
    // In two loops, so that both are compiled to vectors.
    let mut powers = [T::ZERO; 16 * LANES];
    for values in x.chunks(powers.len()) {
        let powers = &mut powers[..values.len()];
        for (power, &v) in powers.iter_mut().zip(values) {
            *power = (v - m).exp();
        }
        each_sixteen(powers, |l, power| lanes[l] = lanes[l] + power);
    }
    for half in [8, 4, 2, 1] {
        for i in 0..half {
            lanes[i] = lanes[i] + lanes[i + half];
        }
    }
    (m, lanes[0])
}

/// Calls `f` with the lane and the value of each value. Whole vectors come in a loop of known length, so that
/// the compiler keeps lanes in registers.
#[inline(always)]
fn each_sixteen<T: Real>(values: &[T], mut f: impl FnMut(usize, T)) {
    let (whole, rest) = values.as_chunks::<LANES>();
    for sixteen in whole {
        for l in 0..LANES {
            f(l, sixteen[l]);
        }
    }
    for (l, &value) in rest.iter().enumerate() {
        f(l, value);
    }
}

/// The loss of one image of a class of weight one from its log-probabilities.
#[inline(always)]
pub fn loss<T: Real>(label_smoothing: f64, log_probabilities: &[T], label: usize) -> T {
    let nll = -log_probabilities[label];
    if label_smoothing == 0.0 {
        return nll;
    }
    let mut sum = T::ZERO;
    for &logp in log_probabilities {
        sum = sum + -logp;
    }
    let spread = T::from_f64(label_smoothing / log_probabilities.len() as f64);
    T::from_f64(1.0 - label_smoothing) * nll + spread * sum
}

/// Writes the gradient of the batch's mean loss with respect to one image's logits; `share` is 1 / B.
#[inline(always)]
pub fn row_gradient<T: Real>(label_smoothing: f64, x: &[T], label: usize, share: T, dx: &mut [T]) {
    let other = label_smoothing / x.len() as f64;
    let [own, other] = [T::from_f64(1.0 - label_smoothing + other), T::from_f64(other)];
    let (m, s) = max_and_sum(x);
    for (&x, dx) in x.iter().zip(&mut *dx) {
        *dx = ((x - m).exp() / s - other) * share;
    }
    dx[label] = ((x[label] - m).exp() / s - own) * share;
}
