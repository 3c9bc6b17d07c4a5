//! The program as a user meets it: `toile run` on the built-in small data set.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use tempfile::TempDir;
use toile_store::sealed;

/// Trains in a blink; 8 images a step make 64 steps an epoch.
pub(crate) const STUDY: &str = r#"
name = "tiny"
dataset = "fashion-mnist-small"

[architecture.linear]
layers = [
  { MaxPool2d = { kernel_size = 2 } }, "Flatten",
  { Linear = { out_features = 16 } }, "ReLU", { Dropout = { p = 0.1 } },
  { Linear = { out_features = 10 } }, "LogSoftmax",
]

[model.a]
architecture = "linear"
optimizer = { Adam = { lr = 0.001 } }
epochs = 2
batch_size = 8

[model.b]
architecture = "linear"
optimizer = { SGD = { lr = 0.01 } }
epochs = 2
batch_size = 8
"#;

/// A folder with a study in it, in which the program runs.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new(study: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("tiny.toml"), study).unwrap();
        Place(folder)
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_toile"));
        command.current_dir(self.0.path()).args(args);
        command
    }

    pub(crate) fn toile(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    /// The same, of what would wait for ever if it were wrong.
    pub(crate) fn toile_in_time(&self, args: &[&str]) -> Ran {
        let piped = || Stdio::piped();
        let child = self.command(args).stdin(Stdio::null()).stdout(piped()).stderr(piped()).spawn().unwrap();
        let id = child.id().to_string();
        let (done, ended) = mpsc::channel();
        std::thread::spawn(move || done.send(child.wait_with_output()));
        match ended.recv_timeout(Duration::from_secs(120)) {
            Ok(output) => Ran::of(output.unwrap()),
            Err(_) => {
                let _ = Command::new("kill").args(["-KILL", &id]).status();
                panic!("toile {args:?} does not end");
            }
        }
    }

    /// The program as somebody whom permissions bind: as nobody where the tests are root's, who may read everything.
    /// Nobody may enter the folder, and writes nothing in it.
    #[cfg(unix)]
    pub(crate) fn command_bound_by_permissions(&self, args: &[&str]) -> Command {
        use std::os::unix::fs::PermissionsExt as _;
        use std::os::unix::process::CommandExt as _;

        let set = |path: PathBuf, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        set(self.path("."), 0o755);
        // From where it was built nobody may not be able to start it.
        let program = self.path("toile");
        if !program.exists() {
            fs::copy(env!("CARGO_BIN_EXE_toile"), &program).unwrap();
            fs::write(self.path("locked.txt"), "").unwrap();
            set(self.path("locked.txt"), 0o000);
        }
        let mut command = Command::new(&program);
        command.current_dir(self.0.path()).args(args);
        if fs::read(self.path("locked.txt")).is_ok() {
            command.uid(65534).gid(65534);
        }
        command
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Contents of a file that has to be there.
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }
}

pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}

#[test]
fn a_study_runs_to_its_table_and_then_there_is_nothing_to_do() {
    let place = Place::new(STUDY);
    let ran = place.toile(&["run", "tiny.toml"]).expect(0);
    assert!(ran.stdout.contains("accuracy") && ran.stdout.contains("learning rate"), "{}", ran.stdout);
    assert!(ran.stderr.contains("a (seed 0): epoch 2/2"), "{}", ran.stderr);
    for name in ["report.html", "results.json", "a/seed-0/weights/last.safetensors", "b/seed-0/receipt.json"]
    {
        assert!(!place.read(&format!("runs/tiny/{name}")).is_empty());
    }
    for name in ["results.png", "confusion_matrix_b.svg", "data/curves.csv", "a/seed-0/results.png"] {
        assert!(!place.read(&format!("runs/tiny/{name}")).is_empty());
    }
    let svg = String::from_utf8(place.read("runs/tiny/a/seed-0/confusion_matrix.svg")).unwrap();
    assert!(svg.contains("<svg"), "{svg}");
    let receipt = String::from_utf8(place.read("runs/tiny/a/seed-0/receipt.json")).unwrap();
    assert!(receipt.contains("toile run tiny.toml"), "{receipt}");

    let before = place.read("runs/tiny/results.json");
    let again = place.toile(&["run", "tiny.toml"]).expect(0);
    assert!(again.stderr.contains("nothing to do") && !again.stderr.contains("epoch 1"), "{}", again.stderr);
    assert_eq!(again.stdout, ran.stdout);
    assert_eq!(place.read("runs/tiny/results.json"), before);
}

