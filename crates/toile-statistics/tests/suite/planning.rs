//! Plans: consistent with themselves, and with what simulated studies do.

use toile_statistics::planning::{POWER, SeedsMore, Spread, seeds_more};
use toile_statistics::{Estimate, Rule, Sample, contrast, difference};

use super::simulation::latent::fit;
use super::simulation::moments::Moments;
use super::simulation::normals::Normals;
use super::simulation::rates::{Setup, measure};
use super::simulation::world::{Scenario, World};

const RULE: Rule = Rule { alpha: 0.05, pairs: 1, look: 1, margin: None, higher_is_better: true };
const NEXT: Rule = Rule { look: 2, ..RULE };

/// Three seeds and 400 images, of mean `value`; seeds and images each move it by about this much.
fn estimate(value: f64, seed: f64, image: f64) -> Estimate {
    let values: Vec<Vec<f64>> = [-1.0, 0.0, 1.0]
        .iter()
        .map(|a| (0..400).map(|i| value + a * seed + image * if i % 2 == 0 { 20.0 } else { -20.0 }).collect())
        .collect();
    contrast(&[(1.0, Sample::of_means(&[0, 1, 2], &values).unwrap())]).unwrap()
}

#[test]
fn the_advice_is_the_least_that_suffices() {
    let mut advised = Vec::new();
    for (value, seed, image) in
        [(1.0, 0.9, 0.1), (1.0, 0.5, 0.25), (1.0, 2.0, 0.2), (0.5, 1.5, 0.1), (1.0, 0.5, 0.0)]
    {
        let found = estimate(value, seed, image);
        let SeedsMore::Seeds(more) = seeds_more(&found, &NEXT) else { panic!("{found:?}") };
        let spread = Spread::of(&found).unwrap();
        let level = NEXT.level();
        assert!(spread.with_more_seeds(more).power(value, level) >= POWER, "{more} do");
        if more > 1 {
            assert!(spread.with_more_seeds(more - 1).power(value, level) < POWER, "one less does not");
        }
        advised.push(more);
    }
    assert!(advised.iter().all(|&more| more < 200) && advised.iter().any(|&more| more > 5), "{advised:?}");
}

#[test]
fn seeds_do_not_help_where_images_decide() {
    assert_eq!(seeds_more(&estimate(1.0, 0.5, 1.0), &NEXT), SeedsMore::TestSet);
    assert_eq!(
        seeds_more(&estimate(0.0, 0.5, 0.1), &NEXT),
        SeedsMore::TestSet,
        "no difference is never seen"
    );
    assert_eq!(seeds_more(&estimate(0.001, 1.0, 0.0), &NEXT), SeedsMore::TooMany);
    // Within a margin even no difference is decided.
    let with_margin = Rule { margin: Some(1.0), ..NEXT };
    assert!(matches!(seeds_more(&estimate(0.0, 0.5, 0.1), &with_margin), SeedsMore::Seeds(1..20)));
    let one = contrast(&[(1.0, Sample::of_means(&[0], &[vec![0.0, 1.0, 3.0]]).unwrap())]).unwrap();
    assert_eq!(seeds_more(&one, &NEXT), SeedsMore::Unknown);
    assert_eq!(Spread::of(&one), None);
}

#[test]
fn what_can_be_resolved() {
    let spread = Spread::of(&estimate(0.0, 1.0, 0.3)).unwrap();
    let level = RULE.level();
    let now = spread.resolvable(level, POWER);
    assert!((spread.power(now, level) - POWER).abs() < 1e-6);
    assert!((spread.power(-now, level) - POWER).abs() < 1e-6, "either way");
    let more = spread.with_more_seeds(5).resolvable(level, POWER);
    let endless = spread.with_endless_seeds().resolvable(level, POWER);
    assert!(endless < more && more < now);
    // Images alone: a normal test needs z(0.9875) + z(0.8) standard errors.
    let errors = endless / spread.with_endless_seeds().standard_error();
    assert!((errors - (2.2414 + 0.8416)).abs() < 0.01, "{errors}");
    assert!((spread.with_seeds(8).resolvable(level, POWER) - more).abs() < 1e-9);
    // Power at no difference is the level at most: the interval is conservative between the extremes.
    assert!(spread.power(0.0, level) <= level);
}

#[test]
fn without_any_variance_everything_is_seen() {
    let spread = Spread::of(&estimate(1.0, 0.0, 0.0)).unwrap();
    assert_eq!(spread.resolvable(0.05, POWER), 0.0);
    assert_eq!((spread.power(0.1, 0.05), spread.decides(0.1, 0.05, None)), (1.0, 1.0));
    assert_eq!((spread.decides(0.0, 0.05, None), spread.decides(0.0, 0.05, Some(0.1))), (0.0, 1.0));
    let alike = estimate(0.0, 0.0, 0.0);
    assert_eq!(
        seeds_more(&alike, &NEXT),
        SeedsMore::TestSet,
        "no seed ever tells two that are the same apart"
    );
    assert_eq!(seeds_more(&estimate(0.0, 1.0, 0.0), &NEXT), SeedsMore::TestSet);
}

#[test]
fn simulated_studies_are_decided_as_often_as_predicted() {
    const IMAGES: usize = 1000;
    let normals = Normals::new();
    let all: Vec<Moments> = serde_json::from_str(include_str!("../data/fits.json")).unwrap();
    let fit = fit(&all[0], IMAGES);
    let level = RULE.level();
    for (kind, ahead) in [(0, 0.1), (1, 0.03)] {
        let model = fit.models[kind];
        let better = model.with_accuracy(all[0].accuracy[kind] + ahead);
        let name = "a difference".to_owned();
        let scenario = Scenario { name, models: vec![model, better], correlation: fit.correlation };
        // What is true of the process: the parts of the variance over many seeds, the mean of some worlds.
        let worlds: Vec<Spread> = (0..30)
            .map(|key| {
                let world = World::new(&scenario, &normals, [key, 77], IMAGES);
                let found = difference(&world.sample(0, 0, 40), &world.sample(1, 0, 40)).unwrap();
                Spread::of(&found).unwrap()
            })
            .collect();
        for seeds in [3, 5, 10] {
            let powers = worlds.iter().map(|spread| spread.with_seeds(seeds).power(ahead, level));
            let predicted = powers.sum::<f64>() / worlds.len() as f64;
            let setup = Setup { images: IMAGES, seeds, looks: 1, own_seeds: false, repetitions: 1000 };
            let rates = measure(&scenario, &normals, setup, 300);
            let difference = (rates.claimed() - predicted).abs();
            let tolerance = 0.02 + 3.5 * rates.deviation(predicted);
            let what = format!("{seeds} seeds of kind {kind}: {}, predicted {predicted}", rates.claimed());
            assert!(difference < tolerance, "{what}");
            assert!((0.1..0.995).contains(&predicted), "{what}");
        }
    }
}
