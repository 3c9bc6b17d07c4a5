//! Events as sentences, shared by bars and plain lines.

use toile_study::cross_validation::run_name;
use toile_study::numbers::{self, counted};
use toile_study::results::EpochRow;
use toile_study::run::Event;

/// How runs are told of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Telling {
    /// Folds of a repeat, where the runs are folds.
    pub(super) folds: Option<u32>,
}

/// A line for what is worth one; `None` for the rest.
pub(super) fn line(event: &Event, telling: Telling) -> Option<String> {
    let Telling { folds } = telling;
    let run = event.run().map(|run| run_name(folds, run)).unwrap_or_default();
    Some(match event {
        Event::Planned { runs, already_done, jobs, threads, estimated_seconds } => {
            let done =
                if *already_done > 0 { format!(", {already_done} already done") } else { String::new() };
            format!(
                "{}{done}; {jobs} at a time, {} each; about {}",
                counted(*runs, "run"),
                counted(*threads, "thread"),
                numbers::duration(*estimated_seconds)
            )
        }
        Event::Started { epochs, epochs_done, steps_done, steps, .. } => {
            if *epochs_done == 0 && *steps_done == 0 {
                format!(
                    "{run}: {} of {}",
                    counted(*epochs as usize, "epoch"),
                    counted(*steps as usize, "step")
                )
            } else {
                format!(
                    "{run}: goes on after {epochs_done} of {} and {steps_done} of {}",
                    counted(*epochs as usize, "epoch"),
                    counted(*steps as usize, "step")
                )
            }
        }
        Event::Epoch { epochs, row, images_per_second, seconds_left, study_seconds_left, .. } => format!(
            "{run}: epoch {:>w$}/{epochs}  {}  {} images/s  {} left{}",
            row.epoch,
            row_text(row),
            numbers::count(*images_per_second as u64),
            numbers::duration(*seconds_left),
            // Of the only run left, this has been said.
            if *study_seconds_left > 1.01 * seconds_left {
                format!(", {} in all", numbers::duration(*study_seconds_left))
            } else {
                String::new()
            },
            w = epochs.to_string().len()
        ),
        Event::Finished { evaluation, training_seconds, .. } => format!(
            "{run}: finished; {} accuracy {} with the weights of epoch {}, {} of training",
            if evaluation.is_tested() { "test" } else { "validation" },
            evaluation.accuracy().map_or_else(String::new, numbers::percent),
            evaluation.epoch,
            numbers::duration(*training_seconds)
        ),
        // The end of the program says what to do about these two.
        Event::Diverged { epoch, step, .. } => format!("{run}: diverged in epoch {epoch}, step {step}"),
        Event::Interrupted { epochs_done, steps_done, .. } => {
            let (epochs, steps) =
                (counted(*epochs_done as usize, "epoch"), counted(*steps_done as usize, "step"));
            format!("{run}: stopped after {epochs} and {steps} of the next")
        }
        Event::Held { by, .. } => format!("{run}: left to {by}"),
        Event::TakenOver { by, why, .. } => format!("{run}: taken over from {by}: {why}"),
        Event::Failed { .. } => format!("{run}: broke off; the reason is told at the end"),
        Event::Progress { .. } => return None,
    })
}

fn row_text(row: &EpochRow) -> String {
    let validation = match (row.validation_loss, row.validation_accuracy) {
        (Some(loss), Some(accuracy)) => {
            format!("  validation {} {}", numbers::loss(loss), numbers::percent(accuracy))
        }
        _ => String::new(),
    };
    let test = match (row.test_loss, row.test_accuracy) {
        (Some(loss), Some(accuracy)) => {
            format!("  test loss {}  test accuracy {}", numbers::loss(loss), numbers::percent(accuracy))
        }
        _ => String::new(),
    };
    format!("train loss {}{validation}{test}", numbers::loss(row.train_loss))
}