#[test]
fn threads_and_jobs_change_no_bit() {
    let place = Place::new(STUDY);
    let ways = [["1", "1"], ["2", "1"], ["3", "2"], ["5", "2"]];
    for [threads, jobs] in ways {
        let out = format!("out-{threads}");
        place.toile(&["run", "tiny.toml", "--out", &out, "--threads", threads, "--jobs", jobs]).expect(0);
    }
    for model in ["a", "b"] {
        for file in ["weights/last.safetensors", "results.csv", "predictions.csv", "evaluation.json"] {
            let one = place.read(&format!("out-1/{model}/seed-0/{file}"));
            for [threads, _] in ways {
                let other = place.read(&format!("out-{threads}/{model}/seed-0/{file}"));
                assert!(one == other, "{model} {file} with {threads} threads");
            }
        }
    }
}

#[test]
fn json_progress_is_one_object_a_line_on_stdout() {
    let place = Place::new(STUDY);
    let ran = place.toile(&["run", "tiny.toml", "--models", "a", "--progress", "json"]).expect(0);
    let events: Vec<serde_json::Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |name: &str| events.iter().filter(|event| event["event"] == name).collect::<Vec<_>>();
    assert_eq!((of("planned").len(), of("started").len(), of("finished").len()), (1, 1, 1));
    assert_eq!(of("epoch").len(), 2);
    let last = of("epoch")[1];
    assert_eq!((&last["model"], &last["epoch"]), (&"a".into(), &2.into()));
    assert!(last["test_loss"].is_f64(), "{last}");
}

#[test]
fn epochs_seeds_and_models_are_taken_from_the_command_line() {
    let place = Place::new(STUDY);
    place.toile(&["run", "tiny.toml", "--epochs", "1", "--seeds", "3,5", "--models", "b"]).expect(0);
    let config = String::from_utf8(place.read("runs/tiny/b/seed-5/config.toml")).unwrap();
    assert!(config.contains("epochs = 1\n"), "{config}");
    assert!(place.path("runs/tiny/b/seed-3").exists() && !place.path("runs/tiny/a").exists());
    // The same folder with the study's own number of epochs is another training.
    let ran = place.toile(&["run", "tiny.toml", "--seeds", "3", "--models", "b"]).expect(2);
    assert!(ran.stderr.contains("in the folder: epochs = 1"), "{}", ran.stderr);
}

/// Bad input: each an error with the place and the remedy, exit code 2, nothing left behind.
#[test]
fn bad_input_is_told_with_its_remedy() {
    let wrong = |from: &str, to: &str| STUDY.replacen(from, to, 1);
    let cases: Vec<(String, &[&str], &[&str])> = vec![
        (STUDY.into(), &["run", "tinny.toml"], &["tinny.toml", "help"]),
        (wrong("epochs = 2", "epoch = 2"), &["run", "tiny.toml"], &["epoch = 2", "^", "epochs"]),
        (wrong("epochs = 2", "epochs = \"two\""), &["run", "tiny.toml"], &["epochs = \"two\"", "^"]),
        (wrong("epochs = 2", "epochs = 2\nspeed = 1"), &["run", "tiny.toml"], &["speed", "^"]),
        (wrong("kernel_size = 2", "kernel_size = 29"), &["run", "tiny.toml"], &["29x29", "28x28"]),
        (wrong("fashion-mnist-small", "fashion-minst"), &["run", "tiny.toml"], &["fashion-mnist"]),
        (wrong("out_features = 10", "out_features = 9"), &["run", "tiny.toml"], &["10"]),
        (STUDY.into(), &["run", "tiny.toml", "--models", "c"], &["no model \"c\"", "a, b"]),
        (STUDY.into(), &["run", "tiny.toml", "--epochs", "0"], &["--epochs", "0"]),
        (STUDY.into(), &["run", "tiny.toml", "--threads", "65535"], &["--threads", "65535"]),
        (STUDY.into(), &["run", "."], &["`.` is a folder"]),
        (STUDY.into(), &["run", "tiny.toml", "--seeds", "0,x"], &["--seeds", "x", "0-9"]),
        (STUDY.into(), &["run", "tiny.toml", "--seeds", "5-2"], &["--seeds", "2-5"]),
        (STUDY.into(), &["run", "tiny.toml", "--seeds", "0-2,1"], &["seed 1 is there twice"]),
        (STUDY.into(), &["run", "tiny.toml", "--seeds", "1,1"], &["seed 1 is there twice"]),
        (STUDY.into(), &["run", "tiny.toml", "--data-dir", "nowhere"], &["nowhere"]),
        (
            STUDY.into(),
            &["run", "tiny.toml", "--out", "tiny.toml/x"],
            &["tiny.toml/x", "choose another folder"],
        ),
        (STUDY.into(), &["run", "tiny.toml", "--outt", "x"], &["--outt", "--out"]),
    ];
    for (study, args, expected) in cases {
        let place = Place::new(&study);
        let ran = place.toile(args).expect(2);
        assert!(ran.stderr.lines().any(|line| line.starts_with("error: ")), "{args:?}: {}", ran.stderr);
        for part in expected {
            assert!(ran.stderr.contains(part), "{args:?}: {part:?} is not in\n{}", ran.stderr);
        }
        let left: Vec<PathBuf> =
            files_below(place.0.path()).into_iter().filter(|path| !path.ends_with(".lock")).collect();
        assert_eq!(left, [place.path("tiny.toml")], "{args:?}");
    }
}

