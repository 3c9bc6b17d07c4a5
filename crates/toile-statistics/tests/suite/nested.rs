//! Seeds with images of their own: the interval by hand, and how often it holds.

use toile_statistics::{Scope, nested};

/// Pairs in which the second model is right so often more than the first.
fn seed(images: usize, gained: usize) -> Vec<(f64, f64)> {
    (0..images).map(|image| (0.0, f64::from(u8::from(image < gained)))).collect()
}

#[test]
fn seeds_that_differ_give_students_interval() {
    let found = nested(&[seed(100, 10), seed(100, 30), seed(100, 20)]).unwrap();
    let interval = found.interval(0.05);
    // t(2) at 0.975 is 4.302653; the means are 0.1, 0.3 and 0.2, their deviation 0.1.
    let half = 4.302_652_73 * 0.1 / 3f64.sqrt();
    assert!((found.value - 0.2).abs() < 1e-12 && (interval.high - 0.2 - half).abs() < 1e-8, "{interval:?}");
    assert_eq!(found.scope, Scope::Recipes);
}

#[test]
fn seeds_that_happen_to_agree_do_not_make_a_certainty() {
    let found = nested(&[seed(50, 5), seed(50, 5), seed(50, 5)]).unwrap();
    let interval = found.interval(0.05);
    // As of 150 images of which a tenth was gained, but for the means taken seed by seed: t(147) is 1.97623.
    let half = 1.976_233 * (0.1 * 0.9 * 50.0 / 49.0 / 150.0f64).sqrt();
    assert!((interval.high - 0.1 - half).abs() < 1e-6, "{interval:?} beside {half}");
    let alone = nested(&[seed(50, 5)]).unwrap();
    assert_eq!(alone.scope, Scope::Networks);
    assert!(alone.interval(0.05).high > interval.high);
}

#[test]
fn nothing_is_said_without_images() {
    assert!(nested(&[]).is_none() && nested(&[seed(50, 5), seed(1, 0)]).is_none());
}
