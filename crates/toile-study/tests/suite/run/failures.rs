//! What goes wrong in a run, and that nothing else suffers from it.

use super::fixture::{Bench, EPOCHS, Fault, STEPS, model, study};
use toile_study::conduct::ConductError;
use toile_study::recipe::Normalization;
use toile_study::results::RunStatus;
use toile_study::run::RunError;

#[test]
fn a_diverged_run_says_where_and_the_others_go_on() {
    for loss in [f64::NAN, f64::INFINITY] {
        let bench = Bench::new(study(vec![model("a"), model("b")]));
        let outcome = bench.run_with(Fault::LossInStep(STEPS + 2, loss), &()).unwrap();
        let models = &outcome.results.models;
        let diverged: Vec<_> =
            models.iter().map(|m| &m.runs[0]).filter(|run| run.status != RunStatus::Finished).collect();
        assert_eq!(diverged.len(), 1);
        assert_eq!(diverged[0].status, RunStatus::Diverged { epoch: 2, step: 2 });
        assert_eq!(diverged[0].epochs.len(), 1, "the first epoch's row stays");
        assert!(outcome.failures.is_empty());
        // It is over: the same seed would diverge again.
        assert_eq!(bench.run().unwrap().started, 0);
    }
}

#[test]
fn a_bug_in_one_run_does_not_lose_the_others() {
    let bench = Bench::new(study(vec![model("a"), model("b")]));
    let outcome = bench.run_with(Fault::PanicInStep(STEPS + 1), &()).unwrap();
    let [(broken, error)] = &outcome.failures[..] else { panic!("{:?}", outcome.failures) };
    assert!(error.to_string().contains("a bug in step 4"), "{error}");
    for model in &outcome.results.models {
        let expected = if model.name == broken.model { RunStatus::Unfinished } else { RunStatus::Finished };
        assert_eq!(model.runs[0].status, expected);
    }
    assert_eq!(outcome.results.models.iter().map(|m| m.runs[0].epochs.len()).max(), Some(EPOCHS as usize));
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let mut bench = Bench::new(study(vec![model("a")]));
    let file = bench.out.path().join("file");
    std::fs::write(&file, b"").unwrap();
    bench.options.out = file.join("out");
    let error = bench.run().unwrap_err();
    assert!(matches!(error, ConductError::Run(RunError::Write(_))), "{error}");
    assert!(error.to_string().contains("choose another folder"), "{error}");
}

#[test]
fn a_file_in_the_way_of_a_run_breaks_that_run_alone() {
    let bench = Bench::new(study(vec![model("a"), model("b")]));
    std::fs::write(bench.out.path().join("a"), b"").unwrap();
    let outcome = bench.run().unwrap();
    let [(broken, error)] = &outcome.failures[..] else { panic!("{:?}", outcome.failures) };
    assert_eq!(broken.model, "a");
    assert!(error.to_string().contains("a file stands where a folder is needed"), "{error}");
    assert_eq!(outcome.results.models[1].runs[0].status, RunStatus::Finished);
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_written() {
    type Change = fn(&mut Bench);
    let cases: [(Change, &str); 6] = [
        (|b| b.train.class_names.push("extra".into()), "other class names"),
        (|b| b.study.models[0].recipe.normalization = Normalization::none(2), "2 means"),
        (|b| b.study.models[0].recipe.epochs = 0, "1 or more"),
        (|b| b.study.seeds = vec![1, 1], "seed 1 is there twice"),
        (|b| b.study.seeds.clear(), "nothing to run"),
        (|b| crate::bound::hold_out(&mut b.study, Some(0.001)), "0 held out; choose a larger share"),
    ];
    for (change, expected) in cases {
        let mut bench = Bench::new(study(vec![model("a")]));
        change(&mut bench);
        let error = bench.run().unwrap_err().to_string();
        assert!(error.contains(expected), "{error:?} lacks {expected:?}");
        assert!(bench.names().iter().all(|name| name == ".lock"), "{:?}", bench.names());
    }
}
