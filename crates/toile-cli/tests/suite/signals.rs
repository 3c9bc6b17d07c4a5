//! Requests to stop: those that were ignored when the program started stay ignored.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
#[cfg(target_os = "linux")]
use std::time::Duration;

#[cfg(target_os = "linux")]
use toile_store::RunFolder;
#[cfg(target_os = "linux")]
use toile_store::claims::{Process, Pulse, Worker};

use super::cli::{Place, STUDY};

fn kill(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

/// What `nohup` does before it starts a program: SIGHUP is ignored, and so it stays.
#[test]
fn a_signal_that_was_ignored_is_left_alone() {
    // Where the system does not tell, SIGINT cannot be known to be ignored.
    let ignored: &[&str] = if cfg!(target_os = "linux") { &["HUP", "INT", "TERM"] } else { &["HUP"] };
    for signal in ignored {
        let place = Place::new(STUDY);
        let script =
            format!("trap '' {signal}; exec \"$0\" run tiny.toml --models a --epochs 60 --progress json");
        let mut shell = Command::new("sh");
        shell.current_dir(place.path(".")).args(["-c", &script, env!("CARGO_BIN_EXE_toile")]);
        let mut child = shell.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("\"event\":\"epoch\"")));
        kill(&child, &format!("-{signal}"));
        lines.for_each(drop);
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{signal}: {stderr}");
    }
}

#[test]
fn a_closed_terminal_or_a_request_to_terminate_stops_at_a_checkpoint() {
    // Slurm sends SIGUSR1 ahead of the end of a job's time.
    for signal in ["-HUP", "-TERM", "-USR1"] {
        if signal == "-HUP" && !cfg!(target_os = "linux") {
            continue;
        }
        let place = Place::new(STUDY);
        let args = ["run", "tiny.toml", "--models", "a", "--epochs", "1000", "--progress", "json"];
        let mut child = place.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("\"event\":\"epoch\"")));
        kill(&child, signal);
        lines.for_each(drop);
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal}: {stderr}");
        assert!(stderr.contains("stopped at a checkpoint; go on with:"), "{signal}: {stderr}");
        assert!(place.path("runs/tiny/a/seed-0/checkpoint/state.safetensors").exists(), "{signal}");
    }
}

/// Before the first run begins there is nothing to save, and nothing to go on from. A run that another process has is
/// waited for, which takes as long as the test wants.
#[cfg(target_os = "linux")]
#[test]
fn before_the_first_run_one_request_ends_the_program() {
    for signal in ["-INT", "-TERM"] {
        let place = Place::new(STUDY);
        let out = place.path("runs/tiny");
        let container = Process { pid_namespace: "another".into(), ..Process::this(None, None) };
        let pulse = Pulse { every: Duration::from_millis(50), dead_after: Duration::from_secs(60) };
        let worker = Worker::begin(&out, container, pulse).unwrap();
        let claim = worker.claim(&RunFolder::new(&out, "a", 0)).unwrap();
        let mut part = place.command(&["run", "tiny.toml", "--models", "a", "--shard", "1/1"]);
        let mut part = part.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(part.stderr.take().unwrap()).lines().map(Result::unwrap);
        assert!(lines.any(|line| line.contains("a (seed 0) is done by process")));
        kill(&part, signal);
        let rest: Vec<String> = lines.collect();
        assert_eq!(part.wait().unwrap().code(), Some(130), "{signal}: {rest:?}");
        assert_eq!(rest, ["stopped before any run began"], "{signal}");
        drop(claim);
    }
}