#[test]
fn a_diverged_run_says_what_to_try_and_leaves_the_other_alone() {
    let place = Place::new(&STUDY.replace("SGD = { lr = 0.01 }", "SGD = { lr = 1e38 }"));
    let ran = place.toile(&["run", "tiny.toml"]).expect(2);
    assert!(ran.stderr.contains("b (seed 0) diverged in epoch 1, step"), "{}", ran.stderr);
    // One error with its remedy, not two.
    assert_eq!(
        ran.stderr.matches("lower learning rate (lr = 1e37 instead of 1e38)").count(),
        1,
        "{}",
        ran.stderr
    );
    assert!(place.path("runs/tiny/a/seed-0/weights/last.safetensors").exists());
    let results = String::from_utf8(place.read("runs/tiny/results.json")).unwrap();
    assert!(results.contains("diverged"), "{results}");
}

/// A limit on the size of files stands for the full disk: writing fails half-way just the same.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_nothing_half_written() {
    let place = Place::new(STUDY);
    let script = "trap '' XFSZ; ulimit -f 8; exec \"$0\" run tiny.toml --models a";
    let mut shell = Command::new("bash");
    shell.current_dir(place.0.path()).args(["-c", script, env!("CARGO_BIN_EXE_toile")]);
    let ran = Ran::of(shell.output().unwrap()).expect(2);
    assert_eq!(
        ran.stderr.matches("make room").count(),
        2,
        "the run and the report, once each: {}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("then go on with:\n  toile run tiny.toml --models a --resume"),
        "{}",
        ran.stderr
    );
    for path in files_below(&place.path("runs/tiny")) {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(!name.ends_with(".partial") && !name.ends_with(".safetensors"), "{}", path.display());
    }
    // With room again the same command, to go on, gets to the end.
    place.toile(&["run", "tiny.toml", "--models", "a", "--resume"]).expect(0);
}

/// What was computed is shown even where the study's own files cannot be written.
#[test]
fn a_report_that_cannot_be_written_hides_no_result() {
    let place = Place::new(STUDY);
    fs::create_dir_all(place.path("runs/tiny/report.html/in the way")).unwrap();
    let ran = place.toile(&["run", "tiny.toml"]).expect(2);
    assert!(ran.stdout.contains("accuracy"), "{}", ran.stdout);
    let told = ran.stderr.lines().filter(|line| line.starts_with("error: cannot write")).count();
    assert_eq!(told, 1, "{}", ran.stderr);
    for name in ["results.json", "a/seed-0/weights/last.safetensors", "b/seed-0/evaluation.json"] {
        assert!(!place.read(&format!("runs/tiny/{name}")).is_empty());
    }
}

