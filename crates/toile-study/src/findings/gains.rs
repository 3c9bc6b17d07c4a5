//! One model against another on the test images.

use super::classes::by_recall;
use super::finding::{Finding, Topic};
use super::number::Unit;
use super::settings::compared_settings;
use super::subject::Subject;
use crate::numbers::{joined, percent, points};

/// Classes named among the largest gains, and among the losses.
const CLASSES_SHOWN: usize = 5;

pub(super) fn findings(reference: &Subject, other: &Subject) -> Vec<Finding> {
    let mut found: Vec<Finding> = differences(reference, other).into_iter().collect();
    let (Some(from), Some(to)) = (&reference.tested, &other.tested) else { return found };
    found.push(accuracy(reference, other, from.metrics.accuracy_top1, to.metrics.accuracy_top1));
    let mut gains: Vec<(usize, f64, f64)> = from
        .metrics
        .classes
        .iter()
        .zip(&to.metrics.classes)
        .enumerate()
        .filter_map(|(class, (from, to))| Some((class, from.recall?, to.recall?)))
        .collect();
    gains.sort_by(|a, b| (b.2 - b.1).total_cmp(&(a.2 - a.1)));
    found.push(class_gains(reference, other, &gains));
    found.push(class_losses(reference, other, &gains));
    if let (Some((a, a_recall)), Some((b, b_recall))) = (by_recall(from).first(), by_recall(to).first()) {
        found.push(hardest_of_both(reference, other, (*a, *a_recall), (*b, *b_recall)));
    }
    found
}

/// In how many settings they differ, hence what the comparison cannot tell apart.
fn differences(reference: &Subject, other: &Subject) -> Option<Finding> {
    if reference.run.is_none() || other.run.is_none() {
        return None;
    }
    let rows = compared_settings(&[reference.model.clone(), other.model.clone()]);
    let named: Vec<String> = rows
        .iter()
        .filter(|row| row.differs())
        .map(|row| format!("{} ({} and {})", row.name, row.values[0], row.values[1]))
        .collect();
    let pair = format!("{} and {}", reference.model.name, other.model.name);
    let sentence = match named.len() {
        0 => format!("{pair} are set alike; whatever differs comes from chance."),
        1 => format!("{pair} differ in one setting: {}.", named[0]),
        n => format!(
            "{pair} differ in {n} settings at once: {}. Their comparison alone cannot tell which of them matters.",
            joined(&named)
        ),
    };
    let finding = Finding::new("differences", Topic::Comparison, &[reference, other], sentence);
    Some(finding.with("settings that differ", named.len() as f64, Unit::Count).holds(!named.is_empty()))
}

fn accuracy(reference: &Subject, other: &Subject, from: f64, to: f64) -> Finding {
    let images = |subject: &Subject| subject.tested.as_ref().map_or(0, |tested| tested.metrics.images);
    let verdict = match to.total_cmp(&from) {
        std::cmp::Ordering::Equal => "no difference".to_string(),
        _ => points(to - from),
    };
    let sentence = format!(
        "{} against {}: {} of the test images right against {}, {verdict}.",
        other.label,
        reference.label,
        percent(to),
        percent(from)
    );
    Finding::new("accuracy-gap", Topic::Comparison, &[reference, other], sentence)
        .with(format!("accuracy, {}", reference.label), from, Unit::Share)
        .with(format!("accuracy, {}", other.label), to, Unit::Share)
        .with("difference", to - from, Unit::Points)
        .with("test images", images(other) as f64, Unit::Count)
        .holds(to > from)
        .headline()
}

fn class_gains(reference: &Subject, other: &Subject, gains: &[(usize, f64, f64)]) -> Finding {
    let shown: Vec<_> = gains.iter().filter(|(_, from, to)| to > from).take(CLASSES_SHOWN).collect();
    let pair = format!("{} against {}", other.label, reference.label);
    let named: Vec<String> = shown
        .iter()
        .enumerate()
        .map(|(index, (class, from, to))| match index {
            0 => format!(
                "{} (from {} to {}, {})",
                other.class(*class),
                percent(*from),
                percent(*to),
                points(to - from)
            ),
            _ => format!("{} ({})", other.class(*class), points(to - from)),
        })
        .collect();
    let sentence = match shown.len() {
        0 => format!("{pair}: no class gains."),
        1 => format!("{pair}: the only gain is in {}.", named[0]),
        _ => format!("{pair}: the largest gains are in {}.", joined(&named)),
    };
    let mut finding = Finding::new("class-gains", Topic::Comparison, &[reference, other], sentence)
        .holds(!shown.is_empty())
        .headline();
    for (class, from, to) in shown {
        finding = finding
            .with(format!("recall of {}, {}", other.class(*class), reference.label), *from, Unit::Share)
            .with(format!("recall of {}, {}", other.class(*class), other.label), *to, Unit::Share);
    }
    finding
}

fn class_losses(reference: &Subject, other: &Subject, gains: &[(usize, f64, f64)]) -> Finding {
    let losses: Vec<_> = gains.iter().rev().filter(|(_, from, to)| to < from).collect();
    let pair = format!("{} against {}", other.label, reference.label);
    let named: Vec<String> = losses
        .iter()
        .take(CLASSES_SHOWN)
        .map(|(class, from, to)| format!("{} ({})", other.class(*class), points(to - from)))
        .collect();
    let sentence = match losses.len() {
        0 => format!("{pair}: no class loses."),
        1 => format!("{pair}: one class loses, {}.", named[0]),
        n if n > CLASSES_SHOWN => format!("{pair}: {n} classes lose, most of all {}.", joined(&named)),
        n => format!("{pair}: {n} classes lose, {}.", joined(&named)),
    };
    let mut finding = Finding::new("class-losses", Topic::Comparison, &[reference, other], sentence)
        .holds(!losses.is_empty())
        .with("classes that lose", losses.len() as f64, Unit::Count);
    for (class, from, to) in losses.iter().take(CLASSES_SHOWN) {
        finding = finding.with(format!("change in {}", other.class(*class)), to - from, Unit::Points);
    }
    finding
}

fn hardest_of_both(reference: &Subject, other: &Subject, from: (usize, f64), to: (usize, f64)) -> Finding {
    let sentence = if from.0 == to.0 {
        format!(
            "{} is the hardest class of {} ({}) and still of {} ({}).",
            other.class(to.0),
            reference.label,
            percent(from.1),
            other.label,
            percent(to.1)
        )
    } else {
        format!(
            "The hardest class changes: {} in {} ({}), {} in {} ({}).",
            reference.class(from.0),
            reference.label,
            percent(from.1),
            other.class(to.0),
            other.label,
            percent(to.1)
        )
    };
    Finding::new("hardest-class-of-both", Topic::Comparison, &[reference, other], sentence)
        .with(format!("recall of {}, {}", reference.class(from.0), reference.label), from.1, Unit::Share)
        .with(format!("recall of {}, {}", other.class(to.0), other.label), to.1, Unit::Share)
        .holds(from.0 == to.0)
}
