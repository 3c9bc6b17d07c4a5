//! Names of runs that nothing answers to: each with what would.

use std::fs;

use super::cli::STUDY;
use super::predict::trained;

#[test]
fn names_that_mean_no_run_say_what_would() {
    let place = trained();
    fs::create_dir_all(place.path("runs/tiny/half/seed-0")).unwrap();
    fs::copy(place.path("runs/tiny/a/seed-1/config.toml"), place.path("runs/tiny/half/seed-0/config.toml"))
        .unwrap();
    fs::create_dir_all(place.path("runs/none")).unwrap();
    for (name, expected) in [
        ("nothing", ["neither nothing nor runs/nothing is there", "study/model"]),
        ("tiny/z", ["neither tiny/z nor runs/tiny/z is there", "study/model@SEED"]),
        ("tiny", ["it is a study", "tiny/a"]),
        ("runs/tiny", ["it is a study", "runs/tiny/a"]),
        ("tiny/a@x", ["@x is no seed", "tiny/a@0 or tiny/a@all"]),
        ("tiny/a@-1", ["@-1 is no seed", "tiny/a@all"]),
        ("tiny/a@", ["@ is no seed", "tiny/a@all"]),
        ("tiny/a@7", ["no finished run with seed 7", "it has 1 and 2"]),
        ("tiny/half", ["none of its runs is finished", "--resume"]),
        ("tiny/half@0", ["none of its runs is finished", "--resume"]),
        ("runs/tiny/half/seed-0", ["", "--resume"]),
        ("none", ["it holds no run", "runs/<study>/<model>"]),
        ("runs/tiny/a/seed-1@2", ["it is one run already", "runs/tiny/a/seed-1"]),
        ("runs/tiny/a/seed-1@all", ["it is one run already", "runs/tiny/a/seed-1"]),
        ("tiny.toml", ["tiny.toml", ""]),
        ("", ["the name is empty", "study/model"]),
        ("@3", ["the name is empty", "study/model"]),
    ] {
        let ran = place.toile(&["predict", name, "x.png"]).expect(2);
        assert!(ran.stderr.starts_with("error: "), "{name}: {}", ran.stderr);
        for part in expected {
            assert!(ran.stderr.contains(part), "{name:?}: {part:?} is not in\n{}", ran.stderr);
        }
    }
}

#[test]
fn a_damaged_run_is_in_nobodys_way_but_of_those_who_ask_for_it() {
    let place = trained();
    fs::write(place.path("runs/tiny/a/seed-2/evaluation.json"), "{").unwrap();
    for name in ["tiny/a", "tiny/a@1"] {
        place.toile(&["eval", name]).expect(0);
    }
    for name in ["tiny/a@2", "tiny/a@all"] {
        let ran = place.toile(&["eval", name]).expect(2);
        assert!(ran.stderr.contains("seed-2/evaluation.json"), "{name}: {}", ran.stderr);
    }
}

/// A mean over networks of two recipes is no model's, and a difference over them no recipe's.
#[test]
fn all_runs_of_a_model_are_seeds_of_one_recipe() {
    let place = trained();
    fs::write(place.path("tiny.toml"), STUDY.replace("lr = 0.001", "lr = 0.002")).unwrap();
    place.toile(&["run", "tiny.toml", "--models", "a", "--seeds", "3"]).expect(0);
    let said = "tiny/a@all: seed 3 was trained with other settings than seed 1; choose one run, as tiny/a@1, or move";
    for args in [
        &["eval", "tiny/a@all"][..],
        &["predict", "tiny/a@all", "x.png"],
        &["calibrate", "tiny/a@all"],
        &["quantize", "tiny/a@all"],
    ] {
        let ran = place.toile(args).expect(2);
        assert!(ran.stderr.contains(said), "{args:?}: {}", ran.stderr);
    }
    assert!(!place.path("runs/tiny/a-int8").exists());
    // Where nothing is averaged, they may stand side by side.
    let ran = place.toile(&["export", "tiny/a@all", "--format", "tensorboard", "--out", "logs"]).expect(0);
    assert!(ran.stderr.contains("event files in logs"), "{}", ran.stderr);
    // Each by itself is what it was, and so are the others without it.
    place.toile(&["eval", "tiny/a@3"]).expect(0);
    fs::rename(place.path("runs/tiny/a/seed-3"), place.path("away")).unwrap();
    place.toile(&["eval", "tiny/a@all"]).expect(0);
}
