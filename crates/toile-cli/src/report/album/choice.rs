//! Which test images are shown.

use std::collections::{BTreeMap, BTreeSet};

use toile_draw::confused::shown_classes;
use toile_study::evidence::Evidence;
use toile_study::evidence::comparison::ComparedPair;
use toile_study::evidence::outcomes::{ModelOutcomes, Outcomes, RunOutcomes};
use toile_study::results::ConfusionMatrix;

/// Images of a cell of a confusion matrix that are shown at most.
pub(in crate::report) const CELL_IMAGES_MAX: usize = 24;
/// Images with the highest loss, of each model.
const HARDEST: usize = 20;
/// Images fixed, and as many broken, of each pair.
const CHANGED: usize = 24;

/// The images behind a model's confusion matrix, under the run with its lowest seed.
pub(in crate::report) struct Cells {
    /// Name of the model.
    pub(in crate::report) model: String,
    /// Seed of the run.
    pub(in crate::report) seed: u64,
    /// By (true class, predicted class): the most confident first.
    pub(in crate::report) cells: BTreeMap<(u32, u32), Vec<u32>>,
}

impl Cells {
    /// Of every model with a finished run. Of many classes those that its matrix shows.
    pub(in crate::report) fn of_all(outcomes: &Outcomes) -> Vec<Cells> {
        outcomes.models.iter().filter_map(|model| Cells::of(model, &outcomes.labels)).collect()
    }

    /// The classes that the matrix of a model shows.
    fn shown(model: &ModelOutcomes, labels: &[u32]) -> BTreeSet<u32> {
        let called = model.runs.iter().flat_map(|run| &run.predictions);
        let classes = called.chain(labels).max().map_or(0, |class| *class as usize + 1);
        let images =
            model.runs.iter().flat_map(|run| labels.iter().copied().zip(run.predictions.iter().copied()));
        let shown = shown_classes(&ConfusionMatrix::of(classes, images));
        shown.into_iter().map(|class| class as u32).collect()
    }

    fn of(model: &ModelOutcomes, labels: &[u32]) -> Option<Cells> {
        let run = lowest_seed(model)?;
        let shown = Cells::shown(model, labels);
        let mut cells: BTreeMap<(u32, u32), Vec<u32>> = BTreeMap::new();
        for (index, (label, prediction)) in labels.iter().zip(&run.predictions).enumerate() {
            if shown.contains(label) && shown.contains(prediction) {
                cells.entry((*label, *prediction)).or_default().push(index as u32);
            }
        }
        for images in cells.values_mut() {
            // A stable sort: of equals the first image of the test set.
            images.sort_by(|a, b| run.confidence[*b as usize].total_cmp(&run.confidence[*a as usize]));
        }
        Some(Cells { model: model.name.clone(), seed: run.seed, cells })
    }
}

/// The run that speaks for a model where one has to.
pub(in crate::report) fn lowest_seed(model: &ModelOutcomes) -> Option<&RunOutcomes> {
    model.runs.iter().min_by_key(|run| run.seed)
}

/// The images with the highest loss, mean over the runs, as (index, loss).
pub(in crate::report) fn hardest(model: &ModelOutcomes) -> Vec<(u32, f64)> {
    let mut order = model.hardest();
    order.truncate(HARDEST);
    order
}

/// Of the images that one model fixes, or breaks, under every seed, those whose loss changed most.
pub(in crate::report) fn changed(outcomes: &Outcomes, pair: &ComparedPair, fixed: bool) -> Vec<u32> {
    let images = if fixed { &pair.fixed_by_every_seed } else { &pair.broken_by_every_seed };
    let (Some(first), Some(second)) = (outcomes.model(&pair.first), outcomes.model(&pair.second)) else {
        return Vec::new();
    };
    let change = |image: u32| {
        let image = image as usize;
        Some((first.mean_nll(image)? - second.mean_nll(image)?).abs())
    };
    let there = images.iter().filter(|image| (**image as usize) < outcomes.labels.len());
    let mut order: Vec<(u32, f64)> = there.filter_map(|image| Some((*image, change(*image)?))).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    order.into_iter().take(CHANGED).map(|(image, _)| image).collect()
}

/// How many images a report shows at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// Of a cell of a confusion matrix.
    pub(super) cell: usize,
    /// Of a list: the hardest of a model, those that changed in a pair.
    pub(super) list: usize,
}

/// From the fullest report on, in the order in which they are tried until it is small enough.
pub(super) const LIMITS: [Limits; 11] = [
    Limits { cell: CELL_IMAGES_MAX, list: CHANGED },
    Limits { cell: 16, list: CHANGED },
    Limits { cell: 12, list: CHANGED },
    Limits { cell: 8, list: CHANGED },
    Limits { cell: 6, list: CHANGED },
    Limits { cell: 4, list: CHANGED },
    Limits { cell: 2, list: CHANGED },
    Limits { cell: 1, list: CHANGED },
    Limits { cell: 0, list: CHANGED },
    Limits { cell: 0, list: 8 },
    Limits { cell: 0, list: 2 },
];

/// All images of a report within these limits.
pub(super) fn wanted(evidence: &Evidence, cells: &[Cells], limits: Limits) -> BTreeSet<u32> {
    let outcomes = &evidence.outcomes;
    let mut wanted = BTreeSet::new();
    for model in &outcomes.models {
        let hardest = hardest(model).into_iter().take(limits.list);
        wanted.extend(hardest.map(|(image, _)| image));
    }
    for pair in shown_pairs(evidence) {
        for fixed in [true, false] {
            wanted.extend(changed(outcomes, pair, fixed).into_iter().take(limits.list));
        }
    }
    if let Some(found) = &evidence.suspects {
        wanted.extend(found.worst.iter().take(limits.list).map(|suspect| suspect.image));
    }
    for images in cells.iter().flat_map(|cells| cells.cells.values()) {
        wanted.extend(images.iter().take(limits.cell));
    }
    wanted
}

/// The pairs whose images are shown: every model against the first.
pub(in crate::report) fn shown_pairs(evidence: &Evidence) -> impl Iterator<Item = &ComparedPair> {
    let comparison = evidence.comparison.iter();
    comparison.flat_map(|comparison| {
        let first = comparison.models.first().map(|model| model.name.as_str());
        comparison.pairs.iter().filter(move |pair| Some(pair.first.as_str()) == first)
    })
}
