//! The order in which an epoch sees the images.

use std::slice::Chunks;

use toile_kernels::random::{Purpose, Stream, permutation};

/// Order of `len` images in this epoch (from 1): a function of seed and epoch alone, so that a resumed run
/// sees the rest of the epoch as the uninterrupted one would have.
pub fn epoch_order(seed: u64, epoch: u32, len: usize) -> Vec<u32> {
    permutation(seed, Purpose::Shuffle, epoch, len)
}

/// As many places of `labels` as there are, drawn with replacement for this epoch (from 1): each class that has an image
/// is as likely as any other, and within it each image. What `torch.utils.data.WeightedRandomSampler` draws with
/// weights of one over the size of each image's class. A function of seed, epoch and position alone.
pub fn balanced_order(seed: u64, epoch: u32, labels: &[u32]) -> Vec<u32> {
    let mut members: Vec<Vec<u32>> = Vec::new();
    for (place, &label) in labels.iter().enumerate() {
        let class = label as usize;
        members.resize(members.len().max(class + 1), Vec::new());
        members[class].push(place as u32);
    }
    members.retain(|members| !members.is_empty());
    let stream = Stream::new(seed, Purpose::Sample, epoch, 0);
    // Multiply and shift: uniform up to a bias of 2^-64 times the number of choices.
    let choose = |[low, high]: [u32; 2], choices: usize| {
        let draw = u64::from(high) << 32 | u64::from(low);
        ((u128::from(draw) * choices as u128) >> 64) as usize
    };
    let draw = |position: u32| {
        let [a, b, c, d] = stream.block(position);
        let class = &members[choose([a, b], members.len())];
        class[choose([c, d], class.len())]
    };
    (0..labels.len() as u32).map(draw).collect()
}

/// The batches of an order; the last may be smaller, as with PyTorch's `drop_last=False`.
///
/// # Panics
/// A batch size of 0.
pub fn batches(order: &[u32], batch_size: usize) -> Chunks<'_, u32> {
    order.chunks(batch_size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_sees_each_image_once_and_epochs_differ() {
        let order = epoch_order(3, 1, 130);
        let lens: Vec<usize> = batches(&order, 64).map(<[u32]>::len).collect();
        assert_eq!(lens, [64, 64, 2]);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..130).collect::<Vec<u32>>());
        assert_ne!(order, epoch_order(3, 2, 130));
        assert_ne!(order, epoch_order(4, 1, 130));
    }

    #[test]
    fn classes_are_drawn_alike_whatever_their_size() {
        // Class 2 has no image.
        let labels = [vec![0; 900], vec![1; 90], vec![3; 10]].concat();
        let order = balanced_order(5, 1, &labels);
        assert_eq!(order.len(), 1000);
        assert_ne!(order, balanced_order(5, 2, &labels));
        assert_ne!(order, balanced_order(6, 1, &labels));
        let mut counts = vec![0u32; 1000];
        for epoch in 1..=30 {
            for place in balanced_order(5, epoch, &labels) {
                counts[place as usize] += 1;
            }
        }
        // 30,000 draws: 10,000 a class, with a deviation of 82.
        let of_class = [0..900, 900..990, 990..1000].map(|class| counts[class].iter().sum::<u32>());
        assert!(of_class.iter().all(|&n| n.abs_diff(10_000) < 5 * 82), "{of_class:?}");
        // 1,000 of each image of the smallest class, with a deviation of 31.
        assert!(counts[990..].iter().all(|n| n.abs_diff(1000) < 5 * 31), "{:?}", &counts[990..]);
    }
}
