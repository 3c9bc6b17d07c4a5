//! A cross-validated study as a user meets it, on the small data set that is built in.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use toile_statistics::{Sample, difference};
use toile_store::sealed;

use crate::cli::{Place, STUDY};

const FOLDS: u64 = 4;
const IMAGES: usize = 512;

fn study() -> String {
    let folded = "dataset = \"fashion-mnist-small\"\ncross_validation = { folds = 4, repeats = 2 }";
    STUDY.replace("dataset = \"fashion-mnist-small\"", folded).replace("epochs = 2", "epochs = 1")
}

/// (index, whether it is right) by hand from a run's file.
fn predictions(place: &Place, model: &str, unit: u64) -> Vec<(usize, bool)> {
    let text =
        String::from_utf8(place.read(&format!("runs/tiny/{model}/seed-{unit}/predictions.csv"))).unwrap();
    let rows = text.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    rows.map(|row| (row[0].parse().unwrap(), row[1] == row[2])).collect()
}

fn json(place: &Place, name: &str) -> Value {
    sealed::read(&place.path(name), "").unwrap().unwrap()
}

#[test]
fn a_study_in_folds_from_its_file_to_its_verdict() {
    let place = Place::new(&study());
    let shown = place.toile(&["show", "tiny.toml"]).expect(0).stdout;
    assert!(shown.contains("4 folds, 2 repeats: 8 trainings of each model"), "{shown}");
    assert!(shown.contains("384 to train on, 512 to test on"), "{shown}");

    let ran = place.toile(&["run", "tiny.toml"]).expect(0);
    for part in [
        "cross-validation: 512 images in 4 folds, 2 repeats; its 256 test images are left aside",
        "a (repeat 1, fold 1): epoch 1/1",
        "b (repeat 2, fold 4): finished",
    ] {
        assert!(ran.stderr.contains(part), "{part} is not in\n{}", ran.stderr);
    }
    // Lines are wrapped.
    let said = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("2 repeats of 4 folds"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("seed"), "a repeat is called a seed:\n{}", ran.stdout);

    // Every image once a repeat, and the verdict from these files by hand.
    let samples = ["a", "b"].map(|model| {
        let (mut correct, mut folds) = (Vec::new(), Vec::new());
        for repeat in 0..2 {
            let (mut right, mut fold_of) = (vec![false; IMAGES], vec![0; IMAGES]);
            let mut tested = BTreeSet::new();
            for fold in 0..FOLDS {
                for (index, is_right) in predictions(&place, model, repeat * FOLDS + fold) {
                    assert!(tested.insert(index), "{model}: image {index} is tested twice in a repeat");
                    (right[index], fold_of[index]) = (is_right, fold as u32);
                }
            }
            assert_eq!(tested.len(), IMAGES);
            correct.push(right);
            folds.push(fold_of);
        }
        let of = [(0, &folds[0][..]), (1, &folds[1][..])];
        Sample::of_correctness(&[0, 1], &correct).unwrap().in_folds(FOLDS as usize, &of).unwrap()
    });
    let expected = difference(&samples[0], &samples[1]).unwrap();
    let comparison = json(&place, "runs/tiny/comparison.json");
    let found = &comparison["pairs"][0]["difference"];
    assert_eq!(found["value"].as_f64(), Some(expected.value));
    assert_eq!(found["standard_error"].as_f64(), Some(expected.standard_error));
    assert_eq!(found["interval"]["low"].as_f64(), Some(expected.interval(0.025).low.max(-1.0)));
    assert_eq!(comparison["folds"].as_u64(), Some(FOLDS));

    let page = String::from_utf8(place.read("runs/tiny/report.html")).unwrap();
    for part in ["cross-validated in 4 folds", "each in 2 repeats", "Nadeau and Bengio 2003", "repeat 2"] {
        assert!(page.contains(part), "{part} is not on the page");
    }
    assert!(!page.contains("seed 0") && !page.contains("endless seeds"), "a repeat is called a seed");

    let again = place.toile(&["run", "tiny.toml"]).expect(0);
    assert!(again.stderr.contains("every run is already finished"), "{}", again.stderr);
    let compared = place.toile(&["compare", "tiny.toml", "a", "b", "--json"]);
    let compared: Value = serde_json::from_str(&compared.stdout).unwrap();
    assert_eq!(compared["pairs"][0]["difference"], *found);
    place.toile(&["eval", "tiny/a@5", "--out", "measured"]).expect(0);
    assert!(place.read("measured/predictions.csv") == place.read("runs/tiny/a/seed-5/predictions.csv"));
    let refused = place.toile(&["eval", "tiny/a@all"]).expect(2);
    assert!(refused.stderr.contains("trained on images that others are tested on"), "{}", refused.stderr);
    let before = place.read("runs/tiny/report.html");
    fs::remove_file(place.path("runs/tiny/report.html")).unwrap();
    place.toile(&["report", "runs/tiny"]).expect(0);
    assert_eq!(place.read("runs/tiny/report.html").len(), before.len());
}

#[test]
fn what_folds_cannot_do_is_refused() {
    let place = Place::new(&study());
    for (args, part) in [
        (&["run", "tiny.toml", "--seeds", "0-2"][..], "it has no seeds to choose; leave --seeds away"),
        (&["explain", "tiny.toml", "a", "b", "--seeds", "0-2"], "leave --seeds away"),
        (
            &["sweep", "tiny.toml", "a", "--lr", "0.1,1"],
            "toile sweep does not work on a study that is cross-validated",
        ),
        (&["ablate", "tiny.toml", "a"], "toile ablate does not work on a study that is cross-validated"),
    ] {
        let ran = place.toile(args).expect(2);
        assert!(ran.stderr.contains(part), "{args:?}: {}", ran.stderr);
    }
    assert!(!place.path("runs").exists(), "nothing was begun");
}

#[test]
fn what_brought_a_gain_is_explained_over_folds() {
    let study = study().replace("repeats = 2", "repeats = 1").replace("folds = 4", "folds = 3");
    let place = Place::new(&study);
    let ran = place.toile(&["explain", "tiny.toml", "a", "b"]).expect(0);
    let found = json(&place, "runs/tiny/explain-a-b.json");
    assert_eq!(found["seeds"], serde_json::json!([0]), "one repeat: {}", ran.stdout);
    assert!(found["gain"]["interval"]["low"].is_f64(), "{found}");
    assert!(!ran.stdout.contains("without a verdict"), "three trainings of each: {}", ran.stdout);
}
