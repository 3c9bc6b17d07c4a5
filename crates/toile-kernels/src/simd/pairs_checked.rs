//! Whether this processor's instructions for bf16 do what [`crate::precision`] defines. They are documented to; a processor
//! on which they do not must not give other bits than all others, so it is asked once.

use std::sync::OnceLock;

use super::avx512::Avx512;
use super::lanes::{LANES, Simd};
use super::pairs::Pairs;
use super::pairs_avx512::Instruction;
use crate::precision::{add_products, round_to_bf16};

/// Pairs of each two vectors, and the sum with their products.
#[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")]
fn round_and_add(sum: &[f32; LANES], a: &[[f32; LANES]; 2], b: &[[f32; LANES]; 2]) -> [f32; LANES] {
    let mut to = [0.0; LANES];
    // SAFETY: the arrays are as long as a vector has lanes, and the caller has the instructions that this function is
    // compiled for.
    unsafe {
        let load = |of: &[f32; LANES]| Avx512::load(of.as_ptr());
        let [a, b] = [a, b].map(|of| Instruction::pair(load(&of[0]), load(&of[1])));
        Avx512::store(to.as_mut_ptr(), Instruction::add_products(a, b, load(sum)));
    }
    to
}

/// Numbers whose products and sums round up, round down, tie, cancel, overflow, underflow and are no numbers.
const VALUES: [f32; LANES] = [
    1.0,
    -1.003_906_3,
    1.011_718_8,
    -3.5e-38,
    1.0e-30,
    -4.7e-19,
    1.9e19,
    -2.9e38,
    0.0,
    -0.0,
    1e-40,
    f32::MIN_POSITIVE,
    1.000_000_1,
    -0.333_333_34,
    f32::INFINITY,
    f32::NAN,
];

/// The same numbers, each as many places further on.
fn turned(by: usize) -> [f32; LANES] {
    std::array::from_fn(|i| VALUES[(i + by) % LANES])
}

fn is_as_defined() -> bool {
    (0..LANES).all(|turn| {
        let (a, b, sum) = ([turned(turn), turned(3)], [turned(1), turned(2 * turn + 1)], turned(turn + 5));
        // SAFETY: whoever asks has detected the instructions.
        let got = unsafe { round_and_add(&sum, &a, &b) };
        (0..LANES).all(|i| {
            let of = |which: usize| [a[which][i], b[which][i]].map(round_to_bf16);
            let expected = add_products(sum[i], of(0), of(1));
            got[i].to_bits() == expected.to_bits() || got[i].is_nan() && expected.is_nan()
        })
    })
}

/// Whether it does; the instructions have been detected.
pub(crate) fn bf16_is_as_defined() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(is_as_defined)
}
