//! The same picture more than once: the same bytes, or nearly the same picture.
//!
//! Two images are near duplicates where their correlation r is [`CERTAIN`] or more; or where it is [`ALIKE`] or more and
//! they are much nearer to each other than images around them are: the distance sqrt(2 (1 - r)) is at most [`RATIO`] of
//! that to the ninth neighbour of either (the idea of Lowe 2004, "Distinctive image features from scale-invariant
//! keypoints", section 7.1). The second rule is what tells the same shoe in another colour, at r = 0.97, from two pairs of
//! trousers, which may correlate at 0.99 as strangers.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZero;

use crate::descriptor::{Descriptors, LENGTH, correlation, distance};
use crate::images::{ImageId, Images};
use crate::neighbours::Neighbour;
use toile_data::parallel::in_blocks;

/// Images that correlate so much are one picture, whatever is around them.
const CERTAIN: f64 = 0.996;
/// Images that correlate less are two pictures, whatever is around them.
const ALIKE: f64 = 0.95;
/// How much nearer near duplicates are to each other than to others.
const RATIO: f64 = 0.45;
/// The neighbour whose distance stands for "others": a picture may be there nine times.
const OTHERS: usize = 8;

/// Images that show one picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// At least two, ascending.
    pub images: Vec<ImageId>,
    /// Whether all have the same bytes.
    pub is_exact: bool,
    /// The lowest correlation by which one of them was counted in; 1 where the bytes are the same.
    pub correlation: f64,
}

impl Group {
    /// Whether its images lie in several parts.
    pub fn crosses_parts(&self) -> bool {
        self.images.iter().any(|image| image.part != self.images[0].part)
    }
}

/// An image of a later part that the first part already shows: what is learnt by heart looks like skill.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leak {
    /// The image of the later part.
    pub image: ImageId,
    /// Its most similar twin of the first part.
    pub twin: ImageId,
    /// Their correlation; 1 where the bytes are the same.
    pub correlation: f64,
    /// Whether the bytes are the same.
    pub is_exact: bool,
}

/// Images that are there more than once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Duplicates {
    /// By their first images.
    pub groups: Vec<Group>,
    /// In the order of the images.
    pub leaks: Vec<Leak>,
}

/// Images with the same bytes, each list ascending and by its first image; one image makes a list too.
pub(super) fn same_bytes(images: &Images<'_>) -> Vec<Vec<u32>> {
    let mut place_of: HashMap<&[u8], usize> = HashMap::new();
    let mut lists: Vec<Vec<u32>> = Vec::new();
    for image in 0..images.len() as u32 {
        let place = *place_of.entry(images.pixels(image)).or_insert(lists.len());
        match lists.get_mut(place) {
            Some(list) => list.push(image),
            None => lists.push(vec![image]),
        }
    }
    lists
}

/// Two places of descriptors whose images are near duplicates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Link {
    pub(super) first: u32,
    pub(super) second: u32,
    pub(super) correlation: f64,
}

/// All near duplicates among images that have descriptors, the first place below the second.
pub(super) fn links(
    images: &Images<'_>,
    descriptors: &Descriptors,
    neighbours: &[Vec<Neighbour>],
    threads: NonZero<usize>,
) -> Vec<Link> {
    let pixels = |place: u32| images.pixels(descriptors.images[place as usize]);
    let correlation = |a: u32, b: u32| correlation(pixels(a), pixels(b));
    let around = |place: u32| {
        let other = neighbours[place as usize].get(OTHERS);
        other.map(|other| distance(correlation(place, other.place)))
    };
    // Distances of descriptors are at most those of pixels; their numbers are rounded.
    let squared_max = (2.0 * (1.0 - ALIKE) * LENGTH * LENGTH * 1.01) as u32;
    let is_near = |first: u32, second: u32, correlation: f64| {
        let below =
            |around: Option<f64>| around.is_some_and(|around| distance(correlation) <= RATIO * around);
        correlation >= CERTAIN || correlation >= ALIKE && below(around(first)) && below(around(second))
    };
    let blocks = in_blocks(threads, neighbours.len(), 256, |start, end| {
        let mut found = Vec::new();
        for place in start as u32..end as u32 {
            for other in neighbours[place as usize].iter().take_while(|other| other.squared <= squared_max) {
                let (first, second) = (place.min(other.place), place.max(other.place));
                let correlation = correlation(first, second);
                if is_near(first, second, correlation) {
                    found.push(Link { first, second, correlation });
                }
            }
        }
        found
    });
    let mut links = blocks.concat();
    links.sort_by_key(|link| (link.first, link.second));
    links.dedup();
    links
}

