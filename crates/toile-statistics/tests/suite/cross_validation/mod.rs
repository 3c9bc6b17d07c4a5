//! The estimator for overlapping training sets: its formula, and how often it errs, by simulation.

mod world;

use self::world::Folded;
use super::simulation::normals::Normals;
use toile_statistics::planning::{POWER, SeedsMore, Spread, seeds_more};
use toile_statistics::verdict::Diverged;
use toile_statistics::{
    ContrastError, Reason, Rule, Sample, SampleError, Scope, Verdict, contrast, difference, verdict,
};

const ALPHA: f64 = 0.05;
const RULE: Rule = Rule { alpha: ALPHA, pairs: 1, look: 1, margin: None, higher_is_better: true };

fn sample(folds: usize, of: &[&[u32]], values: &[&[f64]]) -> Sample {
    let repeats: Vec<u64> = (0..values.len() as u64).collect();
    let of: Vec<(u64, &[u32])> = repeats.iter().copied().zip(of.iter().copied()).collect();
    let values: Vec<Vec<f64>> = values.iter().map(|row| row.to_vec()).collect();
    Sample::of_means(&repeats, &values).unwrap().in_folds(folds, &of).unwrap()
}

#[test]
fn corrected_repeated_cross_validation_by_hand() {
    // Two repeats of two folds of two images: d = 1, 3 and 2, 2.
    let of: [&[u32]; 2] = [&[0, 0, 1, 1], &[0, 1, 0, 1]];
    let second = sample(2, &of, &[&[0.0, 2.0, 4.0, 2.0], &[1.0, 2.0, 3.0, 2.0]]);
    let first = sample(2, &of, &[&[0.0; 4], &[0.0; 4]]);
    let found = difference(&first, &second).unwrap();
    // s² = (1 + 1) / 3, and V = (1/4 + 1) s².
    let variance: f64 = 1.25 * 2.0 / 3.0;
    assert_eq!(found.value, 2.0);
    assert!((found.standard_error - variance.sqrt()).abs() < 1e-15, "{found:?}");
    assert_eq!((found.scope, &found.seeds[..]), (Scope::DataSets { folds: 2 }, &[4, 4][..]));
    // t(3) at 0.05 is 3.182446.
    assert!((found.half_width(0.05) - 3.182_446_305 * variance.sqrt()).abs() < 1e-7, "{found:?}");
    assert!((found.degrees_of_freedom - 3.0).abs() < 1e-12);
    // One model's level is the same with one term.
    assert_eq!(contrast(&[(1.0, &second)]).unwrap().standard_error, found.standard_error);
}

#[test]
fn folds_count_by_their_images() {
    // Folds of three images and one, with the means 1 and 5: D is the mean over images, 2.
    let of: [&[u32]; 1] = [&[0, 1, 0, 0]];
    let found = contrast(&[(1.0, sample(2, &of, &[&[0.0, 5.0, 1.0, 2.0]]))]).unwrap();
    // s² = (3/2 (1 - 2)² + 1/2 (5 - 2)²) / 1.
    assert_eq!(found.value, 2.0);
    assert!((found.components.seed - 1.5 * 6.0).abs() < 1e-12, "{found:?}");
    // A fold without an image is none.
    let of: [&[u32]; 1] = [&[0, 2, 0, 0]];
    let found = contrast(&[(1.0, sample(3, &of, &[&[0.0, 5.0, 1.0, 2.0]]))]).unwrap();
    assert_eq!(found.seeds, [2]);
    assert!(
        (found.components.seed - 1.0 * 6.0).abs() < 1e-12,
        "n_test/n_train is that of all folds: {found:?}"
    );
}

#[test]
fn folds_that_do_not_fit_are_refused() {
    let whole = Sample::of_means(&[4, 0], &[vec![1.0; 3], vec![0.0; 3]]).unwrap();
    for (of, repeat) in [
        (vec![(0u64, vec![0u32, 1, 1])], 4),
        (vec![(0, vec![0, 1]), (4, vec![0, 1, 1])], 0),
        (vec![(0, vec![0, 1, 2]), (4, vec![0, 1, 1])], 0),
    ] {
        let of: Vec<(u64, &[u32])> = of.iter().map(|(repeat, folds)| (*repeat, &folds[..])).collect();
        let expected = SampleError::Folds { repeat, folds: 2, images: 3 };
        assert_eq!(whole.clone().in_folds(2, &of).unwrap_err(), expected);
    }
    let folded = |of: &[u32]| whole.clone().in_folds(2, &[(4, of), (0, of)]).unwrap();
    for (first, second) in [
        (folded(&[0, 1, 1]), folded(&[0, 0, 1])),
        (folded(&[0, 1, 1]), whole.clone()),
        (whole.clone(), folded(&[0, 1, 1])),
    ] {
        assert_eq!(difference(&first, &second), Err(ContrastError::Folds { term: 1 }));
    }
}

#[test]
fn two_trainings_are_too_few_for_a_verdict() {
    let of: [&[u32]; 1] = [&[0, 0, 1, 1]];
    let found = contrast(&[(1.0, sample(2, &of, &[&[1.0, 1.1, 1.0, 1.1]]))]).unwrap();
    let told = verdict(Some(&found), &RULE, Diverged::default());
    assert_eq!(told, Verdict::Undecided(Reason::FewSeeds { seeds: 2 }));
}

