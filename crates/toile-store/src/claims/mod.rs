//! Who does a run, where several processes share a study's folder, perhaps on several machines.
//!
//! Each process is a [`Worker`]: a file in the folder `.workers` that says which process it is and how far it is, written
//! anew every few seconds. Before it does a run it takes the run's claim, a file in the run's folder that names the
//! worker. Both files come to be by one atomic step (a hard link, a rename), which network file systems know too; locks
//! (`flock`) they often do not. A claim whose worker has died is taken over; see [`Holder`].
//!
//! A claim saves work, and is no lock that results depend on: two processes that do the same run, as where one was
//! frozen for so long that it was taken for dead, write the same bytes.

mod claim;
mod clock;
mod holder;
mod process;
mod record;
mod worker;

pub use claim::{Claim, Claiming, read};
pub use clock::Clock;
pub use holder::{Fate, Holder};
pub use process::{Process, SchedulerJob};
pub use record::ClaimRecord;
pub use worker::{Pulse, RunProgress, Worker, WorkerRecord, remove_dead_workers, workers};
