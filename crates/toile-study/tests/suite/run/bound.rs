//! What a file belongs to is checked before it is believed, and damage costs as little as it can.

use std::fs;
use std::path::PathBuf;

use toile_study::calibration::record::{self, Calibration};
use toile_study::calibration::temperature::Fitted;
use toile_study::conduct::{ConductError, Outcome, known, reread};
use toile_study::evidence::compare::{Contender, Test, compare};
use toile_study::evidence::contenders;
use toile_study::evidence::outcomes::RunOutcomes;
use toile_study::evidence::settings::{ComparisonSettings, Overrides, Question};
use toile_study::recipe::Validation;
use toile_study::results::{Receipt, RunStatus};
use toile_study::run::RunFolder;
use toile_study::search::earlier_candidates;

use super::fixture::{Bench, Fault, STEPS, model, study};

/// Two models with two seeds each, finished.
fn bench() -> Bench {
    let mut other = model("b");
    other.recipe.batch_size = 8;
    let mut study = study(vec![model("a"), other]);
    study.seeds = vec![0, 1];
    let bench = Bench::new(study);
    bench.run().unwrap();
    bench
}

fn path(bench: &Bench, name: &str) -> PathBuf {
    bench.out.path().join(name)
}

/// Puts another run's file, or what `change` makes of its own, in the place of a file.
fn copy(bench: &Bench, from: &str, to: &str) {
    fs::copy(path(bench, from), path(bench, to)).unwrap();
}

fn change(bench: &Bench, name: &str, change: impl FnOnce(String) -> String) {
    let text = bench.read(name);
    let changed = change(text.clone());
    assert_ne!(text, changed, "the test changes nothing");
    fs::write(path(bench, name), changed).unwrap();
}

fn refused(result: Result<Outcome, ConductError>, expected: &[&str]) {
    let error = result.unwrap_err().to_string();
    for part in expected {
        assert!(error.contains(part), "{error:?} lacks {part:?}");
    }
}

#[test]
fn a_copied_run_is_not_another_seed() {
    let mut bench = bench();
    let (from, to) = (path(&bench, "a/seed-0"), path(&bench, "a/seed-5"));
    fs::create_dir_all(to.join("weights")).unwrap();
    for name in ["config.toml", "results.csv", "predictions.csv", "evaluation.json", "receipt.json"] {
        fs::copy(from.join(name), to.join(name)).unwrap();
    }
    let expected =
        ["a/seed-5/evaluation.json", "belongs to a (seed 0), not to a (seed 5)", "give it back the name"];
    refused(bench.run(), &expected);
    bench.study.seeds = vec![0, 1, 5];
    refused(bench.run(), &expected);
    let places = contenders::of_models(bench.out.path(), &["a".into(), "b".into()]).unwrap();
    let error = contenders::read(&places, None).unwrap_err().to_string();
    assert!(expected.iter().all(|part| error.contains(part)), "{error}");
}

#[test]
fn another_run_s_checkpoint_is_not_gone_on_with() {
    let interrupted = |lr: f64, seed: u64| {
        let mut model = model("a");
        model.recipe.learning_rate.base = lr;
        let mut study = study(vec![model]);
        study.seeds = vec![seed];
        let mut bench = Bench::new(study);
        bench.options.resume = true;
        assert!(bench.run_with(Fault::StopInStep(STEPS + 1), &()).unwrap().interrupted);
        bench
    };
    let checkpoint = |seed: u64| format!("a/seed-{seed}/checkpoint/state.safetensors");
    for (lr, seed, expected) in
        [(0.01, 3, "it belongs to a (seed 3), not to a (seed 0)"), (0.02, 0, "other settings of the model")]
    {
        let (bench, other) = (interrupted(0.01, 0), interrupted(lr, seed));
        fs::copy(other.out.path().join(checkpoint(seed)), path(&bench, &checkpoint(0))).unwrap();
        refused(bench.run(), &["state.safetensors", expected]);
    }
}

