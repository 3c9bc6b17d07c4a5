//! `toile explain`, `toile sweep` and `toile ablate` as a user meets them.

use serde_json::Value;
use toile_study::evidence::Interval;
use toile_study::evidence::Metric;
use toile_study::evidence::ablation::{AblatedModel, AblatedPoint, Ablation};
use toile_study::evidence::attribution::{Attribution, CellSummary, Effect, FactorLevels};

use super::cli::{Place, STUDY};
use super::{golden, outline};
use toile_cli::outputs::{ablation_csv, attribution_csv};
use toile_cli::table::{TableOptions, ablated, explained};
use toile_draw::charts::{ablation, attribution};
use toile_draw::svg;

/// Differs from `a` in the optimizer, the dropout and the epochs.
fn study() -> String {
    let second = STUDY.replacen("p = 0.1", "p = \"dropout\"", 1);
    let second = second.replacen("[model.a]\n", "[model.a]\ndropout = 0.0\n", 1);
    let second = second.replacen("[model.b]\n", "[model.b]\ndropout = 0.5\n", 1);
    let (front, back) = second.split_once("[model.b]").unwrap();
    format!("{front}[model.b]{}", back.replace("epochs = 2", "epochs = 4"))
}

fn json(place: &Place, name: &str) -> Value {
    serde_json::from_slice(&place.read(name)).unwrap()
}

#[test]
fn from_two_models_to_what_made_the_difference() {
    let place = Place::new(&study());
    let dry = place.toile(&["explain", "tiny.toml", "a", "b", "--seeds", "0-2", "--dry-run"]).expect(0);
    for part in [
        "a and b differ in 3 factors:\n  dropout    0  ->  0.5\n  optimizer  Adam, lr 0.001  ->  SGD, lr 0.01\n",
        "  epochs     2  ->  4\n",
        "8 combinations with 3 seeds each: 24 runs, 0 of them there\n",
        // Each pair that differs in epochs alone is one training.
        "to do: 24 runs in 12 trainings (where only the epochs differ",
    ] {
        assert!(dry.stdout.contains(part), "{part:?} is not in\n{}", dry.stdout);
    }
    assert!(!place.path("runs").exists(), "nothing was trained");

    let ran = place.toile(&["explain", "tiny.toml", "a", "b", "--seeds", "0-2"]).expect(0);
    for part in [
        "Shapley value",
        "a+dropout+optimizer",
        "Answer\nOf ",
        "optimizer with its rate",
        "warning: Adam at 0.001 is untuned",
    ] {
        assert!(ran.stdout.contains(part), "{part:?} is not in\n{}", ran.stdout);
    }
    let found: Attribution = serde_json::from_slice(&place.read("runs/tiny/explain-a-b.json")).unwrap();
    let sum: f64 = found.shapley.iter().map(|effect| effect.value).sum();
    assert!((sum - found.gain.value).abs() < 1e-12);
    // The cells are the runs' own figures.
    for cell in &found.cells {
        for (seed, accuracy) in found.seeds.iter().zip(&cell.per_seed) {
            let run = json(&place, &format!("runs/tiny/{}/seed-{seed}/evaluation.json", cell.model));
            assert_eq!(run["evaluation"]["test_accuracy"].as_f64().unwrap(), *accuracy, "{}", cell.model);
        }
    }
    for name in ["explain-a-b.csv", "explain-a-b.svg"] {
        assert!(!place.read(&format!("runs/tiny/{name}")).is_empty());
    }
    assert!(!place.path("runs/tiny/comparison.json").exists(), "combinations are not compared");

    // A second time nothing is trained, and the answer is the same.
    let again = place.toile(&["explain", "tiny.toml", "a", "b", "--seeds", "0-2", "--json"]).expect(0);
    assert!(
        again.stderr.contains("nothing to train") && !again.stderr.contains("epoch 1"),
        "{}",
        again.stderr
    );
    assert_eq!(serde_json::from_str::<Attribution>(&again.stdout).unwrap(), found);
    let loss = place
        .toile(&["explain", "tiny.toml", "a", "b", "--seeds", "0-2", "--metric", "nll", "--markdown"])
        .expect(0);
    assert!(loss.stdout.contains("| factor | Shapley value | interval | share |"), "{}", loss.stdout);
    assert!(place.path("runs/tiny/explain-a-b-nll.json").exists());
}

