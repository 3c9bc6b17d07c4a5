//! Values of SciPy, statsmodels and scikit-learn, written by `bench/statistics/reference.py`.

use serde::Deserialize;
use toile_statistics::planning::Spread;
use toile_statistics::{Estimate, OverSeeds, Sample, contrast, difference, mcnemar_exact, wilson};

type Matrix = Vec<Vec<f64>>;

#[derive(Deserialize)]
struct Reference {
    mcnemar: Vec<(u64, u64, f64)>,
    wilson: Vec<(u64, u64, f64, f64, f64)>,
    contrasts: Vec<Contrast>,
    equivalence: Vec<(Vec<f64>, f64, f64, f64, f64)>,
    f1: F1,
    ece: Ece,
    power: Vec<(usize, f64, f64, f64)>,
    over_seeds: Vec<(Vec<f64>, f64, f64, f64, f64)>,
}

#[derive(Deserialize)]
struct Contrast {
    blocks: Vec<Vec<(f64, Matrix)>>,
    value: f64,
    seed: f64,
    image: f64,
    interaction: f64,
    standard_error: f64,
    degrees_of_freedom: f64,
    half_width: f64,
    p_value: f64,
    /// statsmodels: by seeds, by images, and both less the cells (uncorrected). For one block.
    clustered: Option<(f64, f64, f64)>,
}

#[derive(Deserialize)]
struct F1 {
    classes: usize,
    labels: Vec<usize>,
    predictions: Vec<Vec<usize>>,
    per_seed: Vec<f64>,
    without: Matrix,
}

#[derive(Deserialize)]
struct Ece {
    confidence: Matrix,
    correct: Vec<Vec<bool>>,
    per_seed: Vec<f64>,
    without: Matrix,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("../reference.json")).unwrap()
}

#[track_caller]
fn assert_close(found: f64, expected: f64, what: &str) {
    assert!(
        (found - expected).abs() <= 1e-9 * expected.abs().max(1e-12),
        "{what}: {found}, expected {expected}"
    );
}

fn seeds(from: u64, count: usize) -> Vec<u64> {
    (from..from + count as u64).collect()
}

/// Blocks get seeds that none shares with another.
fn estimate(blocks: &[Vec<(f64, Matrix)>]) -> Estimate {
    let terms: Vec<(f64, Sample)> = blocks
        .iter()
        .enumerate()
        .flat_map(|(block, models)| {
            models.iter().map(move |(weight, values)| {
                let seeds = seeds(100 * block as u64, values.len());
                (*weight, Sample::of_means(&seeds, values).unwrap())
            })
        })
        .collect();
    contrast(&terms).unwrap()
}

#[test]
fn exact_mcnemar() {
    for (fixed, broken, expected) in reference().mcnemar {
        assert_close(mcnemar_exact(fixed, broken), expected, &format!("{fixed} fixed, {broken} broken"));
    }
}

#[test]
fn wilsons_interval() {
    for (k, n, alpha, low, high) in reference().wilson {
        let found = wilson(k, n, alpha).unwrap();
        assert_close(found.low, low, &format!("{k} of {n}"));
        assert_close(found.high, high, &format!("{k} of {n}"));
    }
}

#[test]
fn contrasts() {
    let cases = reference().contrasts;
    assert!(cases.iter().any(|case| case.image < case.interaction), "a negative estimate of a variance");
    for (number, case) in cases.iter().enumerate() {
        let found = estimate(&case.blocks);
        for (what, found, expected) in [
            ("value", found.value, case.value),
            ("seeds", found.components.seed, case.seed),
            ("images", found.components.image, case.image),
            ("interaction", found.components.interaction, case.interaction),
            ("standard error", found.standard_error, case.standard_error),
            ("degrees of freedom", found.degrees_of_freedom, case.degrees_of_freedom),
            ("half-width", found.half_width(0.05), case.half_width),
            ("p-value", found.p_value(), case.p_value),
        ] {
            assert_close(found, expected, &format!("{what} of case {number}"));
        }
    }
}

