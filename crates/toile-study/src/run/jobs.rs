//! Several runs at a time, each in its thread, and what goes wrong in one kept from the others.

use std::fs::{File, TryLockError};
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Builder};
use std::time::Duration;

use super::chain;
use super::data::Data;
use super::error::RunError;
use super::event::Event;
use super::executors::Executors;
use super::guard::guarded;
use super::hooks::RunHooks;
use super::job::Job;
use super::options::Options;
use super::outlook::Outlook;
use super::pace;
use super::plan;
use super::queue::Queue;
use super::ready::Supply;
use super::running::{Ended, Shared, Threads};
use super::sharing::{HeldRun, Sharing};
use super::train;
use crate::memory::{self, Need};
use toile_store::atomic::{self, WriteError};
use toile_store::claims::Holder;
use toile_store::{Failure, RunId, StoreError};

/// Runs at a time, and threads of each: with R runs and C cores, min(R, C) at a time and C / jobs threads
/// each, because independent runs share cores better than the threads of one run do. The last runs get
/// the threads of those that are over (see [`Threads`]).
pub fn share_out(runs: usize, cores: usize, jobs: Option<usize>, threads: Option<usize>) -> (usize, usize) {
    let fit = match threads {
        Some(threads) => (cores / threads.max(1)).max(1),
        None => cores,
    };
    let jobs = jobs.unwrap_or(fit).clamp(1, runs.max(1));
    (jobs, threads.unwrap_or((cores / jobs).max(1)).max(1))
}

/// A program that this process starts has its files, and their locks, for the moment before it begins. So a lock that was
/// released may be held a little longer: it is looked at so often, with so much time between.
const LOCK_TRIES: usize = 10;
const BETWEEN_LOCK_TRIES: Duration = Duration::from_millis(20);

/// Keeps a second process out of the study's folder, which it makes. Released when dropped.
pub(crate) fn lock(out: &Path) -> Result<File, RunError> {
    atomic::create_folder(out)?;
    let path = out.join(".lock");
    if std::fs::metadata(&path).is_ok_and(|there| !there.is_file()) {
        // A pipe would be waited for.
        return Err(StoreError::damaged(&path, "it is no regular file", "move it away").into());
    }
    let file = File::create(&path).map_err(|source| WriteError { path: path.clone(), source })?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => thread::sleep(BETWEEN_LOCK_TRIES),
            // Some network file systems know no locks; that is no reason not to work there.
            Err(TryLockError::Error(_)) => return Ok(file),
        }
    }
    Err(RunError::Busy { folder: out.to_owned() })
}

/// What came of doing runs.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// Those that broke off, and why.
    pub(crate) failures: Vec<(RunId, RunError)>,
    /// Whether any was stopped or not started by request.
    pub(crate) interrupted: bool,
    /// Those that other processes do.
    pub(crate) held: Vec<HeldRun>,
}

