//! Studies on a real Slurm cluster, whose nodes are daemons on this machine.

mod cluster;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Instant;

use serde_json::Value;

use self::cluster::{Cluster, wait_for};
use super::cli::{Place, Ran, STUDY};
use super::shared_out::{report_without_times, results};

/// Sixteen runs of about a second.
fn study() -> String {
    STUDY.replace("epochs = 2", "epochs = 60").replace("[arch", "seeds = [0, 1, 2, 3, 4, 5, 6, 7]\n\n[arch")
}

fn json(path: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// All runs' folders.
fn runs(place: &Place) -> Vec<std::path::PathBuf> {
    let seeds = |model: &'static str| (0..8).map(move |seed| format!("runs/tiny/{model}/seed-{seed}"));
    ["a", "b"].into_iter().flat_map(seeds).map(|run| place.path(&run)).collect()
}

/// Crashes a node in the middle of a run: one that has a checkpoint, and whose claim nobody is left to take back. The
/// node comes back at once.
fn crash_in_the_middle(cluster: &Cluster, place: &Place) {
    let claim = |run: &Path| json(&run.join("claim.json"));
    let lives = |claim: &Value| Path::new(&format!("/proc/{}", claim["process"]["pid"])).exists();
    wait_for("a node that crashes in the middle of a run", || {
        let (run, before) = runs(place).into_iter().find_map(|run| {
            let claim = claim(&run).filter(|claim| lives(claim) && run.join("checkpoint").exists())?;
            Some((run, claim))
        })?;
        let queue = cluster.queue();
        let [_, _, node] = queue
            .iter()
            .find(|[task, state, _]| before["process"]["job"]["id"] == *task && state == "RUNNING")?;
        cluster.crash(node);
        let was_in_the_middle = claim(&run) == Some(before);
        cluster.restart(node);
        was_in_the_middle.then_some(())
    });
}

#[test]
#[ignore = "needs Slurm: cargo test -p toile-cli --test suite -- --ignored slurm"]
fn a_study_on_four_nodes_that_crash_comes_to_what_one_process_does() {
    let cluster = Cluster::start(4);
    let place = Place::new(&study());
    let begun = Instant::now();
    let args = ["run", "tiny.toml", "--on", "slurm", "--runs-per-task", "1"];
    let following = cluster.follow(&place, &args);
    for _ in 0..2 {
        crash_in_the_middle(&cluster, &place);
    }
    thread::scope(|scope| {
        // While Slurm waits before it starts again what was cut off.
        scope.spawn(|| place.toile(&["run", "tiny.toml", "--out", "whole", "--jobs", "1", "-q"]).expect(0));
        let ran = following.end().expect(0);
        assert!(ran.stderr.contains("16 runs: 16 done"), "{}", ran.stderr);
    });
    let seconds = begun.elapsed().as_secs_f64();
    let crashed = cluster.ended().iter().filter(|(state, _)| state == "NODE_FAIL").count();
    assert!(crashed >= 2, "{:?}", cluster.ended());

    let (shared, whole) = (place.path("runs/tiny"), place.path("whole"));
    let (found, expected) = (results(&shared), results(&whole));
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    assert!(found.keys().filter(|name| name.ends_with("weights/last.safetensors")).count() == 16);
    let differ: Vec<&String> = expected.keys().filter(|name| expected[*name] != found[*name]).collect();
    assert!(differ.is_empty(), "{differ:?}");
    assert!(report_without_times(&shared) == report_without_times(&whole), "the reports");

    let own = |run: &Path| {
        let receipt = json(&run.join("receipt.json")).unwrap();
        receipt["training_seconds"].as_f64().unwrap() + receipt["evaluation_seconds"].as_f64().unwrap()
    };
    let own: f64 = runs(&place).iter().map(|run| own(run)).sum();
    let tasks: f64 = cluster.ended().iter().map(|(_, seconds)| seconds).sum();
    println!(
        "16 runs of {own:.1} s together took {tasks:.0} s of nodes, {crashed} crashes and the report included: \
         {:.0} % more; {seconds:.0} s until the report was there",
        (tasks / own - 1.0) * 100.0
    );
}

/// Runs that take longer than any test waits.
fn endless() -> String {
    study().replace("epochs = 60", "epochs = 100000")
}

/// What is refused leaves nothing in the queue, and no record of jobs.
#[test]
#[ignore = "needs Slurm: cargo test -p toile-cli --test suite -- --ignored slurm"]
fn what_slurm_refuses_is_told_and_leaves_nothing_in_its_queue() {
    let cluster = Cluster::start(1);
    let place = Place::new(&endless());
    let refused = |command: &mut Command, expected: &str| {
        let ran = Ran::of(command.output().unwrap()).expect(2);
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
        assert_eq!(cluster.queue(), Vec::<[String; 3]>::new());
        assert!(!place.path("runs/tiny/cluster/jobs.json").exists());
    };
    let on_slurm = |more: &[&str]| {
        cluster.command(&place, &[&["run", "tiny.toml", "--on", "slurm", "--detach"][..], more].concat())
    };
    refused(&mut on_slurm(&["--partition", "nope"]), "choose one of the partitions that `sinfo` lists");
    refused(&mut on_slurm(&["--time", "600"]), "choose another --time");
    refused(&mut on_slurm(&["--time", "soon"]), "choose another --time");
    // A node has one.
    refused(&mut on_slurm(&["--cpus-per-run", "2"]), "Slurm refused");

    // The array is taken, and the job that gathers is not.
    fs::create_dir(place.path("bin")).unwrap();
    let sbatch = "#!/bin/sh\ncase $* in *gather.sh) echo 'sbatch: error: QOSMaxSubmitJobPerUserLimit' >&2; exit 1 ;; esac\n\
                  exec /usr/bin/env PATH=\"${PATH#*:}\" sbatch \"$@\"\n";
    fs::write(place.path("bin/sbatch"), sbatch).unwrap();
    assert!(Command::new("chmod").arg("755").arg(place.path("bin/sbatch")).status().unwrap().success());
    let path = format!("{}:{}", place.path("bin").display(), std::env::var("PATH").unwrap());
    refused(on_slurm(&[]).env("PATH", path), "ask for less");
}

/// Asked how it goes, left alone, stopped, and gone on with.
#[test]
#[ignore = "needs Slurm: cargo test -p toile-cli --test suite -- --ignored slurm"]
fn a_study_on_slurm_is_followed_stopped_and_gone_on_with() {
    let cluster = Cluster::start(2);
    let place = Place::new(&endless());
    let on_slurm = ["run", "tiny.toml", "--on", "slurm", "--runs-per-task", "8"];
    let following = cluster.follow(&place, &on_slurm);
    let checkpoints = || runs(&place).iter().filter(|run| run.join("checkpoint").exists()).count();
    wait_for("two runs with checkpoints", || (checkpoints() == 2).then_some(()));
    following.interrupt();
    let ran = following.end().expect(130);
    assert!(ran.stderr.contains("the work goes on without this"), "{}", ran.stderr);

    let status = cluster.toile(&place, &["status", "runs/tiny"]).expect(0).stdout;
    for expected in
        ["16 runs: 2 running, 14 waiting", "1_1  running  n", "2  pending  (Dependency)", "(job 1_1)"]
    {
        assert!(status.contains(expected), "{expected} is missing in\n{status}");
    }
    let stopped = cluster.toile(&place, &["stop", "runs/tiny"]).expect(0).stderr;
    assert!(stopped.contains("cancelled: 1, 2"), "{stopped}");
    wait_for("the end of the jobs", || cluster.queue().is_empty().then_some(()));
    let again = cluster.toile(&place, &["stop", "runs/tiny"]).expect(0).stderr;
    assert!(again.contains("nothing to stop"), "{again}");
    let status = cluster.toile(&place, &["status", "runs/tiny"]).expect(0).stdout;
    assert!(status.contains("16 runs: 2 interrupted, 14 waiting"), "{status}");

    // Two of the sixteen are done meanwhile: only the others are submitted.
    fs::write(place.path("tiny.toml"), study()).unwrap();
    fs::remove_dir_all(place.path("runs/tiny")).unwrap();
    place.toile(&["run", "tiny.toml", "--units", "1-2"]).expect(0);
    let resume = [&on_slurm[..5], &["14", "--resume", "--detach"]].concat();
    let ran = cluster.toile(&place, &resume).expect(0);
    assert!(ran.stderr.contains("14 runs to do, 2 already done: 1 task"), "{}", ran.stderr);
    let script = String::from_utf8(place.read("runs/tiny/cluster/array.sh")).unwrap();
    assert!(script.lines().any(|line| line == "3-16") && script.contains("--array=1-1\n"), "{script}");
    cluster.toile(&place, &["stop", "runs/tiny"]).expect(0);
}
