//! What to try where a training failed.

use crate::numbers;

/// What to try where the loss of a training was no longer finite.
pub fn divergence_advice(learning_rate: f64) -> String {
    let lower = numbers::three_digits(learning_rate / 10.0);
    format!(
        "try a lower learning rate (lr = {} instead of {}), a warm-up, or inputs of smaller range",
        numbers::learning_rate(lower),
        numbers::learning_rate(learning_rate),
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_tenth_is_proposed() {
        for (rate, expected) in [
            (0.7, "(lr = 0.07 instead of 0.7)"),
            (1e30, "(lr = 1e29 instead of 1e30)"),
            (0.001, "(lr = 0.0001 instead of 0.001)"),
        ] {
            let advice = super::divergence_advice(rate);
            assert!(advice.contains(expected), "{advice}");
        }
    }
}