/// Does all runs that no other process does, those that a supply gives in the meantime included.
pub(crate) fn run_all<'a>(
    jobs: Vec<Job<'a>>,
    already_done: usize,
    data: Data<'_>,
    options: &Options,
    hooks: RunHooks<'_>,
    supply: Option<Supply<'_, 'a>>,
) -> Result<Done, RunError> {
    let runs = jobs.len();
    let to_come = supply.map_or(0, |supply| supply.most);
    let Prepared { chains, workers, threads, cores, estimated_seconds } =
        prepare(jobs, to_come, data, options, hooks.executors)?;
    let outlook = &Outlook::new(workers, chains.iter().map(|chain| named(chain)).collect());
    let queue = Queue::new(chains.into_iter().map(untimed).collect(), supply.is_some());
    let RunHooks { executors, observer, keeper, stop } = hooks;
    observer.event(&Event::Planned { runs, already_done, jobs: workers, threads, estimated_seconds });
    let threads = Threads {
        each: threads,
        all: options.threads.is_none().then_some(cores),
        workers: AtomicUsize::new(workers),
    };
    let threads = &threads;
    let sharing = &Sharing::begin(options, observer)?;
    let shared = Shared { data, options, executors, observer: sharing, keeper, outlook, stop, threads };
    let done = Mutex::new(Done::default());
    let more = |over: &RunId| {
        let Some(Supply { after, .. }) = supply else { return Ok(()) };
        let chains = order_by_length(after(over)?, threads.each, data, executors)?;
        outlook.add(chains.iter().map(|chain| named(chain)).collect());
        queue.put_first(chains.into_iter().map(untimed).collect());
        Ok(())
    };
    let work = || {
        let _leaving = Leaving(threads);
        while let Some((chain, _under_way)) = queue.next(&threads.workers) {
            if !do_chain(chain, (sharing, &more), shared, &done) {
                break;
            }
        }
    };
    std::thread::scope(|scope| {
        // This thread is one of the workers. Where the system gives no more threads, those that are there do the work.
        for started in 1..workers {
            if Builder::new().spawn_scoped(scope, work).is_err() {
                threads.workers.fetch_sub(workers - started, Ordering::Relaxed);
                break;
            }
        }
        work();
    });
    Ok(done.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Does runs that go on from each other; false where a request to stop ended it. Where another process does one of them,
/// the rest is that one's too.
fn do_chain(
    chain: Vec<Job<'_>>,
    (sharing, more): (&Sharing<'_>, &More<'_>),
    shared: Shared<'_>,
    done: &Mutex<Done>,
) -> bool {
    let mut held: Option<Box<Holder>> = None;
    for mut job in chain {
        if shared.stop.load(Ordering::Relaxed) {
            lock_of(done).interrupted = true;
            return false;
        }
        if held.is_none() {
            let result = guarded(|| do_run(&mut job, sharing, shared));
            shared.outlook.over(&job.id);
            match &result {
                Ok(Did::Run(Ended::Interrupted)) => lock_of(done).interrupted = true,
                Ok(Did::Held(holder)) => held = Some(holder.clone()),
                Ok(Did::Run(_)) | Err(_) => {}
            }
            // A report that cannot be written now is tried once more at the end, and told then.
            let kept = guarded(|| shared.keeper.run_over());
            let supplied = guarded(|| if result.is_ok() { more(&job.id) } else { Ok(()) });
            if let Err(error) = supplied {
                // Of the run after it: this one is over.
                lock_of(done).failures.push((job.id.clone(), error));
            }
            if let Err(error) = result.and(kept) {
                let message = error.to_string();
                sharing.failed(&job.folder, &message);
                shared.observer.event(&Event::Failed { run: job.id.clone(), message });
                lock_of(done).failures.push((job.id.clone(), error));
            }
        }
        if let Some(holder) = &held {
            shared.outlook.over(&job.id);
            lock_of(done).held.push(HeldRun { run: job.id.clone(), holder: (**holder).clone() });
        }
    }
    true
}

/// Puts what can be done after a run to what waits.
type More<'m> = dyn Fn(&RunId) -> Result<(), RunError> + Sync + 'm;

/// A chain's runs with the seconds that each will take.
fn named(chain: &[(f64, Job<'_>)]) -> Vec<(RunId, f64)> {
    chain.iter().map(|(seconds, job)| (job.id.clone(), *seconds)).collect()
}

fn untimed<'a>(chain: Vec<(f64, Job<'a>)>) -> Vec<Job<'a>> {
    chain.into_iter().map(|(_, job)| job).collect()
}

/// What came of a run that was this process's turn.
enum Did {
    Run(Ended),
    Held(Box<Holder>),
}

fn do_run(job: &mut Job<'_>, sharing: &Sharing<'_>, shared: Shared<'_>) -> Result<Did, RunError> {
    let _claim = match sharing.claim(&job.folder)? {
        Ok(claim) => claim,
        Err(holder) => return Ok(Did::Held(holder)),
    };
    Failure::clear(&job.folder)?;
    if !plan::refresh(job, shared.data)? {
        return Ok(Did::Run(Ended::Finished));
    }
    train::run(job, shared).map(Did::Run)
}

/// Runs in chains that go on from each other, and how they are to be shared out.
pub(super) struct Prepared<'a> {
    /// Each run with the seconds it will take; the longest chain first.
    pub(super) chains: Vec<Vec<(f64, Job<'a>)>>,
    pub(super) workers: usize,
    /// Of each worker.
    pub(super) threads: usize,
    cores: usize,
    /// Of all together.
    pub(super) estimated_seconds: f64,
}

/// Shares the runs out, so many more of which are to come, and measures how long they will take.
pub(super) fn prepare<'a>(
    jobs: Vec<Job<'a>>,
    to_come: usize,
    data: Data<'_>,
    options: &Options,
    executors: &Executors<'_>,
) -> Result<Prepared<'a>, RunError> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let starts = chain::chains(jobs.iter().collect(), |job| job).len() + to_come;
    let share = |jobs| share_out(starts, cores, jobs, options.threads);
    let (mut workers, mut threads) = share(options.jobs);
    let limit = memory::limit();
    if options.jobs.is_none() {
        // Nobody asked for so many at a time.
        (workers, threads) = share(Some(memory::most_jobs(&needs(&jobs, threads), workers, limit)));
    }
    memory::check(&needs(&jobs, threads), workers, limit)
        .map_err(|problem| RunError::TooLarge { model: jobs[problem.place].id.model.clone(), problem })?;
    let chains = order_by_length(jobs, threads, data, executors)?;
    let seconds: Vec<f64> =
        chains.iter().map(|chain| chain.iter().map(|(seconds, _)| seconds).sum()).collect();
    let estimated_seconds = pace::makespan(&seconds, workers);
    Ok(Prepared { chains, workers, threads, cores, estimated_seconds })
}