/// Puts together what has the same bytes and what is linked. `lists[i][0]` is the image that a descriptor stands for.
pub(super) fn duplicates(
    images: &Images<'_>,
    lists: &[Vec<u32>],
    descriptors: &Descriptors,
    links: &[Link],
) -> Duplicates {
    let list_of: HashMap<u32, usize> = lists.iter().enumerate().map(|(at, list)| (list[0], at)).collect();
    let list = |place: u32| list_of[&descriptors.images[place as usize]];
    let links: Vec<(usize, usize, f64)> =
        links.iter().map(|link| (list(link.first), list(link.second), link.correlation)).collect();
    Duplicates { groups: groups(images, lists, &links), leaks: leaks(images, lists, &links) }
}

fn groups(images: &Images<'_>, lists: &[Vec<u32>], links: &[(usize, usize, f64)]) -> Vec<Group> {
    let mut linked: BTreeMap<usize, Vec<(usize, f64)>> = BTreeMap::new();
    for &(first, second, correlation) in links {
        linked.entry(first).or_default().push((second, correlation));
        linked.entry(second).or_default().push((first, correlation));
    }
    let mut seen = BTreeSet::new();
    let mut groups = Vec::new();
    for start in 0..lists.len() {
        if !seen.insert(start) {
            continue;
        }
        let (mut members, mut lowest, mut next) = (lists[start].clone(), 1.0, vec![start]);
        while let Some(list) = next.pop() {
            for &(other, correlation) in linked.get(&list).map_or(&[][..], Vec::as_slice) {
                lowest = f64::min(lowest, correlation);
                if seen.insert(other) {
                    members.extend(&lists[other]);
                    next.push(other);
                }
            }
        }
        if members.len() > 1 {
            members.sort_unstable();
            let is_exact = members.len() == lists[start].len();
            let images = members.into_iter().map(|image| images.id(image)).collect();
            groups.push(Group { images, is_exact, correlation: lowest });
        }
    }
    groups
}

fn leaks(images: &Images<'_>, lists: &[Vec<u32>], links: &[(usize, usize, f64)]) -> Vec<Leak> {
    let mut best: BTreeMap<ImageId, Leak> = BTreeMap::new();
    let mut offer = |leak: Leak| {
        let found = best.entry(leak.image).or_insert(leak);
        let better = (leak.is_exact, leak.correlation).partial_cmp(&(found.is_exact, found.correlation));
        if better == Some(Ordering::Greater) {
            *found = leak;
        }
    };
    let of_first_part = |list: &[u32]| list.iter().map(|&image| images.id(image)).find(|id| id.part == 0);
    let mut pair = |from: &[u32], to: &[u32], correlation: f64, is_exact: bool| {
        let Some(twin) = of_first_part(to) else { return };
        for image in from.iter().map(|&image| images.id(image)).filter(|image| image.part != 0) {
            offer(Leak { image, twin, correlation, is_exact });
        }
    };
    lists.iter().filter(|list| list.len() > 1).for_each(|list| pair(list, list, 1.0, true));
    for &(first, second, correlation) in links {
        pair(&lists[first], &lists[second], correlation, false);
        pair(&lists[second], &lists[first], correlation, false);
    }
    best.into_values().collect()
}
