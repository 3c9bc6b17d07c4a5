//! Clipping of gradients: their norm, and what is done to the values.

use std::hint::black_box;

use criterion::Criterion;
use toile_kernels::LANES;
use toile_kernels::clip::{bound, scale};
use toile_kernels::optimizer::{Places, SUM_CHUNK, square_sum_of};

use crate::support::{measure, uniform};

pub(crate) fn bench(criterion: &mut Criterion) {
    for len in [288, 18_432, 1_500_000] {
        let (mut values, case) = (uniform(len), format!("{len} values"));
        // Packed as a convolution's weight is: output channels side by side.
        let height = len / LANES;
        let unpack =
            |packed: &[f32]| (0..len).map(|i| packed[i % height * LANES + i / height]).collect::<Vec<_>>();
        let places = Places::new(len, len, unpack).expect("memory");
        let mut sums = vec![0.0; len.div_ceil(SUM_CHUNK)];
        measure(criterion, "clip norm", &case, len, |team| {
            black_box(square_sum_of(team, &values, &places, &mut sums));
        });
        // By 1: thousands of steps would leave nothing otherwise.
        measure(criterion, "clip scale", &case, len, |team| scale(team, 1.0, &mut values));
        measure(criterion, "clip bound", &case, len, |team| bound(team, 0.5, &mut values));
    }
}
