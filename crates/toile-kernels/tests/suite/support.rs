//! Data and comparisons shared by the kernel tests.

use toile_kernels::isa::Isa;
use toile_kernels::layout::Layout;
use toile_kernels::random::{Purpose, Stream};
use toile_kernels::team::Team;

/// Values in (-1, 1), the same for the same seed.
pub fn uniform(seed: u64, len: usize) -> Vec<f32> {
    let stream = Stream::new(seed, Purpose::Split, 0, 0);
    (0..len as u32).map(|i| 2.0 * stream.uniform(i) - 1.0).collect()
}

/// Values of which one in `every` is not finite, a denormal or a signed zero.
pub fn hostile(seed: u64, len: usize, every: usize) -> Vec<f32> {
    let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0, 1e-40, -1e-45, f32::MAX];
    let mut values = uniform(seed, len);
    for (i, value) in values.iter_mut().enumerate().skip(every / 2).step_by(every.max(1)) {
        *value = odd[(i / every) % odd.len()];
    }
    values
}

/// A team for each instruction set and a few numbers of threads.
pub fn teams() -> Vec<Team> {
    let mut teams = vec![];
    for isa in Isa::available() {
        for threads in [1, 3] {
            teams.push(Team::new(threads, isa));
        }
    }
    teams
}

/// Dense images in a buffer of this layout. The values between one image's end and the next are zero.
pub fn laid_out(layout: Layout, dense: &[f32]) -> Vec<f32> {
    let mut buffer = vec![0.0; layout.buffer_len(dense.len() / layout.image_len())];
    layout.scatter(dense, &mut buffer);
    buffer
}

/// The dense images of a buffer.
pub fn dense(layout: Layout, buffer: &[f32], images: usize) -> Vec<f32> {
    let mut values = vec![0.0; images * layout.image_len()];
    layout.gather(buffer, &mut values);
    values
}

/// Asserts equal bits; a NaN equals a NaN.
#[track_caller]
pub fn same_bits(got: &[f32], expected: &[f32], what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}: length");
    for (i, (g, e)) in got.iter().zip(expected).enumerate() {
        let same = g.to_bits() == e.to_bits() || (g.is_nan() && e.is_nan());
        assert!(same, "{what}: value {i} is {g:e} ({:#x}), expected {e:e} ({:#x})", g.to_bits(), e.to_bits());
    }
}
