//! Whether a training was still under way at its end, and whether more epochs would let one model overtake.

use super::finding::{Finding, Topic};
use super::number::Unit;
use super::settings::same_recipe;
use super::subject::{Epoch, Subject};
use crate::numbers::{count, loss, percent, percent_as_set, small_percent};
use crate::results::RunStatus;

/// Converged: the loss falls by less than this share over the last tenth of the epochs.
const STILL: f64 = 0.01;
/// A training has not got going while its loss is above this share of the first epoch's.
const START: f64 = 0.9;
/// A pace is not carried on over more than this many times the epochs it was measured on: no loss falls at one
/// rate for that long, and the number would say nothing.
const REACH: f64 = 10.0;

/// The end of a curve: its last tenth, at least one step.
struct End {
    epochs: usize,
    before: f64,
    after: f64,
}

impl End {
    fn of(subject: &Subject, value: fn(&Epoch) -> f64) -> Option<End> {
        let rows = &subject.epochs;
        let epochs = (rows.len() as f64 / 10.0).round().max(1.0) as usize;
        let before = rows.len().checked_sub(epochs + 1)?;
        Some(End { epochs, before: value(&rows[before]), after: value(rows.last()?) })
    }

    /// Share of the loss lost over the window; 0 where there was none to lose.
    fn relative_fall(&self) -> f64 {
        if self.before > 0.0 { (self.before - self.after) / self.before } else { 0.0 }
    }

    /// The share that, lost every epoch of the window, makes its whole fall.
    fn relative_fall_per_epoch(&self) -> f64 {
        1.0 - (1.0 - self.relative_fall()).powf(1.0 / self.epochs as f64)
    }

    fn named(&self) -> String {
        match self.epochs {
            1 => "last epoch".into(),
            n => format!("last {n} epochs"),
        }
    }
}

fn is_finished(subject: &Subject) -> bool {
    subject.run.is_some_and(|run| run.status == RunStatus::Finished)
}

pub(super) fn of_one(subject: &Subject) -> Vec<Finding> {
    if !is_finished(subject) {
        return Vec::new();
    }
    let Some(end) = End::of(subject, |row| row.train_loss) else { return Vec::new() };
    let first = subject.epochs[0].train_loss;
    let fall = end.relative_fall();
    let falling = fall >= STILL;
    let numbers = format!("from {} to {}", loss(end.before), loss(end.after));
    let criterion = format!("converged is said below {}", percent_as_set(STILL));
    let label = &subject.label;
    let sentence = if !falling && end.after > START * first {
        format!(
            "{label}: it has not got going: training loss is still {} of the first epoch's ({} of {}), so that \
             its flat end is no convergence.",
            percent(end.after / first),
            loss(end.after),
            loss(first)
        )
    } else if falling {
        format!(
            "{label}: still falling at the end: training loss fell by {} over the {} ({numbers}); {criterion}.",
            percent(fall),
            end.named()
        )
    } else if fall >= 0.0 {
        format!(
            "{label}: converged: training loss fell by only {} over the {} ({numbers}); {criterion}.",
            percent(fall),
            end.named()
        )
    } else {
        format!(
            "{label}: no longer falling: training loss rose by {} over the {} ({numbers}).",
            percent(-fall),
            end.named()
        )
    };
    let finding = Finding::new("converged", Topic::Convergence, &[subject], sentence)
        .with("epochs looked at", end.epochs as f64, Unit::Count)
        .with("training loss before them", end.before, Unit::Loss)
        .with("training loss, last epoch", end.after, Unit::Loss)
        .with("relative fall", fall, Unit::Share)
        .with("criterion", STILL, Unit::Share);
    vec![finding.holds(!falling && end.after <= START * first).headline()]
}

/// For each model behind the one with the lowest evaluation loss: would more epochs let it overtake?
pub(super) fn overtaking(subjects: &[Subject]) -> Vec<Finding> {
    let finished = subjects.iter().filter(|subject| is_finished(subject));
    let with_end: Vec<(&Subject, f64)> =
        finished.filter_map(|subject| Some((subject, subject.last()?.test_loss))).collect();
    let Some((leader, lead)) = with_end.iter().min_by(|a, b| a.1.total_cmp(&b.1)) else { return Vec::new() };
    with_end
        .iter()
        .filter(|(subject, end)| end > lead && !same_recipe(subject.model, leader.model))
        .filter_map(|(behind, _)| {
            let longer = subjects.iter().find(|longer| {
                is_finished(longer)
                    && longer.model.settings.epochs() > behind.model.settings.epochs()
                    && same_recipe(longer.model, behind.model)
                    && longer.epochs.len() > behind.epochs.len()
            });
            match longer {
                Some(longer) => tried(behind, longer, leader),
                None => extrapolated(behind, leader),
            }
        })
        .collect()
}

