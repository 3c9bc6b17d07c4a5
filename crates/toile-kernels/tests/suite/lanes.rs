//! The first lanes alone: what the kernels' vectors read and write, of which no public function shows all.

use crate::isa::Isa;
use crate::simd::{LANES, Vector, versions};

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
    // SAFETY: the caller's promise.
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
