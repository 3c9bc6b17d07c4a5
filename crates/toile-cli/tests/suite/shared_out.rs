//! A study's work shared out over processes, and handed to schedulers.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use toile_store::RunFolder;
use toile_store::claims::{Process, Pulse, Worker};

use super::cli::{Place, STUDY, files_below};
use super::documents::{commands, run};

const DOCUMENT: &str = include_str!("../../../../docs/clusters.md");

/// What two honest ways to the same results leave alike: all files but the receipts, which say when, where and by which
/// command; the report, see below; and what several processes agree by, plans and a scheduler's scripts.
pub(crate) fn results(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let name = |path: &Path| path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
    let differs = |name: &str| {
        name.ends_with("receipt.json")
            || name == "report.html"
            || name.starts_with(".plans/")
            || name.starts_with("cluster/")
    };
    let files = files_below(folder).into_iter().filter(|path| !differs(&name(path)));
    files.map(|path| (name(&path), fs::read(&path).unwrap())).collect()
}

/// A folder's report without what differs between honest runs: the time that training took, and all after the heading
/// of the section on reproduction, its last one.
pub(crate) fn report_without_times(folder: &Path) -> String {
    let report = fs::read_to_string(folder.join("report.html")).unwrap();
    let (report, _) = report.split_once("<h2>Reproduction</h2>").expect("the last section");
    let (before, time) = report.split_once("<th scope=\"row\">training time</th>").expect("the time");
    let (_, after) = time.split_once("</tr>").unwrap();
    before.to_owned() + after
}

/// The commands of a section of the document, on a study that is smaller than its own, after this has been done.
#[track_caller]
fn come_to_what_one_process_does(section: &str, before: &str) -> Place {
    let place = Place::new(STUDY);
    let (_, section) = DOCUMENT.split_once(section).expect(section);
    let commands = commands(section.split("\n## ").next().unwrap());
    assert!(commands.len() >= 2, "{commands:?}");
    for line in commands {
        run(&place, &format!("{before}{}", line.replace("quick", "tiny.toml")));
    }
    place.toile(&["run", "tiny.toml", "--out", "whole", "-q"]).expect(0);
    let (parts, whole) = (results(&place.path("runs/tiny")), results(&place.path("whole")));
    assert_eq!(parts.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>());
    let differ: Vec<&String> = whole.keys().filter(|name| whole[*name] != parts[*name]).collect();
    assert!(differ.is_empty(), "{differ:?}");
    let report = fs::read_to_string(place.path("runs/tiny/report.html")).unwrap();
    assert!(report.contains("</html>"));
    place
}

#[test]
#[ignore = "needs GNU parallel: cargo test -p toile-cli --test suite -- --ignored gnu_parallel"]
fn what_gnu_parallel_runs_comes_to_what_one_process_does() {
    come_to_what_one_process_does("\n## GNU parallel\n", "");
}

/// A stand-in for `ssh` does here what the machine would do: the text of the document is what is tried.
#[cfg(unix)]
#[test]
fn what_ssh_runs_comes_to_what_one_process_does() {
    let stand_in = "ssh() { [ \"$1\" = -n ] && case $2 in node[1-3]) sh -c \"$3\" ;; *) exit 9 ;; esac; }\n";
    come_to_what_one_process_does("\n## ssh\n", stand_in);
}

