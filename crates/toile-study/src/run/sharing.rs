//! One process among several in a study's folder: what it claims, and what it tells the others.

use toile_store::atomic::WriteError;
use toile_store::claims::{Claim, Claiming, Fate, Holder, Process, RunProgress, Worker};
use toile_store::{Failure, RunFolder, RunId};

use super::event::{Event, Observer};
use super::options::Options;
use super::presence::Presence;

/// A run that another process does.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldRun {
    /// Which.
    pub run: RunId,
    /// By whom.
    pub holder: Holder,
}

/// This process at work, with those who are told what it does.
pub(super) struct Sharing<'a> {
    worker: Worker,
    observer: &'a dyn Observer,
}

impl<'a> Sharing<'a> {
    pub(super) fn begin(options: &Options, observer: &'a dyn Observer) -> Result<Self, WriteError> {
        let Presence { process, pulse } = options.presence.clone();
        Ok(Sharing { worker: Worker::begin(&options.out, process, pulse)?, observer })
    }

    /// Claims a run, or tells who does it.
    pub(super) fn claim(&self, folder: &RunFolder) -> Result<Result<Claim, Box<Holder>>, WriteError> {
        let run = folder.id().clone();
        match self.worker.claim(folder)? {
            Claiming::Taken(claim, before) => {
                if let Some(before) = before {
                    let by = process_words(&before.process);
                    let why = match before.fate {
                        Fate::Dead(why) => why,
                        Fate::Alive => String::new(),
                    };
                    self.observer.event(&Event::TakenOver { run, by, why });
                }
                Ok(Ok(claim))
            }
            Claiming::Held(holder) => {
                self.observer.event(&Event::Held { run, by: process_words(&holder.process) });
                Ok(Err(holder))
            }
        }
    }

    /// Leaves word of a run that broke off, for whoever asks how the study is going. That it cannot be written changes
    /// nothing.
    pub(super) fn failed(&self, folder: &RunFolder, message: &str) {
        let process = self.worker.process().clone();
        let _ = Failure { message: message.to_owned(), process }.write(folder);
    }
}

impl Observer for Sharing<'_> {
    fn event(&self, event: &Event) {
        match event {
            Event::Started { run, epochs, epochs_done, .. } => self.worker.note(RunProgress {
                run: run.clone(),
                epochs_done: *epochs_done,
                epochs: *epochs,
                ..RunProgress::default()
            }),
            Event::Progress { run, epoch, epochs, images_per_second, seconds_left, .. } => {
                self.worker.note(RunProgress {
                    run: run.clone(),
                    epochs_done: epoch - 1,
                    epochs: *epochs,
                    images_per_second: *images_per_second,
                    seconds_left: *seconds_left,
                });
            }
            Event::Epoch { run, epochs, row, images_per_second, seconds_left, .. } => {
                self.worker.note(RunProgress {
                    run: run.clone(),
                    epochs_done: row.epoch,
                    epochs: *epochs,
                    images_per_second: *images_per_second,
                    seconds_left: *seconds_left,
                });
            }
            Event::Finished { run, .. }
            | Event::Diverged { run, .. }
            | Event::Interrupted { run, .. }
            | Event::Failed { run, .. } => self.worker.forget(run),
            Event::Planned { .. } | Event::Held { .. } | Event::TakenOver { .. } => {}
        }
        self.observer.event(event);
    }
}

/// `process 12 on node3 (job 7_1)`.
pub fn process_words(process: &Process) -> String {
    let Process { host, pid, job, .. } = process;
    let job = job.as_ref().map_or(String::new(), |job| format!(" (job {})", job.id));
    format!("process {pid} on {host}{job}")
}