#[test]
fn clustered_covariance() {
    let mut cases = 0;
    for case in reference().contrasts {
        let Some((by_seeds, by_images, both)) = case.clustered else { continue };
        let found = estimate(&case.blocks);
        let (s, i) = (found.seeds[0] as f64, found.images as f64);
        let parts = &found.components;
        assert_close(parts.seed, by_seeds, "by seeds");
        assert_close(parts.image, by_images, "by images");
        // Without correction, and with the cells' whole variance instead of the interaction's mean square.
        // Each part is its mean square over S I.
        let cells =
            ((s - 1.0) * parts.seed + (i - 1.0) * parts.image + (s - 1.0) * (i - 1.0) * parts.interaction)
                / (s * i);
        assert_close(parts.seed * (s - 1.0) / s + parts.image * (i - 1.0) / i - cells, both, "both");
        cases += 1;
    }
    assert!(cases >= 8, "{cases} cases");
}

#[test]
fn two_one_sided_tests() {
    for (values, margin, above_lower, below_upper, p) in reference().equivalence {
        // Every image as its seed, and every seed as its image: the one-sample test over either.
        let by_seed: Matrix = values.iter().map(|&value| vec![value; 4]).collect();
        let by_image = vec![values.clone(); 3];
        for matrix in [by_seed, by_image] {
            let zero = vec![vec![0.0; matrix[0].len()]; matrix.len()];
            let sample = |values: &Matrix| Sample::of_means(&seeds(0, values.len()), values).unwrap();
            let found = difference(&sample(&zero), &sample(&matrix)).unwrap().equivalence(margin);
            assert_close(found.above_lower, above_lower, "above the lower margin");
            assert_close(found.below_upper, below_upper, "below the upper margin");
            assert_close(found.p_value(), p, "both");
        }
    }
}

/// Compares what a sample holds with the pseudo-values of the metric without each image.
fn check_jackknife(sample: &Sample, per_seed: &[f64], without: &Matrix) {
    let images = sample.images() as f64;
    for (seed, &all) in per_seed.iter().enumerate() {
        assert_close(sample.per_seed()[seed], all, &format!("seed {seed}"));
        for (image, (found, rest)) in sample.row(seed).iter().zip(&without[seed]).enumerate() {
            let expected = images * all - (images - 1.0) * rest;
            assert!((found - expected).abs() < 1e-11, "seed {seed}, image {image}: {found}, not {expected}");
        }
    }
}

#[test]
fn f1_without_each_image() {
    let F1 { classes, labels, predictions, per_seed, without } = reference().f1;
    let sample = Sample::of_f1_macro(&seeds(0, 3), classes, &labels, &predictions).unwrap();
    check_jackknife(&sample, &per_seed, &without);
}

#[test]
fn calibration_error_without_each_image() {
    let Ece { confidence, correct, per_seed, without } = reference().ece;
    let sample = Sample::of_ece(&seeds(0, 3), &confidence, &correct).unwrap();
    check_jackknife(&sample, &per_seed, &without);
}

#[test]
fn power_of_students_test() {
    for (number, truth, alpha, expected) in reference().power {
        // Images alike and seeds one unit apart, whatever that is: only its standard error matters.
        let values: Matrix = (0..number).map(|seed| vec![seed as f64; 3]).collect();
        let found = contrast(&[(1.0, Sample::of_means(&seeds(0, number), &values).unwrap())]).unwrap();
        let power = Spread::of(&found).unwrap().power(truth * found.standard_error, alpha);
        assert!((power - expected).abs() < 1e-6, "{number} seeds, {truth}, {alpha}: {power}, not {expected}");
    }
}

#[test]
fn figures_over_seeds() {
    for (values, mean, deviation, low, high) in reference().over_seeds {
        let found = OverSeeds::of(&values).unwrap();
        assert_close(found.mean, mean, "mean");
        assert_close(found.deviation.unwrap(), deviation, "deviation");
        let interval = found.interval(0.05).unwrap();
        assert_close(interval.low, low, "low");
        assert_close(interval.high, high, "high");
    }
}
