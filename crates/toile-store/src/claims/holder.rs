//! Whoever holds a claim, and whether it is still at work.

use std::path::Path;
use std::time::Duration;

use super::clock::Clock;
use super::process::Process;
use super::record::ClaimRecord;
use super::worker::{self, WorkerRecord};

/// Whether a claim's worker is still at work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is: its system says so, or it has told lately.
    Alive,
    /// It is not, and this is how we know.
    Dead(String),
}

/// Whoever holds a claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Holder {
    /// The process.
    pub process: Process,
    /// What its worker last told; `None` where it left no file.
    pub record: Option<WorkerRecord>,
    /// Time since then.
    pub silent_for: Option<Duration>,
    /// Whether it is still at work.
    pub fate: Fate,
}

impl Holder {
    /// Whoever holds this claim in a study's folder, as `me` sees it: where the machine is the same, by asking it; else
    /// by whether it told anything in the last `dead_after`. `claim_age` is that of the claim itself.
    pub fn of(
        claim: &ClaimRecord,
        claim_age: Option<Duration>,
        out: &Path,
        (me, clock): (&Process, Clock),
        dead_after: Duration,
    ) -> Holder {
        let record = worker::record(out, &claim.worker);
        let silent_for = clock.age(&worker::file(out, &claim.worker));
        let fate = match me.knows_alive(&claim.process) {
            Some(true) => Fate::Alive,
            Some(false) => Fate::Dead(format!("its process on {} is no more", claim.process.host)),
            None => match silent_for.or(claim_age) {
                Some(silent) if silent > dead_after => {
                    let host = &claim.process.host;
                    Fate::Dead(format!("nothing was heard from {host} for {} s", silent.as_secs()))
                }
                _ => Fate::Alive,
            },
        };
        Holder { process: claim.process.clone(), record, silent_for, fate }
    }
}