#[test]
fn the_commands_of_the_document_come_to_what_one_process_does() {
    let place = come_to_what_one_process_does("# Work on several machines\n", "");
    let status = place.toile(&["status", "runs/tiny", "--json"]).expect(0);
    let status: Value = serde_json::from_str(&status.stdout).unwrap();
    let states: Vec<&str> =
        status["runs"].as_array().unwrap().iter().map(|run| run["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["done", "done"]);
    let told = place.toile(&["status", "runs/tiny"]).expect(0).stdout;
    let watched = place.toile(&["status", "runs/tiny", "--watch"]).expect(0).stdout;
    assert!(told.contains("b (seed 0)") && watched == told, "{watched}");
}

#[test]
fn what_is_gathered_too_early_names_the_runs_that_are_missing() {
    let place = Place::new(STUDY);
    place.toile(&["run", "tiny.toml", "--units", "1", "-q"]).expect(0);
    let early = place.toile(&["run", "tiny.toml", "--gather"]).expect(0);
    assert!(early.stderr.contains("gathered; one run is not over: b (seed 0)"), "{}", early.stderr);
    place.toile(&["run", "tiny.toml", "--units", "2", "-q"]).expect(0);
    let whole = place.toile(&["run", "tiny.toml", "--gather"]).expect(0);
    assert!(whole.stderr.contains("gathered: every run is over"), "{}", whole.stderr);
}

#[test]
fn what_cannot_be_shared_out_is_told() {
    let place = Place::new(STUDY);
    fs::create_dir(place.path("empty")).unwrap();
    for (args, expected) in [
        (&["run", "tiny.toml", "--units", "3"][..], "there is no unit 3: the work has 2; `toile plan` lists"),
        (&["explain", "tiny.toml", "a", "b", "--units", "9"], "--dry-run those of other commands"),
        (&["explain", "tiny.toml", "a", "b", "--units", "9", "--dry-run"], "there is no unit 9"),
        (&["run", "tiny.toml", "--units", "0"], "write units as 1-8,12"),
        (&["run", "tiny.toml", "--shard", "3/2"], "write which and of how many"),
        (&["run", "tiny.toml", "--shard", "1/2", "--gather"], "cannot be used with"),
        (&["run", "tiny.toml", "--partition", "long"], "--on"),
        (&["run", "tiny.toml", "--on", "slurm"], "`sbatch` is not to be found"),
        (&["run", "tiny.toml", "--on", "kubernetes"], "--dry-run > job.yaml"),
        (
            &["sweep", "tiny.toml", "a", "--vary", "lr=0.1,0.2", "--halving", "2", "--units", "1"],
            "share them out with --shard I/N",
        ),
        (
            &["sweep", "tiny.toml", "a", "--vary", "lr=0.1,0.2", "--halving", "2", "--on", "slurm"],
            "--jobs 1 --shard $SLURM_ARRAY_TASK_ID/8",
        ),
        (&["sweep", "tiny.toml", "a", "--vary", "lr=0.1,0.2", "--gather"], "3 runs are not over"),
        (&["explain", "tiny.toml", "a", "b", "--gather"], "2 of 2 runs are not finished"),
        (
            &["run", "tiny.toml", "--data-dir", "data", "--stage", "tiny.toml"],
            "the data cannot be staged in tiny.toml",
        ),
        (&["stop", "empty"], "nothing that was submitted"),
        (&["status", "nowhere"], "nowhere is no folder"),
    ] {
        let mut command = place.command(args);
        let output = command.env("PATH", place.path("empty")).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && told.contains(expected), "{args:?}: {told}");
    }
    assert!(!place.path("runs/tiny/a").exists(), "nothing was trained");
}

#[test]
fn searches_and_combinations_are_shared_out() {
    let (one, several) = (Place::new(STUDY), Place::new(STUDY));
    let halving = ["sweep", "tiny.toml", "a", "--vary", "lr=0.01,0.1,1", "--halving", "2"];
    one.toile(&halving).expect(0);
    // Each waits for what the other does of a round.
    let shard = |number: &str| {
        several.command(&[&halving[..], &["--jobs", "1", "--shard", number]].concat()).spawn().unwrap()
    };
    for mut process in [shard("1/2"), shard("2/2")] {
        assert!(process.wait().unwrap().success());
    }
    assert!(!several.path("runs/tiny/swept-a.json").exists(), "the answer is for whoever gathers");
    several.toile(&[&halving[..], &["--gather"]].concat()).expect(0);

    let grid = ["sweep", "tiny.toml", "b", "--vary", "lr=0.02,0.1"];
    one.toile(&grid).expect(0);
    several.toile(&[&grid[..], &["--units", "2-3"]].concat()).expect(0);
    let early = several.toile(&[&grid[..], &["--gather"]].concat()).expect(2);
    assert!(early.stderr.contains("one run is not over"), "{}", early.stderr);
    several.toile(&[&grid[..], &["--shard", "1/1"]].concat()).expect(0);
    several.toile(&[&grid[..], &["--gather"]].concat()).expect(0);

    let explain = ["explain", "tiny.toml", "a", "b", "--seeds", "0-1"];
    one.toile(&explain).expect(0);
    for part in [&["--shard", "1/2"][..], &["--shard", "2/2"], &["--gather"]] {
        several.toile(&[&explain[..], part].concat()).expect(0);
    }
    for name in ["swept-a.json", "swept-b.json", "explain-a-b.json"] {
        let name = format!("runs/tiny/{name}");
        assert!(one.read(&name) == several.read(&name), "{name}");
    }
}

#[test]
fn the_units_of_a_search_and_of_combinations_are_told() {
    let place = Place::new(STUDY);
    let explain = ["explain", "tiny.toml", "a", "b", "--seeds", "0-1", "--dry-run"];
    let rates = ["sweep", "tiny.toml", "a", "--lr", "0.1,0.01", "--dry-run"];
    let grid = ["sweep", "tiny.toml", "a", "--vary", "lr=0.1,0.2", "--dry-run"];
    // Of what a process does of them, too, and nothing is done.
    let part = [&grid[..], &["--shard", "1/2"]].concat();
    for (args, units) in [(&explain[..], 4), (&rates, 3), (&grid, 3), (&part, 3)] {
        let table = place.toile(args).expect(0).stdout;
        assert!(table.contains(&format!("\n{units} units; about ")), "{table}");
        let answer = place.toile(&[args, &["--json"]].concat()).expect(0).stdout;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["units"].as_array().unwrap().len(), units);
    }
    assert!(!place.path("runs").exists(), "nothing is left");
}

