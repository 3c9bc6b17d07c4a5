//! `hardest_images.csv`: the test images with the highest loss.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use toile_study::evidence::outcomes::{ModelOutcomes, Outcomes};
use toile_study::results::StudyResults;

use toile_store::table::{Table, fields};

/// Images listed for a model.
const IMAGES_MAX: usize = 100;

/// By the mean over a model's seeds, highest first; equal ones in the order of the data set.
pub(super) fn hardest(results: &StudyResults, outcomes: &Outcomes) -> Table {
    let columns = ["model", "rank", "image", "true", "predicted", "nll", "seeds", "seeds_wrong"];
    let mut table = Table::new(columns);
    for model in &outcomes.models {
        let images = outcomes.labels.len();
        if model.runs.iter().any(|run| run.nll.len() != images) {
            continue;
        }
        for (rank, (image, nll)) in model.hardest().into_iter().take(IMAGES_MAX).enumerate() {
            let image = image as usize;
            let label = outcomes.labels[image];
            let wrong = model.runs.iter().filter(|run| run.predictions[image] != label).count();
            table.row(fields![
                &model.name,
                rank + 1,
                image,
                name(results, label),
                name(results, most_often(model, image)),
                nll,
                model.runs.len(),
                wrong,
            ]);
        }
    }
    table
}

/// The class by which most seeds call an image; the first in the order of the classes where they are even.
fn most_often(model: &ModelOutcomes, image: usize) -> u32 {
    let mut votes: BTreeMap<u32, usize> = BTreeMap::new();
    model.runs.iter().for_each(|run| *votes.entry(run.predictions[image]).or_default() += 1);
    let most = votes.into_iter().max_by_key(|(class, votes)| (*votes, Reverse(*class)));
    most.map_or(0, |(class, _)| class)
}

/// The class's name; outcomes were read against the same names.
pub(super) fn name(results: &StudyResults, class: u32) -> &str {
    results.dataset.class_names.get(class as usize).map_or("", String::as_str)
}
