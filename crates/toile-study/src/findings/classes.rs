//! Which classes are hard, which are easy, and what they are taken for.

use super::finding::{Finding, Topic};
use super::number::Unit;
use super::subject::{Subject, Tested};
use crate::metrics::{ConfusedPair, confused_pairs};
use crate::numbers::{count, joined, percent};

/// Most confused pairs that get a sentence.
const PAIRS_SHOWN: usize = 4;
/// Classes an image of the hardest class is taken for.
const TAKEN_FOR_SHOWN: usize = 3;
/// Hardest classes named where several are equally hard.
const TIED_SHOWN: usize = 8;
/// Easiest classes named, but never more than half of all.
const EASIEST_SHOWN: usize = 3;

pub(super) fn findings(subject: &Subject) -> Vec<Finding> {
    let Some(tested) = &subject.tested else { return Vec::new() };
    let by_recall = by_recall(tested);
    let mut found = Vec::new();
    if let [(hardest, low), .., (_, high)] = by_recall[..] {
        if low == high {
            let sentence = format!(
                "{}: no class is harder than another; each has {} right.",
                subject.label,
                percent(low)
            );
            let finding = Finding::new("hardest-class", Topic::Classes, &[subject], sentence);
            found.push(finding.with("recall", low, Unit::Share).holds(false));
        } else {
            found.push(hardest_class(subject, tested, &by_recall));
            found.extend(taken_for(subject, tested, hardest));
            found.push(easiest_classes(subject, &by_recall));
        }
    }
    found.extend(pairs(subject, tested));
    found
}

/// Classes that have images with their recall, hardest first; ties in the order of the classes.
pub(super) fn by_recall(tested: &Tested) -> Vec<(usize, f64)> {
    let classes = tested.metrics.classes.iter().enumerate();
    let mut recalls: Vec<(usize, f64)> =
        classes.filter_map(|(index, class)| Some((index, class.recall?))).collect();
    recalls.sort_by(|a, b| a.1.total_cmp(&b.1));
    recalls
}

fn hardest_class(subject: &Subject, tested: &Tested, by_recall: &[(usize, f64)]) -> Finding {
    let lowest = by_recall[0].1;
    let tied: Vec<&str> =
        by_recall.iter().take_while(|(_, r)| *r == lowest).map(|(c, _)| subject.class(*c)).collect();
    let class = &tested.metrics.classes[by_recall[0].0];
    let next = by_recall.get(tied.len());
    let names = match tied.len() {
        0..=TIED_SHOWN => joined(&tied),
        all => format!("{} and {} more", tied[..TIED_SHOWN].join(", "), count((all - TIED_SHOWN) as u64)),
    };
    let mut sentence = match tied.len() {
        1 => format!(
            "{}: {names} is the hardest class, {} of {} right ({})",
            subject.label,
            count(class.correct),
            count(class.support),
            percent(lowest)
        ),
        _ => format!("{}: {names} are the hardest classes, {} right each", subject.label, percent(lowest)),
    };
    if let Some((index, recall)) = next {
        sentence.push_str(&format!("; next is {} with {}", subject.class(*index), percent(*recall)));
    }
    sentence.push('.');
    let mut finding = Finding::new("hardest-class", Topic::Classes, &[subject], sentence)
        .with(format!("{} right", tied[0]), class.correct as f64, Unit::Count)
        .with(format!("images of {}", tied[0]), class.support as f64, Unit::Count)
        .with(format!("recall of {}", tied[0]), lowest, Unit::Share);
    if let Some((index, recall)) = next {
        finding = finding.with(format!("recall of {}", subject.class(*index)), *recall, Unit::Share);
    }
    finding.headline()
}

