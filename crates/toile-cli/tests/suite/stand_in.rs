//! Work handed to a stand-in for Slurm, whose jobs are done before their submission is answered.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::cli::{Place, Ran, STUDY};

/// Keeps the array until the job comes that gathers, then does both.
const SBATCH: &str = r#"#!/bin/bash
script="${@: -1}"; cluster=$(dirname "$script")
case "$*" in *--hold*) echo 1; exit ;; esac
tasks=$(sed -n 's/^#SBATCH --array=1-\([0-9]*\).*/\1/p' "$cluster/array.sh")
for task in $(seq "$tasks"); do
  SLURM_JOB_ID=1 SLURM_ARRAY_JOB_ID=1 SLURM_ARRAY_TASK_ID=$task bash "$cluster/array.sh" > "$cluster/logs/1_$task.log" 2>&1
done
bash "$script" > "$cluster/logs/gather-2.log" 2>&1
echo 2
"#;

/// Takes jobs whose nodes do not see their folder: nothing comes of them, and no log.
const BLIND: &str = "#!/bin/sh\ncase \"$*\" in *--hold*) echo 1 ;; *) echo 2 ;; esac\n";

struct Cluster {
    place: Place,
}

impl Cluster {
    fn new(study: &str, sbatch: &str) -> Cluster {
        let place = Place::new(study);
        fs::create_dir(place.path("bin")).unwrap();
        let nothing = "#!/bin/sh\n";
        for (name, script) in [("sbatch", sbatch), ("squeue", nothing), ("scontrol", nothing)] {
            let path = place.path("bin").join(name);
            fs::write(&path, script).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Cluster { place }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.place.command(args);
        let path = std::env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{path}", self.place.path("bin").display()));
        command
    }

    fn toile(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    /// Submits, and follows to the end.
    fn submit(&self, args: &[&str]) -> Ran {
        self.toile(&[args, &["--on", "slurm"]].concat())
    }
}

#[track_caller]
fn assert_told(ran: &Ran, expected: &str) {
    assert!(ran.stderr.contains(expected), "{expected} is missing in\n{}", ran.stderr);
}

#[test]
fn a_folder_is_asked_for_more_and_each_command_names_its_answer() {
    let cluster = Cluster::new(&STUDY.replacen("epochs = 2", "epochs = 1", 1), SBATCH);
    let first = cluster.submit(&["run", "tiny.toml"]).expect(0);
    assert_told(&first, "2 runs: 2 done\nresults: runs/tiny/report.html");
    let wider = cluster.submit(&["run", "tiny.toml", "--seeds", "0-1"]).expect(0);
    assert_told(&wider, "4 runs: 4 done");
    assert!(cluster.place.path("runs/tiny/b/seed-1/evaluation.json").exists());
    for (args, answer) in [
        (&["explain", "tiny.toml", "a", "b", "--seeds", "0-1"][..], "explain-a-b.json"),
        (&["sweep", "tiny.toml", "a", "--vary", "lr=0.01"], "swept-a.json"),
        (&["sweep", "tiny.toml", "a", "--vary", "lr=0.01,1e30"], "swept-a.json"),
    ] {
        let ran = cluster.submit(args).expect(0);
        assert_told(&ran, &format!("results: runs/tiny/{answer}"));
        assert!(cluster.place.path("runs/tiny").join(answer).exists(), "{answer}");
    }
}

#[test]
fn a_run_that_diverges_is_an_error_as_where_it_is_run_here() {
    let cluster = Cluster::new(&STUDY.replace("lr = 0.01 ", "lr = 1e30 "), SBATCH);
    for _ in 0..2 {
        let ran = cluster.submit(&["run", "tiny.toml"]).expect(2);
        assert_told(&ran, "b (seed 0) diverged");
    }
    cluster.toile(&["run", "tiny.toml"]).expect(2);
}

#[test]
fn a_folder_that_the_nodes_do_not_see_is_told() {
    let cluster = Cluster::new(STUDY, BLIND);
    let logs = cluster.place.path("runs/tiny/cluster/logs");
    let expected =
        format!("none left a log in {}", fs::canonicalize(cluster.place.path(".")).unwrap().display());
    let ran = cluster.submit(&["run", "tiny.toml"]).expect(2);
    assert_told(&ran, "2 runs: 2 waiting\n");
    assert_told(&ran, &expected);
    assert_told(&ran, "with --out");
    let status = cluster.toile(&["status", "runs/tiny"]).expect(0);
    assert!(status.stdout.contains("2 runs: 2 waiting"), "{}", status.stdout);
    assert_told(&status, &expected);
    // Where they left a word, that says more.
    fs::write(logs.join("1_1.log"), "no space left").unwrap();
    let status = cluster.toile(&["status", "runs/tiny"]).expect(0);
    assert!(!status.stderr.contains("left a log"), "{}", status.stderr);
}