#[test]
fn predictions_of_another_run_and_changed_ones_are_noticed_and_measured_again() {
    for damage in [
        (|bench: &Bench| copy(bench, "a/seed-1/predictions.csv", "a/seed-0/predictions.csv")) as fn(&Bench),
        |bench| copy(bench, "b/seed-0/predictions.csv", "a/seed-0/predictions.csv"),
        |bench| change(bench, "a/seed-0/predictions.csv", |text| text.replacen("0.", "0.1", 1)),
    ] {
        let bench = bench();
        let before = bench.files();
        damage(&bench);
        refused(bench.run(), &["a/seed-0/predictions.csv", "not as the run left it", "trains nothing"]);
        // The remedy.
        fs::remove_file(path(&bench, "a/seed-0/predictions.csv")).unwrap();
        let outcome = bench.run_with(Fault::PanicInStep(1), &()).unwrap();
        assert!(outcome.failures.is_empty() && outcome.started == 1, "{:?}", outcome.failures);
        assert!(before == bench.files());
    }
}

#[test]
fn a_damaged_evaluation_is_measured_again() {
    for validation in [None, Some(0.25)] {
        let mut study = study(vec![model("a")]);
        study.models.iter_mut().for_each(|model| model.recipe.validation = validation.map(Validation::Share));
        let bench = Bench::new(study);
        bench.run().unwrap();
        let before = bench.files();
        let receipt = |bench: &Bench| -> Receipt {
            serde_json::from_str(&bench.read("a/seed-0/receipt.json")).unwrap()
        };
        let times = receipt(&bench).training_seconds;
        change(&bench, "a/seed-0/evaluation.json", |text| {
            let at = text.find("\"test_accuracy\":").unwrap();
            format!("{}\"test_accuracy\": 7.0,{}", &text[..at], &text[at + text[at..].find('\n').unwrap()..])
        });
        refused(bench.run(), &["evaluation.json", "digest", "measures the network again and trains nothing"]);
        fs::remove_file(path(&bench, "a/seed-0/evaluation.json")).unwrap();
        let outcome = bench.run_with(Fault::PanicInStep(1), &()).unwrap();
        assert!(outcome.failures.is_empty() && outcome.started == 1, "{:?}", outcome.failures);
        assert!(before == bench.files(), "validation {validation:?}");
        assert_eq!(receipt(&bench).training_seconds, times);
    }
}

#[test]
fn an_evaluation_that_no_run_measures_is_refused_though_no_digest_tells() {
    let bench = bench();
    let record: serde_json::Value = serde_json::from_str(&bench.read("a/seed-0/evaluation.json")).unwrap();
    for (key, value) in [("test_accuracy", 7.0), ("train_accuracy", -0.5), ("test_accuracy", 0.0)] {
        let mut before =
            serde_json::json!({ "status": record["status"], "evaluation": record["evaluation"] });
        before["evaluation"][key] = value.into();
        fs::write(path(&bench, "a/seed-0/evaluation.json"), before.to_string()).unwrap();
        refused(bench.run(), &["a/seed-0/evaluation.json", "accuracy"]);
    }
}

#[test]
fn rows_spoilt_by_a_spreadsheet_are_restored() {
    for validation in [None, Some(0.25)] {
        let mut study = study(vec![model("a")]);
        study.models.iter_mut().for_each(|model| model.recipe.validation = validation.map(Validation::Share));
        let bench = Bench::new(study);
        let first = bench.run().unwrap();
        let before = bench.files();
        for spoil in [
            (|text: String| format!("\u{feff}{}", text.replace(',', ";").replace('.', ",")))
                as fn(String) -> String,
            |text| text[..text.len() / 2].to_owned(),
            |text| text.replacen("0.", "0.9", 1),
        ] {
            change(&bench, "a/seed-0/results.csv", spoil);
            let read = reread(bench.out.path()).unwrap();
            assert_eq!(read.results.models, first.results.models, "a report is made as before");
            let outcome = bench.run().unwrap();
            assert_eq!(outcome.results, first.results);
            let notes = outcome.notes.join("\n");
            assert!(notes.contains("results.csv was not as the run left it, and is written anew"), "{notes}");
            assert!(before == bench.files());
        }
        fs::remove_file(path(&bench, "a/seed-0/results.csv")).unwrap();
        assert_eq!(bench.run().unwrap().results, first.results);
        assert!(before == bench.files());
    }
}

