//! Counter-based random numbers. They are computed one by one; sixteen side by side are measured as
//! `dropout mask`.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use toile_kernels::random::{Purpose, Stream, permutation};

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("random");
    // The order of an epoch.
    for len in [512, 60_000] {
        group.throughput(Throughput::Elements(len as u64));
        group.bench_function(format!("permutation of {len}"), |b| {
            b.iter(|| black_box(permutation(1, Purpose::Shuffle, black_box(1), len)));
        });
    }
    let stream = Stream::new(1, Purpose::Split, 0, 0);
    group.throughput(Throughput::Elements(4096));
    group.bench_function("4096 numbers of a stream", |b| {
        b.iter(|| (0..1024).fold(0, |sum: u32, i| stream.block(black_box(i)).iter().fold(sum, |s, w| s ^ w)));
    });
    group.finish();
}
