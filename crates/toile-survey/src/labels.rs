//! Images whose class looks wrong: their neighbours are of another.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::descriptor::Descriptors;
use crate::images::{ImageId, Images};
use crate::neighbours::{NEIGHBOURS, Neighbour};

/// Neighbours of an image's own class that make it look right, as a share.
const OWN_MAX: f64 = 0.1;
/// Neighbours of one other class that make it look wrong, as a share.
const OTHER_MIN: f64 = 0.8;
/// An image is not judged by fewer neighbours.
const JUDGES_MIN: usize = 3;
/// Neighbours that are kept to be shown.
const SHOWN: usize = 3;

/// An image among images of another class.
#[derive(Clone, Debug, PartialEq)]
pub struct Stranger {
    /// Which image.
    pub image: ImageId,
    /// Its class.
    pub label: u32,
    /// The class of most neighbours.
    pub suggested: u32,
    /// Neighbours that were asked: as many as its class has other images, at most twenty.
    pub neighbours: usize,
    /// Those of its own class.
    pub own: usize,
    /// Those of the suggested class.
    pub other: usize,
    /// The nearest of the suggested class, at most three.
    pub nearest: Vec<ImageId>,
}

/// What neighbours say about classes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labels {
    /// Images whose neighbours were asked.
    pub judged: usize,
    /// Those of them to whose class no other class has more neighbours: how much such a simple look sees at all.
    pub agreeing: usize,
    /// Images whose class looks wrong, those first whose neighbours agree most, then those whose neighbours are nearest.
    pub strangers: Vec<Stranger>,
}

/// Asks the neighbours of every image. Images with the same bytes count once as neighbours; `lists[i][0]` is the image
/// that a descriptor stands for.
pub(super) fn labels(
    images: &Images<'_>,
    lists: &[Vec<u32>],
    descriptors: &Descriptors,
    neighbours: &[Vec<Neighbour>],
    classes: usize,
) -> Labels {
    let list_of: HashMap<u32, &[u32]> = lists.iter().map(|list| (list[0], list.as_slice())).collect();
    let label_at = |place: u32| images.label(descriptors.images[place as usize]);
    let mut sizes = vec![0usize; classes];
    (0..descriptors.count() as u32).for_each(|place| sizes[label_at(place) as usize] += 1);
    let mut all = Labels::default();
    let mut strangers: Vec<(usize, u64, Stranger)> = Vec::new();
    let mut votes = vec![0usize; classes];
    for (place, near) in neighbours.iter().enumerate() {
        for &image in list_of[&descriptors.images[place]] {
            let label = images.label(image);
            let asked = near.len().min(sizes[label as usize].saturating_sub(1)).min(NEIGHBOURS);
            if asked < JUDGES_MIN {
                continue;
            }
            let near = &near[..asked];
            near.iter().for_each(|other| votes[label_at(other.place) as usize] += 1);
            let own = votes[label as usize];
            let best = (0..classes)
                .filter(|&class| class != label as usize)
                .max_by_key(|&class| (votes[class], classes - class));
            let (suggested, other) = best.map_or((label, 0), |class| (class as u32, votes[class]));
            near.iter().for_each(|other| votes[label_at(other.place) as usize] = 0);
            all.judged += 1;
            all.agreeing += usize::from(own >= other);
            let share = |votes: usize| votes as f64 / asked as f64;
            if share(own) <= OWN_MAX && share(other) >= OTHER_MIN {
                let of_class = near.iter().filter(|other| label_at(other.place) == suggested);
                let id = |other: &Neighbour| images.id(descriptors.images[other.place as usize]);
                let nearest = of_class.take(SHOWN).map(id).collect();
                let image = images.id(image);
                // Thousandths by which the other class leads, so that few and many neighbours compare.
                let lead = (other - own) * 1000 / asked;
                let far = near.iter().map(|other| u64::from(other.squared)).sum::<u64>() / asked as u64;
                let stranger = Stranger { image, label, suggested, neighbours: asked, own, other, nearest };
                strangers.push((lead, far, stranger));
            }
        }
    }
    strangers.sort_by_key(|(lead, far, stranger)| (Reverse(*lead), *far, stranger.image));
    all.strangers = strangers.into_iter().map(|(_, _, stranger)| stranger).collect();
    all
}
