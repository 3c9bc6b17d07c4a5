//! Averages of weights.

use criterion::Criterion;
use toile_kernels::average::toward;

use crate::support::{measure, uniform};

pub(crate) fn bench(criterion: &mut Criterion) {
    for len in [288, 18_432, 1_500_000] {
        let (mut average, values) = (uniform(len), vec![0.5; len]);
        measure(criterion, "average", &format!("{len} values"), len, |team| {
            toward(team, 0.01, &mut average, &values);
        });
    }
}
