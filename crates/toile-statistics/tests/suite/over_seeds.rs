//! A mean over seeds, by hand.

use toile_statistics::over_seeds::{OverSeeds, mean};

#[test]
fn three_seeds_by_hand() {
    let found = OverSeeds::of(&[1.0, 3.0, 2.0]).unwrap();
    assert_eq!((found.seeds, found.mean, found.deviation), (3, 2.0, Some(1.0)));
    assert_eq!((found.low, found.high), (1.0, 3.0));
    // With 2 degrees of freedom P(|T| <= t) = t / sqrt(2 + t²).
    let t = 0.95 * (2.0 / (1.0 - 0.95f64.powi(2))).sqrt();
    let interval = found.interval(0.05).unwrap();
    assert!((interval.high - 2.0 - t / 3f64.sqrt()).abs() < 1e-12);
}

#[test]
fn nothing_and_one() {
    assert_eq!(OverSeeds::of(&[]), None);
    assert_eq!(OverSeeds::of(&[1.0, f64::NAN]), None);
    assert_eq!(OverSeeds::of(&[0.5]).unwrap().interval(0.05), None);
    assert!(mean([]).is_nan());
    assert_eq!(mean([1.0, f64::INFINITY]), f64::INFINITY);
}

#[test]
fn values_that_are_not_finite_can_be_left_out() {
    let found = OverSeeds::of_finite([1.0, f64::NAN, 3.0, f64::INFINITY]);
    assert_eq!(found, OverSeeds::of(&[1.0, 3.0]));
    assert_eq!(OverSeeds::of_finite([f64::NAN]), None);
    assert_eq!(OverSeeds::of_finite([]), None);
}

#[test]
fn the_mean_of_a_drawing_lies_in_its_range() {
    let found = OverSeeds::of(&[0.1; 3]).unwrap();
    assert_ne!(found.mean, 0.1, "the sum of three tenths is rounded: the case is what it is for");
    assert_eq!(found.mean_in_range(), 0.1);
}
