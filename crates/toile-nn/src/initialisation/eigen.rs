//! Eigenvalues and eigenvectors of a symmetric matrix, in f64 and in one order of operations.

/// A matrix taken apart: the largest eigenvalue first, of equals the one that was found first.
pub(super) struct Eigen {
    pub(super) values: Vec<f64>,
    /// Of length 1 each, in the order of the values; the component that is largest by its amount, of equals the first, is
    /// positive.
    pub(super) vectors: Vec<Vec<f64>>,
}

/// Sweeps over all pairs; matrices of a few hundred rows need about ten.
const SWEEPS_MAX: usize = 100;

/// Jacobi's method, cyclic (Golub and Van Loan, Matrix Computations, section 8.5): each pair of rows is rotated until
/// what they have in common is 0. `matrix` is `[row][column]` with `size` rows; of it only what is on and above the
/// diagonal is read.
pub(super) fn symmetric(size: usize, matrix: &[f64]) -> Eigen {
    let mut a: Vec<Vec<f64>> = (0..size)
        .map(|row| (0..size).map(|column| matrix[row.min(column) * size + row.max(column)]).collect())
        .collect();
    let unit = |row: usize| (0..size).map(|column| f64::from(u8::from(row == column))).collect();
    let mut vectors: Vec<Vec<f64>> = (0..size).map(unit).collect();
    for _ in 0..SWEEPS_MAX {
        let mut rotated = false;
        for p in 0..size {
            for q in p + 1..size {
                // Below the last digit of both diagonals it changes neither.
                let below = f64::EPSILON * f64::EPSILON * (a[p][p] * a[q][q]).abs();
                if a[p][q] * a[p][q] > below {
                    rotate(&mut a, &mut vectors, p, q);
                    rotated = true;
                }
            }
        }
        if !rotated {
            break;
        }
    }
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|&first, &second| a[second][second].total_cmp(&a[first][first]));
    Eigen {
        values: order.iter().map(|&index| a[index][index]).collect(),
        vectors: order.iter().map(|&index| signed(&vectors[index])).collect(),
    }
}

/// Makes the entry (p, q) of the matrix 0 by a rotation of both rows and columns, and follows with the vectors, which are
/// rows here.
fn rotate(a: &mut [Vec<f64>], vectors: &mut [Vec<f64>], p: usize, q: usize) {
    let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
    let tangent = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    for row in a.iter_mut() {
        (row[p], row[q]) = (cosine * row[p] - sine * row[q], sine * row[p] + cosine * row[q]);
    }
    for rows in [a, vectors] {
        let (before, from_q) = rows.split_at_mut(q);
        for (x, y) in before[p].iter_mut().zip(&mut from_q[0]) {
            (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
        }
    }
}

fn signed(vector: &[f64]) -> Vec<f64> {
    let largest = vector.iter().fold(0.0f64, |largest, v| if v.abs() > largest.abs() { *v } else { largest });
    let sign = if largest < 0.0 { -1.0 } else { 1.0 };
    vector.iter().map(|v| sign * v).collect()
}