#[test]
fn the_built_in_try_can_be_explained_with_one_seed() {
    let place = Place::new(STUDY);
    let ran = place.toile(&["explain", "quick", "baseline", "better", "--seeds", "0"]).expect(0);
    for part in ["values without a verdict", "warning: 1 seed of each combination is too few for a verdict"] {
        assert!(ran.stdout.contains(part), "{part:?} is not in\n{}", ran.stdout);
    }
    // Both models learn in these seconds: a guess is right one time in ten.
    for model in ["baseline", "better"] {
        let evaluation = json(&place, &format!("runs/quick/{model}/seed-0/evaluation.json"));
        let accuracy = evaluation["evaluation"]["test_accuracy"].as_f64().unwrap();
        assert!(accuracy > 0.6, "{model}: {accuracy}");
    }
}

#[test]
fn diverged_combinations_are_counted() {
    let place = Place::new(&study().replace("SGD = { lr = 0.01 }", "SGD = { lr = 1e38 }"));
    let ran = place.toile(&["explain", "tiny.toml", "a", "b"]).expect(2);
    assert!(ran.stderr.contains("error: 4 of 8 runs diverged"), "{}", ran.stderr);
    assert!(ran.stderr.contains("lr = 1e37 instead of 1e38"), "{}", ran.stderr);
    assert!(!place.path("runs/tiny/explain-a-b.json").exists());
}

#[test]
fn bad_questions_are_told_with_their_remedy() {
    let place = Place::new(&study());
    for (args, expected) in [
        (&["explain", "tiny.toml", "a", "c"][..], "no model \"c\"; it has a, b"),
        (&["explain", "tiny.toml", "a", "a"], "are the same recipe"),
        (&["explain", "tiny.toml", "a", "b", "--metric", "accuracy"], "accuracy_top1"),
        (&["explain", "tiny.toml", "a", "b", "--alpha", "5"], "as 0.05"),
        (&["sweep", "tiny.toml", "a"], "--lr"),
        (&["sweep", "tiny.toml", "a", "--lr", "0"], "more than 0"),
        (&["sweep", "tiny.toml", "a", "--lr", "1", "--validation", "0.9"], "up to 0.5"),
        (&["ablate", "tiny.toml", "a"], "has no finished run in runs/tiny; train it first with toile run"),
        (&["ablate", "mnist-tutorial", "mnist-tutorial", "--offline", "--data-dir", "nowhere"], "nowhere"),
        (&["ablate", "tiny.toml", "a", "--shares", "0,2"], "from 0 to 1"),
    ] {
        let ran = place.toile(args).expect(2);
        assert!(ran.stderr.contains(expected), "{args:?}: {expected:?} is not in\n{}", ran.stderr);
    }
    assert!(!place.path("runs").exists());
}

