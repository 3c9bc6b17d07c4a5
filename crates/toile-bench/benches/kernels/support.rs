//! What the benchmarks have in common.

use criterion::{BenchmarkId, Criterion, Throughput};
use toile_kernels::activation::Activation;
use toile_kernels::isa::Isa;
use toile_kernels::layout::{Images, ImagesMut, Layout};
use toile_kernels::random::{Purpose, Stream};
use toile_kernels::team::Team;

/// Images of a batch: two groups. More would only take longer, most kernels go image by image.
pub(crate) const IMAGES: usize = 16;

/// Measures `kernel` on each instruction set, one thread. `work` is what one call does, in operations or values.
pub(crate) fn measure(
    criterion: &mut Criterion,
    name: &str,
    case: &str,
    work: usize,
    mut kernel: impl FnMut(&mut Team),
) {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(work as u64));
    for isa in Isa::available() {
        let mut team = Team::new(1, isa).expect("threads");
        group.bench_function(BenchmarkId::new(case, isa.name()), |b| b.iter(|| kernel(&mut team)));
    }
    group.finish();
}

/// Values in (-1, 1).
pub(crate) fn uniform(len: usize) -> Vec<f32> {
    let stream = Stream::new(1, Purpose::Split, 0, 0);
    let words = (0..len.div_ceil(4) as u32).flat_map(|block| stream.block(block));
    words.map(|word| word as i32 as f32 / (1u32 << 31) as f32).take(len).collect()
}

/// Images with values in (-1, 1). Their border is not zero: no kernel that is timed here minds.
pub(crate) struct Batch {
    pub(crate) values: Vec<f32>,
    pub(crate) layout: Layout,
}

impl Batch {
    pub(crate) fn new(layout: Layout) -> Batch {
        Batch { values: uniform(layout.buffer_len(IMAGES)), layout }
    }

    pub(crate) fn read(&self) -> Images<'_> {
        Images { values: &self.values, layout: self.layout }
    }

    pub(crate) fn write(&mut self) -> ImagesMut<'_> {
        ImagesMut { values: &mut self.values, layout: self.layout }
    }
}

/// Activations in front of max-pooling: in the registers, and two that are applied to rows, cheap and dear.
pub(crate) const ACTIVATIONS: [(&str, Activation); 3] = [
    ("ReLU", Activation::ReLU),
    ("LeakyReLU", Activation::LeakyReLU { negative_slope: 0.01 }),
    ("SiLU", Activation::SiLU),
];

/// Shapes [channels, height, width] that element-by-element kernels meet in the networks, and an odd one.
pub(crate) const SHAPES: [[usize; 3]; 4] = [[32, 28, 28], [64, 12, 12], [256, 1, 1], [5, 27, 31]];

/// A shape in words.
pub(crate) fn words([channels, height, width]: [usize; 3]) -> String {
    format!("{channels}x{height}x{width}")
}
