//! What an activation is: a function of one value, with its gradient.

use crate::LANES;
use crate::real::Real;
use crate::simd::Simd;

/// An activation as its own file defines it, in any precision.
pub(crate) trait Function: Copy {
    /// Of `x`.
    fn value<T: Real>(self, x: T) -> T;

    /// The gradient of `x` from that of the value, `dy`.
    fn gradient<T: Real>(self, x: T, dy: T) -> T;

    /// Whether the two below are there: where what the compiler makes of those above is worse.
    const OF_SIXTEEN: bool = false;

    /// [`value`](Function::value) of sixteen, with its bits.
    ///
    /// # Safety
    /// As for [`Simd`].
    #[inline(always)]
    unsafe fn value_of_sixteen<S: Simd>(self, _x: S::F) -> S::F {
        unreachable!("not asked for")
    }

    /// [`gradient`](Function::gradient) of sixteen, with its bits.
    ///
    /// # Safety
    /// As for [`Simd`].
    #[inline(always)]
    unsafe fn gradient_of_sixteen<S: Simd>(self, _x: S::F, _dy: S::F) -> S::F {
        unreachable!("not asked for")
    }
}

/// Writes the values of all of `x`.
#[inline(always)]
pub(super) fn values<T: Real>(f: impl Function, x: &[T], y: &mut [T]) {
    assert_eq!(x.len(), y.len(), "activation: lengths");
    for (&x, y) in x.iter().zip(y) {
        *y = f.value(x);
    }
}

/// [`values`], written over what they are made from.
#[inline(always)]
pub(super) fn values_in_place<T: Real>(f: impl Function, y: &mut [T]) {
    for y in y {
        *y = f.value(*y);
    }
}

/// Writes the gradients of all of `x`, or adds them to what is there by one addition.
#[inline(always)]
pub(super) fn gradients<T: Real>(f: impl Function, x: &[T], dy: &[T], accumulate: bool, dx: &mut [T]) {
    assert_eq!(x.len(), dy.len(), "activation: lengths of x and dy");
    assert_eq!(x.len(), dx.len(), "activation: lengths of x and dx");
    for ((&x, &dy), dx) in x.iter().zip(dy).zip(dx) {
        let term = f.gradient(x, dy);
        *dx = if accumulate { *dx + term } else { term };
    }
}

/// [`gradients`], written over those of the values.
#[inline(always)]
pub(super) fn gradients_in_place<T: Real>(f: impl Function, x: &[T], d: &mut [T]) {
    assert_eq!(x.len(), d.len(), "activation: lengths of x and its gradient");
    for (&x, d) in x.iter().zip(d) {
        *d = f.gradient(x, *d);
    }
}

/// [`values`] or, without `x`, [`values_in_place`], as the kernels of `S` have them.
///
/// # Safety
/// As for [`Simd`].
#[inline(always)]
pub(super) unsafe fn write<S: Simd, F: Function>(f: F, x: Option<&[f32]>, y: &mut [f32]) {
    if !F::OF_SIXTEEN {
        return match x {
            Some(x) => values(f, x, y),
            None => values_in_place(f, y),
        };
    }
    assert!(x.is_none_or(|x| x.len() == y.len()), "activation: lengths");
    let (to, len) = (y.as_mut_ptr(), y.len());
    let from = x.map_or(to.cast_const(), <[f32]>::as_ptr);
    for i in (0..len).step_by(LANES) {
        // SAFETY: the caller vouches for the instructions; as many lanes as there are values.
        unsafe {
            // Two calls, so that the number of lanes is known while compiling in the one that counts.
            if len - i >= LANES {
                write_lanes::<S>(f, from.add(i), to.add(i), LANES);
            } else {
                write_lanes::<S>(f, from.add(i), to.add(i), len - i);
            }
        }
    }
}

#[inline(always)]
unsafe fn write_lanes<S: Simd>(f: impl Function, from: *const f32, to: *mut f32, lanes: usize) {
    // SAFETY: the caller promises what stands under Safety.
    unsafe { S::store_first(to, lanes, f.value_of_sixteen::<S>(S::load_first(from, lanes))) }
}

/// [`gradients`] or, without `dy`, [`gradients_in_place`], as the kernels of `S` have them.
///
/// # Safety
/// As for [`Simd`].
#[inline(always)]
pub(super) unsafe fn write_gradients<S: Simd, F: Function>(
    f: F,
    x: &[f32],
    dy: Option<&[f32]>,
    accumulate: bool,
    dx: &mut [f32],
) {
    if !F::OF_SIXTEEN {
        return match dy {
            Some(dy) => gradients(f, x, dy, accumulate, dx),
            None => gradients_in_place(f, x, dx),
        };
    }
    assert!(x.len() == dx.len() && dy.is_none_or(|dy| dy.len() == dx.len()), "activation: lengths");
    let (x, to, len) = (x.as_ptr(), dx.as_mut_ptr(), dx.len());
    let dy = dy.map_or(to.cast_const(), <[f32]>::as_ptr);
    for i in (0..len).step_by(LANES) {
        // SAFETY: the caller vouches for the instructions; as many lanes as there are values.
        unsafe {
            let [x, dy] = [x.add(i), dy.add(i)];
            if len - i >= LANES {
                write_gradient_lanes::<S>(f, [x, dy], accumulate, to.add(i), LANES);
            } else {
                write_gradient_lanes::<S>(f, [x, dy], accumulate, to.add(i), len - i);
            }
        }
    }
}

#[inline(always)]
unsafe fn write_gradient_lanes<S: Simd>(
    f: impl Function,
    [x, dy]: [*const f32; 2],
    accumulate: bool,
    to: *mut f32,
    lanes: usize,
) {
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        let mut term = f.gradient_of_sixteen::<S>(S::load_first(x, lanes), S::load_first(dy, lanes));
        if accumulate {
            term = S::add(S::load_first(to, lanes), term);
        }
        S::store_first(to, lanes, term);
    }
}
