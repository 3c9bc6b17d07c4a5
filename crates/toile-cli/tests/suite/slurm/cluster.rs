//! A real Slurm cluster on this machine, as the script beside this file makes one.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use tempfile::TempDir;

use super::super::cli::{Place, Ran};

/// Longest time for anything to happen. Generous: it is there so that nothing hangs, on machines however busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// A cluster that runs. Its daemons end, and its jobs, when this is dropped.
pub(super) struct Cluster {
    folder: TempDir,
}

impl Cluster {
    pub(super) fn start(nodes: usize) -> Cluster {
        // A short path: there are sockets in it.
        let cluster = Cluster { folder: tempfile::Builder::new().prefix("slurm").tempdir().unwrap() };
        cluster.script("start", &nodes.to_string());
        cluster
    }

    /// Kills a node's daemon and its jobs.
    pub(super) fn crash(&self, node: &str) {
        self.script("crash", node);
    }

    pub(super) fn restart(&self, node: &str) {
        self.script("restart", node);
    }

    fn script(&self, what: &str, argument: &str) {
        let (succeeded, told) = self.called(what, argument);
        assert!(succeeded, "{what}: {told}");
    }

    /// Whether it succeeded, and what it said.
    fn called(&self, what: &str, argument: &str) -> (bool, String) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/slurm/cluster");
        // Its daemons must not hold pipes of ours open.
        let told = self.folder.path().join("told");
        let status = Command::new(script)
            .args([what.as_ref(), self.folder.path().as_os_str(), argument.as_ref()])
            .stdout(fs::File::create(&told).unwrap())
            .stderr(fs::File::options().append(true).open(&told).unwrap())
            .status();
        (status.unwrap().success(), fs::read_to_string(&told).unwrap())
    }

    fn conf(&self) -> PathBuf {
        self.folder.path().join("slurm.conf")
    }

    /// The program, on this cluster.
    pub(super) fn command(&self, place: &Place, args: &[&str]) -> Command {
        let mut command = place.command(args);
        command.env("SLURM_CONF", self.conf());
        command
    }

    /// The program, while it follows what it submits.
    pub(super) fn follow(&self, place: &Place, args: &[&str]) -> Following {
        let mut command = self.command(place, args);
        Following(Some(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()))
    }

    pub(super) fn toile(&self, place: &Place, args: &[&str]) -> Ran {
        Ran::of(self.command(place, args).output().unwrap())
    }

    /// What a program of Slurm's answers.
    pub(super) fn ask(&self, program: &str, args: &[&str]) -> String {
        let output = Command::new(program).args(args).env("SLURM_CONF", self.conf()).output().unwrap();
        assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Tasks in its queue, as (number, state, node).
    pub(super) fn queue(&self) -> Vec<[String; 3]> {
        let answer = self.ask("squeue", &["--noheader", "--array", "--format=%i|%T|%N"]);
        let task = |line: &str| {
            let words: Vec<String> = line.split('|').map(|word| word.trim().to_owned()).collect();
            words.try_into().expect("three words")
        };
        answer.lines().map(task).collect()
    }

    /// What Slurm noted of every task that ended, or was cut off: (state, seconds).
    pub(super) fn ended(&self) -> Vec<(String, f64)> {
        let jobs = fs::read_to_string(self.folder.path().join("jobs")).unwrap_or_default();
        let job = |line: &str| {
            let value = |key: &str| {
                let mut words = line.split_whitespace();
                words.find_map(|word| word.strip_prefix(key)?.strip_prefix('=')).expect(key).to_owned()
            };
            let seconds = |key: &str| {
                let time = value(key);
                let clock =
                    time.split('T').nth(1).unwrap().split(':').map(|part| part.parse::<f64>().unwrap());
                clock.fold(0.0, |all, part| all * 60.0 + part)
            };
            // Over midnight, too.
            (value("JobState"), (seconds("EndTime") - seconds("StartTime")).rem_euclid(86_400.0))
        };
        jobs.lines().map(job).collect()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let (stopped, told) = self.called("stop", "");
        // A second panic would hide the first.
        assert!(stopped || thread::panicking(), "stop: {told}");
    }
}

/// A process of the program that does not outlive a test that fails.
pub(super) struct Following(Option<Child>);

impl Following {
    pub(super) fn interrupt(&self) {
        let id = self.0.as_ref().expect("it runs").id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    }

    pub(super) fn end(mut self) -> Ran {
        Ran::of(self.0.take().expect("it runs").wait_with_output().unwrap())
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Waits until there is something.
#[track_caller]
pub(super) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(50));
    }
}
