//! Small formulas at places where the answer is known.

use toile_statistics::looks::level_of_look;
use toile_statistics::{mcnemar_exact, wilson};

#[test]
fn mcnemar_by_hand() {
    assert_eq!(mcnemar_exact(0, 0), 1.0);
    assert_eq!(mcnemar_exact(7, 7), 1.0);
    assert!((mcnemar_exact(0, 5) - 2.0 / 32.0).abs() < 1e-15);
    assert!((mcnemar_exact(5, 1) - 2.0 * 7.0 / 64.0).abs() < 1e-15);
    assert_eq!(mcnemar_exact(5, 1), mcnemar_exact(1, 5));
}

#[test]
fn ends_and_symmetry_of_wilson() {
    assert_eq!(wilson(0, 0, 0.05), None);
    let none = wilson(0, 20, 0.05).unwrap();
    assert_eq!(none.low, 0.0);
    assert!(none.high > 0.1 && none.high < 0.2);
    let all = wilson(20, 20, 0.05).unwrap();
    assert_eq!(all.high, 1.0);
    assert!((all.low - (1.0 - none.high)).abs() < 1e-15);
}

#[test]
fn all_looks_together_spend_no_more_than_alpha() {
    assert_eq!(level_of_look(0.05, 1), 0.025);
    assert_eq!(level_of_look(0.05, 3), 0.00625);
    assert!((1..=60).map(|look| level_of_look(0.05, look)).sum::<f64>() <= 0.05);
}
