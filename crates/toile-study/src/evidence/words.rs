//! Figures of a comparison as people read them.

use super::metric::Metric;
use crate::numbers::{counted, fixed, joined, loss, percent, percent_range, signed};

/// Below it the four decimals of a p value say nothing.
const P_LEAST: f64 = 0.0001;

/// A share is shown in percentage points, a loss as it is.
fn scaled(metric: Metric, value: f64) -> String {
    match metric {
        Metric::Nll => signed(value, 4),
        _ => signed(value * 100.0, 2),
    }
}

/// The metric's value: `69.18 %`, `0.8203`.
pub fn value(metric: Metric, value: f64) -> String {
    match metric {
        Metric::Nll => loss(value),
        _ => percent(value),
    }
}

/// A standard deviation, or a margin: `0.31 points`. One that is not 0 is not shown as 0.
pub fn amount(metric: Metric, amount: f64) -> String {
    match metric {
        Metric::Nll => loss(amount),
        _ if 0.0 < amount && amount < 0.00005 => format!("{:.2e} points", amount * 100.0),
        _ => format!("{} points", fixed(amount * 100.0, 2)),
    }
}

/// A difference with its sign: `+21.40 points`, `−0.5771`.
pub fn change(metric: Metric, difference: f64) -> String {
    match metric {
        Metric::Nll => scaled(metric, difference),
        _ => format!("{} points", scaled(metric, difference)),
    }
}

/// What the change is one of: nothing for accuracy, which points alone are taken for.
pub(super) fn of_metric(metric: Metric) -> &'static str {
    match metric {
        Metric::AccuracyTop1 => "",
        Metric::Nll => " in negative log likelihood",
        Metric::F1Macro => " of macro F1",
        Metric::Ece => " of expected calibration error",
    }
}

/// The interval of a difference: `[+20.90, +21.90]`.
pub fn change_interval(metric: Metric, low: f64, high: f64) -> String {
    format!("[{}, {}]", scaled(metric, low), scaled(metric, high))
}

/// The interval of a value: `68.70 to 69.66 %`.
pub fn value_interval(metric: Metric, low: f64, high: f64) -> String {
    match metric {
        Metric::Nll => format!("{} to {}", loss(low), loss(high)),
        _ => percent_range(low, high),
    }
}

/// `97.5 %`: two decimals, or two digits of what is missing to 100 %.
pub fn confidence(confidence: f64) -> String {
    let missing = 100.0 * (1.0 - confidence);
    let decimals = if missing > 0.0 { (1.0 - missing.log10().floor()).clamp(2.0, 12.0) as usize } else { 0 };
    let text = format!("{:.decimals$}", 100.0 * confidence);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} %")
}

/// `p = 0.0123`, `p < 0.0001`.
pub fn p_value(p: f64) -> String {
    let digits = p_digits(p);
    if p < P_LEAST { format!("p {digits}") } else { format!("p = {digits}") }
}

/// In a column of such values: `0.0123`, `< 0.0001`.
pub fn p_digits(p: f64) -> String {
    if p < P_LEAST { format!("< {P_LEAST}") } else { format!("{p:.4}") }
}

/// `1 seed`, `3 seeds`.
pub fn seeds(number: usize) -> String {
    counted(number, "seed")
}

/// `seed 0`, `seeds 0, 1 and 2`, `seeds 0 to 9`.
pub fn seed_list(seeds: &[u64]) -> String {
    let consecutive = seeds.windows(2).all(|pair| pair[0].checked_add(1) == Some(pair[1]));
    match seeds {
        [] => "no seed".into(),
        [seed] => format!("seed {seed}"),
        [first, .., last] if consecutive && seeds.len() > 3 => format!("seeds {first} to {last}"),
        seeds => format!("seeds {}", joined(&seeds.iter().map(u64::to_string).collect::<Vec<_>>())),
    }
}

/// `repeat 1`, `repeats 1 and 2`: people count from 1.
pub fn repeat_list(repeats: &[u64]) -> String {
    let counted: Vec<u64> = repeats.iter().map(|repeat| repeat.saturating_add(1)).collect();
    seed_list(&counted).replacen("seed", "repeat", 1)
}

/// Runs by what tells them apart: seeds, or where models are cross-validated repeats.
pub fn run_list(folds: Option<u32>, runs: &[u64]) -> String {
    if folds.is_some() { repeat_list(runs) } else { seed_list(runs) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_by_people() {
        let check = |found: String, expected: &str| assert_eq!(found, expected);
        check(change(Metric::AccuracyTop1, 0.214), "+21.40 points");
        check(change(Metric::Nll, -0.57707), "−0.5771");
        check(change_interval(Metric::F1Macro, -0.001, 0.25), "[−0.10, +25.00]");
        check(value_interval(Metric::Nll, 0.1, 0.2), "0.1000 to 0.2000");
        check(value_interval(Metric::Ece, 0.1, 0.2), "10.00 to 20.00 %");
        check(value_interval(Metric::Nll, -0.5, 2e37), "−0.5000 to 2.00e37");
        check(amount(Metric::Ece, 0.005), "0.50 points");
        check(amount(Metric::Ece, 0.0), "0.00 points");
        check(amount(Metric::AccuracyTop1, 0.00001), "1.00e-3 points");
        check(confidence(0.95), "95 %");
        check(confidence(0.975), "97.5 %");
        check(confidence(0.9875), "98.75 %");
        check(confidence(1.0 - 0.05 / 6.0), "99.17 %");
        check(confidence(1.0 - 0.05 / 64.0), "99.922 %");
        check(confidence(0.5), "50 %");
        check(p_value(0.01234), "p = 0.0123");
        check(p_value(1e-9), "p < 0.0001");
        check(p_digits(0.01234), "0.0123");
        check(p_digits(1e-9), "< 0.0001");
        check(seed_list(&[3]), "seed 3");
        check(seed_list(&[0, 1, 2]), "seeds 0, 1 and 2");
        check(seed_list(&[0, 1, 2, 3]), "seeds 0 to 3");
        check(seed_list(&[0, 2, 4, 6]), "seeds 0, 2, 4 and 6");
        check(repeat_list(&[0, 1]), "repeats 1 and 2");
        check(run_list(Some(5), &[]), "no repeat");
        check(run_list(None, &[4]), "seed 4");
    }
}
