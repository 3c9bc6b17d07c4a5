//! `toile sweep --vary`: any setting, on images held out of training.

use std::fs;

use serde_json::Value;
use toile_store::sealed;

use super::cli::{Place, STUDY};
use super::predict::write_png;

fn found(place: &Place, name: &str) -> Value {
    sealed::read(&place.path(&format!("runs/tiny/swept-{name}.json")), "").unwrap().unwrap()
}

#[test]
fn a_grid_is_tried_once_and_what_is_chosen_is_a_model() {
    let place = Place::new(STUDY);
    let args = [
        "sweep",
        "tiny.toml",
        "b",
        "--vary",
        "lr=0.01,0.1",
        "--vary",
        "label_smoothing=0,0.1",
        "--seeds",
        "0-1",
    ];
    let ran = place.toile(&args).expect(0);
    let sweep = found(&place, "b");
    // The model as it is has the same recipe as one of the four.
    let tried = sweep["candidates"].as_array().unwrap();
    assert_eq!((tried.len(), &tried[0]["settings"]), (4, &serde_json::json!([])));
    let accuracy = |of: &Value| of["validation_accuracy"].as_f64().unwrap();
    let best = &tried[sweep["best"].as_u64().unwrap() as usize];
    assert!(tried.iter().all(|of| accuracy(of) <= accuracy(best)), "{sweep}");
    let worth = &sweep["over_default"];
    assert!((worth["difference"].as_f64().unwrap() - (accuracy(best) - accuracy(&tried[0]))).abs() < 1e-12);
    assert_eq!(worth["comparisons"], 3);
    for part in [
        "[model.b-tuned]",
        "lr = 0.1",
        "flatters it",
        "whichever candidate had come out best (3 comparisons)",
    ] {
        assert!(ran.stdout.contains(part), "{part:?} is not in\n{}", ran.stdout);
    }
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains("test accuracy") && !text.contains("test loss"), "{text}");
    }
    assert!(String::from_utf8(place.read("runs/tiny/swept-b.svg")).unwrap().contains("<svg"));
    // Nothing is trained twice, and what is lost is trained again to the same.
    let json = place.read("runs/tiny/swept-b.json");
    let again = place.toile(&args).expect(0);
    assert!(!again.stderr.contains("epoch 1/"), "{}", again.stderr);
    fs::remove_dir_all(place.path(&format!("runs/tiny/sweep/b/{}", best["name"].as_str().unwrap()))).unwrap();
    let repaired = place.toile(&[&args[..], &["--jobs", "2", "--threads", "3"]].concat()).expect(0);
    assert!(repaired.stderr.contains("epoch 1/"), "{}", repaired.stderr);
    assert_eq!((&again.stdout, &repaired.stdout), (&ran.stdout, &ran.stdout));
    assert!(place.read("runs/tiny/swept-b.json") == json);
}

/// A data set of folders, whose test folders have these names.
fn pictures(place: &Place, tested: [&str; 2]) {
    for (class, name) in ["dark", "light"].iter().enumerate() {
        for image in 0..24usize {
            let pixels: Vec<u8> =
                (0..64usize).map(|at| ((at * 37 + image * 101) % 140 + 80 * class) as u8).collect();
            let (part, name) = if image < 16 { ("train", *name) } else { ("test", tested[class]) };
            write_png(&place.path(&format!("data/{part}/{name}/{image}.png")), [1, 8, 8], 1, &pixels);
        }
    }
}

#[test]
fn halving_over_draws_ignores_the_labels_of_the_test_images() {
    let study = STUDY
        .replace("\"fashion-mnist-small\"", "{ folder = \"data\" }")
        .replace("out_features = 10", "out_features = 2");
    let (mut answers, mut tested_alike) = (Vec::new(), Vec::new());
    for tested in [["dark", "light"], ["light", "dark"]] {
        let place = Place::new(&study);
        pictures(&place, tested);
        let args = [
            "sweep",
            "tiny.toml",
            "a",
            "--vary",
            "lr=log:1e-4..1e-1",
            "--vary",
            "weight_decay=0,0.01",
            "--trials",
            "6",
            "--halving",
            "2",
            "--epochs",
            "4",
            "--validation",
            "0.25",
        ];
        let ran = place.command(&args).env("XDG_CACHE_HOME", place.path("cache")).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(ran.stdout), text(ran.stderr));
        assert!(ran.status.success(), "{stderr}");
        let sweep = found(&place, "a");
        let rungs: Vec<(u64, u64)> = sweep["rungs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|rung| (rung["epochs"].as_u64().unwrap(), rung["candidates"].as_u64().unwrap()))
            .collect();
        // Six, three, one; beside them the model as it is.
        assert_eq!(rungs, [(1, 7), (2, 4), (4, 2)]);
        assert!(stdout.contains("Successive halving, one in 2 goes on"), "{stdout}");
        answers.push((stdout, place.read("runs/tiny/swept-a.json"), place.read("runs/tiny/swept-a.svg")));
        tested_alike.push(place.read("runs/tiny/sweep/a/results.json"));
    }
    assert!(answers[0] == answers[1], "{}\n{}", answers[0].0, answers[1].0);
    assert!(tested_alike[0] != tested_alike[1], "the labels were not scrambled");
}

#[test]
fn bad_settings_are_told_with_their_remedy() {
    let place = Place::new(STUDY);
    for (vary, expected) in [
        (&["lr"][..], "--vary lr: there is no `=`"),
        (&["lr=1..2"], "lr is a range without a number of values"),
        (&["lr=1", "lr=2"], "--vary lr is there twice"),
        (&["lrr=1"], "Adam has no key `lrr`"),
        (&["lr=-1"], "-1 is out of range"),
        (&["sampler=weighted"], "there is no sampler `weighted`"),
        (&["schedule.gamma=0.1"], "the model sets no `schedule`"),
        (&["sched.gamma=0.1"], "models have no key `sched`"),
        (&["epochs=1,2", "lr=1"], ""),
    ] {
        let vary = vary.iter().flat_map(|text| ["--vary", text]);
        let args: Vec<&str> = ["sweep", "tiny.toml", "a"].into_iter().chain(vary).collect();
        let ran = place.toile(&args);
        if expected.is_empty() {
            ran.expect(0);
            continue;
        }
        let ran = ran.expect(2);
        assert!(ran.stderr.contains(expected), "{args:?}: {expected:?} is not in\n{}", ran.stderr);
    }
    let both = place.toile(&["sweep", "tiny.toml", "a", "--lr", "1", "--vary", "lr=1"]).expect(2);
    assert!(both.stderr.contains("cannot be used with"), "{}", both.stderr);
}
