//! The standard normal distribution, as far as GELU wants it.
//!
//! Both functions minus a half are odd: what they are for |x|, with the sign of x. That is a polynomial for each of eight
//! intervals of |x|, around the places 0 to 7 of a scale on which they are 1 long; behind the last one's end the result is
//! that of the end, exactly 0 or 1. The fits are those of [`math`](super). Vectors look the coefficients up in registers:
//! that and six products are half the work of one polynomial for all x.

use crate::simd::{Simd, look_up};

/// What is added to a number from 0 to 7 and a half to have the nearest whole one in the lowest bits.
const ROUND: f32 = 8_388_608.0;

/// The end of the scale: still of the last interval.
const LAST: f32 = 7.49;

/// A function of |x|: how long one is on the scale, and the coefficients from the lowest power up, each for the eight
/// intervals.
pub(crate) struct Pieces {
    scale: f32,
    coefficients: [[f32; 8]; 7],
}

/// Phi(|x|) - 1/2, with an error of 3e-8; a half from 5.5 on.
#[rustfmt::skip]
pub(crate) const CDF: Pieces = Pieces { scale: 1.361_818_2, coefficients: [
    [0.0, 0.268_620_82, 0.429_032_7, 0.486_200_42, 0.498_344_3, 0.499_879_45, 0.499_994_72, 0.499_999_85],
    [0.292_948_28, 0.223_718_57, 0.099_640_39, 0.025_881_536, 0.003_920_731_6, 0.000_346_390_73, 0.000_017_847_913, 5.378_099e-7],
    [-4.530_097e-7, -0.060_315_985, -0.053_727_627, -0.020_933_945, -0.004_227_541_4, -0.000_465_960_56, -0.000_028_374_572, -1.716_720_4e-7],
    [-0.026_320_25, -0.009_265_946, 0.010_355_641, 0.008_962_424, 0.002_687_738, 0.000_388_421_82, 0.000_029_493_42, 1.191_753_1e-6],
    [-0.000_043_771_455, 0.006_666_789_8, 0.002_037_092_6, -0.001_739_678_9, -0.001_075_932_9, -0.000_230_306_16, -0.000_026_517_54, -0.000_010_023_647],
    [0.002_269_696, 0.000_044_521_09, -0.001_247_454, -0.000_170_487_52, 0.000_240_310_66, 0.000_088_295_42, 0.000_011_871_02, 9.437_09e-7],
    [-0.000_220_024_32, -0.000_467_995_73, 0.000_075_123_27, 0.000_160_280_27, 6.855_881_6e-6, 4.238_829e-6, 9.117_325e-6, 0.000_023_670_127],
] };

/// Phi(|x|) + |x| phi(x) - 1/2, with an error of 2e-7; a half from 6 on.
#[rustfmt::skip]
pub(crate) const SLOPE: Pieces = Pieces { scale: 1.248_333_3, coefficients: [
    [0.0, 0.520_318_2, 0.622_540_8, 0.545_28, 0.506_858_47, 0.500_493_76, 0.500_017_7, 0.500_000_24],
    [0.639_160_1, 0.314_940_7, -0.050_194_465, -0.067_210_14, -0.015_574_57, -0.001_473_643_2, -0.000_064_931_206, -1.396_010_7e-6],
    [-9.142_415e-6, -0.249_838_07, -0.081_439_964, 0.030_423_5, 0.015_152_746, 0.002_025_357_2, 0.000_112_592_67, 4.658_634e-6],
    [-0.136_600_09, 0.001_930_485_5, 0.069_877_54, 0.005_871_250_8, -0.007_569_365, -0.001_673_395_2, -0.000_123_632_81, -3.968_111_7e-6],
    [-0.000_707_325_7, 0.045_137_74, -0.011_054_568, -0.011_168_59, 0.001_357_109_9, 0.000_911_914, 0.000_099_868_66, -0.000_014_738_708],
    [0.021_893_147, -0.006_210_009_6, -0.007_337_079, 0.003_758_362, 0.000_682_886_6, -0.000_287_301_26, -0.000_053_947_137, -2.589_856_6e-6],
    [-0.003_270_974_6, -0.004_510_614_6, 0.002_904_938_3, 0.000_120_023_89, -0.000_489_484_7, -0.000_021_410_82, 7.244_964_3e-6, 0.000_051_412_93],
] };

impl Pieces {
    /// 1/2 and what is odd about it.
    #[inline(always)]
    fn half_and_odd(&self, x: f32) -> f32 {
        let place = x.abs() * self.scale;
        // NaN passes.
        let place = if LAST < place { LAST } else { place };
        let rounded = place + ROUND;
        let t = place - (rounded - ROUND);
        let [rest @ .., highest] = &self.coefficients;
        let mut odd = look_up(highest, rounded);
        for coefficients in rest.iter().rev() {
            odd = odd.mul_add(t, look_up(coefficients, rounded));
        }
        0.5 + if x.is_sign_negative() { -odd } else { odd }
    }

    /// The same of sixteen values.
    #[inline(always)]
    pub(crate) unsafe fn half_and_odd_of<S: Simd>(&self, x: S::F) -> S::F {
        // SAFETY: the caller promises what stands under Safety.
        unsafe {
            let place = S::min(S::splat(LAST), S::mul(S::abs(x), S::splat(self.scale)));
            let rounded = S::add(place, S::splat(ROUND));
            let t = S::sub(place, S::sub(rounded, S::splat(ROUND)));
            let [rest @ .., highest] = &self.coefficients;
            let mut odd = S::look_up(highest, rounded);
            for coefficients in rest.iter().rev() {
                odd = S::fma(odd, t, S::look_up(coefficients, rounded));
            }
            S::add(S::splat(0.5), S::mul_sign(odd, x))
        }
    }
}

/// The probability of values up to x, Phi(x), within 7e-8; 0 up to -5.5 and 1 from 5.5 on.
#[inline(always)]
pub fn normal_cdf(x: f32) -> f32 {
    CDF.half_and_odd(x)
}

/// The slope of x Phi(x), Phi(x) + x phi(x), within 3e-7; 0 up to -6 and 1 from 6 on.
#[inline(always)]
pub fn gelu_slope(x: f32) -> f32 {
    SLOPE.half_and_odd(x)
}
