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
