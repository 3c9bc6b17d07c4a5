//! A share of images, such as a class's recall.

use crate::Interval;
use crate::distributions::normal_two_sided;

/// Wilson's score interval for a share of which `k` in `n` were seen, at level 1 - alpha; `None` without an
/// image.
///
/// With z the normal quantile of 1 - alpha/2 and p = k/n:
/// (p + z²/2n ± z sqrt(p (1 - p)/n + z²/4n²)) / (1 + z²/n) (Wilson 1927, Journal of the American Statistical
/// Association 22, 209). Inside 0..1, and not a point at either end, where p ± z sqrt(p (1 - p)/n) is one.
/// It holds for one network and other images.
///
/// # Panics
/// If `k` exceeds `n` or alpha is not between 0 and 1.
pub fn wilson(k: u64, n: u64, alpha: f64) -> Option<Interval> {
    assert!(k <= n, "{k} of {n}");
    assert!(alpha > 0.0 && alpha < 1.0, "alpha = {alpha}");
    if n == 0 {
        return None;
    }
    let (z, n_, p) = (normal_two_sided(alpha), n as f64, k as f64 / n as f64);
    let middle = p + z * z / (2.0 * n_);
    let half = z * (p * (1.0 - p) / n_ + z * z / (4.0 * n_ * n_)).sqrt();
    let whole = 1.0 + z * z / n_;
    // The ends are exact where all or none were seen; rounding would leave them.
    let low = if k == 0 { 0.0 } else { (middle - half) / whole };
    let high = if k == n { 1.0 } else { (middle + half) / whole };
    Some(Interval { low, high })
}
