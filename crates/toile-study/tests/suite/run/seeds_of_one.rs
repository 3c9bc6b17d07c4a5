//! `study/model@all` means seeds of one recipe on the same data, and nothing else that lies in the model's folder.

use std::fs;

use toile_study::cross_validation::CrossValidation;
use toile_study::evidence::contenders;
use toile_study::study::EnsembleOf;
use toile_study::trained::{all_located, all_named};

use super::fixture::{Bench, model, study};

/// A study with one model and these seeds, which has run.
fn ran(seeds: &[u64]) -> Bench {
    let mut bench = Bench::new(study(vec![model("a")]));
    more(&mut bench, seeds);
    bench
}

fn more(bench: &mut Bench, seeds: &[u64]) {
    bench.study.seeds = seeds.to_vec();
    bench.run().unwrap();
}

fn all(bench: &Bench) -> String {
    format!("{}@all", bench.out.path().join("a").display())
}

/// How many runs it is, or why it is none.
fn located(bench: &Bench) -> Result<usize, String> {
    all_located(&all(bench)).map(|runs| runs.len()).map_err(|error| error.to_string())
}

#[track_caller]
fn refused(bench: &Bench, problem: &str) {
    let expected = format!(
        "{}: {problem}; choose one run, as {}@0, or move those away",
        all(bench),
        bench.out.path().join("a").display()
    );
    assert_eq!(located(bench), Err(expected.clone()));
    assert_eq!(all_named(&all(bench)).unwrap_err().to_string(), expected);
}

#[test]
fn runs_of_another_recipe_are_no_seeds() {
    let mut bench = ran(&[0, 1]);
    assert_eq!(located(&bench), Ok(2));
    bench.study.models[0].recipe.learning_rate.base = 0.02;
    more(&mut bench, &[2, 3, 5]);
    refused(&bench, "seeds 2, 3 and 5 were trained with other settings than seed 0");
    for seed in [2, 3] {
        fs::rename(
            bench.out.path().join(format!("a/seed-{seed}")),
            bench.out.path().join(format!("away-{seed}")),
        )
        .unwrap();
    }
    refused(&bench, "seed 5 was trained with other settings than seed 0");
    fs::rename(bench.out.path().join("a/seed-5"), bench.out.path().join("away-5")).unwrap();
    assert_eq!(located(&bench), Ok(2));
}

#[test]
fn runs_on_other_data_are_no_seeds() {
    let mut bench = ran(&[0]);
    bench.digests = vec![("train".into(), "4567".into())];
    more(&mut bench, &[1]);
    refused(&bench, "seed 1 was trained with other data (training or test files) than seed 0");
}

#[test]
fn runs_of_earlier_versions_are_used_by_what_they_say() {
    let mut bench = ran(&[0, 1]);
    // Such a run noted neither its recipe nor its data, and its configuration is all that is known of it.
    let folder = bench.out.path().join("a/seed-0");
    let early = r#"{"status": "finished", "evaluation": null}"#;
    fs::write(folder.join("evaluation.json"), early).unwrap();
    assert_eq!(located(&bench), Ok(2));
    // It does not stand between those that did note them.
    bench.digests = vec![("train".into(), "4567".into())];
    more(&mut bench, &[2]);
    let problem = located(&bench).unwrap_err();
    assert!(
        problem.contains("seed 2 was trained with other data (training or test files) than seed 1"),
        "{problem}"
    );
    fs::remove_dir_all(bench.out.path().join("a/seed-2")).unwrap();
    assert_eq!(located(&bench), Ok(2));
    let config = bench.read("a/seed-0/config.toml");
    assert!(config.contains("batch_size = 16"), "{config}");
    fs::write(folder.join("config.toml"), config.replace("batch_size = 16", "batch_size = 8")).unwrap();
    let problem = located(&bench).unwrap_err();
    assert!(problem.contains("seed 0 was trained with other settings than seed 1"), "{problem}");
}

/// Each was trained on images of its own; what they were made from is the same.
#[test]
fn folds_are_of_one_recipe() {
    let folds = CrossValidation { folds: 3, group: None };
    let mut model = model("a");
    model.recipe.cross_validation = Some(folds.clone());
    let mut bench = Bench::new(study(vec![model]));
    more(&mut bench, &folds.units(1));
    assert_eq!(located(&bench), Ok(3));
}

/// What a comparison says of a and b, or of the ensemble of two seeds of a and b.
fn compared(bench: &Bench, of_ensemble: bool) -> Result<(), String> {
    let first = if of_ensemble { "two" } else { "a" };
    let of = EnsembleOf { name: "two".into(), of: vec!["a".into()], size: 2 };
    let names = [first, "b"].map(String::from);
    let places = contenders::of_models_and_ensembles(bench.out.path(), &names, &[of]).unwrap();
    contenders::read(&places, None).map(|_| ()).map_err(|error| error.to_string())
}

/// A comparison refuses what `@all` does, be it of a model or of groups of its seeds.
#[test]
fn no_comparison_takes_them_for_seeds_either() {
    let two = |seeds: &[u64]| {
        let mut bench = Bench::new(study(vec![model("a"), model("b")]));
        more(&mut bench, seeds);
        bench
    };
    let mut bench = two(&[0, 1]);
    bench.study.models[0].recipe.learning_rate.base = 0.02;
    more(&mut bench, &[2, 3]);
    for of_ensemble in [false, true] {
        let problem = compared(&bench, of_ensemble).unwrap_err();
        assert!(problem.contains("a/seed-2") && problem.contains("with other settings"), "{problem}");
    }
    let mut bench = two(&[0, 1]);
    // One that did not note its data does not stand between those that did.
    let early = r#"{"status": "finished", "evaluation": null}"#;
    fs::write(bench.out.path().join("a/seed-0/evaluation.json"), early).unwrap();
    bench.digests = vec![("train".into(), "4567".into())];
    bench.study.models.pop();
    more(&mut bench, &[2, 3]);
    for of_ensemble in [false, true] {
        let problem = compared(&bench, of_ensemble).unwrap_err();
        assert!(problem.contains("a/seed-2") && problem.contains("with other data"), "{problem}");
    }
}
