//! The claim of a run: a file in its folder that names the worker which does it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::clock::Clock;
use super::holder::{Fate, Holder};
use super::process::Process;
use super::record::ClaimRecord;
use super::worker::{self, Worker};
use crate::atomic::{self, WriteError};
use crate::file::{self, Kind};
use crate::folder::RunFolder;

/// What came of trying to claim a run.
#[derive(Debug)]
pub enum Claiming {
    /// It is this worker's. Whose it was before, where that one has died.
    Taken(Claim, Option<Box<Holder>>),
    /// Another one does it.
    Held(Box<Holder>),
}

/// A run that is this worker's, until this is dropped.
#[derive(Debug)]
pub struct Claim {
    path: PathBuf,
    worker: String,
}

/// The file that whoever takes a dead worker's claim over makes first, so that it is the only one.
const TAKE_OVER: &str = "claim-taken-over.json";

/// How often others may be quicker before this one gives up, and how long it waits each time.
const TRIES: usize = 400;
const BETWEEN_TRIES: Duration = Duration::from_millis(5);

impl Worker {
    /// Tries to claim a run.
    ///
    /// # Errors
    /// The claim cannot be written.
    pub fn claim(&self, folder: &RunFolder) -> Result<Claiming, WriteError> {
        atomic::create_folder(folder.path())?;
        let path = folder.claim();
        let record = ClaimRecord { worker: self.id().to_owned(), process: self.process().clone() };
        let text = serde_json::to_string_pretty(&record).expect("records are plain data");
        for _ in 0..TRIES {
            if atomic::create(&path, text.as_bytes())? {
                return Ok(Claiming::Taken(Claim { path, worker: record.worker }, None));
            }
            let Some(there) = look(&path, self.out(), self.process(), self.pulse().dead_after) else {
                continue;
            };
            if there.record.worker == self.id() {
                return Ok(Claiming::Taken(Claim { path, worker: record.worker }, None));
            }
            if there.holder.fate == Fate::Alive {
                return Ok(Claiming::Held(Box::new(there.holder)));
            }
            if self.take_over(folder, &there.record, text.as_bytes())? {
                let claim = Claim { path, worker: record.worker };
                return Ok(Claiming::Taken(claim, Some(Box::new(there.holder))));
            }
            std::thread::sleep(BETWEEN_TRIES);
        }
        let source = io::Error::other("other processes claim it again and again");
        Err(WriteError { path, source })
    }

    /// Puts this worker's claim in the place of a dead one's; false where another worker does so now, or has. The claim
    /// is there at every moment, so that nobody takes the run for free meanwhile.
    fn take_over(&self, folder: &RunFolder, dead: &ClaimRecord, ours: &[u8]) -> Result<bool, WriteError> {
        let (path, taking) = (folder.claim(), folder.file(TAKE_OVER));
        if !atomic::create(&taking, ours)? {
            // Somebody died in the midst of it.
            let clock = Clock::of(&worker::folder(self.out()));
            if clock.age(&taking).is_some_and(|age| age > self.pulse().dead_after) {
                let _ = fs::remove_file(&taking);
            }
            return Ok(false);
        }
        let there = file::read(&path, Kind::Record).ok().flatten();
        let is_there = there.is_some_and(|bytes| parsed(&bytes) == *dead);
        let replaced = if is_there { atomic::write_unsynced(&path, ours) } else { Ok(()) };
        let _ = fs::remove_file(&taking);
        replaced.map(|()| is_there)
    }
}

/// A claim that is there.
struct Found {
    record: ClaimRecord,
    holder: Holder,
}

/// Who holds a run's claim, as `me` sees it; `None` where nobody does.
pub fn read(folder: &RunFolder, out: &Path, me: &Process, dead_after: Duration) -> Option<Holder> {
    look(&folder.claim(), out, me, dead_after).map(|found| found.holder)
}

fn look(path: &Path, out: &Path, me: &Process, dead_after: Duration) -> Option<Found> {
    let bytes = file::read(path, Kind::Record).ok()??;
    let clock = Clock::of(&worker::folder(out));
    let record = parsed(&bytes);
    let holder = Holder::of(&record, clock.age(path), out, (me, clock), dead_after);
    Some(Found { record, holder })
}

/// What a claim says. Claims come to be whole. One that is not was written where hard links are not known, by a process
/// that died, or by something else: nobody holds it once it is old enough.
fn parsed(bytes: &[u8]) -> ClaimRecord {
    let nobody = |_| ClaimRecord { worker: String::new(), process: Process::default() };
    serde_json::from_slice(bytes).unwrap_or_else(nobody)
}