/// The recipe behind was also trained for longer: what came of it.
fn tried(behind: &Subject, longer: &Subject, leader: &Subject) -> Option<Finding> {
    let (short, long, lead) = (behind.last()?, longer.last()?, leader.last()?);
    let overtakes = long.test_loss < lead.test_loss;
    let verdict = if overtakes { "lets it overtake" } else { "does not let it overtake" };
    let sentence = format!(
        "Training {} for {} epochs instead of {} ({}) {verdict} {}: evaluation loss {} (from {}) against {}, accuracy {} \
         (from {}) against {}.",
        behind.label,
        longer.epochs.len(),
        behind.epochs.len(),
        longer.label,
        leader.label,
        loss(long.test_loss),
        loss(short.test_loss),
        loss(lead.test_loss),
        percent(long.test_accuracy),
        percent(short.test_accuracy),
        percent(lead.test_accuracy)
    );
    let finding =
        Finding::new("more-epochs-overtake", Topic::Convergence, &[behind, longer, leader], sentence)
            .with(format!("evaluation loss, {}", behind.label), short.test_loss, Unit::Loss)
            .with(format!("evaluation loss, {}", longer.label), long.test_loss, Unit::Loss)
            .with(format!("evaluation loss, {}", leader.label), lead.test_loss, Unit::Loss)
            .with(format!("accuracy, {}", longer.label), long.test_accuracy, Unit::Share)
            .with(format!("accuracy, {}", leader.label), lead.test_accuracy, Unit::Share);
    Some(finding.holds(overtakes).headline())
}

/// What the epochs needed mean beside those by which the other was trained longer.
fn within_the_others(longer_by: f64, overtakes: bool) -> String {
    match longer_by {
        l if l <= 0.0 => "; it was trained no shorter: equal epochs do not let it overtake.".to_string(),
        l if overtakes => format!(
            ", within the {l} by which the other was trained longer: equal epochs might let it overtake."
        ),
        l => format!(
            ", more than the {l} by which the other was trained longer: equal epochs would not let it overtake."
        ),
    }
}

/// It was not: how far behind it is, and how long the pace of its end would need for that.
fn extrapolated(behind: &Subject, leader: &Subject) -> Option<Finding> {
    let (own, lead) = (behind.last()?, leader.last()?);
    let gap = own.test_loss - lead.test_loss;
    let mut sentence = format!(
        "{} ends {} behind {} in evaluation loss ({} against {})",
        behind.label,
        loss(gap),
        leader.label,
        loss(own.test_loss),
        loss(lead.test_loss)
    );
    let mut finding =
        Finding::new("more-epochs-overtake", Topic::Convergence, &[behind, leader], String::new())
            .with(format!("evaluation loss, {}", behind.label), own.test_loss, Unit::Loss)
            .with(format!("evaluation loss, {}", leader.label), lead.test_loss, Unit::Loss)
            .with("behind by", gap, Unit::Loss);
    let mut overtakes = false;
    match End::of(behind, |row| row.test_loss) {
        None => sentence.push_str("; one epoch gives no pace to reckon with."),
        Some(end) if end.relative_fall() <= 0.0 => {
            sentence.push_str(&format!(
                " and no longer falls ({} to {} over the {}): more epochs would not let it overtake.",
                loss(end.before),
                loss(end.after),
                end.named()
            ));
        }
        Some(end) => {
            let pace = end.relative_fall_per_epoch();
            let needed = ((lead.test_loss / own.test_loss).ln() / (1.0 - pace).ln()).ceil();
            let longer_by = leader.epochs.len() as f64 - behind.epochs.len() as f64;
            overtakes = needed <= longer_by;
            let trained = behind.epochs.len();
            let within_reach = needed <= REACH * trained as f64;
            let pace_text = format!(
                "If every further epoch took off the same share as its {} did ({} an epoch)",
                end.named(),
                small_percent(pace)
            );
            sentence.push_str(&if within_reach {
                let plural = if needed == 1.0 { "" } else { "s" };
                let verdict = within_the_others(longer_by, overtakes);
                format!(". {pace_text}, it would need {} more epoch{plural}{verdict}", count(needed as u64))
            } else {
                let most = REACH * trained as f64;
                format!(
                    ". {pace_text}, it would not get there within {REACH} times the {trained} epoch{} it was \
                     trained: after {} more it would still stand at {}.",
                    if trained == 1 { "" } else { "s" },
                    count(most as u64),
                    loss(own.test_loss * (1.0 - pace).powf(most))
                )
            });
            sentence.push_str(" Only training it for longer would show.");
            finding = finding.with("share of the loss an epoch takes off at its end", pace, Unit::Share);
            if within_reach {
                finding = finding.with("epochs needed at that pace", needed, Unit::Count);
            }
            finding = finding.with("epochs the other was trained longer", longer_by.max(0.0), Unit::Count);
        }
    }
    finding.sentence = sentence;
    Some(finding.holds(overtakes).headline())
}
