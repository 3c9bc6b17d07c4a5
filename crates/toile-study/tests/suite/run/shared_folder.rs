//! Several processes in one folder: parts of a study done apart, and taken over from those that died.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::fixture::{Bench, Fault, STEPS, model, plain, study};
use toile_store::RunFolder;
use toile_store::claims::{Claiming, Process, Pulse, Worker};
use toile_study::conduct::{self, ConductError, ShareOutcome, StudyHooks};
use toile_study::run::{Event, Observer, Options, Presence, Share};

const PULSE: Pulse = Pulse { every: Duration::from_millis(5), dead_after: Duration::from_millis(250) };

fn presence(host: &str) -> Presence {
    Presence { process: Process { host: host.into(), ..Process::this(None, None) }, pulse: PULSE }
}

/// Two trainings, one of which goes on from a shorter one.
fn bench() -> Bench {
    let mut longer = model("longer");
    longer.recipe.epochs += 1;
    let mut other = model("other");
    other.recipe.learning_rate.base = 0.02;
    let mut study = study(vec![longer, model("short"), other]);
    study.seeds = vec![0, 1];
    Bench::new(study)
}

fn do_share(
    bench: &Bench,
    host: &str,
    share: Share,
    observer: &dyn Observer,
) -> Result<ShareOutcome, ConductError> {
    let options = Options { share, presence: presence(host), ..bench.options.clone() };
    let stop = AtomicBool::new(false);
    let hooks = StudyHooks { executors: &plain, observer, renderer: &(), stop: &stop };
    conduct::run_share(&bench.study, bench.data(), &options, hooks)
}

/// What several processes leave beside what one does.
fn files(bench: &Bench) -> Vec<(String, Vec<u8>)> {
    bench.files().into_iter().filter(|(name, _)| !name.starts_with(".plans/")).collect()
}

fn assert_same(whole: &Bench, parts: &Bench) {
    let (whole, parts) = (files(whole), files(parts));
    let differ: Vec<&String> = whole
        .iter()
        .chain(&parts)
        .filter(|file| !(whole.contains(file) && parts.contains(file)))
        .map(|(name, _)| name)
        .collect();
    assert!(differ.is_empty(), "{differ:?}");
}

fn shard(number: usize, of: usize) -> Share {
    Share::Shard { number, of }
}

#[derive(Default)]
struct Told(Mutex<Vec<Event>>);

