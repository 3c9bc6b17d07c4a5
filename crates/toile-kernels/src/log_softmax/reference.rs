//! Log-softmax and negative log likelihood in plain loops: the specification.
//!
//! Formula, a row of C logits x: m = max x, e_c = exp(x_c - m), s = sum of e_c,
//! logp_c = (x_c - m) - ln s. Loss of an image with label y: -logp_y, or with label smoothing
//! (1 - eps) (-logp_y) + (eps / C) sum over c of -logp_c. Gradient of the mean loss of B images:
//! (e_c / s - target_c) (1 / B) with target_c = (1 - eps) [c = y] + eps / C.
//!
//! Order: m by a scan that takes a value if it is greater or NaN; s and the smoothing's sum from +0 over c
//! ascending. Scalars (1 - eps, eps / C, the two targets, 1 / B) are computed in f64 and rounded once.

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
fn max_and_sum<T: Real>(x: &[T]) -> (T, T) {
    let mut m = x[0];
    for &v in &x[1..] {
        if v > m || v.is_nan() {
            m = v;
        }
    }
    let mut s = T::ZERO;
    for &v in x {
        s = s + (v - m).exp();
    }
    (m, s)
}

/// The loss of one image from its log-probabilities.
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

/// Writes the gradient of the batch's mean loss with respect to the logits.
pub fn gradient<T: Real>(classes: usize, label_smoothing: f64, x: &[T], labels: &[u32], dx: &mut [T]) {
    assert_eq!(x.len(), labels.len() * classes, "log_softmax: number of labels");
    assert_eq!(x.len(), dx.len(), "log_softmax: lengths of x and dx");
    let share = T::from_f64(1.0 / labels.len() as f64);
    let rows = x.chunks_exact(classes).zip(dx.chunks_exact_mut(classes));
    for ((x, dx), &label) in rows.zip(labels) {
        row_gradient(label_smoothing, x, label as usize, share, dx);
    }
}

/// The same for one image; `share` is 1 / B.
#[inline(always)]
pub fn row_gradient<T: Real>(label_smoothing: f64, x: &[T], label: usize, share: T, dx: &mut [T]) {
    let other = label_smoothing / x.len() as f64;
    let [own, other] = [T::from_f64(1.0 - label_smoothing + other), T::from_f64(other)];
    let (m, s) = max_and_sum(x);
    for (c, (&x, dx)) in x.iter().zip(dx).enumerate() {
        let target = if c == label { own } else { other };
        *dx = ((x - m).exp() / s - target) * share;
    }
}
