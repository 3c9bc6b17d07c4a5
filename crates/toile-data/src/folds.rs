//! The folds of a cross-validation.

use std::collections::BTreeMap;

use toile_kernels::random::{Purpose, permutation};

/// Why images cannot be split into so many folds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FoldsError {
    /// One fold leaves nothing to train on.
    #[error("a cross-validation needs 2 folds or more, not {folds}")]
    TooFew {
        /// Folds asked for.
        folds: usize,
    },
    /// A fold would be empty.
    #[error("{images} images cannot be split into {folds} folds; choose at most {images} folds")]
    FewImages {
        /// Images there are.
        images: usize,
        /// Folds asked for.
        folds: usize,
    },
    /// A fold would be empty, since groups stay whole.
    #[error(
        "the images are of {groups} groups, which cannot be split into {folds} folds; choose at most {groups} folds"
    )]
    FewGroups {
        /// Groups there are.
        groups: usize,
        /// Folds asked for.
        folds: usize,
    },
}

/// The fold of each image, from 0, in one repeat of a cross-validation: stratified, a function of `seed` alone.
///
/// Without groups each class is shuffled and dealt out, each class going on where the one before ended: folds differ
/// by one image at most, in each class and in all (scikit-learn's `StratifiedKFold` promises the same). With a group
/// for each image, the images of a group go into one fold. Groups are dealt out by size, the largest first and equal
/// ones shuffled, each to the fold in which its classes have least so far: the fold for which Σ_c (n_c / N_c)² grows
/// least, n_c being its images of class c and N_c all of them; of equals the one with fewest images, then the first.
///
/// A class with fewer images than folds is no error: some folds then test none of it. [`rare_classes`] names them.
///
/// # Errors
/// Fewer than two folds, fewer images or groups than folds.
///
/// # Panics
/// A label not below `classes`, or groups for another number of images.
pub fn folds(
    labels: &[u32],
    classes: usize,
    folds: usize,
    seed: u64,
    groups: Option<&[u32]>,
) -> Result<Vec<u32>, FoldsError> {
    if folds < 2 {
        return Err(FoldsError::TooFew { folds });
    }
    if labels.len() < folds {
        return Err(FoldsError::FewImages { images: labels.len(), folds });
    }
    match groups {
        None => Ok(of_images(labels, classes, folds, seed)),
        Some(groups) => {
            assert_eq!(groups.len(), labels.len(), "a group for each image");
            of_groups(labels, classes, folds, seed, groups)
        }
    }
}

/// Classes with images, but with fewer than there are folds: some folds test none of them.
pub fn rare_classes(labels: &[u32], classes: usize, folds: usize) -> Vec<u32> {
    let mut counts = vec![0usize; classes];
    labels.iter().for_each(|&label| counts[label as usize] += 1);
    (0..classes as u32).filter(|&class| (1..folds).contains(&counts[class as usize])).collect()
}

fn of_images(labels: &[u32], classes: usize, folds: usize, seed: u64) -> Vec<u32> {
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); classes];
    for (image, &label) in labels.iter().enumerate() {
        members[label as usize].push(image);
    }
    let mut fold_of = vec![0; labels.len()];
    let mut dealt = 0;
    for (class, members) in members.iter().enumerate() {
        // The class stands where an epoch would: each class has its own numbers.
        for place in permutation(seed, Purpose::Folds, class as u32, members.len()) {
            fold_of[members[place as usize]] = (dealt % folds) as u32;
            dealt += 1;
        }
    }
    fold_of
}

fn of_groups(
    labels: &[u32],
    classes: usize,
    folds: usize,
    seed: u64,
    groups: &[u32],
) -> Result<Vec<u32>, FoldsError> {
    let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (image, &group) in groups.iter().enumerate() {
        members.entry(group).or_default().push(image);
    }
    if members.len() < folds {
        return Err(FoldsError::FewGroups { groups: members.len(), folds });
    }
    let groups: Vec<Vec<usize>> = members.into_values().collect();
    let mut order = permutation(seed, Purpose::Folds, 0, groups.len());
    // Stable: equal ones stay as they were shuffled.
    order.sort_by_key(|&group| std::cmp::Reverse(groups[group as usize].len()));
    let mut all = vec![0u32; classes];
    labels.iter().for_each(|&label| all[label as usize] += 1);
    let mut filled = vec![Filled { images: 0, of_class: vec![0; classes] }; folds];
    let mut fold_of = vec![0; labels.len()];
    for group in order {
        let images = &groups[group as usize];
        let mut of_class: BTreeMap<usize, u32> = BTreeMap::new();
        images.iter().for_each(|&image| *of_class.entry(labels[image] as usize).or_default() += 1);
        let growth = |fold: &Filled| -> f64 {
            let of = |(&class, &more): (&usize, &u32)| {
                let share = |images: u32| (f64::from(images) / f64::from(all[class])).powi(2);
                share(fold.of_class[class] + more) - share(fold.of_class[class])
            };
            of_class.iter().map(of).sum()
        };
        let best = (0..folds)
            .min_by(|&a, &b| {
                let by_class = growth(&filled[a]).total_cmp(&growth(&filled[b]));
                by_class.then(filled[a].images.cmp(&filled[b].images)).then(a.cmp(&b))
            })
            .unwrap_or(0);
        filled[best].images += images.len();
        of_class.iter().for_each(|(&class, &more)| filled[best].of_class[class] += more);
        images.iter().for_each(|&image| fold_of[image] = best as u32);
    }
    Ok(fold_of)
}

