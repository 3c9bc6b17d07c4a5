//! Matrices over seeds.

use toile_draw::mean_matrix::MeanMatrix;
use toile_study::results::ConfusionMatrix;

#[test]
fn the_mean_of_matrices() {
    let matrix =
        |rows: [[u64; 2]; 2]| ConfusionMatrix::from_rows(&rows.map(|row| row.to_vec())).expect("a square");
    let (a, b) = (matrix([[4, 0], [1, 3]]), matrix([[3, 1], [1, 3]]));
    let mean = MeanMatrix::of(&[(0, &a), (1, &b)]).unwrap();
    assert_eq!([0, 1].map(|t| [0, 1].map(|p| mean.at(t, p))), [[3.5, 0.5], [1.0, 3.0]]);
    assert_eq!((mean.support(0), mean.support(1)), (4.0, 4.0));
    assert_eq!(MeanMatrix::of(&[]), None);
}
