//! Interval, p-values and verdict say the same, whatever the data; and what must not matter does not.

use toile_kernels::random::philox4x32_10;
use toile_statistics::verdict::Diverged;
use toile_statistics::{Estimate, Reason, Rule, Sample, Verdict, contrast, difference, verdict};

/// `seeds` x `images` numbers around `mean`; seeds and images move them.
fn sample(number: u32, seeds: &[u64], images: usize, mean: f64) -> Sample {
    let uniform =
        |a: u32, b: u32, c: u32| f64::from(philox4x32_10([a, b, c, number], [1, 2])[0]) / 2f64.powi(32);
    let values: Vec<Vec<f64>> = seeds
        .iter()
        .map(|&seed| {
            let quality = 0.3 * uniform(seed as u32, 0, 1);
            let value = |image| mean + quality + uniform(image, 0, 2) + uniform(seed as u32, image, 3);
            (0..images as u32).map(value).collect()
        })
        .collect();
    Sample::of_means(seeds, &values).unwrap()
}

/// Estimates from nothing to clear, with shared seeds and with seeds of their own.
fn estimates() -> Vec<Estimate> {
    let mut found = Vec::new();
    for number in 0..40 {
        let shift = 0.02 * f64::from(number);
        let first = sample(2 * number, &[0, 1, 2, 3], 60, 0.0);
        let second = sample(2 * number + 1, &[0, 1, 2, 3], 60, shift);
        let other = sample(2 * number + 1, &[10, 11, 12], 60, -shift);
        found.push(difference(&first, &second).unwrap());
        found.push(difference(&first, &other).unwrap());
    }
    found
}

#[test]
fn p_value_and_interval_agree() {
    for found in estimates() {
        let p = found.p_value();
        assert!((0.0..=1.0).contains(&p));
        for (alpha, contains) in [(p * 0.999, true), ((p * 1.001).min(0.999_999), false)] {
            assert_eq!(found.interval(alpha).contains(0.0), contains, "{found:?} at {alpha}");
        }
        assert!((found.p_value_at(found.interval(0.01).high) - 0.01).abs() < 1e-9);
    }
}

/// Two test images, of which each seed of the second model gets another wrong: what seeds and images do together is as large
/// as what images do, which leaves a variance of 0 for a difference that nobody can be certain of.
#[test]
fn a_difference_that_varies_is_never_certain() {
    let right = Sample::of_means(&[0, 1, 2], &vec![vec![1.0, 1.0]; 3]).unwrap();
    let half = Sample::of_means(&[0, 1, 2], &[vec![0.0, 1.0], vec![1.0, 0.0], vec![1.0, 0.0]]).unwrap();
    let found = difference(&right, &half).unwrap();
    assert_eq!((found.value, found.components.seed), (-0.5, 0.0));
    assert!(found.components.image > 0.0 && found.components.interaction >= found.components.image);
    assert!(found.interval(0.05).contains(0.0), "{found:?}");
    let rule = Rule { alpha: 0.05, pairs: 1, look: 1, margin: None, higher_is_better: true };
    assert_eq!(verdict(Some(&found), &rule, Diverged::default()), Verdict::Undecided(Reason::Unresolved));
}

#[test]
fn verdict_interval_and_one_sided_tests_agree() {
    let mut counts = [0; 5];
    for found in estimates() {
        for (pairs, look, margin) in
            [(1, 1, None), (3, 1, Some(0.3)), (6, 2, Some(0.6)), (1, 1, Some(0.4)), (1, 1, Some(5.0))]
        {
            let rule = Rule { alpha: 0.05, pairs, look, margin, higher_is_better: true };
            let shown = found.interval(rule.level());
            let is_equivalent = margin.is_some_and(|m| found.equivalence(m).p_value() < rule.level() / 2.0);
            assert_eq!(is_equivalent, margin.is_some_and(|m| -m < shown.low && shown.high < m));
            let is_different = found.p_value() < rule.level();
            let claimed = verdict(Some(&found), &rule, Diverged::default());
            let expected = match (is_different, found.value > 0.0, is_equivalent) {
                (true, true, true) => Verdict::BetterBelowMargin,
                (true, true, false) => Verdict::Better,
                (true, false, true) => Verdict::WorseBelowMargin,
                (true, false, false) => Verdict::Worse,
                (false, _, true) => Verdict::Equivalent,
                (false, _, false) => Verdict::Undecided(Reason::Unresolved),
            };
            assert_eq!(claimed, expected, "{found:?}, {rule:?}");
            counts[match claimed {
                Verdict::Better | Verdict::Worse => 0,
                Verdict::BetterBelowMargin => 1,
                Verdict::WorseBelowMargin => 2,
                Verdict::Equivalent => 3,
                Verdict::Undecided(_) => 4,
            }] += 1;
        }
    }
    assert!(counts.iter().all(|&count| count > 5), "every verdict has been seen: {counts:?}");
}

