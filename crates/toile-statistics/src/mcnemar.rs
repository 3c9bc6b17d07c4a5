//! Two networks on the same images.

use crate::distributions::binomial_half_at_most;

/// The exact test of McNemar, two-sided: how surprising it is that of the images only one network gets right,
/// `fixed` fall to the second and `broken` to the first, if each were as likely to fall to either.
///
/// p = 2 P(X <= min(fixed, broken)) with X binomial over fixed + broken fair throws, at most 1; 1 where the
/// networks never differ (McNemar 1947, Psychometrika 12, 153; exact by Cochran 1950). It speaks of these two
/// networks and other images, not of the recipes that made them.
pub fn mcnemar_exact(fixed: u64, broken: u64) -> f64 {
    (2.0 * binomial_half_at_most(fixed.min(broken), fixed + broken)).min(1.0)
}
