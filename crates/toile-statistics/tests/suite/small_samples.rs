//! Why intervals do not use Satterthwaite's degrees of freedom: error rates over all shares of the variance
//! that seeds can have, for normal data, by numerical integration.

use super::simulation::normals::below;
use toile_statistics::{Sample, contrast};

/// P(|D| > h) where the seeds hold `share` of the variance 1, known with `nu` degrees of freedom, and images
/// the rest, known exactly; `half` gives h from the seeds' estimate.
fn error_rate(share: f64, nu: f64, half: impl Fn(f64) -> f64) -> f64 {
    // The density of w = sqrt(chi-square / ν), up to a factor.
    let (steps, end) = (4000, 1.0 + 12.0 / (2.0 * nu).sqrt());
    let (mut sum, mut whole) = (0.0, 0.0);
    for i in 0..steps {
        // Cubed, so that points are dense near 0, where small levels are decided.
        let u = (f64::from(i) + 0.5) / f64::from(steps);
        let w = u * u * u * end;
        let density = u * u * ((nu - 1.0) * w.ln() - nu * w * w / 2.0 + nu / 2.0).exp();
        whole += density;
        sum += density * 2.0 * below(-half(share * w * w));
    }
    sum / whole
}

/// The crate's half-width for V_seed as given and W = `image`, both exactly: `seeds` rows whose means vary by
/// it and columns whose means vary by it, without interaction.
fn half_width(seeds: usize, seed: f64, image: f64, alpha: f64) -> f64 {
    let images = 4000;
    let spread = |n: usize, variance: f64| {
        // n numbers -1, ..., 1 with the sample variance wanted.
        let x: Vec<f64> = (0..n).map(|i| 2.0 * i as f64 / (n - 1) as f64 - 1.0).collect();
        let own = x.iter().map(|x| x * x).sum::<f64>() / (n - 1) as f64;
        x.into_iter().map(|x| x * (variance * n as f64 / own).sqrt()).collect::<Vec<f64>>()
    };
    let (rows, columns) = (spread(seeds, seed), spread(images, image));
    let values: Vec<Vec<f64>> =
        rows.iter().map(|row| columns.iter().map(|column| row + column).collect()).collect();
    let numbers: Vec<u64> = (0..seeds as u64).collect();
    contrast(&[(1.0, Sample::of_means(&numbers, &values).unwrap())]).unwrap().half_width(alpha)
}

/// Quantiles at a level, from the crate: those of seeds and those of images.
fn quantiles(seeds: usize, alpha: f64) -> (f64, f64) {
    (half_width(seeds, 1.0, 0.0, alpha), half_width(seeds, 0.0, 1.0, alpha))
}

const SHARES: [f64; 8] = [0.02, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 1.0];

#[test]
fn the_interval_never_errs_more_often_than_it_says() {
    for seeds in [2, 3, 5, 10] {
        for alpha in [0.05, 0.025, 0.05 / 12.0] {
            let (t, z) = quantiles(seeds, alpha);
            // The half-width is what the crate says, not what this test thinks.
            let (found, expected) = (half_width(seeds, 0.3, 0.7, alpha), (0.3 * t * t + 0.7 * z * z).sqrt());
            assert!((found - expected).abs() < 1e-9 * expected, "{found}, not {expected}");
            for share in SHARES {
                let nu = seeds as f64 - 1.0;
                let rate = error_rate(share, nu, |v| (v * t * t + (1.0 - share) * z * z).sqrt());
                assert!(rate <= alpha * 1.001, "{seeds} seeds, {alpha}, share {share}: {rate}");
            }
            let all = error_rate(1.0, seeds as f64 - 1.0, |v| t * v.sqrt());
            assert!((all / alpha - 1.0).abs() < 1e-3, "exact where seeds hold everything: {all}");
        }
    }
}

#[test]
fn satterthwaites_degrees_of_freedom_err_more_often() {
    for (seeds, alpha, expected) in [
        (3, 0.05, 0.076),
        (5, 0.05, 0.058),
        (10, 0.05, 0.052),
        (3, 0.05 / 12.0, 0.020),
        (5, 0.05 / 12.0, 0.009),
    ] {
        let nu = seeds as f64 - 1.0;
        let rate = error_rate(0.8, nu, |v| {
            let variance = v + 0.2;
            student_quantile(alpha, variance * variance / (v * v / nu)) * variance.sqrt()
        });
        assert!((rate - expected).abs() < 0.001, "{seeds} seeds at {alpha}: {rate}, not {expected}");
        assert!(rate > alpha);
    }
}

/// Student's quantile for any degrees of freedom, from its density by the midpoint rule over an angle.
fn student_quantile(alpha: f64, nu: f64) -> f64 {
    // With t = sqrt(ν) tan φ the density is proportional to cos^(ν-1) φ.
    let steps = 2000;
    let nu = nu.min(2000.0);
    let end = std::f64::consts::FRAC_PI_2.min(14.0 / nu.sqrt());
    let width = end / f64::from(steps);
    let terms: Vec<f64> = (0..steps).map(|i| ((f64::from(i) + 0.5) * width).cos().powf(nu - 1.0)).collect();
    let mut rest = alpha * terms.iter().sum::<f64>();
    for (i, term) in terms.iter().enumerate().rev() {
        if rest <= *term {
            return nu.sqrt() * ((i as f64 + 1.0 - rest / term) * width).tan();
        }
        rest -= term;
    }
    0.0
}
