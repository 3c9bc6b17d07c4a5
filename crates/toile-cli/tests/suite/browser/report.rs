//! The report under test: of a study that the real program ran, two models and two seeds on the built-in images.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

const STUDY: &str = r#"
name = "in-a-browser"
title = "Which optimizer makes the better classifier?"
dataset = "fashion-mnist-small"
seeds = [0, 1]

[architecture.linear]
layers = [
  { MaxPool2d = { kernel_size = 2 } }, "Flatten",
  { Linear = { out_features = 16 } }, "ReLU", { Dropout = { p = 0.1 } },
  { Linear = { out_features = 10 } }, "LogSoftmax",
]

[model.adam]
architecture = "linear"
optimizer = { Adam = { lr = 0.003 } }
epochs = 6
batch_size = 8

[model.sgd]
architecture = "linear"
optimizer = { SGD = { lr = 0.005 } }
epochs = 6
batch_size = 8
"#;

/// Written once for all tests.
pub(super) fn report() -> PathBuf {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(write).clone()
}

fn write() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("browser-study");
    // What an earlier test run left would be taken for this program's.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("target can be written");
    std::fs::write(folder.join("study.toml"), STUDY).expect("target can be written");
    let ran = Command::new(env!("CARGO_BIN_EXE_toile"))
        .current_dir(&folder)
        .args(["run", "study.toml", "--out", "out"])
        .output()
        .expect("the program starts");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    folder.join("out/report.html")
}

/// Test images of one class that a run called another, as its `predictions.csv` says. Both by their number.
pub(super) fn predicted(model: &str, seed: u64, truth: u32, called: u32) -> Vec<usize> {
    let folder = report().parent().expect("it lies in a folder").join(format!("{model}/seed-{seed}"));
    let text = std::fs::read_to_string(folder.join("predictions.csv")).expect("the run left it");
    let mut lines = text.lines();
    // No name of these classes has a comma.
    let names: Vec<&str> = lines.next().unwrap().split(',').skip(3).collect();
    let name = |class: u32| names[class as usize].strip_prefix("probability ").expect("a column of a class");
    let is = |line: &str| -> Option<usize> {
        let fields: Vec<&str> = line.split(',').collect();
        (fields[1] == name(truth) && fields[2] == name(called)).then(|| fields[0].parse().unwrap())
    };
    lines.filter_map(is).collect()
}
