//! Training loss against evaluation loss.

use super::curves::above_or_below;
use super::finding::{Finding, Topic};
use super::number::Unit;
use super::subject::Subject;
use crate::numbers::{loss, loss_change, percent};

/// Losses are called close up to this difference in mean negative log likelihood: the probability given to
/// the right class is then, in the geometric mean, at most 10 % lower on the one than on the other.
const CLOSE: f64 = 0.1;

pub(super) fn of_one(subject: &Subject) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(running_gap(subject));
    found.extend(evaluation_mode_gap(subject));
    found.extend(running_mean(subject));
    found.extend(turning_point(subject));
    found
}

/// The criterion a reader of two curves applies: the running training loss of the last epoch against the
/// evaluation loss after it.
fn running_gap(subject: &Subject) -> Option<Finding> {
    let row = subject.last()?;
    let gap = row.test_loss - row.train_loss;
    let close = gap.abs() <= CLOSE;
    let verdict = match gap {
        _ if close => format!("close (within {CLOSE})"),
        g if g > 0.0 => format!("not close (more than {CLOSE}): by this sign it overfits"),
        _ => format!("not close (more than {CLOSE}), but on the side that is no overfitting"),
    };
    let sentence = format!(
        "{}: in the last epoch, evaluation loss ({}) is {} the running training loss ({}): {verdict}.",
        subject.label,
        loss(row.test_loss),
        above_or_below(gap),
        loss(row.train_loss)
    );
    let finding = Finding::new("losses-close", Topic::Overfitting, &[subject], sentence)
        .with("running training loss, last epoch", row.train_loss, Unit::Loss)
        .with("evaluation loss, last epoch", row.test_loss, Unit::Loss)
        .with("difference", gap, Unit::LossChange)
        .with("criterion", CLOSE, Unit::Loss);
    Some(finding.holds(close))
}

/// The fair comparison: both losses of the finished network in evaluation mode.
fn evaluation_mode_gap(subject: &Subject) -> Option<Finding> {
    let evaluation = overfits(subject)?;
    let (train, test) = (evaluation.train_loss, evaluation.test_loss);
    let gap = test - train;
    let verdict = if evaluation.overfits { "overfits" } else { "does not overfit" };
    let sentence = format!(
        "{}: it {verdict}: in evaluation mode, test loss ({}) is {} training loss ({}); overfitting is said \
         above a gap of {CLOSE}.",
        subject.label,
        loss(test),
        above_or_below(gap),
        loss(train)
    );
    let finding = Finding::new("overfits", Topic::Overfitting, &[subject], sentence)
        .with("training loss, evaluation mode", train, Unit::Loss)
        .with("test loss", test, Unit::Loss)
        .with("difference", gap, Unit::LossChange)
        .with("criterion", CLOSE, Unit::Loss);
    Some(finding.holds(evaluation.overfits).headline())
}

/// Why the two criteria can disagree: a running mean is not the finished network's loss.
fn running_mean(subject: &Subject) -> Option<Finding> {
    let evaluation = overfits(subject)?;
    let row = subject.epochs.iter().find(|row| row.epoch == evaluation.epoch)?;
    let difference = row.train_loss - evaluation.train_loss;
    let why = match subject.dropout() {
        p if p > 0.0 => format!("taken with dropout {p} on and the weights still moving"),
        _ => "taken while the weights were still moving".to_string(),
    };
    let sentence = format!(
        "{}: the running training loss of epoch {} ({}), {why}, is {} the training loss in evaluation mode ({}).",
        subject.label,
        row.epoch,
        loss(row.train_loss),
        above_or_below(difference),
        loss(evaluation.train_loss)
    );
    let finding =
        Finding::new("running-loss-above-evaluation-mode", Topic::Overfitting, &[subject], sentence)
            .with("running training loss", row.train_loss, Unit::Loss)
            .with("training loss, evaluation mode", evaluation.train_loss, Unit::Loss)
            .with("difference", difference, Unit::LossChange);
    Some(finding.holds(difference > 0.0))
}

