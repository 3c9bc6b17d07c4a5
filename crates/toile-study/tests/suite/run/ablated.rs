//! Ablating the hidden units of finished runs.

use super::fixture::{Bench, CLASSES, model, plain, study};
use toile_study::ablation::{
    Ablated, AblationError, AblationHooks, AblationQuestion, half_lost, measure, sentence,
};
use toile_study::evidence::ablation::Ablation;
use toile_study::study::Model;

fn measured(bench: &Bench, shares: &[f64], seeds: Option<&[u64]>) -> Result<Ablation, AblationError> {
    let found = until(bench, shares, seeds, &|| false)?;
    Ok(found.expect("nobody stopped it").ablation)
}

fn until(
    bench: &Bench,
    shares: &[f64],
    seeds: Option<&[u64]>,
    stopped: &dyn Fn() -> bool,
) -> Result<Option<Ablated>, AblationError> {
    let question = AblationQuestion { shares: shares.to_vec(), draws: 3, ..AblationQuestion::default() };
    let models: Vec<&Model> = bench.study.models.iter().collect();
    let hooks = AblationHooks { executors: &plain, tell: &|_| (), stopped };
    measure(&question, &models, seeds, bench.data(), bench.out.path(), &hooks)
}

fn bench() -> Bench {
    let mut study = study(vec![model("m")]);
    study.seeds = vec![0, 4];
    Bench::new(study)
}

#[test]
fn nothing_ablated_is_the_evaluation_and_all_ablated_a_constant() {
    let bench = bench();
    let outcome = bench.run().unwrap();
    let found = measured(&bench, &[0.0, 0.5, 1.0], None).unwrap();
    assert_eq!(found.layers, ["fc1"]);
    assert_eq!((&*found.models[0].name, &found.models[0].seeds[..]), ("m", &[0, 4][..]));
    let points = &found.models[0].points;
    let evaluated: Vec<f64> = outcome.results.models[0]
        .runs
        .iter()
        .map(|run| run.evaluation.as_ref().unwrap().test_accuracy.unwrap())
        .collect();
    assert_eq!(points[0].per_seed, evaluated);
    assert!(evaluated.iter().all(|accuracy| *accuracy > 0.6), "it has learnt something: {evaluated:?}");
    // Each class has a third of the test images.
    assert_eq!(points[2].per_seed, [1.0 / CLASSES as f64; 2]);
    assert!(points[1].range[0] <= points[1].mean && points[1].mean <= points[1].range[1]);
    assert_eq!(measured(&bench, &[0.0, 0.5, 1.0], None).unwrap(), found, "the same draws again");
    assert_eq!(
        measured(&bench, &[0.5], Some(&[4])).unwrap().models[0].points[0].per_seed,
        points[1].per_seed[1..]
    );
}

#[test]
fn it_stops_when_asked_and_names_the_runs_it_does_without() {
    let bench = bench();
    bench.run().unwrap();
    assert_eq!(until(&bench, &[0.0, 0.5], None, &|| true).unwrap(), None);
    let left_out = |seeds| {
        let found = until(&bench, &[0.0], seeds, &|| false).unwrap().unwrap();
        found.left_out.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(left_out(None), Vec::<String>::new());
    assert_eq!(left_out(Some(&[0, 1, 4])), ["m (seed 1)"]);
    std::fs::remove_file(bench.out.path().join("m/seed-4/evaluation.json")).unwrap();
    assert_eq!(left_out(None), ["m (seed 4)"]);
}

#[test]
fn runs_that_are_not_there_or_not_the_model_s_are_told() {
    let mut bench = bench();
    let error = measured(&bench, &[0.0], None).unwrap_err();
    assert!(error.to_string().contains("has no finished run"), "{error}");
    bench.run().unwrap();
    // Another recipe under the same name.
    bench.study.models[0].recipe.batch_size = 8;
    assert!(matches!(measured(&bench, &[0.0], None), Err(AblationError::NoRuns { .. })));
}

#[test]
fn half_of_the_accuracy_above_guessing() {
    use toile_study::evidence::ablation::{AblatedModel, AblatedPoint};
    let ablated = |name: &str, accuracies: &[[f64; 2]]| AblatedModel {
        name: name.into(),
        seeds: vec![0, 1],
        points: accuracies
            .iter()
            .enumerate()
            .map(|(place, per_seed)| AblatedPoint {
                share: place as f64 / 4.0,
                per_seed: per_seed.to_vec(),
                mean: (per_seed[0] + per_seed[1]) / 2.0,
                range: [0.0, 1.0],
            })
            .collect(),
    };
    // Ten classes: half-way from 0.9 is 0.5.
    let fast = ablated("fast", &[[0.9, 0.9], [0.7, 0.9], [0.3, 0.5], [0.1, 0.1]]);
    assert_eq!(half_lost(&fast, 10), (Some(0.25 + 0.25 * 0.75), vec![Some(0.375), Some(0.5)]));
    let slow = ablated("slow", &[[0.9, 0.9], [0.9, 0.9], [0.9, 0.8], [0.8, 0.7]]);
    assert_eq!(half_lost(&slow, 10), (None, vec![None, None]));

    let mut dropped = model("slow");
    let plain = {
        let mut plain = model("fast");
        for layer in &mut plain.recipe.layers {
            if let toile_nn::description::Layer::Dropout(dropout) = layer {
                dropout.p = 0.0;
            }
        }
        plain
    };
    let told = |models: Vec<AblatedModel>, of: [&Model; 2]| {
        sentence(&Ablation { layers: vec!["fc1".into()], draws: 3, models }, &of, 10)
    };
    let both = told(vec![fast.clone(), slow.clone()], [&plain, &dropped]);
    let expected = "Half of the accuracy above guessing is lost by fast with 43.75 % of its hidden units ablated and \
                    not by slow, even with 75.00 % of them ablated. What was trained with dropout relies less on any \
                    one unit than what was trained without (every run of the one beside every run of the other).";
    assert_eq!(both, expected);
    dropped.name = "fast".into();
    let plain_slow = Model { name: "slow".into(), ..plain.clone() };
    let reverse = told(vec![fast.clone(), slow], [&dropped, &plain_slow]);
    assert!(reverse.contains("with dropout relies more on single units"), "{reverse}");
    let guesses = ablated("fast", &[[0.1, 0.9], [0.1, 0.9]]);
    let none = told(vec![guesses], [&plain, &dropped]);
    assert!(none.starts_with("Not every run of fast has learnt more than guessing"), "{none}");
    let mut twin = fast.clone();
    twin.name = "twin".into();
    let open = told(vec![fast, twin], [&dropped, &plain]);
    assert!(open.contains("these do not tell"), "{open}");
}
