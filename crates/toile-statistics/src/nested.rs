//! A difference of two models over seeds that each have images of their own.
//!
//! Where every seed holds out other images, seeds and images are not crossed: the images are nested in the seeds, and the
//! differences d_s = mean_i(second_si - first_si) of S seeds are independent of each other, each with everything in it
//! that other seeds and other images would change. Their mean D then has the interval D ± t(S - 1) sd(d_s) / sqrt(S), the
//! paired t-test's. With few seeds sd(d_s) can be far too small by chance, 0 even where shares of few images happen to
//! agree; but other images alone would change D by sqrt(V) with V = Σ_s var_i / (S² I_s), which is known well. So the
//! half-width is not below that of V alone. With one seed that is all there is, and the interval speaks of these two
//! networks on other images.

use crate::distributions::student_two_sided;
use crate::estimate::{Interval, Scope};

/// D with what its interval is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Nested {
    /// D, the second model's mean less the first's.
    pub value: f64,
    /// [`Scope::Recipes`], or with one seed [`Scope::Networks`].
    pub scope: Scope,
    seeds: usize,
    images: usize,
    /// Of D, from the differences of the seeds.
    between: f64,
    /// Of D, from images alone.
    within: f64,
}

/// What the second model has more than the first; a list a seed with a pair an image, (first, second).
/// `None` without a seed, and where a seed has fewer than two images.
pub fn nested(seeds: &[Vec<(f64, f64)>]) -> Option<Nested> {
    if seeds.is_empty() || seeds.iter().any(|pairs| pairs.len() < 2) {
        return None;
    }
    let count = seeds.len() as f64;
    let (mut means, mut within) = (Vec::new(), 0.0);
    for pairs in seeds {
        let images = pairs.len() as f64;
        let mean = pairs.iter().map(|(first, second)| second - first).sum::<f64>() / images;
        let squares: f64 = pairs.iter().map(|(first, second)| (second - first - mean).powi(2)).sum();
        within += squares / (images - 1.0) / images / (count * count);
        means.push(mean);
    }
    let value = means.iter().sum::<f64>() / count;
    let between = match means.len() {
        1 => 0.0,
        _ => means.iter().map(|mean| (mean - value).powi(2)).sum::<f64>() / (count - 1.0) / count,
    };
    let scope = if means.len() == 1 { Scope::Networks } else { Scope::Recipes };
    let images = seeds.iter().map(Vec::len).sum();
    Some(Nested { value, scope, seeds: means.len(), images, between, within })
}

impl Nested {
    /// The interval at level 1 - alpha.
    pub fn interval(&self, alpha: f64) -> Interval {
        let of_images = student_two_sided(alpha, (self.images - self.seeds) as f64) * self.within.sqrt();
        let of_seeds = match self.seeds {
            1 => 0.0,
            seeds => student_two_sided(alpha, (seeds - 1) as f64) * self.between.sqrt(),
        };
        let half = of_images.max(of_seeds);
        Interval { low: self.value - half, high: self.value + half }
    }
}