/// Ctrl-C in the middle, then `--resume`: the bits of a run that was left alone.
#[cfg(unix)]
#[test]
fn ctrl_c_stops_at_a_checkpoint_and_resume_goes_on_to_the_same_bits() {
    use std::io::{BufRead, BufReader, Read};

    let place = Place::new(STUDY);
    // So many lines do not fit into a pipe that nobody reads: however late the signal is, the run has not ended.
    let args = ["run", "tiny.toml", "--models", "a", "--epochs", "300", "--progress", "json"];
    let mut child = place.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("\"event\":\"epoch\"")));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    lines.for_each(drop);
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{stderr}");
    assert!(stderr.contains("--epochs 300 --progress json --resume"), "{stderr}");

    let refused = place.toile(&args).expect(2);
    assert!(refused.stderr.contains("--resume"), "{}", refused.stderr);
    place.toile(&[&args[..], &["--resume"]].concat()).expect(0);
    place.toile(&[&args[..], &["--out", "whole"]].concat()).expect(0);
    for file in ["weights/last.safetensors", "results.csv", "predictions.csv"] {
        let resumed = place.read(&format!("runs/tiny/a/seed-0/{file}"));
        assert!(resumed == place.read(&format!("whole/a/seed-0/{file}")), "{file}");
    }
}

#[test]
fn help_and_version_are_there() {
    let place = Place::new(STUDY);
    assert!(place.toile(&["--version"]).expect(0).stdout.starts_with("toile 0."));
    for args in [&["--help"][..], &["run", "--help"]] {
        let help = place.toile(args).expect(0).stdout;
        assert!(help.contains("Examples:") && help.contains("toile run baseline-vs-better"), "{help}");
    }
}

#[test]
fn a_report_is_made_again_from_the_folder_alone() {
    let place = Place::new(STUDY);
    place.toile(&["run", "tiny.toml", "--seeds", "0,1"]).expect(0);
    let names = ["report.html", "images.png", "images.csv", "images.json"];
    let before: Vec<Vec<u8>> = names.iter().map(|name| place.read(&format!("runs/tiny/{name}"))).collect();
    assert!(String::from_utf8_lossy(&before[0]).contains("data:image/png"));
    fs::remove_file(place.path("runs/tiny/report.html")).unwrap();
    fs::remove_file(place.path("tiny.toml")).unwrap();
    let ran = place.toile(&["report", "runs/tiny"]).expect(0);
    assert!(ran.stderr.contains("report: runs/tiny/report.html"), "{}", ran.stderr);
    for (name, before) in names.iter().zip(&before) {
        assert!(place.read(&format!("runs/tiny/{name}")) == *before, "{name} is the same to the byte");
    }
    let html = String::from_utf8_lossy(&before[0]).into_owned();
    assert!(html.contains("class=\"badge"), "the verdict is in it");
    // A comparison that was made before a seed was added does not speak for the study any more.
    let mut results: serde_json::Value =
        serde_json::from_slice(&place.read("runs/tiny/results.json")).unwrap();
    results["seeds"] = serde_json::json!([0, 1, 2]);
    results.as_object_mut().unwrap().remove("sha256");
    sealed::write(&place.path("runs/tiny/results.json"), &results).unwrap();
    place.toile(&["report", "runs/tiny"]).expect(0);
    let html = String::from_utf8_lossy(&place.read("runs/tiny/report.html")).into_owned();
    assert!(html.contains("a has 2 of 3 seeds, b has 2 of 3 seeds; there is no verdict before all have"));
    // Without the kept images it is made without them, and that is said.
    fs::remove_file(place.path("runs/tiny/images.png")).unwrap();
    let ran = place.toile(&["report", "runs/tiny"]).expect(0);
    assert!(ran.stderr.contains("without images"), "{}", ran.stderr);
    assert!(!String::from_utf8_lossy(&place.read("runs/tiny/report.html")).contains("data:image/png"));
}

