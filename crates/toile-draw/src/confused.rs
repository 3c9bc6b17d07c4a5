//! Which classes of a confusion matrix are shown where there are too many to read.

use std::collections::BTreeMap;

use toile_study::metrics::confused_pairs;
use toile_study::results::ConfusionMatrix;

/// Classes of a matrix that a reader can take in.
pub const SHOWN_CLASSES_MAX: usize = 30;

/// The classes that are shown of a matrix, in the order in which they are: all of up to [`SHOWN_CLASSES_MAX`]; of more
/// those of the most confused pairs, each beside the one it is confused with most.
pub fn shown_classes(confusion: &ConfusionMatrix) -> Vec<usize> {
    let classes = confusion.classes();
    if classes <= SHOWN_CLASSES_MAX {
        return (0..classes).collect();
    }
    let mut mistakes: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    let mut chosen: Vec<usize> = Vec::new();
    for pair in confused_pairs(confusion) {
        mistakes.insert((pair.first, pair.second), pair.total());
        mistakes.insert((pair.second, pair.first), pair.total());
        for class in [pair.first, pair.second] {
            if chosen.len() < SHOWN_CLASSES_MAX && !chosen.contains(&class) {
                chosen.push(class);
            }
        }
    }
    let mistakes = |a: usize, b: usize| mistakes.get(&(a, b)).copied().unwrap_or(0);
    chosen.extend(
        (0..classes)
            .filter(|class| !chosen.contains(class))
            .take(SHOWN_CLASSES_MAX - chosen.len())
            .collect::<Vec<_>>(),
    );
    // The first is of the most confused pair. Then comes what is confused most with the one before; of equals what was
    // chosen first.
    let mut shown = vec![chosen.remove(0)];
    while !chosen.is_empty() {
        let last = shown[shown.len() - 1];
        let place = (0..chosen.len()).rev().max_by_key(|&place| mistakes(last, chosen[place])).unwrap_or(0);
        shown.push(chosen.remove(place));
    }
    shown
}

/// Says that not all classes are shown; nothing where they are.
pub fn left_out(classes: usize) -> Option<String> {
    (classes > SHOWN_CLASSES_MAX)
        .then(|| format!("the {SHOWN_CLASSES_MAX} most confused of {classes} classes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_classes_are_all_shown_and_of_many_the_most_confused() {
        assert_eq!(shown_classes(&ConfusionMatrix::new(3)), [0, 1, 2]);
        assert_eq!(shown_classes(&ConfusionMatrix::new(30)).len(), 30);
        let mut matrix = ConfusionMatrix::new(200);
        (0..200).for_each(|class| matrix.add(class, class, 50));
        // 150 with 20 most, then 20 with 90, then 3 with 4: 20 stands between 150 and 90.
        for (truth, called, images) in [(150, 20, 9), (20, 90, 5), (3, 4, 2), (4, 3, 2), (7, 8, 1)] {
            matrix.add(truth, called, images);
        }
        let shown = shown_classes(&matrix);
        assert_eq!((shown.len(), &shown[..7]), (30, &[150, 20, 90, 3, 4, 7, 8][..]));
        let mut sorted = shown.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), 30, "each once");
        assert_eq!((left_out(30), left_out(31).is_some()), (None, true));
    }
}
