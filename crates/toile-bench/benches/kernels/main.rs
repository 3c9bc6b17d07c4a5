//! Benchmarks of the kernels, one file a folder of them: every instruction set of this machine on one thread, over a table of
//! shapes.
//!
//!     cargo bench -p toile-bench -- conv2d
//!     cargo bench -p toile-bench -- 'linear backward/.*avx512$'
//!
//! Throughput is in floating-point operations where a kernel multiplies ("Gelem/s" then reads GFLOP/s; zeros
//! that are skipped count), else in values written. What the machine could do is the first line of `toile bench`.

mod activation;
mod adaptive_max_pool2d;
mod add;
mod average;
mod avg_pool2d;
mod batch_norm;
mod clip;
mod conv2d;
mod dropout;
mod group_norm;
mod grouped_conv2d;
mod linear;
mod log_softmax;
mod max_pool2d;
mod muon;
mod optimizer;
mod random;
mod squeeze_excitation;
mod stochastic_depth;
mod support;

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};

fn settings() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .without_plots()
}

criterion_group! {
    name = kernels;
    config = settings();
    targets = conv2d::bench, grouped_conv2d::bench, linear::bench, batch_norm::bench, max_pool2d::bench, avg_pool2d::bench,
        activation::bench, dropout::bench, log_softmax::bench, optimizer::bench, add::bench, random::bench, group_norm::bench,
        squeeze_excitation::bench, adaptive_max_pool2d::bench, stochastic_depth::bench, muon::bench, average::bench,
        clip::bench
}
criterion_main!(kernels);
