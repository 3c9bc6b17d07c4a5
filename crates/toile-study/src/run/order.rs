//! Which images an epoch sees, and in which order.

use std::ops::Range;

use toile_data::{Dataset, batches};

use crate::recipe::Sampler;

/// The images of an epoch, step after step. A function of seed and epoch, so that a resumed run sees the rest of the
/// epoch as the uninterrupted one would have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochOrder {
    images: Vec<u32>,
    /// What is drawn several times is told apart by its position.
    positions: Option<Vec<u32>>,
}

impl EpochOrder {
    /// Of an epoch, from 1, over these images of a data set.
    pub fn new(sampler: Sampler, (seed, epoch): (u64, u32), data: &Dataset, train: &[u32]) -> Self {
        let places = match sampler {
            Sampler::Shuffle => batches::epoch_order(seed, epoch, train.len()),
            Sampler::Balanced => {
                let mut labels = vec![0; train.len()];
                data.gather_labels(train, &mut labels);
                batches::balanced_order(seed, epoch, &labels)
            }
        };
        EpochOrder {
            images: places.iter().map(|&place| train[place as usize]).collect(),
            positions: (sampler == Sampler::Balanced).then(|| (0..train.len() as u32).collect()),
        }
    }

    /// Images that the epoch sees.
    #[allow(clippy::len_without_is_empty, reason = "there is no training without an image")]
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// The images of some of its places, by their indices in the data set.
    pub fn images(&self, places: Range<usize>) -> &[u32] {
        &self.images[places]
    }

    /// What the randomness of each of them depends on, beside seed and epoch: the image, or where an image may come
    /// several times its position in the epoch, so that it is not dropped out, or augmented, in the same way each time.
    pub fn identities(&self, places: Range<usize>) -> &[u32] {
        &self.positions.as_ref().unwrap_or(&self.images)[places]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_that_come_again_are_told_apart() {
        let labels = vec![0, 0, 0, 0, 0, 0, 0, 1, 2, 2];
        let data = Dataset::new([1, 1, 1], vec![0; 10], labels, ["a", "b", "c"].map(String::from).to_vec());
        let train = [0, 1, 2, 3, 4, 7];
        let order = |sampler| EpochOrder::new(sampler, (3, 1), &data, &train);
        let shuffled = order(Sampler::Shuffle);
        assert_eq!(shuffled.identities(0..6), shuffled.images(0..6));
        let mut sorted = shuffled.images(0..6).to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted, train);
        let balanced = order(Sampler::Balanced);
        assert_eq!((balanced.len(), balanced.identities(2..5)), (6, &[2, 3, 4][..]));
        assert!(balanced.images(0..6).iter().all(|image| train.contains(image)));
        assert!(balanced.images(0..6).iter().filter(|&&image| image == 7).count() > 1, "{balanced:?}");
    }
}
