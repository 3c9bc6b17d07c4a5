//! `toile export`: what it leaves, and what it refuses.

use std::fs;

use super::cli::{Place, STUDY, files_below};
use super::documents::{commands, run};

const DOCUMENT: &str = include_str!("../../../../docs/exporting.md");

#[test]
fn the_commands_of_its_document_leave_what_they_name() {
    let place = Place::new(STUDY);
    let commands = commands(DOCUMENT);
    assert!(commands.len() >= 9, "{commands:?}");
    for line in commands {
        run(&place, &line.replace("toile run quick", "toile run quick --epochs 1 --models better"));
    }
    for name in [
        "quick-better-seed-0.npz",
        "quick_better_seed_0.py",
        "quick_better_seed_0.safetensors",
        "better-2.onnx",
        "quick-better-seed-0.html",
        "runs/quick/live-better.html",
        "tensorboard/better/seed-2/events.out.tfevents.0.toile",
        "runs/quick/tensorboard/better/seed-0/events.out.tfevents.0.toile",
        "better-logs/better/seed-1/events.out.tfevents.0.toile",
    ] {
        assert!(place.path(name).is_file(), "{name}");
    }
    // Whichever way the weights went, they are the same file in the end.
    assert!(place.read("again.onnx") == place.read("quick-better-seed-0.onnx"));
    assert!(place.read("better-2.onnx") != place.read("again.onnx"));
}

/// The picture of an event file is of the run, whatever picture lies in its folder, for which nothing vouches.
#[test]
fn an_event_file_has_the_matrix_that_the_run_measured() {
    let place = Place::new(STUDY);
    place.toile(&["run", "tiny.toml", "--models", "a", "--epochs", "1", "--seeds", "0,1"]).expect(0);
    let export = || {
        place.toile(&["export", "tiny/a@0", "--format", "tensorboard"]).expect(0);
        place.read("tensorboard/a/seed-0/events.out.tfevents.0.toile")
    };
    let picture = |seed| format!("runs/tiny/a/seed-{seed}/confusion_matrix.png");
    let (own, other) = (place.read(&picture(0)), place.read(&picture(1)));
    assert!(own != other);
    let whole = export();
    assert!(whole.windows(own.len()).any(|bytes| bytes == own), "the same picture as in the folder");
    fs::write(place.path(&picture(0)), &other).unwrap();
    assert!(export() == whole, "the picture of another seed was taken for this one's");
    fs::remove_file(place.path(&picture(0))).unwrap();
    assert!(export() == whole);
    // The names of the classes are those of the predictions: without them, or with another run's, there is one diagram less.
    let predictions = "runs/tiny/a/seed-0/predictions.csv";
    fs::copy(place.path("runs/tiny/a/seed-1/predictions.csv"), place.path(predictions)).unwrap();
    let ran = place.toile(&["export", "tiny/a@0", "--format", "tensorboard"]).expect(0);
    let said = "has no confusion matrix";
    assert!(ran.stderr.contains("predictions.csv") && ran.stderr.contains(said), "{}", ran.stderr);
    assert!(export().len() + own.len() < whole.len());
    fs::remove_file(place.path(predictions)).unwrap();
    assert!(export().len() + own.len() < whole.len());
}

