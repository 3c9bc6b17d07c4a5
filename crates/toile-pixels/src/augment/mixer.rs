//! What MixUp and CutMix have in common: their one setting, and the share that is drawn by it.

use toile_kernels::math;

use crate::augment::angle::sine_and_cosine;
use crate::augment::draws::Draws;
use crate::augment::mistake::{Mistake, check};

/// Of a transform whose one setting is the `alpha` of Beta(alpha, alpha).
macro_rules! mixer {
    ($kind:ident, $name:literal, $example:literal) => {
        impl Default for $kind {
            fn default() -> Self {
                $kind { alpha: $crate::augment::mixer::ALPHA }
            }
        }

        impl $crate::augment::kind::Kind for $kind {
            const NAME: &'static str = $name;
            const KEYS: &'static [&'static str] = &["alpha"];
            const EXAMPLE: &'static str = $example;

            fn read<S: $crate::augment::ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
                Ok($kind { alpha: settings.number("alpha", Some($crate::augment::mixer::ALPHA))? })
            }

            fn settings(&self) -> Vec<$crate::augment::Setting> {
                vec![$crate::augment::Setting::new("alpha", self.alpha, $crate::augment::mixer::ALPHA)]
            }

            fn check(&self) -> Result<(), $crate::augment::Mistake> {
                $crate::augment::mixer::check_alpha(self.alpha)
            }

            fn effect(&self) -> $crate::augment::kind::Effect<'_> {
                $crate::augment::kind::Effect::OnBatch(self)
            }
        }
    };
}
pub(super) use mixer;

/// torchvision's.
pub(super) const ALPHA: f64 = 1.0;

/// Checks the parameter of a Beta distribution.
pub(super) fn check_alpha(alpha: f64) -> Result<(), Mistake> {
    check(alpha, |alpha| (0.001..=1000.0).contains(&alpha), "alpha", "a number from 0.001 to 1000, as 0.2")
}

/// Beta(alpha, alpha), from two uniform numbers without a trial: Bailey's way to Student's t with 2 alpha degrees of
/// freedom ("Polar generation of random variates with the t-distribution", Mathematics of Computation 62, 1994), of
/// which 1/2 + t / (2 sqrt(2 alpha + t^2)) is Beta (Devroye, "Random variate generation in one line of code", WSC 1996).
pub(super) fn symmetric_beta(alpha: f64, draws: &mut Draws) -> f64 {
    // Never 0.
    let uniform = draws.uniform() + 1.0 / (1 << 25) as f64;
    let radius = f64::from(math::exp(-math::ln(uniform as f32) / alpha as f32)) - 1.0;
    let (_, cosine) = sine_and_cosine(360.0 * draws.uniform());
    let square = radius * cosine * cosine;
    0.5 + 0.5 * cosine.signum() * (1.0 / (1.0 + 1.0 / square)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augment::draws::Moment;

    #[test]
    fn has_the_moments_of_beta() {
        const N: u32 = 40_000;
        for alpha in [0.05, 0.2, 1.0, 4.0, 50.0] {
            let (mut square, mut fourth, mut sum) = (0.0, 0.0, 0.0);
            for image in 0..N {
                let x = symmetric_beta(alpha, &mut Draws::new(Moment::default(), 0, image));
                assert!((0.0..=1.0).contains(&x), "{x}");
                let x = x - 0.5;
                (sum, square, fourth) = (sum + x, square + x * x, fourth + x.powi(4));
            }
            let n = f64::from(N);
            // Of Beta(alpha, alpha): the variance and the fourth central moment; then the eighth's bound, 1/16 of that.
            let variance = 1.0 / (4.0 * (2.0 * alpha + 1.0));
            let expected = 3.0 * variance * variance * (2.0 * alpha + 1.0) / (2.0 * alpha + 3.0);
            assert!((sum / n).abs() < 5.0 * (variance / n).sqrt(), "alpha {alpha}: mean {}", sum / n);
            let spread = ((expected - variance * variance) / n).sqrt();
            assert!((square / n - variance).abs() < 5.0 * spread, "alpha {alpha}: {}", square / n);
            let spread = (expected / 16.0 / n).sqrt();
            assert!((fourth / n - expected).abs() < 5.0 * spread, "alpha {alpha}: {}", fourth / n);
        }
    }
}
