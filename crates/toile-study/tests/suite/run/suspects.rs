//! Labels that are probably wrong: which runs judge them, and of which runs a report believes it.

use std::fs;

use toile_store::sealed;
use toile_study::conduct::{known, reread};
use toile_study::cross_validation::CrossValidation;
use toile_study::run::RunFolder;
use toile_study::suspects::{SuspectSummary, judges, suspects};

use super::fixture::{Bench, model, study};

/// Two models with two seeds.
fn ran() -> Bench {
    let mut bench = Bench::new(study(vec![model("a"), model("b")]));
    bench.study.models[1].recipe.batch_size = 8;
    bench.study.seeds = vec![0, 1];
    bench.run().unwrap();
    bench
}

/// Leaves what `toile data suspects` leaves.
fn ask(bench: &Bench) -> SuspectSummary {
    let judges = judges(bench.out.path()).unwrap();
    let found = suspects(&judges.runs).unwrap().summary();
    let summary = SuspectSummary { runs_sha256: Some(judges.digest().unwrap()), ..found };
    sealed::write(&bench.out.path().join("suspects.json"), &summary).unwrap();
    summary
}

/// Whether the report shows it, and what is said of that: where the study is read from its folder, and where it is run.
#[track_caller]
fn shown(bench: &Bench) -> (bool, Option<String>) {
    let of = |notes: Vec<String>| notes.into_iter().find(|note| note.contains("suspects.json"));
    let read = reread(bench.out.path()).unwrap();
    let run = known(&bench.study, bench.data(), &bench.options).unwrap();
    assert_eq!(read.evidence.suspects, run.evidence.suspects);
    let said = of(read.notes);
    assert_eq!(said, of(run.notes));
    (read.evidence.suspects.is_some(), said)
}

#[test]
fn what_networks_said_that_are_gone_is_not_shown_beside_others() {
    let mut bench = ran();
    ask(&bench);
    assert_eq!(shown(&bench), (true, None));
    // As many runs on the same images.
    bench.study.models[0].recipe.epochs = 2;
    fs::remove_dir_all(bench.out.path().join("a")).unwrap();
    bench.run().unwrap();
    let (is_shown, said) = shown(&bench);
    assert!(!is_shown, "they are other networks");
    let said = said.unwrap();
    assert!(said.contains("it is of other runs than the report; it is left out"), "{said}");
    ask(&bench);
    assert_eq!(shown(&bench), (true, None));
}

#[test]
fn a_file_that_does_not_say_of_which_runs_it_is_is_not_shown() {
    let bench = ran();
    let before = SuspectSummary { runs_sha256: None, ..ask(&bench) };
    sealed::write(&bench.out.path().join("suspects.json"), &before).unwrap();
    let (is_shown, said) = shown(&bench);
    assert!(!is_shown && said.clone().unwrap().contains("an earlier version of Toile"), "{said:?}");
}

#[test]
fn folds_judge_as_the_repeats_that_the_report_has() {
    let folds = CrossValidation { folds: 3, group: None };
    let mut bench = Bench::new(study(vec![model("a"), model("b")]));
    for (model, batch_size) in bench.study.models.iter_mut().zip([16, 8]) {
        model.recipe.cross_validation = Some(folds.clone());
        (model.recipe.batch_size, model.recipe.epochs) = (batch_size, 1);
    }
    bench.study.seeds = folds.units(2);
    bench.run().unwrap();
    let found = ask(&bench);
    assert_eq!((found.runs, found.judges), (12, 4));
    assert_eq!(shown(&bench), (true, None));
    // A repeat that lacks a fold is no part of the report, and does not judge in it.
    fs::remove_dir_all(RunFolder::new(bench.out.path(), "b", 4).path()).unwrap();
    let left_out = judges(bench.out.path()).unwrap().left_out;
    assert_eq!(left_out, ["left out: 2 folds of b, of repeats that lack a fold"]);
    assert_eq!(ask(&bench).runs, 9);
    assert_eq!(shown(&bench), (true, None));
}

/// Seeds of a recipe that the study has no longer.
#[test]
fn a_study_is_judged_by_the_runs_that_its_results_have() {
    let mut bench = ran();
    bench.study.models[0].recipe.epochs = 2;
    bench.study.seeds = vec![5];
    bench.run().unwrap();
    let of = |name: &str| {
        let judges = judges(&bench.out.path().join(name)).unwrap();
        let runs: Vec<String> = judges.runs.iter().map(|run| run.folder.id().to_string()).collect();
        (runs, judges.left_out)
    };
    let (runs, left_out) = of("");
    assert_eq!(runs, ["a (seed 5)", "b (seed 0)", "b (seed 1)", "b (seed 5)"]);
    assert_eq!(
        left_out,
        [
            "left out: 2 runs of a, not among those of the study in results.json; `toile run` on it adds its own"
        ]
    );
    ask(&bench);
    assert_eq!(shown(&bench), (true, None));
    // Who names a model means all of its runs.
    assert_eq!(of("a"), (["0", "1", "5"].map(|seed| format!("a (seed {seed})")).to_vec(), vec![]));
    // One that is left out is in nobody's way.
    fs::write(RunFolder::new(bench.out.path(), "a", 0).evaluation(), "{").unwrap();
    let (runs, left_out) = of("");
    assert_eq!(runs.len(), 4);
    assert_eq!(
        left_out,
        [
            "left out: 1 run of a, not among those of the study in results.json; `toile run` on it adds its own"
        ]
    );
}
