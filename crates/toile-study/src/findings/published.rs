//! Published figures beside the measured ones.

use super::finding::{Finding, Topic};
use super::number::Unit;
use super::subject::{Subject, Tested};
use crate::numbers::{count, loss, loss_change, percent, points};
use crate::results::{ConfusionMatrix, Published};

pub(super) fn findings(subject: &Subject) -> Vec<Finding> {
    let Some(published) = &subject.model.published else { return Vec::new() };
    let mut found = Vec::new();
    if let (Some(tested), Some(figure)) = (&subject.tested, published.accuracy) {
        let measured = tested.metrics.accuracy_top1;
        let sentence = format!(
            "{}: accuracy {} measured, {} published, {}.",
            subject.label,
            percent(measured),
            percent(figure),
            points(measured - figure)
        );
        let finding = Finding::new("published-accuracy", Topic::Published, &[subject], sentence)
            .with("measured", measured, Unit::Share)
            .with("published", figure, Unit::Share)
            .with("difference", measured - figure, Unit::Points);
        found.push(finding);
    }
    if let Some(row) = subject.last() {
        let what = "last training loss";
        found.extend(
            published.training_loss.map(|f| a_loss(subject, "training-loss", what, row.train_loss, f)),
        );
    }
    if let Some(tested) = &subject.tested {
        let measured = tested.test_loss;
        let what = "evaluation loss";
        found
            .extend(published.evaluation_loss.map(|f| a_loss(subject, "evaluation-loss", what, measured, f)));
        let classes = published.correct_of_class.iter();
        found.extend(classes.filter_map(|(class, figure)| class_correct(subject, tested, class, *figure)));
        found.extend(matrix(subject, tested, published));
    }
    found
}

fn a_loss(subject: &Subject, id: &str, what: &str, measured: f64, figure: f64) -> Finding {
    let sentence = format!(
        "{}: {what} {} measured, {} published, {}.",
        subject.label,
        loss(measured),
        loss(figure),
        loss_change(measured - figure)
    );
    Finding::new(&format!("published-{id}"), Topic::Published, &[subject], sentence)
        .with("measured", measured, Unit::Loss)
        .with("published", figure, Unit::Loss)
        .with("difference", measured - figure, Unit::LossChange)
}

/// Classes are matched by name: a published class that the data set does not have is left out.
fn class_correct(subject: &Subject, tested: &Tested, class: &str, figure: u64) -> Option<Finding> {
    let index = subject.class_names.iter().position(|name| name == class)?;
    let measured = &tested.metrics.classes[index];
    let (correct, support) = (measured.correct, measured.support);
    let difference = (correct as f64 - figure as f64) / support.max(1) as f64;
    let sentence = format!(
        "{}: {} of {} images of {class} right, {} published, {}.",
        subject.label,
        count(correct),
        count(support),
        count(figure),
        points(difference)
    );
    let finding = Finding::new("published-class", Topic::Published, &[subject], sentence)
        .with(format!("{class} right, measured"), correct as f64, Unit::Count)
        .with(format!("{class} right, published"), figure as f64, Unit::Count)
        .with("difference", difference, Unit::Points);
    Some(finding)
}

/// How many images lie in another cell: half the sum of the cells' differences.
fn matrix(subject: &Subject, tested: &Tested, published: &Published) -> Option<Finding> {
    let ours = &tested.evaluation.confusion;
    let theirs = ConfusionMatrix::from_rows(published.confusion.as_ref()?)?;
    let total = ours.images();
    if theirs.classes() != ours.classes() || theirs.images() != total {
        return None;
    }
    // Where both have images they share the smaller number; all others would have to move.
    let shared =
        ours.cells().map(|(truth, called, images)| images.min(theirs.at(truth, called))).sum::<u64>();
    let moved = total - shared;
    let share = moved as f64 / total as f64;
    let label = &subject.label;
    let sentence = match moved {
        0 => format!("{label}: the measured confusion matrix is the published one, cell by cell."),
        _ => format!(
            "{label}: {} of {} images ({}) would have to change cells to turn the measured confusion matrix into \
             the published one.",
            count(moved),
            count(total),
            percent(share)
        ),
    };
    let finding = Finding::new("published-matrix", Topic::Published, &[subject], sentence)
        .with("images in another cell", moved as f64, Unit::Count)
        .with("share", share, Unit::Share);
    Some(finding.holds(moved == 0))
}