#[test]
fn a_missing_or_changed_configuration_is_restored_from_the_weights() {
    let bench = bench();
    let before = bench.files();
    for spoil in ["", "name = \"tiny\"\n[model.a]\nlr = 0.02\n"] {
        let place = path(&bench, "a/seed-0/config.toml");
        match spoil {
            "" => fs::remove_file(&place).unwrap(),
            text => fs::write(&place, text).unwrap(),
        }
        let places = contenders::of_models(bench.out.path(), &["a".into(), "b".into()]).unwrap();
        let field = contenders::read(&places, None).unwrap();
        assert_eq!(field.entrants[0].runs.len(), 2);
        assert!(
            field.warnings.iter().any(|note| note.contains("a/seed-0/config.toml")),
            "{:?}",
            field.warnings
        );
        let outcome = bench.run().unwrap();
        assert_eq!(outcome.results.models[0].runs.len(), 2, "the run is not left out");
        assert!(outcome.notes.join("\n").contains("config.toml"), "{:?}", outcome.notes);
        assert!(before == bench.files());
    }
    // Nothing is left to restore it from.
    fs::remove_file(path(&bench, "a/seed-0/config.toml")).unwrap();
    fs::remove_dir_all(path(&bench, "a/seed-0/weights")).unwrap();
    refused(bench.run(), &["a/seed-0/config.toml", "it is missing", "to train this run again"]);
}

#[test]
fn a_damaged_receipt_stops_nothing() {
    for damage in [
        (|bench: &Bench| fs::write(path(bench, "a/seed-0/receipt.json"), "{").unwrap()) as fn(&Bench),
        |bench| copy(bench, "a/seed-1/receipt.json", "a/seed-0/receipt.json"),
        |bench| {
            change(bench, "a/seed-0/receipt.json", |text| {
                text.replacen("\"threads\": 1", "\"threads\": 7", 1)
            })
        },
    ] {
        let bench = bench();
        damage(&bench);
        let outcome = bench.run().unwrap();
        assert_eq!(outcome.results.models[0].runs[0].status, RunStatus::Finished);
        assert_eq!(outcome.receipts.len(), 3);
        assert!(outcome.notes.join("\n").contains("a/seed-0/receipt.json"), "{:?}", outcome.notes);
        assert_eq!(reread(bench.out.path()).unwrap().receipts.len(), 3);
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_waited_for() {
    let bench = bench();
    for name in ["a/seed-0/config.toml", "a/seed-0/predictions.csv", "results.json"] {
        let whole = fs::read(path(&bench, name)).unwrap();
        fs::remove_file(path(&bench, name)).unwrap();
        let made = std::process::Command::new("mkfifo").arg(path(&bench, name)).status().unwrap();
        assert!(made.success());
        let error = reread(bench.out.path()).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains("no regular file"), "{error}");
        fs::remove_file(path(&bench, name)).unwrap();
        fs::write(path(&bench, name), whole).unwrap();
    }
    // A temperature is bound to the weights, and earlier candidates of a sweep are known by what they were trained as.
    let folder = RunFolder::new(bench.out.path(), "a", 0);
    let recipe = &bench.study.models[0].recipe;
    let fitted = Fitted { temperature: 1.5, nll_before: 0.75, nll_after: 0.5 };
    Calibration::new(&folder, recipe, fitted, 10).unwrap().write(&folder).unwrap();
    assert!(record::read(&folder, recipe).unwrap().is_some());
    let weights = folder.weights("last");
    fs::remove_file(&weights).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&weights).status().unwrap().success());
    let error = record::read(&folder, recipe).unwrap_err().to_string();
    assert!(error.contains("last.safetensors") && error.contains("no regular file"), "{error}");
    assert_eq!(earlier_candidates(bench.out.path()), 2);
    let config = folder.config();
    fs::rename(&config, path(&bench, "config.toml")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&config).status().unwrap().success());
    assert_eq!(earlier_candidates(bench.out.path()), 2, "the other seed of the model tells");
    fs::rename(path(&bench, "config.toml"), &config).unwrap();
    let large = fs::File::options().write(true).open(path(&bench, "a/seed-0/config.toml")).unwrap();
    large.set_len(1_500_000_000).unwrap();
    let error = reread(bench.out.path()).unwrap_err().to_string();
    assert!(error.contains("config.toml") && error.contains("1500000000 bytes"), "{error}");
}

