//! A matrix whose rows, or columns where there are fewer of them, are orthonormal.

/// What `torch.nn.init.orthogonal_` makes of normal numbers, `[row][column]`: the Q of their QR decomposition with a
/// positive diagonal of R; of the transposed matrix where there are fewer rows than columns. By Gram and Schmidt's
/// method, each vector twice, which is enough for f64 (Giraud et al. 2005).
pub(super) fn orthogonal(rows: usize, columns: usize, values: Vec<f64>) -> Vec<f64> {
    let few_rows = rows < columns;
    let (count, len) = if few_rows { (rows, columns) } else { (columns, rows) };
    // The vectors side by side, [vector][component].
    let mut vectors = if few_rows { values } else { transposed(rows, columns, &values) };
    for index in 0..count {
        let (before, rest) = vectors.split_at_mut(index * len);
        let vector = &mut rest[..len];
        for _ in 0..2 {
            for other in before.chunks_exact(len) {
                let along = dot(vector, other);
                vector.iter_mut().zip(other).for_each(|(v, o)| *v -= along * o);
            }
        }
        let length = dot(vector, vector).sqrt();
        // Normal numbers are not dependent; a length of 0 would only leave the vector as it is.
        if length > 0.0 {
            vector.iter_mut().for_each(|v| *v /= length);
        }
    }
    if few_rows { vectors } else { transposed(columns, rows, &vectors) }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn transposed(rows: usize, columns: usize, values: &[f64]) -> Vec<f64> {
    (0..columns).flat_map(|column| (0..rows).map(move |row| values[row * columns + column])).collect()
}
