//! The estimator on small tables, by hand.

use toile_statistics::verdict::Diverged;
use toile_statistics::{ContrastError, Reason, Rule, Sample, Scope, Verdict, contrast, difference, verdict};

const RULE: Rule = Rule { alpha: 0.05, pairs: 1, look: 1, margin: None, higher_is_better: true };

fn sample(seeds: &[u64], values: &[&[f64]]) -> Sample {
    Sample::of_means(seeds, &values.iter().map(|row| row.to_vec()).collect::<Vec<_>>()).unwrap()
}

#[test]
fn identical_models_do_not_differ() {
    let model = sample(&[0, 1, 2], &[&[0.1, 0.7, 0.3], &[0.2, 0.9, 0.4], &[0.3, 0.3, 0.3]]);
    let found = difference(&model, &model).unwrap();
    assert_eq!((found.value, found.standard_error, found.p_value()), (0.0, 0.0, 1.0));
    assert_eq!(found.interval(0.05).low, 0.0);
    assert_eq!(verdict(Some(&found), &RULE, Diverged::default()), Verdict::Undecided(Reason::Unresolved));
    let with_margin = Rule { margin: Some(0.01), ..RULE };
    assert_eq!(verdict(Some(&found), &with_margin, Diverged::default()), Verdict::Equivalent);
    // Weights that do not sum to 0 in binary do not invent a variance either.
    let thirds = contrast(&[(0.1, &model), (0.2, &model), (-0.3, &model)]).unwrap();
    assert_eq!((thirds.value, thirds.standard_error), (0.0, 0.0));
}

#[test]
fn a_single_run_speaks_of_networks() {
    let one = sample(&[0], &[&[0.0, 1.0, 1.0, 0.0]]);
    let three = sample(&[0, 1, 2], &[&[1.0, 1.0, 1.0, 0.0], &[0.0, 1.0, 1.0, 0.0], &[1.0, 1.0, 1.0, 1.0]]);
    let found = difference(&one, &three).unwrap();
    assert_eq!(found.scope, Scope::Networks);
    assert_eq!((found.components.seed, found.components.interaction), (0.0, 0.0));
    assert_eq!(found.seeds, [1, 3]);
    // The images' differences are 2/3, 0, 0, 1/3: mean 1/4, variance 11/108 over three degrees of freedom.
    assert!((found.value - 0.25).abs() < 1e-15);
    assert!((found.standard_error.powi(2) - 11.0 / 108.0 / 4.0).abs() < 1e-15);
    assert_eq!(verdict(Some(&found), &RULE, Diverged::default()), Verdict::Undecided(Reason::SingleRuns));
}

#[test]
fn two_seeds_are_too_few_and_diverged_runs_are_counted() {
    let a = sample(&[0, 1], &[&[0.0, 1.0, 1.0], &[0.0, 1.0, 0.0]]);
    let b = sample(&[0, 1], &[&[100.0, 101.0, 101.0], &[100.0, 101.0, 100.0]]);
    let found = difference(&a, &b).unwrap();
    assert_eq!(
        verdict(Some(&found), &RULE, Diverged::default()),
        Verdict::Undecided(Reason::FewSeeds { seeds: 2 })
    );
    let diverged = Diverged { first: 0, second: 2 };
    let counted = Verdict::Undecided(Reason::Diverged { first: 0, second: 2 });
    assert_eq!(verdict(Some(&found), &RULE, diverged), counted);
    assert_eq!(verdict(None, &RULE, diverged), counted);
    assert_eq!(verdict(None, &RULE, Diverged::default()), Verdict::Undecided(Reason::NothingMeasured));
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let short = sample(&[0], &[&[0.0, 1.0]]);
    let long = sample(&[0], &[&[0.0, 1.0, 0.5]]);
    assert_eq!(difference(&short, &long), Err(ContrastError::Images { term: 1, expected: 2, got: 3 }));
    assert_eq!(contrast(&[(f64::NAN, &short)]), Err(ContrastError::Weight { term: 0 }));
    assert_eq!(contrast(&[(0.0, &short)]), Err(ContrastError::Empty));
    assert_eq!(contrast::<&Sample>(&[]), Err(ContrastError::Empty));
}
