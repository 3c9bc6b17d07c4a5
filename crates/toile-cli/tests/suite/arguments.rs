//! What is said of arguments: bounds in words, remedies that help, bytes that are no text.

use clap::builder::ValueParser;
use clap::{Command, CommandFactory as _};
use toile_cli::program::Args;

use super::cli::{Place, STUDY};
use super::predict::write_png;

/// A command, whatever commands it stands below, with the words that call it.
fn commands(words: &[&str], command: &Command, found: &mut Vec<(Vec<String>, Command)>) {
    for below in command.get_subcommands() {
        let words = [words, &[below.get_name()]].concat();
        commands(&words, below, found);
        found.push((words.into_iter().map(str::to_owned).collect(), below.clone()));
    }
}

#[test]
fn a_number_with_a_minus_is_taken_for_a_number() {
    let (mut all, mut numeric, mut below) = (Vec::new(), 0, 0);
    commands(&["toile"], &Args::command(), &mut all);
    for (words, command) in &all {
        for argument in command.get_arguments().filter(|argument| argument.get_action().takes_values()) {
            let takes_text = argument.is_positional()
                || !argument.get_possible_values().is_empty()
                || ["models", "model", "study", "dataset", "isa", "from", "name", "class"]
                    .contains(&argument.get_id().as_str())
                || argument.get_value_parser().type_id() == ValueParser::path_buf().type_id();
            if takes_text {
                continue;
            }
            let option = format!("--{}", argument.get_long().expect("no number has a short name alone"));
            assert!(
                argument.is_allow_hyphen_values_set(),
                "{} {option}: `-1` would be told to use `--`",
                words.join(" ")
            );
            // What cannot be read is said before what is missing.
            for value in ["-1", "x", "0", "18446744073709551616"] {
                let typed = words.iter().map(String::as_str).chain([&*option, value]);
                let Err(told) = Args::command().try_get_matches_from(typed) else { continue };
                let told = told.to_string();
                for wrong in ["'-- ", "digit", "non-zero", "literal", "too large to fit", " is not in "] {
                    assert!(!told.contains(wrong), "{} {option} {value}: {told}", words.join(" "));
                }
            }
            numeric += 1;
            below += usize::from(words.len() > 2);
        }
    }
    assert!(
        numeric >= 40 && below >= 4,
        "only {numeric} numbers were found, {below} of commands below others"
    );
}

#[test]
fn bounds_are_said_and_the_remedy_is_one() {
    let place = Place::new(STUDY);
    place.toile(&["run", "tiny.toml", "--epochs", "1"]).expect(0);
    for (args, expected) in [
        (
            &["compare", "tiny.toml", "a", "b", "--margin", "-1"][..],
            "--margin -1 is out of range for accuracy_top1",
        ),
        (&["compare", "tiny.toml", "a", "b", "--alpha", "-1"], "--alpha -1 is out of range"),
        (&["compare", "tiny.toml", "a", "b", "--alpha", "x"], "write a number"),
        (&["run", "tiny.toml", "--seeds", "-1"], "`-1` is neither a whole number from 0 nor a range"),
        (&["run", "tiny.toml", "--seeds", "-1,2"], "`-1` is neither"),
        (&["run", "tiny.toml", "--epochs", "-1"], "write a whole number from 1 to 100,000"),
        (&["run", "tiny.toml", "--jobs", "0"], "write a whole number from 1 to 1,024"),
        (&["sweep", "tiny.toml", "a", "--lr", "-1"], "write numbers more than 0"),
        (&["sweep", "tiny.toml", "a", "--lr", "1", "--validation", "-1"], "more than 0 and up to 0.5"),
        (&["ablate", "tiny.toml", "a", "--shares", "-1"], "write shares from 0 to 1"),
        (&["ablate", "tiny.toml", "a", "--draws", "-1"], "write a whole number from 1 to 10,000"),
        (&["explain", "tiny.toml", "a", "b", "--alpha", "-1"], "write a number from 0.000001 to 0.5"),
        (&["bench", "--batch-size", "0"], "write a whole number from 1 to"),
        (&["bench", "--batch-size", "18446744073709551615"], "write a whole number from 1 to"),
        (&["bench", "--threads", "100000"], "write a whole number from 1 to 1,024"),
        (&["data", "inspect", "tiny.toml", "--threads", "0"], "write a whole number from 1 to 1,024"),
        (&["data", "show", "tiny.toml", "--images", "-1"], "write a whole number from 1 to 40"),
        (
            &["data", "show", "tiny.toml", "--model", "a", "--epochs", "-1"],
            "write a whole number from 1 to 40",
        ),
        (&["data", "show", "tiny.toml", "--model", "a", "--seed", "-1"], "write a whole number from 0 to "),
        (&["bench", "--model", "none"], "has no model \"none\"; it has baseline, better"),
    ] {
        let ran = place.toile(args).expect(2);
        assert!(ran.stderr.contains(expected), "{args:?}: {expected:?} is not in\n{}", ran.stderr);
        for wrong in ["'-- ", "bug", "zero for non-zero", "usize", "float literal"] {
            assert!(!ran.stderr.contains(wrong), "{args:?}: {wrong:?} is in\n{}", ran.stderr);
        }
    }
}

