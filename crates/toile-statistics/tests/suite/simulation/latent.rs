//! The random process that has given moments.
//!
//! Model m with seed s is right on image i where μ_m + τ_m b_m(i) + σ_m a_m(s) + ε(m, s, i) > 0, with all of
//! b, a and ε standard normal: a difficulty an image, a quality a seed, and chance. Difficulties of two
//! models correlate by ρ; seeds of two models do not. With T = 1 + τ² + σ² and h = μ / sqrt(T):
//!
//! - accuracy p = Φ(h);
//! - both of two seeds right on an image: Φ₂(h, h; τ²/T) = p - (1 - agreement) / 2;
//! - one seed right on both of two images: Φ₂(h, h; σ²/T) = p² + the seeds' own variance, which is the
//!   observed variance over seeds less (chance) (1 - agreement) / 2 / images, and 0 where that is more;
//! - both of two models right: Φ₂(h₁, h₂; ρ τ₁ τ₂ / sqrt(T₁ T₂)), from the accuracies and the agreement.
//!
//! So mean, image and seed variance and agreement are those measured; the form of the difficulties'
//! distribution (normal on this scale, U-shaped as a probability where τ > 1) is an assumption.

use super::moments::Moments;
use super::normals::{both_below, halve, quantile};

/// One model on the latent scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Latent {
    pub(crate) mu: f64,
    /// τ: spread of the images' difficulty.
    pub(crate) image: f64,
    /// σ: spread of the seeds' quality.
    pub(crate) seed: f64,
}

impl Latent {
    /// Another model with the same spreads and another accuracy.
    pub(crate) fn with_accuracy(&self, accuracy: f64) -> Latent {
        Latent { mu: quantile(accuracy) * self.scale(), ..*self }
    }

    /// sqrt(T).
    pub(crate) fn scale(&self) -> f64 {
        (1.0 + self.image.powi(2) + self.seed.powi(2)).sqrt()
    }

    /// h.
    pub(crate) fn threshold(&self) -> f64 {
        self.mu / self.scale()
    }
}

/// Two models and the correlation of their difficulties.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fit {
    pub(crate) models: [Latent; 2],
    pub(crate) correlation: f64,
}

/// Finds the process, for simulations with this many images. Chance's part of the variance over seeds grows
/// as images become fewer, so the seeds' own part is made to grow alike: the shares stay as they were.
pub(crate) fn fit(moments: &Moments, images: usize) -> Fit {
    let growth = moments.images as f64 / images as f64;
    let models = [0, 1].map(|m| {
        let p = moments.accuracy[m];
        let apart = (1.0 - moments.agreement_of_seeds[m]) / 2.0;
        let own = (moments.seed_deviation[m].powi(2) - apart / moments.images as f64).max(0.0) * growth;
        let h = quantile(p);
        let by_image = halve(0.0, 1.0, |r| both_below(h, h, r) < p - apart);
        let by_seed = if own > 0.0 { halve(0.0, 1.0, |r| both_below(h, h, r) < p * p + own) } else { 0.0 };
        assert!(by_image + by_seed < 1.0, "seeds and images leave nothing to chance");
        let whole = 1.0 / (1.0 - by_image - by_seed);
        Latent { mu: h * whole.sqrt(), image: (by_image * whole).sqrt(), seed: (by_seed * whole).sqrt() }
    });
    let [p, q] = moments.accuracy;
    let both = (moments.agreement_of_models - 1.0 + p + q) / 2.0;
    let [h, k] = models.map(|model| model.threshold());
    let most = models[0].image * models[1].image / (models[0].scale() * models[1].scale());
    let correlation = halve(0.0, 1.0, |rho| both_below(h, k, rho * most) < both);
    Fit { models, correlation }
}
