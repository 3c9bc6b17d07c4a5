//! The points at which polynomials are evaluated: of F(4x4, 3x3) 0, plus and minus `A`, plus and minus `B`, infinity; of
//! F(3x3, 3x3) ([`three`]) one fewer.
//!
//! The former are those of oneDNN (`jit_avx512_core_f32_wino_conv_4x3_kernel.cpp`). With 1 and 2 (Lavin and Gray 2016, section 4.2)
//! outputs of random images err twice as much (see Barabasz et al. 2020, "Error Analysis and Improving the Accuracy of
//! Winograd Convolution for Deep Neural Networks", on what the choice does). All factors but [`C_0`], [`C_A`] and
//! [`C_B`] are exact in f32.

pub(super) const A: f64 = 0.625;
pub(super) const B: f64 = 1.5;
pub(super) const A_2: f64 = A * A;
pub(super) const B_2: f64 = B * B;
pub(super) const A_3: f64 = A * A_2;
pub(super) const B_3: f64 = B * B_2;
/// A^2 B^2 and A^2 + B^2: the coefficients of (x^2 - A^2) (x^2 - B^2).
pub(super) const PRODUCT: f64 = A_2 * B_2;
pub(super) const SUM: f64 = A_2 + B_2;
/// What the weights are divided by: at 0, at plus and minus A, at plus and minus B.
pub(super) const C_0: f64 = 1.0 / PRODUCT;
pub(super) const C_A: f64 = 1.0 / (2.0 * A_2 * (A_2 - B_2));
pub(super) const C_B: f64 = 1.0 / (2.0 * B_2 * (B_2 - A_2));

/// Those of F(3x3, 3x3): 0, plus and minus `A`, `B`, infinity. Of 1/2, 5/8 ... 5/4 and up to 3 for `B` on either side of 0
/// these are the ones with which outputs of random images err the least: as those of F(4x4, 3x3) do, and by a quarter less
/// than with 1 and 2. All factors but [`C_0`](three::C_0) and those behind it are exact in f32.
pub(super) mod three {
    pub(in crate::conv2d::winograd) const A: f64 = 0.75;
    pub(in crate::conv2d::winograd) const B: f64 = 2.0;
    pub(in crate::conv2d::winograd) const A_2: f64 = A * A;
    pub(in crate::conv2d::winograd) const B_2: f64 = B * B;
    /// What the weights are divided by: at 0, at A, at minus A, at B.
    pub(in crate::conv2d::winograd) const C_0: f64 = 1.0 / (A_2 * B);
    pub(in crate::conv2d::winograd) const C_PLUS: f64 = 1.0 / (2.0 * A_2 * (A - B));
    pub(in crate::conv2d::winograd) const C_MINUS: f64 = -1.0 / (2.0 * A_2 * (A + B));
    pub(in crate::conv2d::winograd) const C_B: f64 = 1.0 / (B * (B_2 - A_2));
}
