//! Some images of a data set as an executor takes them: where data sets and networks meet.

use toile_data::{Dataset, Normalizer};
use toile_nn::executor::{ImageRows, RowIndex};

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
