//! What runs will cost, told before any of them starts.

use super::fixture::{Bench, EPOCHS, model, study};
use toile_study::conduct::known;
use toile_study::run::Cost;
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
