//! Which images change hands between two models: by class, by confusion, and one by one.
//!
//! Counts are means over seeds. Models that share their seeds are set side by side seed by seed; otherwise every
//! run of one stands beside every run of the other.

use std::collections::BTreeMap;

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

/// A cell of the confusion matrix: sums over pairs of runs, then means.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    first: f64,
    second: f64,
    fixed: f64,
    broken: f64,
}

/// Those with an image, by (true class, predicted class).
type Cells = BTreeMap<(u32, u32), Cell>;

pub(super) fn change(first: &[RunOutcomes], second: &[RunOutcomes], test: Test<'_>) -> Change {
    let cells = cells(first, second, test);
    let row = |class: u32, sum: fn(&Cell) -> f64| {
        // Not `sum`, which would make -0 of no cells.
        cells.range((class, 0)..=(class, u32::MAX)).fold(0.0, |all, (_, cell)| all + sum(cell))
    };
    let mut support = vec![0; test.class_names.len()];
    test.labels.iter().for_each(|&label| support[label as usize] += 1);
    let changed = (0u32..).zip(test.class_names).zip(support).map(|((class, name), images)| ClassChange {
        class: name.clone(),
        images,
        fixed: row(class, |cell| cell.fixed),
        broken: row(class, |cell| cell.broken),
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
    let mut cells = Cells::new();
    let pairs = side_by_side(first, second);
    for (a, b) in &pairs {
        for ((&label, &before), &after) in test.labels.iter().zip(&a.predictions).zip(&b.predictions) {
            let (fixed, broken) = (before != label && after == label, before == label && after != label);
            let cell = cells.entry((label, before)).or_default();
            cell.first += 1.0;
            cell.fixed += f64::from(u8::from(fixed));
            let cell = cells.entry((label, after)).or_default();
            cell.second += 1.0;
            cell.broken += f64::from(u8::from(broken));
        }
    }
    let number = pairs.len().max(1) as f64;
    for cell in cells.values_mut() {
        let Cell { first, second, fixed, broken } = *cell;
        let [first, second, fixed, broken] = [first, second, fixed, broken].map(|sum| sum / number);
        *cell = Cell { first, second, fixed, broken };
    }
    cells
}

/// All confusions that are not the same under both, largest change first, then in the order of the matrix.
fn confusions(cells: &Cells, test: Test<'_>) -> Vec<ConfusionChange> {
    let name = |class: u32| test.class_names[class as usize].clone();
    let mut changed: Vec<ConfusionChange> = cells
        .iter()
        .filter(|((truth, predicted), _)| truth != predicted)
        .map(|(&(truth, predicted), &Cell { first, second, fixed, broken })| ConfusionChange {
            truth: name(truth),
            predicted: name(predicted),
            first,
            second,
            fixed,
            broken,
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
