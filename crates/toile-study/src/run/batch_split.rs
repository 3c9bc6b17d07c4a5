//! The batches that an epoch comes to, and whether a network can be trained on each of them.

use toile_nn::description::Network;

use crate::numbers::counted;

/// Images taken in batches: all of one size, but for the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchSplit {
    /// Images of an epoch.
    pub images: usize,
    /// Images of a batch.
    pub batch_size: usize,
}

impl BatchSplit {
    /// Images of the last batch of an epoch.
    pub fn last(&self) -> usize {
        match self.images % self.batch_size {
            0 => self.batch_size.min(self.images),
            rest => rest,
        }
    }

    /// Whether each layer can be trained on every batch.
    ///
    /// # Errors
    /// Which layer cannot, and what to do.
    pub fn check(&self, network: &Network) -> Result<(), String> {
        let Err(problem) = network.check_batch(self.last()) else { return Ok(()) };
        let split = format!(
            "{} in batches of {} leave {} for the last",
            counted(self.images, "training image"),
            self.batch_size,
            self.last()
        );
        let remedy = match self.nearest(network) {
            Some(batch_size) => format!("choose batch_size = {batch_size}"),
            None => "take more training images".to_owned(),
        };
        Err(format!("{problem}, and {split}; {remedy}, or another layer"))
    }

    /// The batch size nearest to this one with which it works; of two the larger.
    fn nearest(&self, network: &Network) -> Option<usize> {
        let works = |batch_size: &usize| {
            *batch_size >= 1
                && network.check_batch(BatchSplit { batch_size: *batch_size, ..*self }.last()).is_ok()
        };
        let near = (0..=self.images)
            .flat_map(|far| [self.batch_size.saturating_add(far), self.batch_size.saturating_sub(far)]);
        near.filter(|batch_size| *batch_size <= self.images).find(works)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use toile_nn::description::{BatchNorm2d, Conv2d, Flatten, Linear, LogSoftmax, resolve};
    use toile_nn::layers;

    #[test]
    fn a_last_batch_of_one_value_a_channel_is_refused_with_a_size_that_works() {
        // One pixel is left in front of the normalisation.
        let layers = layers![Conv2d::new(4, 3), BatchNorm2d::default(), Flatten, Linear::new(2), LogSoftmax];
        let network = resolve([1, 3, 3], &layers, 2).unwrap();
        let check = |images, batch_size| BatchSplit { images, batch_size }.check(&network);
        for (images, batch_size) in [(512, 512), (512, 72), (73, 100), (4, 2), (2, 2), (3, 3)] {
            assert_eq!(check(images, batch_size), Ok(()), "{images} {batch_size}");
        }
        for (images, batch_size, says) in [
            (512, 73, "512 training images in batches of 73 leave 1 for the last; choose batch_size = 74"),
            (512, 1, "512 training images in batches of 1 leave 1 for the last; choose batch_size = 2"),
            (3, 2, "3 training images in batches of 2 leave 1 for the last; choose batch_size = 3"),
            (1, 64, "1 training image in batches of 64 leave 1 for the last; take more training images"),
        ] {
            let problem = check(images, batch_size).unwrap_err();
            assert!(problem.contains("bn1 (BatchNorm2d)"), "{problem}");
            assert!(problem.contains(says), "{problem}");
        }
    }
}
