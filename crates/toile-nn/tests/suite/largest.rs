//! The most probable class.

use toile_nn::largest::first_largest;

#[test]
fn of_equals_the_first_is_the_largest() {
    let nan = f32::NAN;
    for (row, expected) in [
        (&[1.0, 1.0, 0.0][..], 0),
        (&[0.0, 2.0, 2.0], 1),
        (&[f32::NEG_INFINITY, -1.0, -2.0], 1),
        (&[f32::NEG_INFINITY; 3], 0),
        (&[nan, 5.0], 0),
        (&[1.0, nan, 5.0, nan], 2),
        (&[nan; 40], 0),
        (&[], 0),
    ] {
        assert_eq!(first_largest(row), expected, "{row:?}");
    }
    // Longer than a scan is wide: as one scan finds it, wherever it is.
    for place in 0..50 {
        let mut row = vec![0.0f64; 50];
        (row[place], row[49]) = (1.0, 1.0);
        assert_eq!(first_largest(&row), place);
    }
}
