//! `toile quantize`, and C for small devices: what they leave, and what they refuse.

use std::fs;

use serde_json::Value;

use super::cli::{Place, STUDY, files_below};
use super::documents::{commands, run};

const DOCUMENT: &str = include_str!("../../../../docs/devices.md");

/// The documents' program in C: the blocks that are marked so.
fn program() -> &'static str {
    DOCUMENT.split("```c\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block of C")
}

#[test]
#[cfg_attr(not(unix), ignore = "needs a shell and a C compiler called cc")]
fn the_commands_of_its_document_leave_what_they_name() {
    let place = Place::new(STUDY);
    fs::write(place.path("main.c"), program()).unwrap();
    let commands = commands(DOCUMENT);
    assert!(commands.len() >= 6, "{commands:?}");
    for line in commands {
        run(&place, &line.replace("toile run quick", "toile run quick --epochs 1"));
    }
    for name in [
        "quick_better_seed_0.c",
        "quick_better_seed_0.h",
        "better_int8.c",
        "better_int8.h",
        "better-int8.onnx",
    ] {
        assert!(place.path(name).is_file(), "{name}");
    }
    let read = |name: &str| fs::read_to_string(place.path(name)).unwrap();
    assert!(!read("better_int8.c").contains("math.h") && read("quick_better_seed_0.c").contains("math.h"));
    // The program has run, on an image of nothing.
    let said = read("said.txt");
    assert!(said.contains('%') && read("better_int8.h").contains(said.split(':').next().unwrap()), "{said}");
}

#[test]
fn an_int8_run_is_a_model_of_its_own() {
    let place = Place::new(&STUDY.replacen("[architecture", "seeds = 3\n[architecture", 1));
    place.toile(&["run", "tiny.toml", "--models", "a", "--epochs", "1"]).expect(0);
    let ran = place.toile(&["quantize", "tiny/a@all", "--images", "20", "--json"]).expect(0);
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((found["folders"].as_array().unwrap().len(), &found["is_over_seeds"]), (3, &true.into()));
    let int8: Value = serde_json::from_slice(&place.read("runs/tiny/a-int8/seed-1/evaluation.json")).unwrap();
    let float: Value = serde_json::from_slice(&place.read("runs/tiny/a/seed-1/evaluation.json")).unwrap();
    let accuracy = |of: &Value| of["evaluation"]["test_accuracy"].as_f64().unwrap();
    let (accuracy_int8, accuracy_float) = (accuracy(&int8), accuracy(&float));
    assert!((accuracy_int8 - accuracy_float).abs() < 0.05, "{accuracy_int8} and {accuracy_float}");

    // The comparison has the very difference, with a verdict.
    let args = ["compare", "runs/tiny/a-int8", "runs/tiny/a", "--json"];
    let ran = place.toile(&args);
    assert!(matches!(ran.code, Some(0 | 1 | 3)), "{}", ran.stderr);
    let compared: Value = serde_json::from_str(&ran.stdout).unwrap();
    let text = compared.to_string();
    assert!(text.contains("a-int8") && text.contains("verdict"), "{text}");

    // Quantizing again makes the same bytes; ranges of other images do not.
    let kept = |name: &str| place.read(&format!("runs/tiny/a-int8/seed-0/{name}"));
    let before = (kept("int8.json"), kept("predictions.csv"));
    place.toile(&["quantize", "tiny/a", "--images", "20"]).expect(0);
    assert!(before == (kept("int8.json"), kept("predictions.csv")));
    place.toile(&["quantize", "tiny/a", "--images", "3"]).expect(0);
    assert!(before.0 != kept("int8.json"));
}

#[test]
fn what_cannot_be_quantized_is_refused() {
    let groups = STUDY.replacen("{ MaxPool2d", "{ GroupNorm = { num_groups = 1 } }, { MaxPool2d", 1);
    let place = Place::new(&groups);
    place.toile(&["run", "tiny.toml", "--models", "a", "--epochs", "1"]).expect(0);
    place.toile(&["export", "tiny/a", "--format", "safetensors", "--out", "a.safetensors"]).expect(0);
    let before = files_below(&place.path("."));
    let cases: &[(&str, &[&str])] = &[
        ("quantize tiny/a", &["gn1: GroupNorm", "use BatchNorm2d, or keep the network in floats"]),
        ("quantize tiny/c", &["neither tiny/c nor runs/tiny/c is there"]),
        ("quantize tiny", &["it is a study; name a model of it: tiny/a"]),
        ("quantize a.safetensors", &["a.safetensors is a file of weights", "name the run's folder"]),
        ("quantize tiny/a --images 0", &["--images"]),
        ("quantize tiny/a --images -3", &["--images"]),
        ("quantize tiny/a --images many", &["--images"]),
        ("quantize tiny/a@9", &["it has no finished run with seed 9"]),
        ("quantize", &["<RUN>"]),
        ("export tiny/a --format c --int8", &["a-int8/seed-0 is no int8 run", "toile quantize"]),
        ("export a.safetensors --format c --int8", &["name the run's folder"]),
        ("export tiny/a --format onnx --int8", &["a-int8/seed-0 is no int8 run", "toile quantize"]),
        ("export tiny/a --format npz --int8", &["--int8 is for --format c and --format onnx"]),
    ];
    for (args, expected) in cases {
        let args: Vec<&str> = args.split(' ').collect();
        let ran = place.toile(&args).expect(2);
        for part in *expected {
            assert!(ran.stderr.contains(part), "{args:?}: {part:?} is not in\n{}", ran.stderr);
        }
        assert_eq!(files_below(&place.path(".")), before, "{args:?}");
    }
}

/// What was quantized is not another run's, and no trained run's folder is written over.
#[test]
fn int8_runs_are_bound_to_their_weights() {
    let place = Place::new(STUDY);
    place.toile(&["run", "tiny.toml", "--models", "a", "--epochs", "1"]).expect(0);
    place.toile(&["quantize", "tiny/a", "--images", "5"]).expect(0);
    let export = ["export", "tiny/a", "--format", "c", "--int8", "--force"];
    place.toile(&export).expect(0);
    let ran = place.toile(&["eval", "tiny/a-int8"]).expect(2);
    assert!(ran.stderr.contains("it is an int8 run") && ran.stderr.contains("a@0"), "{}", ran.stderr);

    let record = place.path("runs/tiny/a-int8/seed-0/int8.json");
    let whole = fs::read_to_string(&record).unwrap();
    fs::write(&record, whole.replacen("\"images\": 5", "\"images\": 6", 1)).unwrap();
    let ran = place.toile(&export).expect(2);
    assert!(ran.stderr.contains("int8.json") && ran.stderr.contains("toile quantize"), "{}", ran.stderr);
    // What the message says to do does help.
    place.toile(&["quantize", "tiny/a", "--images", "5"]).expect(0);
    assert_eq!(fs::read_to_string(&record).unwrap(), whole);

    // Another training in the run's place.
    fs::remove_dir_all(place.path("runs/tiny/a")).unwrap();
    place.toile(&["run", "tiny.toml", "--models", "a", "--epochs", "2"]).expect(0);
    let ran = place.toile(&export).expect(2);
    assert!(ran.stderr.contains("was made of other weights"), "{}", ran.stderr);

    fs::remove_file(&record).unwrap();
    let ran = place.toile(&["quantize", "tiny/a"]).expect(2);
    assert!(ran.stderr.contains("is a run of another kind, and is not overwritten"), "{}", ran.stderr);
}
