//! Transcendental functions of f32, the same bits on every machine: nothing but `+ - * /`, fused
//! multiply-adds, comparisons with selects and integer operations on the bits, and no branches, so
//! that a vectorised caller gets these bits lane by lane; `normal` also looks coefficients up, and has a version of its own for
//! vectors. NaN stays NaN.
//!
//! The polynomials are minimax fits of this project (Lawson's algorithm on Chebyshev nodes, the
//! coefficients rounded to f32 one after the other, lowest power first, and the rest fitted again; of the last of several
//! pieces the lowest one is moved by a last place where its end is not exact).

mod exp;
mod ln;
pub(crate) mod normal;
mod polynomial;
mod tanh;

pub use exp::exp;
pub use ln::ln;
pub use normal::{gelu_slope, normal_cdf};
pub use tanh::tanh;