#[test]
fn more_repeats_leave_what_the_images_leave() {
    let folded = Folded { images: 200, folds: 5, repeats: 2, accuracy: [0.7, 0.8], training: 0.0 };
    let [first, second] = folded.draw(&Normals::new(), [3, 0]);
    let found = difference(&first, &second).unwrap();
    let spread = Spread::of(&found).unwrap();
    let square = |spread: &Spread| spread.standard_error().powi(2);
    assert!((square(&spread) / found.standard_error.powi(2) - 1.0).abs() < 1e-12);
    let s2 = square(&spread) / (0.1 + 0.25);
    assert!((square(&spread.with_more_seeds(3)) / (s2 * (1.0 / 25.0 + 0.25)) - 1.0).abs() < 1e-12);
    assert!((square(&spread.with_endless_seeds()) / (s2 * 0.25) - 1.0).abs() < 1e-12);
    let level = RULE.level();
    let resolved = [0, 3, 300].map(|more| spread.with_more_seeds(more).resolvable(level, POWER));
    assert!(resolved[0] > resolved[1] && resolved[1] > resolved[2], "{resolved:?}");
    let endless = spread.with_endless_seeds().resolvable(level, POWER);
    assert!(endless < resolved[2] && resolved[2] < 1.01 * endless, "{resolved:?}, {endless}");
    // Whatever is advised does it.
    if let SeedsMore::Seeds(more) = seeds_more(&found, &RULE) {
        assert!(spread.with_more_seeds(more).decides(found.value, level, None) >= POWER);
    }
}

/// Shares of claims at level `RULE.level()` and of intervals at level 1 - [`ALPHA`] that miss the truth.
fn rates(folded: Folded, normals: &Normals, stream: u32, repetitions: u32) -> [f64; 2] {
    let truth = folded.accuracy[1] - folded.accuracy[0];
    let (mut claims, mut missed) = (0, 0);
    for repetition in 0..repetitions {
        let [first, second] = folded.draw(normals, [repetition, stream]);
        let found = difference(&first, &second).unwrap();
        let told = verdict(Some(&found), &RULE, Diverged::default());
        claims += u32::from(matches!(told, Verdict::Better | Verdict::Worse));
        missed += u32::from(!found.interval(ALPHA).contains(truth));
    }
    [claims, missed].map(|count| f64::from(count) / f64::from(repetitions))
}

const DESIGNS: [(usize, usize); 6] = [(5, 1), (5, 2), (5, 5), (10, 1), (10, 2), (10, 5)];

/// A rate at or below the bound, but for the simulation's own error: 3.5 standard deviations.
#[track_caller]
fn assert_at_most(rate: f64, bound: f64, repetitions: u32, what: &str) {
    let deviation = (bound * (1.0 - bound) / f64::from(repetitions)).sqrt();
    assert!(rate <= bound + 3.5 * deviation, "{what}: {rate}, more than {bound}");
}

#[test]
fn verdicts_and_intervals_err_no_more_often_than_they_say() {
    let normals = Normals::new();
    // `TOILE_REPETITIONS=4000 cargo test --release -p toile-statistics --test suite err_no_more -- --nocapture`
    if let Some(repetitions) = std::env::var("TOILE_REPETITIONS").ok().and_then(|text| text.parse().ok()) {
        print_rates(&normals, repetitions);
    }
    let repetitions = 250;
    let mut stream = 0;
    for images in [60, 200] {
        for (folds, repeats) in DESIGNS {
            for training in [0.0, 0.5] {
                for accuracy in [[0.75, 0.75], [0.7, 0.8]] {
                    stream += 1;
                    let folded = Folded { images, folds, repeats, accuracy, training };
                    let [claimed, missed] = rates(folded, &normals, stream, repetitions);
                    let what = format!("{folded:?}");
                    if accuracy[0] == accuracy[1] {
                        assert_at_most(claimed, ALPHA / 2.0, repetitions, &what);
                    }
                    assert_at_most(missed, ALPHA, repetitions, &what);
                }
            }
        }
    }
}

#[test]
fn more_repeats_do_not_make_up_for_other_training_images() {
    let normals = Normals::new();
    let of = |repeats, stream| {
        let folded = Folded { images: 60, folds: 10, repeats, accuracy: [0.75, 0.75], training: 4.0 };
        rates(folded, &normals, stream, 300)[0]
    };
    let (one, five) = (of(1, 900), of(5, 901));
    assert!(one > 0.05 && five > 0.15, "what the estimator's comment warns of: {one}, {five}");
}

/// Prints the rates that the estimator's comment states.
fn print_rates(normals: &Normals, repetitions: u32) {
    let mut stream = 1000;
    for images in [60, 200, 500] {
        for training in [0.0, 0.5, 1.0, 2.0, 4.0] {
            for (folds, repeats) in DESIGNS {
                stream += 1;
                let folded = Folded { images, folds, repeats, accuracy: [0.75, 0.75], training };
                let [claimed, missed] = rates(folded, normals, stream, repetitions);
                println!("{images} {training} {folds}x{repeats} {claimed:.4} {missed:.4}");
            }
        }
    }
}
