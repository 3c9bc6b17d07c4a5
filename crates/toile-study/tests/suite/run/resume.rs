//! Interrupted and resumed: the very bits of a run that was left alone.

use std::time::Duration;

use super::fixture::{Bench, EPOCHS, Fault, STEPS, model, study};
use toile_study::conduct::ConductError;
use toile_study::recipe::JudgedBy;
use toile_study::results::RunStatus;
use toile_study::run::RunError;

fn bench(validation: Option<f64>) -> Bench {
    judged(validation, JudgedBy::Test)
}

fn judged(validation: Option<f64>, judged_by: JudgedBy) -> Bench {
    let mut study = study(vec![model("a")]);
    crate::bound::hold_out(&mut study, validation);
    study.models[0].recipe.judged_by = judged_by;
    Bench::new(study)
}

#[test]
fn any_interruption_changes_no_bit() {
    // Held out, a quarter leaves 30 images: two steps an epoch.
    // A candidate of a sweep is shown no test image.
    for (validation, judged_by, steps_an_epoch, calls_an_epoch) in [
        (None, JudgedBy::Test, STEPS, 1),
        (Some(0.25), JudgedBy::Test, STEPS - 1, 2),
        (Some(0.25), JudgedBy::HeldOut, STEPS - 1, 1),
        (Some(0.25), JudgedBy::HeldOutLast, STEPS - 1, 1),
    ] {
        let whole = judged(validation, judged_by);
        whole.run().unwrap();
        // Each step, and each evaluation, those after the last epoch included.
        let steps = (1..steps_an_epoch * EPOCHS as usize).map(Fault::StopInStep);
        let calls = (1..calls_an_epoch * EPOCHS as usize + 2).map(Fault::StopInEvaluation);
        let mut interruptions = 0;
        for fault in steps.chain(calls) {
            let mut interrupted = judged(validation, judged_by);
            let outcome = interrupted.run_with(fault, &()).unwrap();
            // A stop asked for in a phase's last call is seen at the next boundary, if there is one.
            if outcome.interrupted {
                interruptions += 1;
                assert_eq!(outcome.results.models[0].runs[0].status, RunStatus::Unfinished, "{fault:?}");
                assert!(interrupted.names().contains(&"a/seed-0/checkpoint/state.safetensors".to_owned()));
                interrupted.options.resume = true;
                let outcome = interrupted.run().unwrap();
                assert!(!outcome.interrupted && outcome.started == 1);
            }
            assert!(
                whole.files() == interrupted.files(),
                "{fault:?} with validation {validation:?}, {judged_by:?}"
            );
        }
        let boundaries = (steps_an_epoch + calls_an_epoch) * EPOCHS as usize;
        assert_eq!(interruptions, boundaries);
    }
}

#[test]
fn stopped_again_and_again_it_still_arrives() {
    let whole = bench(None);
    whole.run().unwrap();
    let mut pieces = bench(None);
    pieces.options.resume = true;
    let mut sessions = 0;
    while pieces.run_with(Fault::StopInStep(1), &()).unwrap().interrupted {
        sessions += 1;
        assert!(sessions < 100, "it does not get on");
    }
    assert_eq!(sessions, STEPS * EPOCHS as usize);
    assert!(whole.files() == pieces.files());
}

#[test]
fn checkpoints_within_an_epoch_change_no_bit() {
    let whole = bench(None);
    whole.run().unwrap();
    let mut often = bench(None);
    often.options.checkpoint_every = Duration::ZERO;
    often.run().unwrap();
    assert!(whole.files() == often.files());
}

#[test]
fn rows_written_after_the_checkpoint_are_dropped() {
    let whole = bench(None);
    whole.run().unwrap();
    // In the second epoch: its row is not yet there.
    let mut crashed = bench(None);
    crashed.run_with(Fault::StopInStep(STEPS + 1), &()).unwrap();
    let results = crashed.out.path().join("a/seed-0/results.csv");
    let rows = std::fs::read_to_string(&results).unwrap();
    assert_eq!(rows.lines().count(), 2);
    std::fs::write(&results, rows + "2,0.01,9,9,,,9,9\n").unwrap();
    crashed.options.resume = true;
    crashed.run().unwrap();
    assert!(whole.files() == crashed.files());
}

#[test]
fn an_unfinished_run_is_not_started_over_unasked() {
    let bench = bench(None);
    bench.run_with(Fault::StopInStep(STEPS + 2), &()).unwrap();
    let before = bench.files();
    let error = bench.run().unwrap_err();
    assert!(
        matches!(error, ConductError::Run(RunError::Unfinished { epoch: 2, steps_done: 2, .. })),
        "{error}"
    );
    assert!(error.to_string().contains("--resume"), "{error}");
    assert!(before == bench.files());
}

#[test]
fn a_damaged_checkpoint_is_refused_with_its_path() {
    let mut bench = bench(None);
    bench.run_with(Fault::StopInStep(2), &()).unwrap();
    bench.options.resume = true;
    let path = bench.out.path().join("a/seed-0/checkpoint/state.safetensors");
    let whole = std::fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for (damaged, expected) in [(&whole[..whole.len() - 4], "does not lie"), (&flipped, "digest")] {
        std::fs::write(&path, damaged).unwrap();
        let error = bench.run().unwrap_err().to_string();
        assert!(error.contains("state.safetensors") && error.contains(expected), "{error}");
    }
}