#[test]
fn folders_that_are_no_runs_are_named() {
    let bench = bench();
    for name in ["seed-09", "seed-0 (copy)"] {
        fs::create_dir_all(path(&bench, &format!("a/{name}"))).unwrap();
        for file in ["config.toml", "evaluation.json", "predictions.csv"] {
            copy(&bench, &format!("a/seed-0/{file}"), &format!("a/{name}/{file}"));
        }
    }
    let outcome = bench.run().unwrap();
    let seeds: Vec<u64> = outcome.results.models[0].runs.iter().map(|run| run.seed).collect();
    assert_eq!(seeds, [0, 1]);
    let notes = outcome.notes.join("\n");
    assert!(
        notes.contains("a/seed-09 is left out") && notes.contains("a/seed-0 (copy) is left out"),
        "{notes}"
    );
}

#[test]
fn a_new_name_of_the_study_is_no_other_setting() {
    let mut bench = bench();
    let first = bench.run().unwrap();
    bench.study.name = "renamed".into();
    let again = bench.run().unwrap();
    assert_eq!((again.started, &again.results.models), (0, &first.results.models));
}

/// As Toile left runs before it noted what a file belongs to.
#[test]
fn runs_of_earlier_versions_are_read_and_marked_once() {
    let bench = bench();
    let first = bench.run().unwrap();
    for run in ["a/seed-0", "a/seed-1", "b/seed-0", "b/seed-1"] {
        let record: serde_json::Value =
            serde_json::from_str(&bench.read(&format!("{run}/evaluation.json"))).unwrap();
        let before = serde_json::json!({ "status": record["status"], "evaluation": record["evaluation"] });
        fs::write(path(&bench, &format!("{run}/evaluation.json")), before.to_string()).unwrap();
        change(&bench, &format!("{run}/predictions.csv"), |text| {
            text.lines().map(|line| line.rsplit_once(',').unwrap().0.to_owned() + "\n").collect()
        });
        fs::remove_file(path(&bench, &format!("{run}/receipt.json"))).unwrap();
    }
    let again = bench.run().unwrap();
    assert_eq!((again.started, &again.results), (0, &first.results));
    let marks: Vec<&String> =
        again.notes.iter().filter(|note| note.contains("earlier version of Toile")).collect();
    assert_eq!(marks.len(), 1, "{:?}", again.notes);
    assert!(marks[0].starts_with("a (seed 0) and 3 more"), "{}", marks[0]);
}

#[test]
fn recipes_and_seeds_that_predict_the_same_are_told() {
    let bench = bench();
    let outcomes = known(&bench.study, bench.data(), &bench.options).unwrap().evidence.outcomes;
    let runs = &outcomes.models[0].runs;
    let mut copied = runs.clone();
    copied[1] = RunOutcomes { seed: 1, ..runs[0].clone() };
    let question = Question::new(&ComparisonSettings::default(), None, Overrides::default());
    let class_names: Vec<String> = ["top", "middle", "bottom"].map(str::to_owned).into();
    let test = Test { class_names: &class_names, labels: &outcomes.labels };
    let contender = |name, runs| Contender { name, runs, diverged: &[] };
    let compared = |pair: &[Contender<'_>]| compare(&question, 1, test, pair).unwrap();
    let same = compared(&[contender("x", runs), contender("y", runs)]);
    assert!(same.pairs[0].sentence.contains("they predict the same"), "{}", same.pairs[0].sentence);
    assert!(same.pairs[0].sentence.contains("seeds 0 and 1"), "{}", same.pairs[0].sentence);
    assert!(same.warnings.is_empty(), "{:?}", same.warnings);
    let twice = compared(&[contender("x", &copied), contender("y", runs)]);
    assert!(!twice.pairs[0].sentence.contains("predict the same"));
    assert!(twice.warnings[0].starts_with("x: seeds 0 and 1 predict the same"), "{:?}", twice.warnings);
}
