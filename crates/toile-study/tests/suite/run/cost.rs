//! What runs will cost, told before any of them starts.

use super::fixture::{Bench, EPOCHS, model, study};
use toile_study::conduct::known;
use toile_study::run::{Cost, RunError, engine, unit_costs};
use toile_study::study::Model;

fn longer(name: &str) -> Model {
    let mut model = model(name);
    model.recipe.epochs = 2 * EPOCHS;
    model
}

/// The same recipe twice, but for the epochs; and another recipe.
fn bench() -> Bench {
    let mut other = model("other");
    other.recipe.batch_size = 8;
    let mut study = study(vec![longer("long"), model("short"), other]);
    study.seeds = vec![0, 1];
    Bench::new(study)
}

#[test]
fn runs_there_are_and_trainings_there_will_be() {
    let mut bench = bench();
    let check = |cost: Cost, runs, already_done, trainings| {
        assert_eq!(
            (cost.runs, cost.already_done, cost.trainings),
            (runs, already_done, trainings),
            "{cost:?}"
        );
        assert_eq!(cost.seconds > 0.0, runs > 0, "{cost:?}");
    };
    // The longer run goes on from the shorter one's end: one training of the two, for each seed.
    check(bench.cost(), 6, 0, 4);
    assert!(bench.names().is_empty(), "asking leaves nothing: {:?}", bench.names());
    bench.options.models = Some(vec!["short".into()]);
    bench.run().unwrap();
    bench.options.models = Some(vec!["long".into(), "short".into(), "other".into()]);
    check(bench.cost(), 4, 2, 4);
    bench.options.models = Some(vec!["long".into(), "short".into()]);
    bench.study.seeds = vec![0, 1, 2];
    check(bench.cost(), 4, 2, 3);
    bench.run().unwrap();
    check(bench.cost(), 0, 6, 0);
}

/// Units are measured on this machine wherever they will be done: running out of its memory would end the program.
#[test]
fn a_unit_that_is_too_large_to_be_measured_is_refused() {
    let mut large = model("large");
    large.recipe.batch_size = u32::MAX as usize;
    let mut bench = Bench::new(study(vec![model("a"), large]));
    let costs = |bench: &Bench| unit_costs(&bench.study, bench.data(), &bench.options, &engine);
    let error = costs(&bench).expect_err("there is not so much memory");
    assert!(matches!(error, RunError::NoRoom { .. }), "{error:?}");
    let error = error.to_string();
    assert!(
        error.starts_with("the model large is too large for its pace to be measured: it takes "),
        "{error}"
    );
    assert!(error.ends_with("; do this where there is as much"), "{error}");
    bench.options.models = Some(vec!["a".into()]);
    assert_eq!(costs(&bench).unwrap().len(), 1);
}

/// Combinations of settings, or learning rates, are no contenders.
#[test]
fn without_comparing_no_look_is_spent() {
    for compares in [true, false] {
        let mut bench = bench();
        // Fewer make no verdict, and no look.
        bench.study.seeds = vec![0, 1, 2];
        bench.options.compares = compares;
        let outcome = bench.run().unwrap();
        assert_eq!(outcome.comparison.is_some(), compares);
        let looks: serde_json::Value = serde_json::from_str(&bench.read("looks.json")).unwrap();
        assert_eq!(looks["comparisons"].as_array().unwrap().len(), usize::from(compares), "{looks}");
        assert_eq!(bench.names().contains(&"comparison.json".to_owned()), compares);
    }
}

#[test]
fn what_is_known_is_read_without_writing() {
    let bench = bench();
    bench.run().unwrap();
    let before = bench.files();
    let known = known(&bench.study, bench.data(), &bench.options).unwrap();
    let found: Vec<(&str, usize)> =
        known.evidence.outcomes.models.iter().map(|model| (&*model.name, model.runs.len())).collect();
    assert_eq!(found, [("long", 2), ("short", 2), ("other", 2)]);
    assert!(bench.files() == before);
}
