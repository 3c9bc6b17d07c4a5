//! Which images change hands between two models: by class, by confusion, and one by one.
//!
//! Counts are means over seeds. Models that share their seeds are set side by side seed by seed; otherwise every
//! run of one stands beside every run of the other.

use super::comparison::{ClassChange, ConfusionChange};
use super::contender::Test;
use super::outcomes::RunOutcomes;

/// Two models' runs.
pub(super) struct Change {
    pub(super) classes: Vec<ClassChange>,
    pub(super) confusions: Vec<ConfusionChange>,
    pub(super) fixed_by_every_seed: Vec<u32>,
    pub(super) broken_by_every_seed: Vec<u32>,
}

/// Sums over pairs of runs, `[true class][predicted class]`.
struct Cells {
    first: Vec<f64>,
    second: Vec<f64>,
    fixed: Vec<f64>,
    broken: Vec<f64>,
}

pub(super) fn change(first: &[RunOutcomes], second: &[RunOutcomes], test: Test<'_>) -> Change {
    let classes = test.class_names.len();
    let cells = cells(first, second, test);
    let row = |cells: &[f64], class: usize| cells[class * classes..][..classes].iter().sum();
    let support = |class: usize| test.labels.iter().filter(|&&label| label as usize == class).count() as u64;
    let changed = test.class_names.iter().enumerate().map(|(class, name)| ClassChange {
        class: name.clone(),
        images: support(class),
        fixed: row(&cells.fixed, class),
        broken: row(&cells.broken, class),
    });
    let (fixed_by_every_seed, broken_by_every_seed) = under_every_seed(first, second, test.labels);
    Change {
        classes: changed.collect(),
        confusions: confusions(&cells, test),
        fixed_by_every_seed,
        broken_by_every_seed,
    }
}

/// The runs that stand side by side.
fn side_by_side<'a>(
    first: &'a [RunOutcomes],
    second: &'a [RunOutcomes],
) -> Vec<(&'a RunOutcomes, &'a RunOutcomes)> {
    let sorted = |runs: &'a [RunOutcomes]| {
        let mut runs: Vec<&RunOutcomes> = runs.iter().collect();
        runs.sort_by_key(|run| run.seed);
        runs
    };
    let (first, second) = (sorted(first), sorted(second));
    let shared = first.len() == second.len() && first.iter().zip(&second).all(|(a, b)| a.seed == b.seed);
    match shared {
        true => first.into_iter().zip(second).collect(),
        false => first.iter().flat_map(|a| second.iter().map(|b| (*a, *b))).collect(),
    }
}

fn cells(first: &[RunOutcomes], second: &[RunOutcomes], test: Test<'_>) -> Cells {
    let classes = test.class_names.len();
    let none = || vec![0.0; classes * classes];
    let mut cells = Cells { first: none(), second: none(), fixed: none(), broken: none() };
    let pairs = side_by_side(first, second);
    for (a, b) in &pairs {
        for ((&label, &before), &after) in test.labels.iter().zip(&a.predictions).zip(&b.predictions) {
            let cell = |predicted: u32| label as usize * classes + predicted as usize;
            cells.first[cell(before)] += 1.0;
            cells.second[cell(after)] += 1.0;
            match (before == label, after == label) {
                (false, true) => cells.fixed[cell(before)] += 1.0,
                (true, false) => cells.broken[cell(after)] += 1.0,
                _ => {}
            }
        }
    }
    let number = pairs.len().max(1) as f64;
    for sums in [&mut cells.first, &mut cells.second, &mut cells.fixed, &mut cells.broken] {
        sums.iter_mut().for_each(|sum| *sum /= number);
    }
    cells
}

/// All confusions that are not the same under both, largest change first, then in the order of the matrix.
fn confusions(cells: &Cells, test: Test<'_>) -> Vec<ConfusionChange> {
    let classes = test.class_names.len();
    let name = |class: usize| test.class_names[class].clone();
    let mut changed: Vec<ConfusionChange> = (0..classes * classes)
        .filter(|cell| cell / classes != cell % classes)
        .map(|cell| ConfusionChange {
            truth: name(cell / classes),
            predicted: name(cell % classes),
            first: cells.first[cell],
            second: cells.second[cell],
            fixed: cells.fixed[cell],
            broken: cells.broken[cell],
        })
        .filter(|cell| cell.first != cell.second || cell.fixed > 0.0 || cell.broken > 0.0)
        .collect();
    let size = |cell: &ConfusionChange| (cell.second - cell.first).abs();
    changed.sort_by(|a, b| size(b).total_cmp(&size(a)));
    changed
}

fn under_every_seed(first: &[RunOutcomes], second: &[RunOutcomes], labels: &[u32]) -> (Vec<u32>, Vec<u32>) {
    if first.is_empty() || second.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let all = |runs: &[RunOutcomes], image: usize, right: bool| {
        runs.iter().all(|run| (run.predictions[image] == labels[image]) == right)
    };
    let images = |right: bool| {
        let changed = |&image: &usize| all(first, image, !right) && all(second, image, right);
        (0..labels.len()).filter(changed).map(|image| image as u32).collect()
    };
    (images(true), images(false))
}