impl Drop for Claim {
    fn drop(&mut self) {
        // It is somebody else's by now where this process was taken for dead.
        let there = file::read(&self.path, Kind::Record).ok().flatten();
        if there.is_some_and(|bytes| parsed(&bytes).worker == self.worker) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use toile_testing::{Chance, changed_bytes};

    use super::super::process::SchedulerJob;
    use super::super::worker::{Pulse, RunProgress, workers};
    use super::*;
    use crate::run_id::RunId;

    const PULSE: Pulse = Pulse { every: Duration::from_millis(5), dead_after: Duration::from_millis(200) };

    /// A process of another machine, of which nothing but its beats can be known.
    fn elsewhere(host: &str) -> Process {
        Process { host: host.into(), ..Process::this(None, None) }
    }

    fn is_held(claiming: &Claiming) -> bool {
        matches!(claiming, Claiming::Held(_))
    }

    #[test]
    fn a_run_is_one_workers_until_it_lets_go() {
        let out = tempfile::tempdir().unwrap();
        let folder = RunFolder::new(out.path(), "a", 0);
        let one = Worker::begin(out.path(), elsewhere("one"), PULSE).unwrap();
        let two = Worker::begin(out.path(), elsewhere("two"), PULSE).unwrap();
        let claim = one.claim(&folder).unwrap();
        assert!(matches!(claim, Claiming::Taken(_, None)));
        // Longer than a dead one is waited for: its beats tell that it is alive.
        std::thread::sleep(PULSE.dead_after * 2);
        let held = two.claim(&folder).unwrap();
        assert!(matches!(&held, Claiming::Held(holder) if holder.process.host == "one"), "{held:?}");
        assert!(!is_held(&two.claim(&RunFolder::new(out.path(), "a", 1)).unwrap()), "another run");
        drop(claim);
        assert!(!is_held(&two.claim(&folder).unwrap()));
    }

    #[test]
    fn a_dead_workers_run_is_taken_over_once() {
        let out = tempfile::tempdir().unwrap();
        let folder = RunFolder::new(out.path(), "a", 0);
        let dead =
            Worker::begin(out.path(), elsewhere("dead"), Pulse { every: Duration::MAX, ..PULSE }).unwrap();
        std::mem::forget(dead.claim(&folder).unwrap());
        std::mem::forget(dead);
        let workers: Vec<Worker> =
            (0..4).map(|i| Worker::begin(out.path(), elsewhere(&format!("w{i}")), PULSE).unwrap()).collect();
        assert!(workers.iter().all(|worker| is_held(&worker.claim(&folder).unwrap())), "it may only be slow");
        std::thread::sleep(PULSE.dead_after * 2);
        let claims: Vec<Claiming> = std::thread::scope(|scope| {
            let claiming: Vec<_> =
                workers.iter().map(|worker| scope.spawn(|| worker.claim(&folder).unwrap())).collect();
            claiming.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(claims.iter().filter(|claim| !is_held(claim)).count(), 1, "{claims:#?}");
        let before = claims.iter().find_map(|claim| match claim {
            Claiming::Taken(_, before) => before.as_ref(),
            Claiming::Held(_) => None,
        });
        let Fate::Dead(how) = &before.expect("it is said whose it was").fate else { panic!("{before:?}") };
        assert!(how.contains("nothing was heard from dead for"), "{how}");
    }

    #[test]
    fn a_damaged_claim_holds_a_run_no_longer_than_a_silent_worker() {
        let out = tempfile::tempdir().unwrap();
        let folder = RunFolder::new(out.path(), "a", 0);
        let process =
            Process { job: Some(SchedulerJob { id: "7".into(), restarts: 1 }), ..elsewhere("dead") };
        let record = ClaimRecord { worker: "gone".into(), process };
        let whole = serde_json::to_vec_pretty(&record).unwrap();
        let patient = Pulse { dead_after: Duration::from_secs(3600), ..PULSE };
        let worker = Worker::begin(out.path(), elsewhere("one"), patient).unwrap();
        atomic::create_folder(folder.path()).unwrap();
        for case in 0..200 {
            let damaged = changed_bytes(&whole, &mut Chance::new(12, case));
            fs::write(folder.claim(), &damaged).unwrap();
            let said = || format!("case {case}: {}", String::from_utf8_lossy(&damaged));
            assert!(is_held(&worker.claim(&folder).unwrap()), "it may be new; {}", said());
            let file = fs::File::options().write(true).open(folder.claim()).unwrap();
            file.set_modified(SystemTime::now() - 2 * patient.dead_after).unwrap();
            let claim = worker.claim(&folder).unwrap();
            assert!(matches!(claim, Claiming::Taken(_, Some(_))), "{claim:?}; {}", said());
            drop(claim);
            assert!(!folder.claim().exists(), "{}", said());
        }
    }

    #[test]
    fn a_job_that_was_started_again_takes_its_own_run_over_at_once() {
        let out = tempfile::tempdir().unwrap();
        let folder = RunFolder::new(out.path(), "a", 0);
        let of_job = |host: &str, restarts| Process {
            job: Some(SchedulerJob { id: "12_3".into(), restarts }),
            ..elsewhere(host)
        };
        let patient = Pulse { dead_after: Duration::from_secs(3600), ..PULSE };
        let first = Worker::begin(out.path(), of_job("one", 0), patient).unwrap();
        std::mem::forget(first.claim(&folder).unwrap());
        let again = Worker::begin(out.path(), of_job("two", 1), patient).unwrap();
        assert!(matches!(again.claim(&folder).unwrap(), Claiming::Taken(_, Some(_))));
    }

    #[test]
    fn a_workers_file_tells_how_far_it_is_and_goes_with_it() {
        let out = tempfile::tempdir().unwrap();
        let worker = Worker::begin(out.path(), elsewhere("one"), PULSE).unwrap();
        let run = RunId { model: "a".into(), seed: 3 };
        let progress = RunProgress { run: run.clone(), epochs_done: 1, epochs: 4, ..RunProgress::default() };
        worker.note(progress.clone());
        let told = |wanted: &[RunProgress]| {
            (0..200).any(|_| {
                std::thread::sleep(PULSE.every);
                workers(out.path()).first().is_some_and(|(_, record)| record.runs == wanted)
            })
        };
        assert!(told(&[progress]));
        worker.forget(&run);
        assert!(told(&[]));
        drop(worker);
        assert_eq!(workers(out.path()), []);
    }
}