/// What is no regular file is refused at once, where a study file or data is asked for.
#[cfg(unix)]
#[test]
fn pipes_devices_and_loops_are_no_files() {
    let place = Place::new(STUDY);
    let made = std::process::Command::new("mkfifo").arg(place.path("pipe")).status().unwrap();
    assert!(made.success());
    std::os::unix::fs::symlink("loop", place.path("loop")).unwrap();
    std::fs::create_dir(place.path("data")).unwrap();
    std::os::unix::fs::symlink("../pipe", place.path("data/train-images-idx3-ubyte")).unwrap();
    std::fs::write(place.path("long.toml"), vec![b' '; 5 << 20]).unwrap();
    let pipe = |name: &str| {
        let _ = std::fs::remove_file(place.path(name));
        assert!(std::process::Command::new("mkfifo").arg(place.path(name)).status().unwrap().success());
    };
    pipe("labels.csv");
    let ran = place.toile(&["init", "labels.csv", "-o", "i.toml"]).expect(2);
    assert!(ran.stderr.contains("it is no regular file"), "{}", ran.stderr);
    // What is written anew takes the place of what lies there.
    place.toile(&["run", "tiny.toml", "--models", "a", "--epochs", "1", "--out", "piped"]).expect(0);
    pipe("piped/results.svg");
    pipe("piped/data/models.csv");
    place
        .toile(&["run", "tiny.toml", "--models", "a", "--epochs", "1", "--out", "piped", "--seeds", "0,1"])
        .expect(0);
    assert!(place.read("piped/results.svg").starts_with(b"<"));
    pipe("piped/.lock");
    let ran =
        place.toile(&["run", "tiny.toml", "--models", "a", "--epochs", "1", "--out", "piped"]).expect(2);
    assert!(ran.stderr.contains(".lock") && ran.stderr.contains("no regular file"), "{}", ran.stderr);
    for (study, expected) in [
        ("pipe", "`pipe` is a pipe or a device, not a study file"),
        ("/dev/zero", "is a pipe or a device"),
        ("loop", "cannot read the study file loop: "),
        ("long.toml", "it is longer than 4 MiB"),
        ("tiny.toml/x", "there is no study file `tiny.toml/x`"),
    ] {
        for command in [&["show"][..], &["run"], &["bench", "--study"]] {
            let ran = place.toile(&[command, &[study]].concat()).expect(2);
            assert!(ran.stderr.contains(expected), "{command:?} {study}: {}", ran.stderr);
        }
    }
    for data in ["data", "pipe", "tiny.toml"] {
        let ran = place.toile(&["run", "tiny.toml", "--data-dir", data]).expect(2);
        assert!(
            ran.stderr.contains("special file") || ran.stderr.contains("no such folder"),
            "{}",
            ran.stderr
        );
        place.toile(&["data", "verify", "--data-dir", data]).expect(1);
    }
}

/// No pipe in a folder of results is waited for: it is refused by name, or done without where that costs nothing.
#[cfg(unix)]
#[test]
fn no_pipe_in_a_folder_of_results_is_waited_for() {
    let place = Place::new(STUDY);
    let run = ["run", "tiny.toml", "--models", "a", "--epochs", "1", "--tensorboard"];
    let sweep = ["sweep", "tiny.toml", "a", "--lr", "0.1", "--epochs", "1"];
    let report = ["report", "runs/tiny"];
    let live = ["report", "runs/tiny", "--live"];
    place.toile(&run).expect(0);
    place.toile(&sweep).expect(0);
    place.toile(&live).expect(0);
    let candidates = std::fs::read_dir(place.path("runs/tiny/sweep/a")).unwrap();
    let candidate = candidates
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .find(|name| name.starts_with("c-"))
        .expect("a candidate");
    let of_candidate = format!("sweep/a/{candidate}/seed-0/config.toml");
    for (name, args, code) in [
        ("images.png", &report[..], 2),
        ("images.csv", &report, 2),
        ("a/seed-0/weights/last.safetensors", &live, 2),
        (&of_candidate, &sweep, 2),
        // What is only drawn: the report has no link, and the event file draws its own.
        ("live-a.html", &report, 0),
        ("live-a.html", &run, 0),
        ("a/seed-0/confusion_matrix.png", &run, 0),
    ] {
        let path = place.path(&format!("runs/tiny/{name}"));
        let whole = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let ran = place.toile_in_time(args).expect(code);
        let is_named = ran.stderr.contains(name) && ran.stderr.contains("no regular file");
        assert_eq!(is_named, code == 2, "{name}: {}", ran.stderr);
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, whole).unwrap();
    }
    // Nothing was lost by it.
    assert!(place.toile(&run).expect(0).stderr.contains("nothing to do"));
    place.toile(&live).expect(0);
}

