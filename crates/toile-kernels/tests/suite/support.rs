//! Data and comparisons shared by the kernel tests.

use toile_kernels::activation::Activation;
use toile_kernels::isa::Isa;
use toile_kernels::layout::Layout;
use toile_kernels::random::{Purpose, Stream};
use toile_kernels::team::Team;
use toile_kernels::window::WindowGeometry;

/// Of the activations that fused kernels apply to rows, one for each number.
pub fn another(number: usize) -> Option<Activation> {
    let of_rows: Vec<_> = Activation::ALL.iter().filter(|activation| activation.keeps_input()).collect();
    Some(*of_rows[number % of_rows.len()])
}

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

/// A team for each instruction set and a few numbers of threads. A set that adds products of bf16 alone has no other
/// kernels of f32.
pub fn teams() -> Vec<Team> {
    teams_on(Isa::available().into_iter().filter(|isa| isa.name() != "avx512bf16"))
}

/// The same with products of bf16.
pub fn teams_of_bf16() -> Vec<Team> {
    teams_on(Isa::available())
}

fn teams_on(sets: impl IntoIterator<Item = Isa>) -> Vec<Team> {
    let mut teams = vec![];
    for isa in sets {
        for threads in [1, 3] {
            teams.push(Team::new(threads, isa).expect("threads"));
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

/// Channels around the sixteen lanes, and around quarters of them.
pub const CHANNELS: [usize; 12] = [1, 3, 4, 5, 8, 9, 12, 13, 15, 16, 17, 33];

/// What surrounds the values of a test: a NaN with a payload that no arithmetic makes, so that reading it
/// and writing over it both show.
pub const POISON: f32 = f32::from_bits(0x7fc5_a5a5);

/// A dense layout and one with a border.
pub fn layouts(dims: [usize; 3]) -> [Layout; 2] {
    let dense = Layout::dense(dims);
    [dense, Layout { border_rows: 1, border_columns: 2, ..dense }]
}

/// Dense images in a buffer of this layout, with poison around and behind each.
pub fn surrounded(layout: Layout, dense: &[f32]) -> Vec<f32> {
    let mut buffer = vec![POISON; layout.buffer_len(dense.len() / layout.image_len())];
    layout.scatter(dense, &mut buffer);
    buffer
}

/// The dense images of a buffer whose surroundings must still be poison.
#[track_caller]
pub fn inside(layout: Layout, buffer: &[f32], images: usize, what: &str) -> Vec<f32> {
    let mut around = buffer.to_vec();
    layout.scatter(&vec![POISON; images * layout.image_len()], &mut around);
    let touched = around.iter().position(|v| v.to_bits() != POISON.to_bits());
    assert_eq!(touched, None, "{what}: the first place outside the images that was written");
    dense(layout, buffer, images)
}

/// Few different values, signed zeros among them: windows full of ties.
pub fn ties(seed: u64, len: usize) -> Vec<f32> {
    let levels = [-1.0, -0.0, 0.0, 0.5];
    uniform(seed, len).iter().map(|v| levels[(v.abs() * 1000.0) as usize % levels.len()]).collect()
}

/// Makes values from a seed and their number.
pub type Maker = fn(u64, usize) -> Vec<f32>;

/// The makers of values that a kernel is tested with, by name.
pub const MAKERS: [(&str, Maker); 4] = [
    ("uniform", uniform),
    ("ties", ties),
    ("a little hostile", |seed, len| hostile(seed, len, 61)),
    ("very hostile", |seed, len| hostile(seed, len, 3)),
];

/// Windows that slide over small images: with stride, overlap, padding, and (where `true`) with
/// PyTorch's ceil_mode, under which the last one hangs over the edge.
pub fn windows() -> Vec<WindowGeometry> {
    // [height, width, kernel h, w, stride h, w, padding h, w], ceil_mode
    let table: [([usize; 8], bool); 8] = [
        ([6, 6, 2, 2, 2, 2, 0, 0], false),
        ([7, 5, 2, 2, 2, 2, 0, 0], false),
        ([7, 5, 2, 2, 2, 2, 0, 0], true),
        ([5, 8, 3, 3, 2, 1, 1, 1], true),
        ([4, 9, 3, 2, 1, 3, 1, 0], false),
        ([6, 7, 2, 5, 3, 4, 1, 2], true),
        ([3, 4, 3, 4, 3, 4, 0, 0], false),
        ([1, 1, 1, 1, 1, 1, 0, 0], false),
    ];
    let window = |(&[h, w, kh, kw, sh, sw, ph, pw], ceil): (&[usize; 8], bool)| {
        let output = |size: usize, kernel: usize, stride: usize, padding: usize| {
            let room = size + 2 * padding - kernel;
            let last = if ceil { room.div_ceil(stride) } else { room / stride };
            // A window that would start in the padding behind the image is left out.
            if last * stride >= size + padding { last } else { last + 1 }
        };
        WindowGeometry {
            input: [h, w],
            output: [output(h, kh, sh, ph), output(w, kw, sw, pw)],
            kernel: [kh, kw],
            stride: [sh, sw],
            padding: [ph, pw],
        }
    };
    table.iter().map(|(row, ceil)| window((row, *ceil))).collect()
}
