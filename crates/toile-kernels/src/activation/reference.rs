//! ReLU and GELU value by value: the specification.
//!
//! ReLU: y = +0 if 0 > x, else x: NaN and -0 pass. Gradient: dx = +0 if y <= 0, else dy: NaN in y passes
//! dy.
//!
//! GELU (Hendrycks and Gimpel 2016): x Phi(x), or with tanh
//! x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). The order of operations is that of the code below.
//!
//! Where the gradients are added to what is there, by one addition.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_PI, PI};

use super::Activation;
use crate::real::Real;

/// Writes the activated values.
#[inline(always)]
pub fn forward<T: Real>(activation: Activation, x: &[T], y: &mut [T]) {
    match activation {
        Activation::ReLU => relu(x, y),
        Activation::GELU { tanh: false } => gelu(false, x, y),
        Activation::GELU { tanh: true } => gelu(true, x, y),
    }
}

/// Writes the gradient of the input from the input `x` and the output `y`, or adds to it with `accumulate`.
#[inline(always)]
pub fn gradient<T: Real>(activation: Activation, read: [&[T]; 3], accumulate: bool, dx: &mut [T]) {
    let [x, y, dy] = read;
    match activation {
        Activation::ReLU => relu_gradient(y, dy, accumulate, dx),
        Activation::GELU { tanh: false } => gelu_gradient(false, x, dy, accumulate, dx),
        Activation::GELU { tanh: true } => gelu_gradient(true, x, dy, accumulate, dx),
    }
}

/// Writes max(x, 0).
#[inline(always)]
pub fn relu<T: Real>(x: &[T], y: &mut [T]) {
    assert_eq!(x.len(), y.len(), "relu: lengths");
    for (&x, y) in x.iter().zip(y) {
        *y = if T::ZERO > x { T::ZERO } else { x };
    }
}

/// Writes the gradient of ReLU's input from its output, or adds to it with `accumulate`.
#[inline(always)]
pub fn relu_gradient<T: Real>(y: &[T], dy: &[T], accumulate: bool, dx: &mut [T]) {
    assert_eq!(y.len(), dy.len(), "relu: lengths of y and dy");
    assert_eq!(y.len(), dx.len(), "relu: lengths of y and dx");
    for ((&y, &dy), dx) in y.iter().zip(dy).zip(dx) {
        let term = if y <= T::ZERO { T::ZERO } else { dy };
        *dx = if accumulate { *dx + term } else { term };
    }
}

/// Writes GELU(x).
#[inline(always)]
pub fn gelu<T: Real>(tanh: bool, x: &[T], y: &mut [T]) {
    assert_eq!(x.len(), y.len(), "gelu: lengths");
    for (&x, y) in x.iter().zip(y) {
        let half = T::from_f64(0.5) * x;
        let share = if tanh { inner(x).tanh() } else { (x * T::from_f64(FRAC_1_SQRT_2)).erf() };
        *y = half * (T::ONE + share);
    }
}

/// sqrt(2/pi) (x + 0.044715 x^3).
#[inline(always)]
fn inner<T: Real>(x: T) -> T {
    let cubic = (T::from_f64(0.044715) * (x * x)).mul_add(x, x);
    T::from_f64(FRAC_2_PI.sqrt()) * cubic
}

/// Writes the gradient of GELU's input from that input, or adds to it with `accumulate`.
#[inline(always)]
pub fn gelu_gradient<T: Real>(tanh: bool, x: &[T], dy: &[T], accumulate: bool, dx: &mut [T]) {
    assert_eq!(x.len(), dy.len(), "gelu: lengths of x and dy");
    assert_eq!(x.len(), dx.len(), "gelu: lengths of x and dx");
    let half = T::from_f64(0.5);
    for ((&x, &dy), dx) in x.iter().zip(dy).zip(dx) {
        let slope = if tanh {
            let t = inner(x).tanh();
            // d inner / dx, then d tanh = 1 - t^2.
            let constant = T::from_f64(FRAC_2_PI.sqrt());
            let inner_slope = constant * T::from_f64(3.0 * 0.044715).mul_add(x * x, T::ONE);
            let tanh_slope = (-t).mul_add(t, T::ONE);
            (half * x * tanh_slope).mul_add(inner_slope, half * (T::ONE + t))
        } else {
            let cdf = half * (T::ONE + (x * T::from_f64(FRAC_1_SQRT_2)).erf());
            let pdf = T::from_f64(1.0 / (2.0 * PI).sqrt()) * (-half * (x * x)).exp();
            x.mul_add(pdf, cdf)
        };
        let term = dy * slope;
        *dx = if accumulate { *dx + term } else { term };
    }
}