#[test]
fn what_is_written_is_told_and_nothing_is_replaced_unasked() {
    let place = Place::new(STUDY);
    place.toile(&["run", "tiny.toml", "--models", "a", "--epochs", "1"]).expect(0);
    let export = |more: &[&str]| place.toile(&[&["export", "tiny/a", "--format", "onnx"], more].concat());
    let ran = export(&[]).expect(0);
    assert!(ran.stderr.contains("written: tiny-a-seed-0.onnx ("), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
    #[cfg(not(feature = "tract"))]
    assert!(ran.stderr.contains("note: no second runtime has run the file; build one"), "{}", ran.stderr);
    #[cfg(feature = "tract")]
    assert!(ran.stderr.contains("checked: tract runs the file on 256 test images; "), "{}", ran.stderr);

    let whole = place.read("tiny-a-seed-0.onnx");
    fs::write(place.path("tiny-a-seed-0.onnx"), "mine").unwrap();
    let ran = export(&[]).expect(2);
    assert!(ran.stderr.contains("tiny-a-seed-0.onnx is there already; name another"), "{}", ran.stderr);
    assert_eq!(place.read("tiny-a-seed-0.onnx"), b"mine");
    export(&["--force"]).expect(0);
    assert!(place.read("tiny-a-seed-0.onnx") == whole);

    // Each: what is asked for, and what the message has to say. Nothing is left by any of them.
    fs::create_dir(place.path("folder.py")).unwrap();
    fs::write(place.path("beside.safetensors"), "mine").unwrap();
    fs::write(place.path("beside.h"), "mine").unwrap();
    fs::write(place.path("foreign.safetensors"), "mine").unwrap();
    let before = files_below(&place.path("."));
    let cases: &[(&str, &[&str])] = &[
        ("tiny/a", &["--format <FORMAT>"]),
        ("tiny/a --format onxx", &["'onxx'", "onnx, safetensors, npz, pytorch"]),
        ("tiny/a --format onnx --layout nhcw", &["'nhcw'", "nhwc, nchw"]),
        ("tiny/a --format npz --layout nchw", &["--layout is for --format onnx; leave it out"]),
        ("tiny/a --format pytorch --input float", &["--input is for --format onnx; leave it out"]),
        ("tiny/a --format safetensors --check", &["--check is for --format onnx; leave it out"]),
        ("tiny/a --format onnx --input float --layout nhwc", &["leave out --layout nhwc"]),
        ("tiny/c --format onnx", &["neither tiny/c nor runs/tiny/c is there", "study/model@SEED"]),
        ("tiny --format onnx", &["it is a study; name a model of it: tiny/a"]),
        ("tiny/a@1 --format onnx", &["it has no finished run with seed 1; it has 0"]),
        ("tiny/a@all --format onnx", &["this needs one network; choose a seed, as tiny/a@0"]),
        ("tiny.toml --format onnx", &["tiny.toml"]),
        ("foreign.safetensors --format npz", &["foreign.safetensors cannot be used"]),
        ("tiny/a --format onnx --out folder.py", &["folder.py is a folder; name a file in it with --out"]),
        ("tiny/a --format pytorch --out folder.py", &["folder.py is a folder"]),
        ("tiny/a --format pytorch --out model", &["--out model: a module of Python", "ends in .py"]),
        ("tiny/a --format pytorch --out beside.py", &["beside.safetensors is there already"]),
        ("tiny/a --format c --layout nchw", &["--layout is for --format onnx; leave it out"]),
        ("tiny/a --format c --out model", &["--out model: a source file of C", "ends in .c"]),
        ("tiny/a --format c --out mödel.c", &["letters, digits"]),
        ("tiny/a --format c --out beside.c", &["beside.h is there already"]),
        ("tiny --format tensorboard --out tiny.toml", &["tiny.toml is a file; name a folder with --out"]),
        ("foreign.safetensors --format tensorboard", &["says nothing of its training"]),
        ("tiny/c --format tensorboard", &["neither tiny/c nor runs/tiny/c is there"]),
        ("tiny/a --format npz --out nowhere/model.npz", &["cannot write nowhere/model.npz", "folder"]),
        ("tiny/a --format npz --out tiny.toml/model.npz", &["cannot write tiny.toml/model.npz", "folder"]),
    ];
    for (args, expected) in cases {
        let args: Vec<&str> = ["export"].into_iter().chain(args.split(' ')).collect();
        let ran = place.toile(&args).expect(2);
        for part in *expected {
            assert!(ran.stderr.contains(part), "{args:?}: {part:?} is not in\n{}", ran.stderr);
        }
        assert_eq!(files_below(&place.path(".")), before, "{args:?}");
    }
    let ran = place.toile(&["export", "tiny/a", "--format", "onnx", "--out", "checked.onnx", "--check"]);
    #[cfg(not(feature = "tract"))]
    assert!(ran.expect(2).stderr.contains("cargo install --path crates/toile-cli --features tract"));
    #[cfg(feature = "tract")]
    assert!(ran.expect(0).stderr.contains("written: checked.onnx"));
}
