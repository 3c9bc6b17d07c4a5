//! Which pictures are tested, where nobody said.

use std::collections::BTreeMap;

use toile_kernels::random::{Purpose, permutation};

use super::classes::Placed;
use super::error::{ListingError, SplitProblem};
use super::part::Part;
use super::{ArrayListing, Listing, phrase};

/// Gives the pictures without a part one: `test_share` of each class are tested, chosen by `seed`, the others learned
/// from. Listings in which all pictures have a part stay as they are.
///
/// A class of n pictures is tested with n * `test_share` of them, halves upwards; with at least one if it has two, and
/// never with all. Groups stay together, and so the shares are those that whole groups can come close to: groups are
/// tried from the largest to the smallest, those of equal size by chance, and a group is tested if that brings the
/// classes nearer to their shares.
///
/// # Errors
/// A share that is none; nothing that can be tested.
pub fn split(listing: &mut Listing, test_share: f64, seed: u64) -> Result<(), ListingError> {
    let items = listing.items.iter_mut();
    let placed = items.map(|item| Placed { class: item.class, group: item.group, part: &mut item.part });
    listing.notes.extend(split_parts(placed.collect(), &listing.class_names, test_share, seed)?);
    Ok(())
}

/// As [`split`], of the images of an array.
///
/// # Errors
/// As its.
pub fn split_array(listing: &mut ArrayListing, test_share: f64, seed: u64) -> Result<(), ListingError> {
    let rows = listing.rows.iter_mut();
    let placed = rows.map(|row| Placed { class: row.class, group: row.group, part: &mut row.part });
    listing.notes.extend(split_parts(placed.collect(), &listing.class_names, test_share, seed)?);
    Ok(())
}

fn split_parts(
    mut placed: Vec<Placed<'_>>,
    class_names: &[String],
    test_share: f64,
    seed: u64,
) -> Result<Option<String>, ListingError> {
    if !(test_share > 0.0 && test_share < 1.0) {
        return Err(SplitProblem::Share { share: test_share }.into());
    }
    let open: Vec<usize> = (0..placed.len()).filter(|&i| placed[i].part.is_none()).collect();
    if open.is_empty() {
        return Ok(None);
    }
    let classes: Vec<u32> = open.iter().map(|&i| placed[i].class).collect();
    let groups: Option<Vec<u32>> = open.iter().map(|&i| placed[i].group).collect();
    let tested = choose(&classes, groups.as_deref(), test_share, seed)?;
    for (&i, &is_tested) in open.iter().zip(&tested) {
        *placed[i].part = Some(if is_tested { Part::Test } else { Part::Train });
    }
    let mut has_test = vec![false; class_names.len()];
    for image in placed.iter().filter(|image| *image.part == Some(Part::Test)) {
        has_test[image.class as usize] = true;
    }
    let without = class_names.iter().zip(has_test).filter(|(_, has)| !has).map(|(name, _)| name);
    let without: Vec<&String> = without.collect();
    let note = || format!("No picture of {} could be spared for the test.", phrase::names(&without));
    Ok((!without.is_empty()).then(note))
}

/// Which of the images are tested, by their classes and perhaps their groups; as [`split`] describes it.
///
/// # Errors
/// Nothing that can be tested.
///
/// # Panics
/// Groups of another number than classes.
pub fn choose(
    classes: &[u32],
    groups: Option<&[u32]>,
    test_share: f64,
    seed: u64,
) -> Result<Vec<bool>, SplitProblem> {
    let count = classes.iter().max().map_or(0, |&class| class as usize + 1);
    let mut sizes = vec![0_usize; count];
    classes.iter().for_each(|&class| sizes[class as usize] += 1);
    let wanted: Vec<usize> = sizes
        .iter()
        .map(|&size| match size {
            0 | 1 => 0,
            _ => ((size as f64 * test_share).round() as usize).clamp(1, size - 1),
        })
        .collect();
    if wanted.iter().all(|&wanted| wanted == 0) {
        return Err(SplitProblem::Nothing { pictures: classes.len() });
    }
    match groups {
        Some(groups) => of_groups(classes, groups, &Shares { sizes, wanted }, seed),
        None => Ok(of_each_class(classes, &wanted, seed)),
    }
}

fn of_each_class(classes: &[u32], wanted: &[usize], seed: u64) -> Vec<bool> {
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); wanted.len()];
    for (image, &class) in classes.iter().enumerate() {
        members[class as usize].push(image);
    }
    let mut tested = vec![false; classes.len()];
    for (class, (members, &wanted)) in members.iter().zip(wanted).enumerate() {
        // The class stands where an epoch would: each class has its own numbers.
        let order = permutation(seed, Purpose::TestSplit, class as u32, members.len());
        order[..wanted].iter().for_each(|&position| tested[members[position as usize]] = true);
    }
    tested
}

/// Images of each class, and how many of them are to be tested.
struct Shares {
    sizes: Vec<usize>,
    wanted: Vec<usize>,
}

impl Shares {
    /// By how much the classes come nearer to their shares when a group joins the tested images: the squared distances,
    /// each divided by the size of its class, so that small classes count as large ones. None if a class would have
    /// nothing left to learn from.
    fn gain(&self, tested: &[usize], group: &BTreeMap<u32, usize>) -> Option<f64> {
        let mut gain = 0.0;
        for (&class, &images) in group {
            let class = class as usize;
            let after = tested[class] + images;
            if after >= self.sizes[class] {
                return None;
            }
            let distance = |tested: usize| {
                let off = tested as f64 - self.wanted[class] as f64;
                off * off
            };
            gain += (distance(tested[class]) - distance(after)) / self.sizes[class] as f64;
        }
        Some(gain)
    }
}

fn of_groups(classes: &[u32], groups: &[u32], shares: &Shares, seed: u64) -> Result<Vec<bool>, SplitProblem> {
    assert_eq!(classes.len(), groups.len(), "a group for every image");
    let mut contents: BTreeMap<u32, BTreeMap<u32, usize>> = BTreeMap::new();
    for (&class, &group) in classes.iter().zip(groups) {
        *contents.entry(group).or_default().entry(class).or_insert(0) += 1;
    }
    let contents: Vec<(u32, BTreeMap<u32, usize>)> = contents.into_iter().collect();
    let mut order = permutation(seed, Purpose::TestSplit, 0, contents.len());
    order.sort_by_key(|&i| std::cmp::Reverse(contents[i as usize].1.values().sum::<usize>()));
    let mut tested = vec![0_usize; shares.sizes.len()];
    let mut chosen = vec![false; contents.len()];
    let mut take = |i: u32, tested: &mut Vec<usize>| {
        chosen[i as usize] = true;
        contents[i as usize].1.iter().for_each(|(&class, &images)| tested[class as usize] += images);
    };
    let mut nearest: Option<(f64, u32)> = None;
    for i in order {
        let Some(gain) = shares.gain(&tested, &contents[i as usize].1) else { continue };
        if gain > 0.0 {
            take(i, &mut tested);
        } else if nearest.is_none_or(|(best, _)| gain > best) {
            nearest = Some((gain, i));
        }
    }
    // Groups that are all far larger than the share: the one that exceeds it least is tested.
    if tested.iter().all(|&images| images == 0) {
        let Some((_, i)) = nearest else { return Err(SplitProblem::NoGroup { groups: contents.len() }) };
        take(i, &mut tested);
    }
    let place: BTreeMap<u32, bool> = contents.iter().map(|(group, _)| *group).zip(chosen).collect();
    Ok(groups.iter().map(|group| place[group]).collect())
}
