//! What the kernels' vectors do, of which no public function shows all: the first lanes alone, pairs of bf16.

use crate::isa::Isa;
use crate::precision::{add_products, round_to_bf16};
use crate::simd::{LANES, Vector, pair_versions, versions};
use crate::support::{hostile, same_bits, uniform};

versions! {
    fn move_first<S>(lanes: usize, n: usize, from: *const f32, to: *mut f32) {
        match lanes {
            4 => move_with::<S::First4>(n, from, to),
            8 => move_with::<S::First8>(n, from, to),
            12 => move_with::<S::First12>(n, from, to),
            _ => move_with::<S>(n, from, to),
        }
    }
}

/// The first `n` lanes, then all there are.
#[inline(always)]
unsafe fn move_with<V: Vector>(n: usize, from: *const f32, to: *mut f32) {
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        let v = V::load_first(from, n);
        V::store_first(to, n, v);
        V::store_first(to.add(LANES), V::LANES, v);
    }
}

#[test]
fn first_lanes_are_read_and_written_and_no_others() {
    let from: [f32; LANES] = std::array::from_fn(|i| i as f32 + 1.0);
    for isa in Isa::available() {
        for lanes in [4, 8, 12, LANES] {
            for n in 0..=lanes {
                let mut to = [-1.0; 2 * LANES];
                // SAFETY: as many values as there are lanes, and twice as many.
                unsafe { move_first(isa, lanes, n, from.as_ptr(), to.as_mut_ptr()) };
                let (some, all) = to.split_at(LANES);
                let what = format!("{n} of {lanes} lanes, {isa:?}");
                assert_eq!(some[..n], from[..n], "{what}");
                assert!(some[n..].iter().all(|v| *v == -1.0), "{what}");
                assert_eq!(all[..n], from[..n], "{what}");
                assert!(all[n..lanes].iter().all(|v| *v == 0.0), "{what}");
            }
        }
    }
}

pair_versions! {
    fn pair<S, P>(first: *const f32, second: *const f32, to: *mut f32) {
        S::store(to, P::pair(S::load(first), S::load(second)));
    }
}

pair_versions! {
    fn neighbours<S, P>(from: *const f32, to: *mut f32) {
        P::store_neighbours(to, S::load(from));
    }
}

pair_versions! {
    fn sums<S, P>(a: *const f32, b: *const f32, to: *mut f32) {
        S::store(to, P::add_products(S::load(a), S::load(b), S::load(to)));
    }
}

/// First and second number of a pair.
fn apart(pair: f32) -> [f32; 2] {
    [f32::from_bits(pair.to_bits() << 16), f32::from_bits(pair.to_bits() & 0xffff_0000)]
}

/// Values of every size, so that products and sums leave the normal numbers on either side, and such as hostile tests have.
fn values(seed: u64) -> Vec<f32> {
    let exponents = uniform(seed + 1, 64 * LANES);
    let mut values = hostile(seed, 64 * LANES, 5);
    values.iter_mut().zip(&exponents).skip(1).step_by(2).for_each(|(v, e)| *v *= (e * 88.0).exp());
    values
}

/// Sums at the edge of the normal numbers, from either side: of each a start and two pairs of factors.
fn edges() -> Vec<[f32; 5]> {
    let power = |n: i32| 2.0f32.powi(n);
    let mut edges = vec![];
    for sign in [1.0, -1.0] {
        for exponent in [-74, -75, -76, -77] {
            let (start, small) = (sign * f32::MIN_POSITIVE, power(-75) * -sign);
            edges.push([start, 0.0, 0.0, small, power(exponent)]);
            edges.push([start, small, power(exponent), 0.0, 0.0]);
            edges.push([0.0, small, power(exponent), sign * power(-63), power(-63)]);
            // What is 0 after one product and normal after both.
            edges.push([0.0, power(-60), power(-60), sign * power(-64), power(-63)]);
        }
    }
    edges
}

#[test]
fn sums_at_the_edge_of_the_normal_numbers_have_the_bits_that_their_definition_gives() {
    let pair = |first: f32, second: f32| {
        f32::from_bits(round_to_bf16(first).to_bits() >> 16 | round_to_bf16(second).to_bits())
    };
    for isa in Isa::available() {
        for [start, a, b, c, d] in edges() {
            let (left, right) = ([pair(a, c); LANES], [pair(b, d); LANES]);
            let mut got = [start; LANES];
            // SAFETY: the arrays are as long as a vector has lanes, and `isa` has been detected.
            unsafe { sums(isa, left.as_ptr(), right.as_ptr(), got.as_mut_ptr()) };
            let expected = [add_products(start, [a, b], [c, d]); LANES];
            same_bits(&got, &expected, &format!("{start:e} + {c:e} x {d:e} + {a:e} x {b:e}, {isa:?}"));
        }
    }
}

#[test]
fn pairs_of_bf16_have_the_bits_that_their_definition_gives() {
    let [first, second, third, fourth, start] = [10, 20, 30, 40, 50].map(values);
    for isa in Isa::available() {
        let both = |first: &[f32], second: &[f32]| {
            let mut pairs = vec![0.0; first.len()];
            for at in (0..first.len()).step_by(LANES) {
                let [first, second] = [first, second].map(|from| from[at..].as_ptr());
                // SAFETY: the arrays are as long as a vector has lanes, and `isa` has been detected.
                unsafe { pair(isa, first, second, pairs[at..].as_mut_ptr()) };
            }
            pairs
        };
        let (a, b) = (both(&first, &second), both(&third, &fourth));
        let halves = |i: usize| a.iter().map(|pair| apart(*pair)[i]).collect::<Vec<f32>>();
        let rounded = |from: &[f32]| from.iter().map(|v| round_to_bf16(*v)).collect::<Vec<f32>>();
        same_bits(&halves(0), &rounded(&first), &format!("first numbers, {isa:?}"));
        same_bits(&halves(1), &rounded(&second), &format!("second numbers, {isa:?}"));

        for from in first.chunks_exact(LANES) {
            let mut sides = [0.0; LANES / 2];
            // SAFETY: a vector, and half as many places.
            unsafe { neighbours(isa, from.as_ptr(), sides.as_mut_ptr()) };
            let sides: Vec<f32> = sides.iter().flat_map(|pair| apart(*pair)).collect();
            same_bits(&sides, &rounded(from), &format!("neighbours, {isa:?}"));
        }

        let mut got = start.clone();
        for at in (0..got.len()).step_by(LANES) {
            // SAFETY: the arrays are as long as a vector has lanes, and `isa` has been detected.
            unsafe { sums(isa, a[at..].as_ptr(), b[at..].as_ptr(), got[at..].as_mut_ptr()) };
        }
        let expected: Vec<f32> = (0..got.len())
            .map(|i| {
                let ([a, c], [b, d]) = (apart(a[i]), apart(b[i]));
                add_products(start[i], [a, b], [c, d])
            })
            .collect();
        same_bits(&got, &expected, &format!("sums, {isa:?}"));
    }
}