/// A claim as of a container on this machine that was killed, whose place is taken by another one.
#[cfg(target_os = "linux")]
#[test]
fn a_part_waits_for_a_run_that_another_has_and_does_it_where_that_is_gone() {
    let place = Place::new(STUDY);
    let out = place.path("runs/tiny");
    let container = Process { pid_namespace: "another".into(), ..Process::this(None, None) };
    let pulse = Pulse { every: Duration::from_millis(50), dead_after: Duration::from_secs(1) };
    let worker = Worker::begin(&out, container, pulse).unwrap();
    let folder = RunFolder::new(&out, "a", 0);
    std::mem::forget(worker.claim(&folder).unwrap());

    let mut part = place.command(&["run", "tiny.toml", "--shard-index", "0/2", "--dead-after", "2"]);
    let mut part = part.stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(part.stderr.take().unwrap()).lines().map(Result::unwrap);
    let waits = lines.find(|line| line.contains("a (seed 0) is done by process"));
    assert!(waits.expect("it is said").contains("and waited for"));
    assert!(!folder.evaluation().exists());
    drop(worker);
    let rest: Vec<String> = lines.collect();
    assert!(part.wait().unwrap().success(), "{rest:?}");
    assert!(folder.evaluation().exists(), "{rest:?}");
    assert!(rest.iter().any(|line| line.contains("1 run of this part done, 0 of them before")), "{rest:?}");
}

#[test]
fn a_manifest_and_a_script_hold_the_work() {
    let place = Place::new(STUDY);
    let dry = |on: &[&str]| {
        let args = [&["run", "tiny.toml", "--dry-run", "--runs-per-task", "1", "--on"][..], on].concat();
        place.toile(&args).expect(0).stdout
    };
    let manifest = dry(&["kubernetes"]);
    assert!(
        manifest.contains("completions: 2") && manifest.contains("$(JOB_COMPLETION_INDEX)/2"),
        "{manifest}"
    );
    let manifest = dry(&["kubernetes", "--offline"]);
    assert_eq!(manifest.matches("- \"--offline\"").count(), 2, "{manifest}");
    for more in [&["slurm"][..], &["slurm", "--offline"]] {
        let script = dry(more);
        assert_eq!(script.matches(" --offline").count(), 1, "{script}");
    }
    let script = dry(&["slurm", "--partition", "long", "--sbatch-arg=--qos=low"]);
    assert!(script.contains("#SBATCH --array=1-2") && script.contains("#SBATCH --qos=low"), "{script}");
    assert!(script.contains("2 runs to do, 0 already done: 2 tasks"), "{script}");
    assert!(!place.path("runs").exists(), "nothing is left");
    // What is staged is staged there, and not where the work is handed out.
    fs::write(place.path("file"), b"").unwrap();
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../toile-data/tests/data/fashion-mnist-small");
    let script = dry(&["slurm", "--data-dir", data, "--stage", "file/scratch"]);
    assert!(script.contains(" --stage file/scratch "), "{script}");
    let here = place.toile(&["run", "tiny.toml", "--data-dir", data, "--stage", "file/scratch"]).expect(2);
    assert!(here.stderr.contains("cannot be staged in file/scratch"), "{}", here.stderr);
}