impl Observer for Told {
    fn event(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

#[test]
fn parts_done_apart_are_the_whole() {
    let whole = bench();
    whole.run().unwrap();
    let parts = bench();
    std::thread::scope(|scope| {
        for number in 1..=3 {
            let parts = &parts;
            scope.spawn(move || {
                let outcome = do_share(parts, &format!("node{number}"), shard(number, 3), &()).unwrap();
                assert!(outcome.failures.is_empty() && outcome.held.is_empty(), "{outcome:?}");
            });
        }
    });
    let again = do_share(&parts, "node1", shard(1, 3), &()).unwrap();
    assert_eq!((again.runs, again.already_done), (3, 3), "the chain of two runs, and a single one");
    assert!(!parts.names().contains(&"results.json".to_owned()), "nothing above the runs is written");
    let gathered = parts.run_in(Options { share: Share::Nothing, ..parts.options.clone() }).unwrap();
    assert_eq!(gathered.started, 0);
    assert_same(&whole, &parts);
}

#[test]
fn what_a_dead_process_left_is_taken_over() {
    let whole = bench();
    whole.run().unwrap();
    let parts = bench();
    // A run is stopped in the second epoch, and its process dies later: the claim stays, and nothing beats.
    let only = Options { models: Some(vec!["other".into()]), ..parts.options.clone() };
    let mut first = bench();
    first.options = only;
    first.run_with(Fault::StopInStep(STEPS + 1), &()).unwrap();
    let folder = RunFolder::new(parts.out.path(), "other", 0);
    let Presence { process, .. } = presence("node1");
    let worker = Worker::begin(parts.out.path(), process, PULSE).unwrap();
    let claim = worker.claim(&folder).unwrap();
    assert!(matches!(claim, Claiming::Taken(_, None)));

    let told = Told::default();
    let early = do_share(&parts, "node2", shard(1, 1), &told).unwrap();
    let held: Vec<_> =
        early.held.iter().map(|held| (held.run.to_string(), held.holder.process.host.as_str())).collect();
    assert_eq!(held, [("other (seed 0)".to_owned(), "node1")], "it beats");
    std::mem::forget(claim);
    drop(worker);
    std::thread::sleep(PULSE.dead_after * 2);
    let late = do_share(&parts, "node2", shard(1, 1), &told).unwrap();
    assert!(late.held.is_empty() && late.failures.is_empty(), "{late:?}");
    let taken = told.0.lock().unwrap().iter().any(
        |event| matches!(event, Event::TakenOver { by, why, .. } if by.contains("node1") && why.contains("nothing was heard")),
    );
    assert!(taken, "it is said");
    parts.run_in(Options { share: Share::Nothing, ..parts.options.clone() }).unwrap();
    assert_same(&whole, &parts);
}

#[test]
fn a_whole_study_leaves_alone_what_another_process_does() {
    let bench = bench();
    let worker = Worker::begin(bench.out.path(), presence("node1").process, PULSE).unwrap();
    let claim = worker.claim(&RunFolder::new(bench.out.path(), "short", 1)).unwrap();
    let outcome = bench.run().unwrap();
    let held: Vec<String> = outcome.held.iter().map(|held| held.run.to_string()).collect();
    assert_eq!(held, ["short (seed 1)", "longer (seed 1)"], "what goes on from it is the other's, too");
    assert!(outcome.comparison.is_none());
    drop(claim);
    assert!(bench.run().unwrap().comparison.is_some());
}

/// The plans of a folder.
fn plans(bench: &Bench) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(bench.out.path().join(".plans")).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Another folder with the same plans.
fn with_plans_of(agreed: &Bench) -> Bench {
    let other = bench();
    std::fs::create_dir(other.out.path().join(".plans")).unwrap();
    for plan in plans(agreed) {
        let name = plan.strip_prefix(agreed.out.path()).unwrap();
        std::fs::copy(&plan, other.out.path().join(name)).unwrap();
    }
    other
}

#[test]
fn processes_that_disagree_are_told_before_they_work() {
    let agreed = bench();
    do_share(&agreed, "node1", shard(1, 9), &()).unwrap();
    let refused = |change: &dyn Fn(&mut Bench)| {
        let mut other = with_plans_of(&agreed);
        change(&mut other);
        let before = other.names();
        let error = do_share(&other, "node2", shard(2, 9), &()).unwrap_err().to_string();
        assert_eq!(other.names(), before, "nothing was done");
        error
    };
    let settings = refused(&|bench| {
        std::fs::create_dir_all(RunFolder::new(bench.out.path(), "other", 0).path()).unwrap();
        bench.study.models[2].recipe.batch_size = 8;
    });
    assert!(settings.contains("it plans the model other with other settings"), "{settings}");
    let data = refused(&|bench| bench.digests[0].1 = "4567".into());
    assert!(data.contains("train of the digest 0123, and here is train of the digest 4567"), "{data}");
    let mut gathering = with_plans_of(&agreed);
    gathering.digests[0].1 = "4567".into();
    let nothing = Options { share: Share::Nothing, ..gathering.options.clone() };
    let gathered = gathering.run_in(nothing).unwrap_err().to_string();
    assert!(gathered.contains("0123, and here is train of the digest 4567"), "{gathered}");
    let version = refused(&|bench| {
        let path = &plans(bench)[0];
        let plan = conduct::WorkPlan {
            toile_version: "0.0.9".into(),
            ..toile_store::sealed::read(path, "").unwrap().unwrap()
        };
        toile_store::sealed::write(path, &plan).unwrap();
    });
    assert!(version.contains("Toile 0.0.9 began this study there, and this is Toile"), "{version}");
    // Another one beside it does not hide it.
    let beside = refused(&|bench| {
        bench.study.seeds.push(7);
        bench.digests[0].1 = "4567".into();
    });
    assert!(beside.contains("train of the digest 0123"), "{beside}");
}

#[test]
fn a_folder_is_asked_for_more_and_for_something_else() {
    let mut bench = bench();
    do_share(&bench, "node1", shard(1, 1), &()).unwrap();
    bench.study.seeds.push(7);
    let wider = do_share(&bench, "node1", shard(1, 1), &()).unwrap();
    assert_eq!((wider.runs, wider.already_done), (9, 6));
    bench.study.models.remove(2);
    let fewer = do_share(&bench, "node1", shard(1, 1), &()).unwrap();
    assert_eq!((fewer.runs, fewer.already_done), (6, 6));
    assert_eq!(plans(&bench).len(), 3);
    assert_eq!(conduct::status(bench.out.path(), None).len(), 9, "each run once");
}

#[test]
fn units_that_there_are_not_leave_no_plan() {
    let bench = bench();
    let error = do_share(&bench, "node1", Share::Units(vec![1..=99]), &()).unwrap_err().to_string();
    assert!(error.contains("there is no unit 99"), "{error}");
    assert_eq!(std::fs::read_dir(bench.out.path()).unwrap().count(), 0, "nothing is left");
}

#[test]
fn the_plan_of_settings_without_runs_goes() {
    let mut bench = with_plans_of(&{
        let agreed = self::bench();
        do_share(&agreed, "node1", shard(9, 9), &()).unwrap();
        agreed
    });
    bench.study.models[2].recipe.batch_size = 8;
    do_share(&bench, "node1", shard(1, 1), &()).unwrap();
    assert_eq!(plans(&bench).len(), 1, "its own");
    let again = do_share(&bench, "node1", shard(1, 1), &()).unwrap();
    assert_eq!(again.already_done, 6);
}

#[test]
fn a_run_that_broke_off_leaves_word_until_it_is_begun_again() {
    let bench = bench();
    let outcome = bench.run_with(Fault::PanicInStep(2), &()).unwrap();
    let (run, _) = &outcome.failures[0];
    let folder = RunFolder::new(bench.out.path(), &run.model, run.seed);
    let failure = toile_store::Failure::read(&folder).unwrap().expect("it broke off");
    assert!(failure.message.contains("a bug in step 2"), "{failure:?}");
    let resumed = Options { resume: true, ..bench.options.clone() };
    assert!(bench.run_in(resumed).unwrap().failures.is_empty());
    assert_eq!(toile_store::Failure::read(&folder).unwrap(), None);
}