/// What each of them takes. Those that go on from each other count apart: they are of the same size, but for a
/// rounding.
fn needs<'a>(jobs: &'a [Job<'_>], threads: usize) -> Vec<Need<'a>> {
    jobs.iter().map(|job| job.setup(threads).need(job.evaluated())).collect()
}

/// A worker that has nothing left to do leaves its threads to the others, also when it panics.
struct Leaving<'a>(&'a Threads);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.workers.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Measures each model's pace and puts the longest chain of runs first, so that none is left to run alone at the
/// end. Gives the chains, each run with the seconds it will take.
fn order_by_length<'a>(
    jobs: Vec<Job<'a>>,
    threads: usize,
    data: Data<'_>,
    executors: &Executors<'_>,
) -> Result<Vec<Vec<(f64, Job<'a>)>>, RunError> {
    let mut measured: Vec<(String, pace::Pace)> = Vec::new();
    let mut timed = Vec::new();
    for job in jobs {
        if measured.last().is_none_or(|(model, _)| *model != job.id.model) {
            measured.push((job.id.model.clone(), job.pace(threads, data, executors)?));
        }
        let pace = measured.last().expect("just measured").1;
        timed.push((pace.seconds(job.work_left(&job.start())), job));
    }
    let mut chains = chain::chains(timed, |(_, job)| job);
    let length = |chain: &Vec<(f64, Job<'_>)>| chain.iter().map(|(seconds, _)| seconds).sum::<f64>();
    chains.sort_by(|a, b| length(b).total_cmp(&length(a)));
    Ok(chains)
}

/// The data behind a lock is whole even where its holder panicked: nothing is changed in two steps.
fn lock_of<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_are_shared_out() {
        for (runs, cores, jobs, threads, expected) in [
            (1, 2, None, None, (1, 2)),
            (2, 2, None, None, (2, 1)),
            (6, 2, None, None, (2, 1)),
            (3, 8, None, None, (3, 2)),
            (3, 8, None, Some(8), (1, 8)),
            (3, 8, Some(1), None, (1, 8)),
            (3, 8, Some(9), None, (3, 2)),
            (3, 2, Some(3), None, (3, 1)),
            (1, 1, Some(0), Some(0), (1, 1)),
        ] {
            assert_eq!(share_out(runs, cores, jobs, threads), expected, "{runs} runs, {cores} cores");
        }
    }

    #[test]
    fn one_process_a_folder() {
        let out = tempfile::tempdir().unwrap();
        let held = lock(out.path()).unwrap();
        assert!(matches!(lock(out.path()), Err(RunError::Busy { .. })));
        drop(held);
        lock(out.path()).unwrap();
    }
}
