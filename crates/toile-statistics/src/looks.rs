//! How much of the level each look at the same comparison may spend.

/// The level of look number `look`, the first being 1: alpha / 2^look.
///
/// alpha/2 + alpha/4 + ... stays below alpha, so by Bonferroni's inequality all looks together, however many
/// and whatever made someone look again, mislead with probability alpha at most. Nothing is assumed about
/// the dependence between looks, and the number of looks need not be known.
///
/// # Panics
/// If `look` is 0.
pub fn level_of_look(alpha: f64, look: u32) -> f64 {
    assert!(look >= 1, "looks are counted from 1");
    alpha / 2f64.powi(look.min(1000) as i32)
}
