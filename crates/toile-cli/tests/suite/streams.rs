//! Standard output that is closed or full, and terminals that show no escapes.

use std::fs::{self, OpenOptions};
use std::io::Read as _;
use std::process::Stdio;

use super::cli::{Place, Ran, STUDY};

/// Every command that prints, on a study that has been run.
const PRINTING: &[&[&str]] = &[
    &["--help"],
    &["--version"],
    &["run", "--help"],
    &["studies"],
    &["show", "tiny.toml"],
    &["data", "list"],
    &["data", "get", "fashion-mnist-small"],
    &["data", "verify", "fashion-mnist-small"],
    &["run", "tiny.toml"],
    &["run", "tiny.toml", "--progress", "json", "--out", "json"],
    &["compare", "tiny.toml", "a", "b", "--json"],
    &["explain", "tiny.toml", "a", "b", "--dry-run"],
    &["explain", "tiny.toml", "a", "b"],
    &["sweep", "tiny.toml", "a", "--lr", "0.1"],
    &["ablate", "tiny.toml", "a"],
    &["predict", "tiny/a", "runs/tiny/results.png"],
    &["predict", "tiny/a", "runs/tiny/results.png", "--csv"],
    &["eval", "tiny/a"],
];

fn trained() -> Place {
    let place = Place::new(STUDY);
    place.toile(&["run", "tiny.toml"]).expect(0);
    place
}

/// `toile ... | head -0`: the reader is gone before the first line.
#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let place = trained();
    for args in PRINTING {
        let expected = Ran::of(place.command(args).output().unwrap()).code;
        fs::remove_dir_all(place.path("json")).ok();
        let mut child = place.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(child.wait().unwrap().code(), expected, "{args:?}: {stderr}");
        assert!(!stderr.contains("error") && !stderr.contains("pipe"), "{args:?}: {stderr}");
        fs::remove_dir_all(place.path("json")).ok();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_an_error_that_says_what_is_lost() {
    let place = trained();
    for args in PRINTING {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = place.command(args).stdout(full).stderr(Stdio::piped()).output().unwrap();
        let ran = Ran::of(output);
        assert_eq!(ran.code, Some(2), "{args:?}: {}", ran.stderr);
        let told: Vec<&str> = ran
            .stderr
            .lines()
            .filter(|line| {
                line.starts_with("error: cannot write the ") || line.starts_with("error: cannot write w")
            })
            .collect();
        assert!(
            told.len() == 1 && told[0].contains("to standard output: No space left"),
            "{args:?}: {}",
            ran.stderr
        );
    }
    // The training went to its end all the same.
    place.toile(&["compare", "json/a/seed-0", "json/b/seed-0"]).expect(3);
}

/// A terminal of the program `script` (util-linux). `terminal::tests` looks at the same decision without a terminal.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs the program script"]
fn a_dumb_terminal_gets_no_escapes() {
    let place = Place::new(STUDY);
    let shown = |term: &str, out: &str| {
        let program = env!("CARGO_BIN_EXE_toile");
        let line = format!("'{program}' run tiny.toml --out {out}");
        let mut script = std::process::Command::new("script");
        script.current_dir(place.path(".")).args(["-qec", &line, "/dev/null"]).env("TERM", term);
        let output = script.env_remove("NO_COLOR").stdin(Stdio::null()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let (dumb, usual) = (shown("dumb", "dumb"), shown("xterm", "usual"));
    assert!(usual.contains('\u{1b}'), "a usual terminal gets escapes:\n{usual}");
    assert!(!dumb.contains('\u{1b}') && dumb.contains("epoch 2/2"), "{dumb}");
}
