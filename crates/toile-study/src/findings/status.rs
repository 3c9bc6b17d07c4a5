//! Which runs the other findings rest on, and which are missing.

use toile_statistics::OverSeeds;

use super::finding::{Finding, Topic};
use super::number::Unit;
use super::subject::Subject;
use crate::numbers::{counted, joined, percent};
use crate::results::RunStatus;

pub(super) fn findings(subjects: &[Subject]) -> Vec<Finding> {
    let mut found = vec![basis(subjects)];
    for subject in subjects {
        found.extend(unfinished(subject));
        found.extend(seed_spread(subject));
    }
    found
}

fn basis(subjects: &[Subject]) -> Finding {
    let spoken: Vec<&Subject> = subjects.iter().filter(|subject| subject.run.is_some()).collect();
    if spoken.is_empty() {
        let sentence = "No run has started yet: there is nothing to find.".to_string();
        return Finding::new("basis", Topic::Basis, &[], sentence).holds(false);
    }
    let runs: Vec<String> = spoken
        .iter()
        .filter_map(|subject| {
            Some(format!("{}, {}", subject.model.name, subject.results.run_name(subject.run?.seed)))
        })
        .collect();
    let of_whom = match spoken[0].results.cross_validation {
        None => "these networks, not of the recipes behind them: another seed makes another network",
        Some(_) => {
            "the networks of all its folds, not of the recipes behind them: other folds make other networks"
        }
    };
    let sentence = format!(
        "The sentences rest on one run of each model ({}). They speak of {of_whom}.",
        runs.join("; ")
    );
    let mut finding = Finding::new("basis", Topic::Basis, &spoken, sentence);
    for subject in &spoken {
        if let Some(run) = subject.run {
            finding = finding.with(
                format!("{}, {}", subject.results.counted_by(), subject.model.name),
                run.seed as f64,
                Unit::Count,
            );
        }
    }
    finding
}

fn unfinished(subject: &Subject) -> Vec<Finding> {
    let name = &subject.model.name;
    let planned = subject.model.settings.epochs();
    let mut found = Vec::new();
    if subject.model.runs.is_empty() {
        let sentence = format!("{name}: no run has started.");
        found.push(Finding::new("unfinished", Topic::Basis, &[subject], sentence).headline());
    }
    for run in &subject.model.runs {
        let seed = subject.results.run_name(run.seed);
        let finding = match run.status {
            RunStatus::Finished => continue,
            RunStatus::Unfinished => {
                let done = run.epochs.len();
                let of = |planned: u32| {
                    counted(planned as usize, "epoch") + if planned == 1 { " is" } else { " are" }
                };
                let sentence = format!("{name}, {seed}: {done} of {} done.", of(planned));
                Finding::new("unfinished", Topic::Basis, &[subject], sentence)
                    .with("epochs done", done as f64, Unit::Count)
                    .with("epochs asked for", f64::from(planned), Unit::Count)
            }
            RunStatus::Diverged { epoch, step } => {
                let sentence = format!(
                    "{name}, {seed}: the training diverged; in epoch {epoch}, step {step} the loss was no \
                     longer finite."
                );
                Finding::new("diverged", Topic::Basis, &[subject], sentence)
                    .with("epoch", f64::from(epoch), Unit::Epoch)
                    .with("step", step as f64, Unit::Count)
            }
        };
        found.push(finding.headline());
    }
    found
}

fn seed_spread(subject: &Subject) -> Option<Finding> {
    let mut runs: Vec<(u64, f64)> = subject
        .model
        .runs
        .iter()
        .filter_map(|run| Some((run.seed, run.evaluation.as_ref()?.test_accuracy?)))
        .collect();
    if runs.len() < 2 {
        return None;
    }
    runs.sort_by_key(|(seed, _)| *seed);
    let accuracies: Vec<f64> = runs.iter().map(|(_, accuracy)| *accuracy).collect();
    let OverSeeds { mean, low, high, .. } = OverSeeds::of(&accuracies)?;
    // People count repeats from 1.
    let first = u64::from(subject.results.cross_validation.is_some());
    let seeds: Vec<String> = runs.iter().map(|(seed, _)| seed.saturating_add(first).to_string()).collect();
    let spread = match low == high {
        true => format!("accuracy is {} in each", percent(mean)),
        false => {
            let (low, high) = (percent(low), percent(high));
            format!("accuracy lies between {low} and {high}, with a mean of {}", percent(mean))
        }
    };
    let (counted_by, seeds) = (subject.results.counted_by(), joined(&seeds));
    let sentence = format!(
        "{}: over {} finished runs ({counted_by}s {seeds}) {spread}.",
        subject.model.name,
        runs.len()
    );
    let mut finding = Finding::new("seed-spread", Topic::Basis, &[subject], sentence).headline();
    for (seed, accuracy) in runs {
        finding =
            finding.with(format!("accuracy, {}", subject.results.run_name(seed)), accuracy, Unit::Share);
    }
    Some(finding.with("mean", mean, Unit::Share))
}