fn taken_for(subject: &Subject, tested: &Tested, hardest: usize) -> Option<Finding> {
    let row = tested.evaluation.confusion.row(hardest).iter().map(|&(class, n)| (class as usize, n));
    let mut others: Vec<(usize, u64)> = row.filter(|(class, _)| *class != hardest).collect();
    let wrong: u64 = others.iter().map(|(_, n)| n).sum();
    others.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    others.truncate(TAKEN_FOR_SHOWN);
    if others.is_empty() {
        return None;
    }
    let name = subject.class(hardest);
    let named: Vec<String> =
        others.iter().map(|(class, n)| format!("{} ({})", subject.class(*class), count(*n))).collect();
    let mostly = if others.len() > 1 || wrong > others[0].1 { "mostly " } else { "" };
    let sentence = format!("{}: images of {name} are {mostly}taken for {}.", subject.label, joined(&named));
    let mut finding = Finding::new("hardest-class-taken-for", Topic::Classes, &[subject], sentence);
    for (class, n) in others {
        finding = finding.with(format!("{name} called {}", subject.class(class)), n as f64, Unit::Count);
    }
    Some(finding)
}

fn easiest_classes(subject: &Subject, by_recall: &[(usize, f64)]) -> Finding {
    let shown = EASIEST_SHOWN.min(by_recall.len() / 2).max(1);
    let easiest: Vec<(usize, f64)> = by_recall.iter().rev().take(shown).copied().collect();
    let named: Vec<String> =
        easiest.iter().map(|(class, r)| format!("{} ({})", subject.class(*class), percent(*r))).collect();
    let verb = if shown == 1 { "is the easiest class" } else { "are the easiest classes" };
    let sentence = format!("{}: {} {verb}.", subject.label, joined(&named));
    let mut finding = Finding::new("easiest-classes", Topic::Classes, &[subject], sentence);
    for (class, recall) in easiest {
        finding = finding.with(format!("recall of {}", subject.class(class)), recall, Unit::Share);
    }
    finding
}

fn pairs(subject: &Subject, tested: &Tested) -> Vec<Finding> {
    let pairs = confused_pairs(&tested.evaluation.confusion);
    if pairs.is_empty() {
        let sentence = format!(
            "{}: no two classes are confused; all {} test images are right.",
            subject.label,
            count(tested.metrics.images)
        );
        return vec![Finding::new("confused-pair", Topic::Classes, &[subject], sentence).holds(false)];
    }
    let ranks = ["most", "second most", "third most", "fourth most"];
    let shown = pairs.iter().zip(ranks).take(PAIRS_SHOWN);
    shown.enumerate().map(|(index, (pair, rank))| confused_pair(subject, pair, rank, index == 0)).collect()
}

fn confused_pair(subject: &Subject, pair: &ConfusedPair, rank: &str, headline: bool) -> Finding {
    let (first, second) = (subject.class(pair.first), subject.class(pair.second));
    let back = match pair.second_as_first {
        0 => format!("no {second} called {first}"),
        n => format!("{} of {second} called {first}", count(n)),
    };
    let mut sentence = format!(
        "{}: the {rank} confused pair is {first} and {second}: {} images of {first} called {second}, {back}.",
        subject.label,
        count(pair.first_as_second)
    );
    let mut finding = Finding::new("confused-pair", Topic::Classes, &[subject], String::new())
        .with(format!("{first} called {second}"), pair.first_as_second as f64, Unit::Count)
        .with(format!("{second} called {first}"), pair.second_as_first as f64, Unit::Count);
    let published = subject.model.published.as_ref().and_then(|published| published.confusion.as_ref());
    let at = |row: usize, column: usize| published?.get(row)?.get(column).copied();
    if let (Some(there), Some(and_back)) = (at(pair.first, pair.second), at(pair.second, pair.first)) {
        sentence.push_str(&format!(" Published: {} and {}.", count(there), count(and_back)));
        finding = finding
            .with(format!("published, {first} called {second}"), there as f64, Unit::Count)
            .with(format!("published, {second} called {first}"), and_back as f64, Unit::Count);
    }
    finding.sentence = sentence;
    if headline { finding.headline() } else { finding }
}
