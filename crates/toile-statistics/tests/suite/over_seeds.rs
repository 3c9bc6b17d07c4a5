//! A mean over seeds, by hand.

use toile_statistics::over_seeds::over_seeds;

#[test]
fn three_seeds_by_hand() {
    let found = over_seeds(&[1.0, 2.0, 3.0]).unwrap();
    assert_eq!((found.mean, found.deviation), (2.0, Some(1.0)));
    // With 2 degrees of freedom P(|T| <= t) = t / sqrt(2 + t²).
    let t = 0.95 * (2.0 / (1.0 - 0.95f64.powi(2))).sqrt();
    let interval = found.interval(0.05).unwrap();
    assert!((interval.high - 2.0 - t / 3f64.sqrt()).abs() < 1e-12);
}

#[test]
fn nothing_and_one() {
    assert_eq!(over_seeds(&[]), None);
    assert_eq!(over_seeds(&[1.0, f64::NAN]), None);
    assert_eq!(over_seeds(&[0.5]).unwrap().interval(0.05), None);
}
