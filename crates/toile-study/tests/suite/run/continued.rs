//! A longer training that goes on from the end of a shorter one: the very bits of one that did not.

use super::fixture::{Bench, EPOCHS, Fault, STEPS, model, study};
use toile_study::results::Receipt;
use toile_study::run::{Event, Observer};
use toile_study::study::{Model, Study};

fn longer(name: &str, epochs: u32) -> Model {
    let mut model = model(name);
    model.recipe.epochs = epochs;
    model
}

fn of_two() -> Study {
    study(vec![longer("long", 2 * EPOCHS), model("short")])
}

/// What a run of `long` alone leaves.
fn alone() -> Vec<(String, Vec<u8>)> {
    let bench = Bench::new(study(vec![longer("long", 2 * EPOCHS)]));
    bench.run().unwrap();
    of_long(&bench)
}

fn of_long(bench: &Bench) -> Vec<(String, Vec<u8>)> {
    bench.files().into_iter().filter(|(name, _)| name.starts_with("long/")).collect()
}

fn continued_from(bench: &Bench) -> Option<String> {
    let receipt: Receipt = serde_json::from_str(&bench.read("long/seed-0/receipt.json")).unwrap();
    receipt.continued_from
}

#[test]
fn both_in_one_session_or_in_two() {
    let whole = alone();
    let together = Bench::new(of_two());
    together.run().unwrap();
    assert_eq!(continued_from(&together).as_deref(), Some("short (seed 0)"));
    assert!(of_long(&together) == whole);

    let mut apart = Bench::new(of_two());
    for name in ["short", "long"] {
        apart.options.models = Some(vec![name.into()]);
        apart.run().unwrap();
    }
    assert_eq!(continued_from(&apart).as_deref(), Some("short (seed 0)"));
    assert!(of_long(&apart) == whole);
}

#[test]
fn epochs_that_are_there_are_not_trained_again() {
    struct First(std::sync::Mutex<Vec<(String, u32)>>);
    impl Observer for First {
        fn event(&self, event: &Event) {
            if let Event::Started { run, epochs_done, .. } = event {
                self.0.lock().unwrap().push((run.model.clone(), *epochs_done));
            }
        }
    }
    let first = First(Default::default());
    let mut bench = Bench::new(of_two());
    // Two workers: the longer run waits for the shorter one all the same.
    bench.options.jobs = Some(2);
    bench.run_with(Fault::None, &first).unwrap();
    assert_eq!(first.0.into_inner().unwrap(), [("short".to_owned(), 0), ("long".to_owned(), EPOCHS)]);
}

#[test]
fn an_interruption_on_the_way_changes_no_bit() {
    let whole = alone();
    // In the shorter run; in the longer one, which is the second executor, at its first step.
    let mut bench = Bench::new(of_two());
    assert!(bench.run_with(Fault::StopInStep(STEPS + 1), &()).unwrap().interrupted);
    bench.options.resume = true;
    bench.run().unwrap();
    assert!(of_long(&bench) == whole);

    let mut bench = Bench::new(of_two());
    bench.options.models = Some(vec!["short".into()]);
    bench.run().unwrap();
    bench.options.models = Some(vec!["long".into()]);
    bench.options.resume = true;
    let mut sessions = 0;
    while bench.run_with(Fault::StopInStep(2), &()).unwrap().interrupted {
        sessions += 1;
        assert!(sessions < 100, "it does not get on");
    }
    assert!(sessions >= 1);
    assert_eq!(continued_from(&bench).as_deref(), Some("short (seed 0)"));
    assert!(of_long(&bench) == whole);
}

#[test]
fn a_damaged_end_of_the_shorter_run_is_no_end() {
    let mut bench = Bench::new(of_two());
    bench.options.models = Some(vec!["short".into()]);
    bench.run().unwrap();
    let end = bench.out.path().join("short/seed-0/checkpoint/state.safetensors");
    std::fs::write(end, "damaged").unwrap();
    bench.options.models = Some(vec!["long".into()]);
    bench.run().unwrap();
    assert_eq!(continued_from(&bench), None);
    assert!(of_long(&bench) == alone());
}

#[test]
fn other_recipes_other_data_and_validation_splits_start_afresh() {
    let mut other = of_two();
    other.models[1].recipe.batch_size = 8;
    let bench = Bench::new(other);
    bench.run().unwrap();
    assert_eq!(continued_from(&bench), None);

    let mut split = of_two();
    crate::bound::hold_out(&mut split, Some(0.25));
    let bench = Bench::new(split);
    bench.run().unwrap();
    assert_eq!(continued_from(&bench), None);
    assert!(!bench.names().iter().any(|name| name.contains("checkpoint")));
}