/// Where the evaluation loss was lowest: past that epoch, more training did not help. Said, not selected on.
fn turning_point(subject: &Subject) -> Option<Finding> {
    let last = subject.last()?;
    let lowest = subject.epochs.iter().min_by(|a, b| a.test_loss.total_cmp(&b.test_loss))?;
    if subject.epochs.len() < 2 {
        return None;
    }
    let rise = last.test_loss - lowest.test_loss;
    let still = rise <= 0.0;
    let sentence = if still {
        format!(
            "{}: evaluation loss is lowest in the last epoch ({}): more training had not begun to harm.",
            subject.label,
            loss(last.test_loss)
        )
    } else {
        format!(
            "{}: evaluation loss was lowest in epoch {} ({}) and ends {} above ({}, {}).",
            subject.label,
            lowest.epoch,
            loss(lowest.test_loss),
            loss(rise),
            loss(last.test_loss),
            format_args!("{} more", percent(rise / lowest.test_loss))
        )
    };
    let finding = Finding::new("evaluation-loss-lowest-at-end", Topic::Overfitting, &[subject], sentence)
        .with("epoch of the lowest evaluation loss", f64::from(lowest.epoch), Unit::Epoch)
        .with("lowest evaluation loss", lowest.test_loss, Unit::Loss)
        .with("evaluation loss, last epoch", last.test_loss, Unit::Loss);
    Some(finding.holds(still))
}

/// Whether there was overfitting for dropout to prevent, where one of two models has it and the other has not.
pub(super) fn of_two(reference: &Subject, other: &Subject) -> Option<Finding> {
    let (without, with) = match (reference.dropout() > 0.0, other.dropout() > 0.0) {
        (false, true) => (reference, other),
        (true, false) => (other, reference),
        _ => return None,
    };
    let (bare, dropped) = (overfits(without)?, overfits(with)?);
    let (bare_gap, dropped_gap) = (bare.gap(), dropped.gap());
    let label = (&without.label, &with.label, with.dropout());
    let gaps = format!("(gaps {} and {})", loss_change(bare_gap), loss_change(dropped_gap));
    let sentence = match (bare.overfits, dropped.overfits) {
        (false, false) => format!(
            "Neither {}, without dropout, nor {}, with dropout {}, overfits {gaps}: {} had no overfitting for \
             dropout to prevent.",
            label.0, label.1, label.2, label.0
        ),
        (true, false) => format!(
            "{}, without dropout, overfits, and {}, with dropout {}, does not {gaps}.",
            label.0, label.1, label.2
        ),
        (false, true) => format!(
            "{}, without dropout, does not overfit, while {} does in spite of dropout {} {gaps}.",
            label.0, label.1, label.2
        ),
        (true, true) => {
            format!(
                "{}, without dropout, and {}, with dropout {}, both overfit {gaps}.",
                label.0, label.1, label.2
            )
        }
    };
    let finding =
        Finding::new("dropout-had-nothing-to-prevent", Topic::Overfitting, &[reference, other], sentence)
            .with(format!("gap, {}", without.label), bare_gap, Unit::LossChange)
            .with(format!("gap, {}", with.label), dropped_gap, Unit::LossChange)
            .with("criterion", CLOSE, Unit::Loss);
    Some(finding.holds(!bare.overfits))
}

struct Gap {
    epoch: u32,
    train_loss: f64,
    test_loss: f64,
    overfits: bool,
}

impl Gap {
    fn gap(&self) -> f64 {
        self.test_loss - self.train_loss
    }
}

fn overfits(subject: &Subject) -> Option<Gap> {
    let evaluation = subject.run?.evaluation.as_ref()?;
    let (train_loss, test_loss) = (evaluation.train_loss, evaluation.test_loss?);
    (train_loss.is_finite() && test_loss.is_finite()).then_some(Gap {
        epoch: evaluation.epoch,
        train_loss,
        test_loss,
        overfits: test_loss - train_loss > CLOSE,
    })
}
