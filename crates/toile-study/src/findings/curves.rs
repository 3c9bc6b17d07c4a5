//! Loss over the epochs: whether it falls throughout, who starts lower, where they stand at equal epochs.

use super::finding::{Finding, Topic};
use super::number::Unit;
use super::subject::{Epoch, Subject};
use crate::numbers::{counted, joined, loss, percent, percent_as_set};

/// A loss jumps where it rises over the epoch before by more than this share.
const JUMP: f64 = 0.05;
/// Epochs named before "and others".
const EPOCHS_SHOWN: usize = 5;

pub(super) fn of_one(subject: &Subject) -> Vec<Finding> {
    if subject.epochs.is_empty() {
        return Vec::new();
    }
    vec![
        falls(subject, "training-loss-falls", "training loss", |row| row.train_loss),
        falls(subject, "evaluation-loss-falls", "evaluation loss", |row| row.test_loss),
    ]
}

fn falls(subject: &Subject, id: &str, what: &str, value: fn(&Epoch) -> f64) -> Finding {
    let rows = &subject.epochs;
    let (first, last) = (value(&rows[0]), value(&rows[rows.len() - 1]));
    let rises: Vec<(u32, f64, f64)> = rows
        .windows(2)
        .map(|pair| (pair[1].epoch, value(&pair[0]), value(&pair[1])))
        .filter(|(_, before, after)| after >= before)
        .collect();
    let largest = rises.iter().map(|(_, before, after)| (after - before) / before).fold(0.0, f64::max);
    let jumps = rises.iter().filter(|(_, before, after)| after - before > JUMP * before).count();
    let label = &subject.label;
    let sentence = if rows.len() == 1 {
        format!("{label}: whether its {what} falls cannot be seen from one epoch ({}).", loss(first))
    } else if rises.is_empty() {
        format!("{label}: its {what} falls with every epoch, from {} to {}.", loss(first), loss(last))
    } else {
        let mut named: Vec<String> = rises.iter().take(EPOCHS_SHOWN).map(|(e, ..)| e.to_string()).collect();
        if rises.len() > EPOCHS_SHOWN {
            named.push("others".into());
        }
        let jumping = match jumps {
            0 => format!("it does not jump (no rise above {})", percent_as_set(JUMP)),
            1 => format!("it jumps once (a rise above {})", percent_as_set(JUMP)),
            n => format!("it jumps {n} times (rises above {})", percent_as_set(JUMP)),
        };
        format!(
            "{label}: its {what} does not fall with every epoch: it rises in {} of {} (epoch{} {}), by at most \
             {}; {jumping}.",
            rises.len(),
            rows.len() - 1,
            if rises.len() == 1 { "" } else { "s" },
            joined(&named),
            percent(largest)
        )
    };
    Finding::new(id, Topic::Curves, &[subject], sentence)
        .with(format!("{what}, first epoch"), first, Unit::Loss)
        .with(format!("{what}, last epoch"), last, Unit::Loss)
        .with("epochs that rise", rises.len() as f64, Unit::Count)
        .with("jumps", jumps as f64, Unit::Count)
        .with("largest rise", largest, Unit::Share)
        .holds(rows.len() > 1 && rises.is_empty())
}

pub(super) fn of_two(reference: &Subject, other: &Subject) -> Vec<Finding> {
    if reference.epochs.is_empty() || other.epochs.is_empty() {
        return Vec::new();
    }
    let mut found = vec![starts_lower(reference, other), equal_epochs(reference, other)];
    found.extend(reaches_end(reference, other));
    found
}

fn starts_lower(reference: &Subject, other: &Subject) -> Finding {
    let (a, b) = (reference.epochs[0].train_loss, other.epochs[0].train_loss);
    let sentence = if a == b {
        format!("{} and {} start alike: training loss {} in epoch 1.", reference.label, other.label, loss(a))
    } else {
        let (low, high) = if a < b { (reference, other) } else { (other, reference) };
        format!(
            "{} starts lower than {}: training loss {} against {} in epoch 1.",
            low.label,
            high.label,
            loss(a.min(b)),
            loss(a.max(b))
        )
    };
    Finding::new("starts-lower", Topic::Curves, &[reference, other], sentence)
        .with(format!("training loss, epoch 1, {}", reference.label), a, Unit::Loss)
        .with(format!("training loss, epoch 1, {}", other.label), b, Unit::Loss)
        .holds(b < a)
}

fn equal_epochs(reference: &Subject, other: &Subject) -> Finding {
    let common = reference.epochs.len().min(other.epochs.len());
    let (a, b) = (&reference.epochs[common - 1], &other.epochs[common - 1]);
    let pairs = || reference.epochs.iter().zip(&other.epochs).map(|(a, b)| b.train_loss - a.train_loss);
    let throughout = match (pairs().filter(|d| *d < 0.0).count(), pairs().filter(|d| *d > 0.0).count()) {
        (n, 0) if n == common => format!("{} is lower in each of these epochs", other.label),
        (0, n) if n == common => format!("{} is lower in each of these epochs", reference.label),
        (n, _) => format!("{} is lower in {n} of these {common} epochs", other.label),
    };
    let sentence = format!(
        "At equal epochs, after {common}: training loss {} in {} and {} in {}; {throughout}. Evaluation loss {} and {}.",
        loss(a.train_loss),
        reference.label,
        loss(b.train_loss),
        other.label,
        loss(a.test_loss),
        loss(b.test_loss)
    );
    Finding::new("equal-epochs", Topic::Curves, &[reference, other], sentence)
        .with("epoch", common as f64, Unit::Epoch)
        .with(format!("training loss, {}", reference.label), a.train_loss, Unit::Loss)
        .with(format!("training loss, {}", other.label), b.train_loss, Unit::Loss)
        .with(format!("evaluation loss, {}", reference.label), a.test_loss, Unit::Loss)
        .with(format!("evaluation loss, {}", other.label), b.test_loss, Unit::Loss)
        .with("difference in training loss", b.train_loss - a.train_loss, Unit::LossChange)
        .holds(b.train_loss < a.train_loss)
}

/// From which epoch on the one that ends lower is below all the other ever reached.
fn reaches_end(reference: &Subject, other: &Subject) -> Option<Finding> {
    let (a, b) = (reference.last()?, other.last()?);
    if a.train_loss == b.train_loss {
        return None;
    }
    let (low, high, target) = match b.train_loss < a.train_loss {
        true => (other, reference, a.train_loss),
        false => (reference, other, b.train_loss),
    };
    let first = low.epochs.iter().find(|row| row.train_loss <= target)?;
    let sentence = format!(
        "{} needs {} to go below the training loss that {} ends with ({} after {}).",
        low.label,
        counted(first.epoch as usize, "epoch"),
        high.label,
        loss(target),
        counted(high.epochs.len(), "epoch")
    );
    let finding = Finding::new("reaches-the-other's-end", Topic::Curves, &[reference, other], sentence)
        .with(format!("last training loss, {}", high.label), target, Unit::Loss)
        .with(format!("epoch, {}", low.label), f64::from(first.epoch), Unit::Epoch)
        .with(format!("training loss there, {}", low.label), first.train_loss, Unit::Loss);
    Some(finding.holds(true))
}

/// A difference in words: `0.0097 above`.
pub(super) fn above_or_below(difference: f64) -> String {
    match difference {
        d if d > 0.0 => format!("{} above", loss(d)),
        d if d < 0.0 => format!("{} below", loss(-d)),
        _ => "no different from".into(),
    }
}