#[test]
fn a_sweep_shows_nothing_of_the_test_images_and_tunes() {
    let place = Place::new(&study());
    let args = ["sweep", "tiny.toml", "b", "--lr", "0.001,0.1,1e38", "--seeds", "0-1", "--epochs", "2"];
    let ran = place.toile(&args).expect(0);
    for part in [
        "validation accuracy",
        "  best\n",
        "2 of 2 diverged",
        "[model.b-tuned]",
        "optimizer = { SGD = { lr = 0.1 } }",
    ] {
        assert!(ran.stdout.contains(part), "{part:?} is not in\n{}", ran.stdout);
    }
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains("test accuracy") && !text.contains("test loss"), "{text}");
    }
    let events = place.toile(&[&args[..], &["--progress", "json", "--out", "other"]].concat()).expect(0);
    assert!(
        events.stdout.contains("validation_accuracy") && !events.stdout.contains("test_"),
        "{}",
        events.stdout
    );
    assert!(!place.path("runs/tiny/sweep/b/report.html").exists());
    assert!(!place.path("runs/tiny/sweep/b/comparison.json").exists());
    let sweep = json(&place, "runs/tiny/sweep-b.json");
    assert_eq!(sweep["best"], 0.1);
    // What was tuned is not warned about any more.
    let tuned = study().replace("SGD = { lr = 0.01 }", "SGD = { lr = 0.1 }");
    std::fs::write(place.path("tiny.toml"), tuned).unwrap();
    let explained = place.toile(&["explain", "tiny.toml", "a", "b"]).expect(0);
    assert!(explained.stdout.contains("Adam at 0.001 is untuned"), "{}", explained.stdout);
    assert!(!explained.stdout.contains("SGD at 0.1"), "{}", explained.stdout);
}

#[test]
fn ablating_leaves_its_curve() {
    let place = Place::new(&study());
    place.toile(&["run", "tiny.toml", "--seeds", "0-1", "--epochs", "2"]).expect(0);
    let same = study().replace("epochs = 4", "epochs = 2");
    std::fs::write(place.path("tiny.toml"), same).unwrap();
    let args = ["ablate", "tiny.toml", "a", "b", "--shares", "0,0.5,1", "--draws", "3"];
    let ran = place.toile(&args).expect(0);
    assert!(ran.stdout.contains("Test accuracy that remains"), "{}", ran.stdout);
    let found: Ablation = serde_json::from_slice(&place.read("runs/tiny/ablation.json")).unwrap();
    for model in &found.models {
        let run = json(&place, &format!("runs/tiny/{}/seed-1/evaluation.json", model.name));
        assert_eq!(run["evaluation"]["test_accuracy"].as_f64().unwrap(), model.points[0].per_seed[1]);
    }
    let again = place.toile(&[&args[..], &["--threads", "1", "--json"]].concat()).expect(0);
    assert_eq!(serde_json::from_str::<Ablation>(&again.stdout).unwrap(), found, "whatever the threads");
}

/// `toile ablate` was called `toile silence` at first, and its files `silencing.json` and so on.
#[test]
fn the_former_name_of_ablation_is_understood() {
    let place = Place::new(&study().replace("epochs = 4", "epochs = 1"));
    place.toile(&["run", "tiny.toml"]).expect(0);
    place.toile(&["silence", "tiny.toml", "a", "--shares", "0,1", "--draws", "1"]).expect(0);
    let written = place.path("runs/tiny/ablation.json");
    place.toile(&["report", "runs/tiny"]).expect(0);
    let table = place.read("runs/tiny/data/ablation.csv");
    // As an earlier version left it, with its table.
    std::fs::rename(written, place.path("runs/tiny/silencing.json")).unwrap();
    std::fs::rename(place.path("runs/tiny/data/ablation.csv"), place.path("runs/tiny/data/silencing.csv"))
        .unwrap();
    place.toile(&["report", "runs/tiny"]).expect(0);
    assert_eq!(place.read("runs/tiny/data/ablation.csv"), table);
    assert!(!place.path("runs/tiny/data/silencing.csv").exists(), "out of date");
}