/// The images of a report are those of its study's test set: a sheet of another one, of images of the same shape, is not
/// shown in their place.
#[test]
fn another_study_s_images_are_not_shown() {
    let place = Place::new(STUDY);
    place.toile(&["run", "tiny.toml", "--models", "a", "--epochs", "1"]).expect(0);
    // Tested on the images that the first one learns from.
    let folds = STUDY.replacen("\n[", "cross_validation = { folds = 2 }\n\n[", 1);
    fs::write(place.path("folds.toml"), folds).unwrap();
    place.toile(&["run", "folds.toml", "--models", "a", "--epochs", "1", "--out", "folds"]).expect(0);
    let all = ["images.png", "images.csv", "images.json"];
    let path = |name: &str| place.path(&format!("runs/tiny/{name}"));
    let before = all.map(|name| place.read(&format!("runs/tiny/{name}")));
    let report = place.read("runs/tiny/report.html");
    for (copied, expected) in [
        (&all[..], "images.png holds images of another data set"),
        (&all[..2], "images.png is not as the report left it"),
        (&all[1..2], "images.csv is not as the report left it"),
    ] {
        for name in copied {
            assert!(fs::copy(place.path(&format!("folds/{name}")), path(name)).is_ok());
        }
        for args in [&["report", "runs/tiny"][..], &["report", "runs/tiny", "--live"]] {
            let ran = place.toile(args).expect(2);
            assert!(ran.stderr.contains(expected), "{copied:?}: {}", ran.stderr);
            assert!(ran.stderr.contains("delete images.png") && ran.stderr.contains("run the study again"));
        }
        for (name, bytes) in all.iter().zip(&before) {
            fs::write(path(name), bytes).unwrap();
        }
    }
    // As an earlier version left it: the sheet is used, and from now on says whose it is.
    fs::remove_file(path("images.json")).unwrap();
    place.toile(&["report", "runs/tiny"]).expect(0);
    assert!(place.read("runs/tiny/report.html") == report);
    assert!(place.read("runs/tiny/images.json") == before[2]);
    // A run puts right what was changed.
    fs::copy(place.path("folds/images.png"), path("images.png")).unwrap();
    place.toile(&["run", "tiny.toml", "--models", "a", "--epochs", "1"]).expect(0);
    assert!(all.map(|name| place.read(&format!("runs/tiny/{name}"))) == before);
}

#[test]
fn what_no_report_can_be_made_of_is_refused_with_the_remedy() {
    let place = Place::new(STUDY);
    for folder in [".", "nowhere"] {
        let ran = place.toile(&["report", folder]).expect(2);
        assert!(ran.stderr.contains("holds no results.json; give the folder"), "{}", ran.stderr);
    }
    fs::write(place.path("results.json"), "{").unwrap();
    let ran = place.toile(&["report", "."]).expect(2);
    assert!(
        ran.stderr.contains("results.json cannot be used") && ran.stderr.contains("toile run"),
        "{}",
        ran.stderr
    );
}

/// Whoever writes a report beside another writer leaves a whole one, and neither misses a file that the other replaces.
#[test]
fn reports_of_one_folder_are_made_side_by_side() {
    let place = Place::new(STUDY);
    place.toile(&["run", "tiny.toml", "--epochs", "1"]).expect(0);
    let before = place.read("runs/tiny/report.html");
    let images =
        || ["images.png", "images.csv", "images.json"].map(|name| place.read(&format!("runs/tiny/{name}")));
    let kept = images();
    for round in 0..12 {
        // Each of them writes what is not there.
        let lost = ["report.html", "data/curves.csv", "results.svg"][round % 3];
        fs::remove_file(place.path(&format!("runs/tiny/{lost}"))).unwrap();
        let start = |args: &[&str]| {
            let mut command = place.command(args);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let report = ["report", "runs/tiny"];
        let run = ["run", "tiny.toml", "--epochs", "1"];
        let all = [start(&report), start(&run), start(&report)];
        for ran in all.map(|child| Ran::of(child.wait_with_output().unwrap())) {
            let ran = ran.expect(0);
            assert!(
                !ran.stderr.contains("No such file") && !ran.stderr.contains("warning"),
                "{}",
                ran.stderr
            );
        }
        assert!(place.read("runs/tiny/report.html") == before, "round {round}");
        assert!(images() == kept, "round {round}");
    }
    let partial = files_below(&place.path("runs/tiny"));
    let partial: Vec<_> = partial.iter().filter(|path| path.to_string_lossy().contains(".partial")).collect();
    assert!(partial.is_empty(), "{partial:?}");
}