/// A folder that may not be entered is not "no study file": what lies in it is not known.
#[cfg(unix)]
#[test]
fn a_study_in_a_locked_folder_cannot_be_read() {
    use std::os::unix::fs::PermissionsExt as _;

    let place = Place::new(STUDY);
    let locked = place.path("locked");
    std::fs::create_dir(&locked).unwrap();
    std::fs::copy(place.path("tiny.toml"), locked.join("tiny.toml")).unwrap();
    let set = |mode| std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(mode)).unwrap();
    set(0o000);
    for command in [&["show"][..], &["run"], &["bench", "--study"]] {
        let mut toile = place.command_bound_by_permissions(&[command, &["locked/tiny.toml"]].concat());
        let ran = super::cli::Ran::of(toile.output().unwrap()).expect(2);
        assert!(
            ran.stderr.contains("cannot read the study file locked/tiny.toml: Permission denied"),
            "{command:?}: {}",
            ran.stderr
        );
    }
    set(0o755);
}

/// A file that may not be read is as it was left, for all that is known: nothing is to be deleted, or put back.
#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_not_to_be_deleted() {
    use std::os::unix::fs::PermissionsExt as _;

    let place = Place::new(STUDY);
    place.toile(&["run", "tiny.toml", "--models", "a", "--epochs", "1"]).expect(0);
    let report = ["report", "runs/tiny"];
    for (name, args) in [
        ("results.json", &report[..]),
        ("images.png", &report),
        ("images.csv", &report),
        ("a/seed-0/config.toml", &report),
        ("a/seed-0/evaluation.json", &report),
        ("a/seed-0/predictions.csv", &report),
        ("a/seed-0/weights/last.safetensors", &["report", "runs/tiny", "--live"]),
    ] {
        let path = place.path(&format!("runs/tiny/{name}"));
        let set = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        set(0o000);
        let ran = super::cli::Ran::of(place.command_bound_by_permissions(args).output().unwrap()).expect(2);
        assert!(
            ran.stderr.contains(name) && ran.stderr.contains("give yourself the permission to read it"),
            "{name}: {}",
            ran.stderr
        );
        for wrong in ["delete", "put a copy", "move it away", "cannot be used"] {
            assert!(!ran.stderr.contains(wrong), "{name}: {wrong:?} is in\n{}", ran.stderr);
        }
        set(0o644);
    }
}

/// Folders may be called as the file system likes; names of studies and models are text.
#[cfg(unix)]
#[test]
fn bytes_that_are_no_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let place = Place::new(STUDY);
    let pictures = place.path(".").join(OsStr::from_bytes(b"l\xe9"));
    for image in 0..24u8 {
        let path = pictures.join(format!("{}/{image}.png", ["dark", "light"][usize::from(image % 2)]));
        write_png(&path, [1, 4, 4], 1, &[image * (1 + image % 2 * 9); 16]);
    }
    let mut init = place.command(&["init", "-o", "pictures.toml"]);
    let told =
        super::cli::Ran::of(init.env("XDG_CACHE_HOME", place.path("cache")).arg(&pictures).output().unwrap());
    assert!(matches!(told.code, Some(0 | 2)) && !told.stderr.contains("bug"), "{}", told.stderr);
    let folder = OsStr::from_bytes(b"caf\xe9");
    let with_folder = |args: &[&str]| {
        let mut command = place.command(args);
        super::cli::Ran::of(command.arg(folder).output().unwrap())
    };
    // A manifest is text: there is no other way to write the folder than a wrong one.
    let manifest = with_folder(&["run", "tiny.toml", "--on", "kubernetes", "--dry-run", "--out"]).expect(2);
    assert_eq!(manifest.stdout, "");
    let refusal = r"the argument $'caf\xe9' is not UTF-8, which a manifest for Kubernetes is";
    assert!(manifest.stderr.contains(refusal), "{}", manifest.stderr);
    let script = with_folder(&["run", "tiny.toml", "--on", "slurm", "--dry-run", "--out"]).expect(0);
    assert!(script.stdout.contains(r"--out $'caf\xe9'"), "{}", script.stdout);
    with_folder(&["run", "tiny.toml", "--out"]).expect(0);
    let receipt =
        std::fs::read_to_string(place.path(".").join(folder).join("a/seed-0/receipt.json")).unwrap();
    assert!(receipt.contains(r"toile run tiny.toml --out $'caf\\xe9'"), "{receipt}");
    with_folder(&["report"]).expect(0);
    with_folder(&["explain", "tiny.toml", "a", "b", "--out"]).expect(0);
    with_folder(&["sweep", "tiny.toml", "a", "--lr", "0.1", "--out"]).expect(0);
    with_folder(&["ablate", "tiny.toml", "a", "--out"]).expect(0);
    with_folder(&["compare", "tiny.toml", "a", "b", "--out"]).expect(3);
    for args in
        [&["data", "verify", "--data-dir"][..], &["run"], &["show"], &["compare"], &["bench", "--study"]]
    {
        let ran = with_folder(args);
        assert!(matches!(ran.code, Some(1 | 2)), "{args:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("bug"), "{args:?}: {}", ran.stderr);
        if args[0] != "data" {
            assert!(ran.stderr.contains(r"the argument $'caf\xe9' is not UTF-8"), "{args:?}: {}", ran.stderr);
        }
    }
}
