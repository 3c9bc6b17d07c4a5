//! The most probable class of an image.

/// Index of the largest value, the first of equals: the class of a row of probabilities or of their logarithms. NaN is
/// only looked at in the first place: a row that begins with it, or has nothing else, gives 0.
pub fn first_largest<T: Copy + PartialOrd>(row: &[T]) -> usize {
    let Some(&first) = row.first() else { return 0 };
    // Several scans side by side, then the place: with a thousand classes, one scan would wait for each step.
    let mut largest = [first; 16];
    for values in row.chunks(largest.len()) {
        for (largest, &v) in largest.iter_mut().zip(values) {
            *largest = if v > *largest { v } else { *largest };
        }
    }
    let largest = largest.into_iter().fold(first, |a, b| if b > a { b } else { a });
    row.iter().position(|&v| v == largest).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
