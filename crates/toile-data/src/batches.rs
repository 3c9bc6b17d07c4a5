//! The order in which an epoch sees the images.

use std::slice::Chunks;

use toile_kernels::random::{Purpose, permutation};

/// Order of `len` images in this epoch (from 1): a function of seed and epoch alone, so that a resumed run
/// sees the rest of the epoch as the uninterrupted one would have.
pub fn epoch_order(seed: u64, epoch: u32, len: usize) -> Vec<u32> {
    permutation(seed, Purpose::Shuffle, epoch, len)
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
}
