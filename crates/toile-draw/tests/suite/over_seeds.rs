//! Figures over seeds.

use toile_draw::over_seeds::{OverSeeds, mean_matrix};

#[test]
fn values_that_are_not_finite_count_in_no_mean() {
    let found = OverSeeds::of([1.0, f64::NAN, 3.0, f64::INFINITY]);
    assert_eq!(found, Some(OverSeeds { seeds: 2, mean: 2.0, low: 1.0, high: 3.0 }));
    assert_eq!(OverSeeds::of([f64::NAN]), None);
    assert_eq!(OverSeeds::of([]), None);
}

#[test]
fn the_mean_of_matrices() {
    let (a, b) = (vec![vec![4, 0], vec![1, 3]], vec![vec![3, 1], vec![1, 3]]);
    assert_eq!(mean_matrix(&[(0, &a), (1, &b)]).unwrap(), [[3.5, 0.5], [1.0, 3.0]]);
    assert_eq!(mean_matrix(&[]), None);
}
