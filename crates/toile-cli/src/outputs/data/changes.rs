//! `class_changes.csv`, `confusion_changes.csv` and `changed_images.csv`: what one model fixes and breaks.

use toile_study::evidence::comparison::Comparison;
use toile_study::evidence::outcomes::Outcomes;
use toile_study::results::StudyResults;

use super::images::name;
use toile_store::table::{Table, fields};

/// Per class, means over the seeds.
pub(super) fn classes(comparison: &Comparison) -> Table {
    let mut table = Table::new(["first", "second", "class", "images", "fixed", "broken"]);
    for pair in &comparison.pairs {
        for change in &pair.classes {
            let (images, fixed, broken) = (change.images, change.fixed, change.broken);
            table.row(fields![&pair.first, &pair.second, &change.class, images, fixed, broken]);
        }
    }
    table
}

/// Per confusion, means over the seeds.
pub(super) fn confusions(comparison: &Comparison) -> Table {
    let mut table = Table::new(["first", "second", "true", "predicted", "images_first", "images_second"]);
    for pair in &comparison.pairs {
        for change in &pair.confusions {
            let (truth, predicted) = (&change.truth, &change.predicted);
            table.row(fields![&pair.first, &pair.second, truth, predicted, change.first, change.second]);
        }
    }
    table
}

/// Every image that changed under every seed.
pub(super) fn images(results: &StudyResults, outcomes: &Outcomes, comparison: &Comparison) -> Table {
    let mut table = Table::new(["first", "second", "image", "true", "change"]);
    for pair in &comparison.pairs {
        let changes = [("fixed", &pair.fixed_by_every_seed), ("broken", &pair.broken_by_every_seed)];
        for (change, images) in changes {
            for image in images {
                let label = outcomes.labels.get(*image as usize);
                let truth = label.map(|label| name(results, *label));
                table.row(fields![&pair.first, &pair.second, *image, truth, change]);
            }
        }
    }
    table
}