/// Invented figures of a realistic size.
fn attribution() -> Attribution {
    let interval = |value: f64, half: f64, confidence| {
        Some(Interval { low: value - half, high: value + half, confidence })
    };
    let effect = |factors: &[&str], value: f64, half: f64| Effect {
        factors: factors.iter().map(|name| (*name).into()).collect(),
        aliases: vec![],
        value,
        standard_error: half / 4.0,
        interval: interval(value, half, 0.98),
    };
    let names = ["dropout", "optimizer", "epochs"];
    let level = |name: &str, first: &str, second: &str| FactorLevels {
        name: name.into(),
        first: first.into(),
        second: second.into(),
    };
    let cells = (0..8).map(|cell| {
        let second_level: Vec<bool> = (0..3).map(|bit| cell >> bit & 1 == 1).collect();
        let mean = 0.69
            + second_level
                .iter()
                .zip([-0.004, 0.19, 0.02])
                .map(|(s, v)| if *s { v } else { 0.0 })
                .sum::<f64>();
        CellSummary {
            model: format!("cell-{cell}"),
            second_level,
            per_seed: vec![mean; 3],
            mean,
            interval: interval(mean, 0.01, 0.95),
        }
    });
    Attribution {
        first: "baseline".into(),
        second: "better".into(),
        metric: Metric::AccuracyTop1,
        alpha: 0.05,
        seeds: vec![0, 1, 2],
        folds: None,
        fraction: None,
        factors: vec![
            level("dropout", "0", "0.5"),
            level("optimizer", "SGD, lr 0.001", "Adam, lr 0.0001"),
            level("epochs", "20", "40"),
        ],
        cells: cells.collect(),
        gain: effect(&names, 0.206, 0.004),
        effects: vec![
            effect(&["dropout"], -0.005, 0.003),
            effect(&["optimizer"], 0.188, 0.006),
            effect(&["epochs"], 0.022, 0.004),
            effect(&["dropout", "optimizer"], 0.002, 0.003),
            effect(&["dropout", "epochs"], 0.0, 0.002),
            effect(&["optimizer", "epochs"], -0.011, 0.004),
            effect(&names, 0.001, 0.002),
        ],
        shapley: vec![
            effect(&["dropout"], -0.004, 0.003),
            effect(&["optimizer"], 0.189, 0.006),
            effect(&["epochs"], 0.021, 0.004),
        ],
        shares: Some(vec![-0.019, 0.917, 0.102]),
        sentence: "Of +20.60 points from baseline to better: optimizer with its rate, and so on.".into(),
        warnings: vec!["SGD at 0.001 is untuned: \"optimizer\" then partly measures tuning.".into()],
    }
}

fn ablation() -> Ablation {
    let model = |name: &str, fall: f64| AblatedModel {
        name: name.into(),
        seeds: vec![0, 1],
        points: (0..10)
            .map(|tenth| {
                let share = f64::from(tenth) / 10.0;
                let mean = 0.1 + 0.8 * (1.0 - share.powf(fall));
                AblatedPoint {
                    share,
                    per_seed: vec![mean - 0.01, mean + 0.01],
                    mean,
                    range: [(mean - 0.2 * share).max(0.05), mean + 0.1 * share],
                }
            })
            .collect(),
    };
    let models = vec![model("baseline", 1.2), model("better", 4.0)];
    Ablation { layers: vec!["fc1".into(), "fc2".into()], draws: 10, models }
}

#[test]
fn tables_charts_and_their_data_are_as_they_were() {
    let attribution = self::attribution();
    golden::check("explain-80.txt", &explained::terminal(&attribution, TableOptions::default()));
    golden::check("explain.md", &explained::markdown(&attribution));
    golden::check("explain.svg.txt", &outline::of_drawing(&svg::file(&attribution::sheet(&attribution))));
    golden::check("explain.csv", &attribution_csv(&attribution));
    let (ablation, answer) = (ablation(), "Half is lost by one and not by the other.");
    golden::check("ablation-80.txt", &ablated::terminal(&ablation, answer, &[], TableOptions::default()));
    let sheet = ablation::sheet(&ablation, 10, answer);
    golden::check("ablation.svg.txt", &outline::of_drawing(&svg::file(&sheet)));
    golden::check("ablation.csv", &ablation_csv(&ablation));
}
