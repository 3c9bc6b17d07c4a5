//! What a sample is, and what is none.

use toile_statistics::{Sample, SampleError};

#[test]
fn rows_follow_their_seeds() {
    let sample = Sample::of_means(&[7, 2], &[vec![1.0, 2.0], vec![3.0, 5.0]]).unwrap();
    assert_eq!(sample.seeds(), [2, 7]);
    assert_eq!(sample.per_seed(), [4.0, 1.5]);
    assert_eq!(sample.row(1), [1.0, 2.0]);
    let jackknife = Sample::of_jackknife(&[7, 2], &[0.5, 0.25], &[vec![0.5, 0.4], vec![0.25, 0.5]]).unwrap();
    assert_eq!(jackknife.per_seed(), [0.25, 0.5]);
    assert_eq!(jackknife.row(0), [0.25, 0.0]);
}

#[test]
fn what_is_no_sample_is_refused() {
    let refused = |seeds: &[u64], values: &[Vec<f64>]| Sample::of_means(seeds, values).unwrap_err();
    assert_eq!(refused(&[], &[]), SampleError::TooSmall { seeds: 0, images: 0 });
    assert_eq!(refused(&[1], &[vec![1.0]]), SampleError::TooSmall { seeds: 1, images: 1 });
    assert_eq!(refused(&[1, 2], &[vec![1.0, 2.0]]), SampleError::Rows { seeds: 2, rows: 1 });
    assert_eq!(refused(&[1, 1], &[vec![0.0; 2], vec![0.0; 2]]), SampleError::SeedTwice { seed: 1 });
    assert_eq!(
        refused(&[1, 2], &[vec![0.0; 2], vec![0.0; 3]]),
        SampleError::Images { seed: 2, expected: 2, got: 3 }
    );
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(
            refused(&[1, 2], &[vec![0.0; 2], vec![0.0, bad]]),
            SampleError::NotFinite { seed: 2, image: 1 }
        );
    }
}