/// What a fold holds.
#[derive(Clone)]
struct Filled {
    images: usize,
    of_class: Vec<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(of: &[u32], folds: usize, is: impl Fn(usize) -> bool) -> Vec<usize> {
        (0..folds as u32)
            .map(|fold| of.iter().enumerate().filter(|&(image, &f)| f == fold && is(image)).count())
            .collect()
    }

    fn spread(counts: &[usize]) -> usize {
        counts.iter().max().unwrap() - counts.iter().min().unwrap()
    }

    #[test]
    fn folds_are_stratified_and_of_one_size() {
        // Class 3 has no image, class 2 fewer than there are folds.
        let labels = [vec![0; 61], vec![1; 17], vec![0; 40], vec![2; 3]].concat();
        for (k, seed) in [(2, 0), (5, 0), (5, 1), (10, 7), (121, 3)] {
            let found = folds(&labels, 4, k, seed, None).unwrap();
            assert_eq!(found.len(), labels.len());
            assert!(spread(&counts(&found, k, |_| true)) <= 1, "{k} folds");
            for class in 0..4 {
                let of_class = counts(&found, k, |image| labels[image] == class);
                assert!(spread(&of_class) <= 1, "{k} folds, class {class}: {of_class:?}");
            }
        }
        assert_eq!(rare_classes(&labels, 4, 5), [2]);
        assert_eq!(rare_classes(&labels, 4, 18), [1, 2]);
    }

    #[test]
    fn repeats_differ_and_come_again() {
        let labels: Vec<u32> = (0..200).map(|i| i % 10).collect();
        let groups: Vec<u32> = (0..200).map(|i| i / 4).collect();
        for groups in [None, Some(&groups[..])] {
            let of = |seed| folds(&labels, 10, 5, seed, groups).unwrap();
            assert_eq!(of(1), of(1));
            let moved = of(0).iter().zip(of(1)).filter(|(a, b)| *a != b).count();
            // By chance four in five are in another fold.
            assert!(moved > 120, "{moved} of 200");
        }
    }

    #[test]
    fn groups_stay_whole_and_folds_balanced() {
        // 30 patients with 3 to 12 images, mostly of one class each.
        let mut labels = Vec::new();
        let mut groups = Vec::new();
        for patient in 0..30u32 {
            for image in 0..3 + patient % 10 {
                // Numbers of groups need not follow each other.
                groups.push(1000 - 7 * patient);
                labels.push(if image == 0 { (patient + 1) % 3 } else { patient % 3 });
            }
        }
        for (k, seed) in [(2, 0), (5, 0), (5, 9), (10, 1), (30, 2)] {
            let found = folds(&labels, 3, k, seed, Some(&groups)).unwrap();
            for (image, group) in groups.iter().enumerate() {
                let first = groups.iter().position(|other| other == group).unwrap();
                assert_eq!(found[image], found[first], "group {group}");
            }
            let sizes = counts(&found, k, |_| true);
            assert!(sizes.iter().all(|&size| size > 0), "{k} folds: {sizes:?}");
            // No worse than by the largest group.
            assert!(spread(&sizes) <= 12, "{k} folds: {sizes:?}");
            if k <= 5 {
                for class in 0..3 {
                    let of_class = counts(&found, k, |image| labels[image] == class);
                    assert!(spread(&of_class) <= 12, "{k} folds, class {class}: {of_class:?}");
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_split_is_refused() {
        let labels = [0, 1, 0, 1];
        let groups: Option<&[u32]> = Some(&[5, 5, 9, 9]);
        for (k, groups, expected) in [
            (1, None, FoldsError::TooFew { folds: 1 }),
            (0, None, FoldsError::TooFew { folds: 0 }),
            (5, None, FoldsError::FewImages { images: 4, folds: 5 }),
            (3, groups, FoldsError::FewGroups { groups: 2, folds: 3 }),
        ] {
            assert_eq!(folds(&labels, 2, k, 0, groups), Err(expected));
        }
        assert_eq!(folds(&labels, 2, 2, 0, groups).map(|found| found[0] != found[2]), Ok(true));
    }
}
