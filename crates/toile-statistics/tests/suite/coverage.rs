//! The false-positive rate of verdicts and the coverage of intervals, by simulation fitted to matrices of
//! runs.
//!
//! `cargo run --release -p toile-bench --example coverage` does the same at length, and from real runs.

use super::simulation::latent::fit;
use super::simulation::moments::Moments;
use super::simulation::normals::Normals;
use super::simulation::rates::{ALPHA, Rates, Setup, as_fitted, measure, without_difference};
use super::simulation::world::World;

const IMAGES: usize = 1000;

fn fits() -> Vec<Moments> {
    serde_json::from_str(include_str!("../data/fits.json")).unwrap()
}

/// A rate at or below the bound, but for the simulation's own error: 3.5 standard deviations.
#[track_caller]
fn assert_at_most(rate: f64, bound: f64, rates: &Rates, what: &str) {
    assert!(rate <= bound + 3.5 * rates.deviation(bound), "{what}: {rate}, more than {bound}");
}

#[test]
fn a_simulated_study_has_the_moments_it_was_fitted_to() {
    let normals = Normals::new();
    for moments in fits() {
        let images = moments.images;
        let scenario = as_fitted(&fit(&moments, images));
        let world = World::new(&scenario, &normals, [1, 0], images);
        let runs = [0, 1].map(|model| (0..12).map(|seed| world.run(model, seed)).collect::<Vec<_>>());
        let found = Moments::of("simulated", [&runs[0], &runs[1]]);
        let name = &moments.name;
        for model in [0, 1] {
            let (p, agreement) = (moments.accuracy[model], moments.agreement_of_seeds[model]);
            // Four standard errors: of images, and of twelve seeds.
            let error = 4.0 * (p * (1.0 - p) / images as f64).sqrt() + moments.seed_deviation[model];
            assert!((found.accuracy[model] - p).abs() < error, "{name}: {found:?}");
            assert!((found.agreement_of_seeds[model] - agreement).abs() < 0.01, "{name}: {found:?}");
            let chance = ((1.0 - agreement) / 2.0 / images as f64).sqrt();
            let ratio = found.seed_deviation[model] / moments.seed_deviation[model].max(chance);
            assert!((0.4..1.8).contains(&ratio), "{name}: {found:?}");
        }
        assert!((found.agreement_of_models - moments.agreement_of_models).abs() < 0.01, "{name}: {found:?}");
    }
}

#[test]
fn verdicts_and_intervals_err_no_more_often_than_they_say() {
    let normals = Normals::new();
    for moments in fits() {
        let fit = fit(&moments, IMAGES);
        for seeds in [3, 5, 10] {
            let setup = Setup { images: IMAGES, seeds, looks: 1, own_seeds: false, repetitions: 1500 };
            for (stream, scenario) in without_difference(&fit, 2).iter().enumerate() {
                let rates = measure(scenario, &normals, setup, stream as u32);
                let what = format!("{}, {seeds} seeds, {}", moments.name, scenario.name);
                assert_at_most(rates.claimed(), ALPHA / 2.0, &rates, &what);
                assert_at_most(1.0 - rates.coverage(), ALPHA, &rates, &what);
            }
            let rates = measure(&as_fitted(&fit), &normals, setup, 99);
            assert_at_most(1.0 - rates.coverage(), ALPHA, &rates, "as fitted");
            let own = Setup { own_seeds: true, ..setup };
            let rates = measure(&without_difference(&fit, 2)[4], &normals, own, 98);
            assert_at_most(1.0 - rates.coverage(), ALPHA, &rates, "seeds of their own");
        }
    }
}

#[test]
fn all_looks_and_pairs_together_err_no_more_often_than_alpha() {
    let normals = Normals::new();
    for moments in fits() {
        let fit = fit(&moments, IMAGES);
        for (models, repetitions) in [(2, 500), (3, 250), (4, 150)] {
            let setup = Setup { images: IMAGES, seeds: 3, looks: 4, own_seeds: false, repetitions };
            for (stream, scenario) in without_difference(&fit, models).iter().enumerate() {
                let rates = measure(scenario, &normals, setup, 200 + stream as u32);
                let what = format!("{}, {models} models, {}", moments.name, scenario.name);
                assert_at_most(rates.claimed(), ALPHA, &rates, &what);
            }
        }
    }
}
