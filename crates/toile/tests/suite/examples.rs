//! Every example runs and says what it promises.

use std::path::PathBuf;
use std::process::Command;

/// Where Cargo puts the examples: beside the folder of this test.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let folder = test.parent().and_then(|deps| deps.parent()).expect("it lies in target/PROFILE/deps");
    folder.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

#[track_caller]
fn says(name: &str, expected: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let ran = Command::new(program(name)).env("TMPDIR", folder.path()).output();
    let ran = ran.unwrap_or_else(|error| panic!("{name}: {error}; `cargo test` builds it"));
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{name}: {}", String::from_utf8_lossy(&ran.stderr));
    assert!(said.contains(expected), "{name} says {said:?}, which lacks {expected:?}");
    said.into_owned()
}

#[test]
fn train() {
    says("train", "accuracy ");
}

#[test]
fn predict() {
    says("predict", " %");
}

#[test]
fn network_in_code() {
    says("network_in_code", " parameters");
}

#[test]
fn compare() {
    says("compare", "20 epochs against 1 epoch: better, +");
}

/// Far from guessing, which is right in a tenth of the images.
#[test]
fn ingredients() {
    let said = says("ingredients", "accuracy ");
    let accuracy = said.trim_end().strip_prefix("accuracy ").and_then(|rest| rest.strip_suffix(" %"));
    let accuracy: f64 = accuracy.and_then(|number| number.parse().ok()).expect("a number");
    assert!(accuracy > 70.0, "{said}");
}

/// A new example gets its test.
#[test]
fn all_of_them() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["compare", "ingredients", "network_in_code", "predict", "train"]);
}
