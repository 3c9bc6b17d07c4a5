//! Some images of a data set as an executor takes them: where data sets and networks meet.

use toile_data::Dataset;
use toile_nn::executor::{Batch, Executor, ImageRows, Mixed, Pixels, RowIndex, StepResult, StepSettings};
use toile_pixels::Normalizer;
use toile_pixels::augment::{AugmentedBatch, Augmenter, Moment};

/// Some images of a data set, and how their pixels become numbers.
#[derive(Clone, Copy, Debug)]
pub struct Images<'a> {
    /// All images.
    pub dataset: &'a Dataset,
    /// Those that are meant, in their order.
    pub indices: &'a [u32],
    /// From bytes to numbers.
    pub normalizer: &'a Normalizer,
}

impl ImageRows for Images<'_> {
    fn write(&self, RowIndex { image, row }: RowIndex, to: &mut [f32]) {
        debug_assert_eq!(self.normalizer.channels(), self.dataset.image_shape[0], "a table for each channel");
        let start = row * to.len();
        let pixels = &self.dataset.image(self.indices[image])[start..start + to.len()];
        self.normalizer.apply(pixels, to);
    }
}

/// The images of training steps, one step after the other: augmented, with their labels. A step allocates nothing once
/// the largest one is over.
#[derive(Debug)]
pub struct TrainingBatch {
    augmented: AugmentedBatch,
    seed: u64,
    labels: Vec<u32>,
    partners: Vec<u32>,
    shares: Vec<f32>,
}

/// The rows of a step's images.
struct AugmentedRows<'a> {
    images: Images<'a>,
    augmented: &'a AugmentedBatch,
}

impl ImageRows for AugmentedRows<'_> {
    fn write(&self, RowIndex { image, row }: RowIndex, to: &mut [f32]) {
        let Images { dataset, normalizer, .. } = self.images;
        self.augmented.write(&|index| dataset.image(index), normalizer, image, row, to);
    }
}

impl TrainingBatch {
    /// For the run of this seed.
    pub fn new(augmenter: Augmenter, seed: u64) -> TrainingBatch {
        let augmented = AugmentedBatch::new(augmenter);
        TrainingBatch { augmented, seed, labels: Vec::new(), partners: Vec::new(), shares: Vec::new() }
    }

    /// A training step on these images, and what the randomness of each depends on: its index, unless it may come again.
    pub fn step(
        &mut self,
        (images, identities): (Images<'_>, &[u32]),
        settings: StepSettings,
        executor: &mut dyn Executor,
    ) -> StepResult {
        let Images { dataset, indices, .. } = images;
        self.augmented.begin(Moment { seed: self.seed, epoch: settings.epoch }, indices, identities);
        self.labels.resize(indices.len(), 0);
        dataset.gather_labels(indices, &mut self.labels);
        if let Some(share) = self.augmented.share() {
            self.partners.clear();
            self.partners.extend((0..indices.len()).map(|image| self.labels[self.augmented.partner(image)]));
            self.shares.clear();
            self.shares.resize(indices.len(), share as f32);
        }
        let (labels, shares) = (&self.partners[..], &self.shares[..]);
        let rows = AugmentedRows { images, augmented: &self.augmented };
        let batch = Batch {
            images: Pixels::Rows(&rows),
            labels: &self.labels,
            image_ids: identities,
            mixed: self.augmented.share().map(|_| Mixed { labels, shares }),
        };
        executor.train_step(batch, settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_those_of_the_images_meant() {
        let dataset = Dataset::new([1, 2, 2], Vec::from_iter(0..12), vec![0; 3], vec!["a".into()]);
        let normalizer = Normalizer::new(&[0.0], &[1.0]).unwrap();
        let images = Images { dataset: &dataset, indices: &[2, 0], normalizer: &normalizer };
        for (image, row, bytes) in [(0, 0, [8, 9]), (0, 1, [10, 11]), (1, 1, [2, 3])] {
            let mut to = [0.0; 2];
            images.write(RowIndex { image, row }, &mut to);
            assert_eq!(to, bytes.map(|byte| normalizer.value(0, byte)), "image {image}, row {row}");
        }
    }
}