#[test]
fn exchanging_the_models_exchanges_the_verdict() {
    for number in 0..20 {
        let first = sample(2 * number, &[0, 1, 2], 40, 0.0);
        let second = sample(2 * number + 1, &[0, 1, 2], 40, 0.05 * f64::from(number));
        let (there, back) = (difference(&first, &second).unwrap(), difference(&second, &first).unwrap());
        assert_eq!(there.value, -back.value);
        assert_eq!(there.standard_error, back.standard_error);
        let rule = Rule { alpha: 0.05, pairs: 1, look: 1, margin: None, higher_is_better: true };
        let lower = Rule { higher_is_better: false, ..rule };
        let claim = |found: &Estimate, rule: &Rule| verdict(Some(found), rule, Diverged::default());
        assert_eq!(claim(&there, &rule), claim(&back, &lower));
    }
}

#[test]
fn the_order_of_runs_and_the_unit_do_not_matter() {
    let rows: Vec<Vec<f64>> = (0..4).map(|seed| sample(seed, &[0], 30, 0.0).row(0).to_vec()).collect();
    let zero = Sample::of_means(&[4, 7, 8, 9], &vec![vec![0.0; 30]; 4]).unwrap();
    let found = difference(&zero, &Sample::of_means(&[4, 7, 8, 9], &rows).unwrap()).unwrap();
    let turned: Vec<Vec<f64>> = [2, 0, 3, 1].map(|row: usize| rows[row].clone()).to_vec();
    let again = difference(&zero, &Sample::of_means(&[8, 4, 9, 7], &turned).unwrap()).unwrap();
    assert_eq!(found, again);
    let scaled: Vec<Vec<f64>> =
        rows.iter().map(|row| row.iter().map(|value| 1024.0 * value).collect()).collect();
    let percent = difference(&zero, &Sample::of_means(&[4, 7, 8, 9], &scaled).unwrap()).unwrap();
    assert_eq!(percent.value, 1024.0 * found.value);
    assert_eq!(percent.standard_error, 1024.0 * found.standard_error);
    assert!((percent.p_value() / found.p_value() - 1.0).abs() < 1e-9);
}

#[test]
fn what_seeds_and_images_do_to_all_models_cancels() {
    let seeds = [0, 1, 2];
    let first = sample(1, &seeds, 50, 0.0);
    let second = sample(2, &seeds, 50, 0.1);
    let plain = difference(&first, &second).unwrap();
    let moved = |sample: &Sample| {
        let shift = |seed: usize, image: usize| [5.0, -3.0, 8.0][seed] + (image % 7) as f64;
        let values: Vec<Vec<f64>> = (0..3)
            .map(|seed| {
                sample.row(seed).iter().enumerate().map(|(i, value)| value + shift(seed, i)).collect()
            })
            .collect();
        Sample::of_means(&seeds, &values).unwrap()
    };
    let shifted = difference(&moved(&first), &moved(&second)).unwrap();
    assert!((shifted.value - plain.value).abs() < 1e-12);
    assert!((shifted.standard_error / plain.standard_error - 1.0).abs() < 1e-9);
    // With seeds that only seem to be the models' own, nothing of the seeds cancels.
    let renamed: Vec<Vec<f64>> = (0..3).map(|seed| moved(&second).row(seed).to_vec()).collect();
    let apart = difference(&moved(&first), &Sample::of_means(&[7, 8, 9], &renamed).unwrap()).unwrap();
    assert!(apart.standard_error > 10.0 * shifted.standard_error);
}

#[test]
fn a_sample_may_stand_in_several_terms() {
    let (a, b) = (sample(1, &[0, 1, 2], 30, 0.0), sample(2, &[0, 1, 2], 30, 0.1));
    let once = contrast(&[(1.0, &a), (-0.5, &b)]).unwrap();
    let twice = contrast(&[(0.75, &a), (-0.5, &b), (0.25, &a), (0.0, &b)]).unwrap();
    assert!((once.value - twice.value).abs() < 1e-14);
    assert!((once.standard_error - twice.standard_error).abs() < 1e-14);
}
