//! Counter-based random numbers.

use toile_kernels::random::{Purpose, Stream, permutation, philox4x32_10};

/// Known answers of the authors' Random123 library, `kat_vectors`.
#[test]
fn known_answers_of_philox() {
    assert_eq!(philox4x32_10([0; 4], [0; 2]), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    assert_eq!(philox4x32_10([!0; 4], [!0; 2]), [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
    assert_eq!(
        philox4x32_10([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]),
        [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]
    );
}

#[test]
fn permutation_holds_each_index_once_and_differs_by_epoch() {
    let a = permutation(7, Purpose::Shuffle, 1, 1000);
    let b = permutation(7, Purpose::Shuffle, 2, 1000);
    assert_ne!(a, b);
    let mut sorted = a.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..1000).collect::<Vec<u32>>());
}

#[test]
fn uniform_has_the_mean_and_variance_of_a_uniform() {
    let stream = Stream::new(3, Purpose::Dropout(1), 5, 9);
    let n = 100_000;
    let (mut sum, mut square) = (0.0f64, 0.0f64);
    for i in 0..n {
        let u = f64::from(stream.uniform(i));
        sum += u;
        square += u * u;
    }
    let mean = sum / f64::from(n);
    let variance = square / f64::from(n) - mean * mean;
    // Five standard errors of each.
    assert!((mean - 0.5).abs() < 5.0 * (1.0f64 / 12.0 / f64::from(n)).sqrt(), "{mean}");
    assert!((variance - 1.0 / 12.0).abs() < 0.0012, "{variance}");
}
