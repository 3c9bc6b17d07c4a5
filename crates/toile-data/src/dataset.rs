//! A data set: images as bytes, labels tied to class names.

use crate::pixels::Pixels;
use toile_picture::Preprocessing;

/// What is known of a data set without looking at its pixels: enough to check a study against it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatasetInfo {
    /// What study files and sentences call it.
    pub name: String,
    /// Channels, height and width of an image.
    pub image_shape: [usize; 3],
    /// Names of the classes, in the order of their indices.
    pub class_names: Vec<String>,
    /// Number of images to train on.
    pub train_images: usize,
    /// Number of images that are set aside for choosing an epoch, where the data set says which.
    pub validation_images: usize,
    /// Number of images to test on.
    pub test_images: usize,
}

/// Labelled images of one shape. Pixels stay bytes: 47 MB for Fashion-MNIST's training images.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// Channels, height and width of an image.
    pub image_shape: [usize; 3],
    /// `[image][row][column][channel]`.
    pub pixels: Pixels,
    /// Class of each image, an index into `class_names`.
    pub labels: Vec<u32>,
    /// Names of the classes.
    pub class_names: Vec<String>,
    /// What each image is called: its path below the data set's folder. Empty where images have no names.
    pub names: Vec<String>,
    /// What each image belongs to beside its class, as a patient: an index. Empty where nothing is known of it.
    pub groups: Vec<u32>,
    /// How pictures in files became its pixels; None where it was made of bytes.
    pub preprocessing: Option<Preprocessing>,
}

impl Dataset {
    /// Images without names and groups.
    pub fn new(
        image_shape: [usize; 3],
        pixels: impl Into<Pixels>,
        labels: Vec<u32>,
        class_names: Vec<String>,
    ) -> Dataset {
        let (pixels, names, groups, preprocessing) = (pixels.into(), Vec::new(), Vec::new(), None);
        Dataset { image_shape, pixels, labels, class_names, names, groups, preprocessing }
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no image at all.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Bytes of an image.
    pub fn image_len(&self) -> usize {
        self.image_shape.iter().product()
    }
}

impl Dataset {
    /// Bytes of an image, `[row][column][channel]`.
    ///
    /// # Panics
    /// An index past the end.
    pub fn image(&self, index: u32) -> &[u8] {
        let start = index as usize * self.image_len();
        &self.pixels[start..start + self.image_len()]
    }

    /// Writes the labels with these indices.
    ///
    /// # Panics
    /// An index past the end or another length of `out`.
    pub fn gather_labels(&self, indices: &[u32], out: &mut [u32]) {
        assert_eq!(out.len(), indices.len(), "room for each label");
        for (&index, out) in indices.iter().zip(out) {
            *out = self.labels[index as usize];
        }
    }

    /// A copy of the images with these indices, in their order.
    ///
    /// # Panics
    /// An index past the end.
    pub fn subset(&self, indices: &[u32]) -> Dataset {
        let mut pixels = Vec::with_capacity(indices.len() * self.image_len());
        indices.iter().for_each(|&index| pixels.extend_from_slice(self.image(index)));
        Dataset {
            image_shape: self.image_shape,
            pixels: pixels.into(),
            labels: indices.iter().map(|&index| self.labels[index as usize]).collect(),
            class_names: self.class_names.clone(),
            names: chosen(&self.names, indices),
            groups: chosen(&self.groups, indices),
            preprocessing: self.preprocessing,
        }
    }

    /// Mean and standard deviation of each channel over the images with these indices, in units of the pixel's range
    /// [0, 1]: what `normalization = "dataset"` takes. Sums are exact, so that no order of adding can change a bit. A
    /// channel that is the same everywhere has the deviation 1: nothing can be divided by 0.
    ///
    /// # Panics
    /// No image at all, or an index past the end.
    pub fn moments(&self, indices: impl Iterator<Item = u32> + Clone) -> (Vec<f32>, Vec<f32>) {
        let [channels, height, width] = self.image_shape;
        let moments = (0..channels).map(|channel| {
            let (mut images, mut total) = (0u64, [0u128; 2]);
            for index in indices.clone() {
                let sums = self.pixels.sums(index as usize, self.image_len(), channels, channel);
                total = [total[0] + u128::from(sums[0]), total[1] + u128::from(sums[1])];
                images += 1;
            }
            assert!(images > 0, "no image has no mean");
            let pixels = u128::from(images) * (height * width) as u128;
            let mean = total[0] as f64 / pixels as f64 / 255.0;
            // n * squares - sum^2 is a whole number: nothing cancels.
            let spread = pixels * total[1] - total[0] * total[0];
            let std = (spread as f64).sqrt() / pixels as f64 / 255.0;
            (mean as f32, if spread == 0 { 1.0 } else { std as f32 })
        });
        moments.unzip()
    }

    /// Number of images of each class.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.class_names.len()];
        self.labels.iter().for_each(|&label| counts[label as usize] += 1);
        counts
    }
}

/// The entries with these indices; none of an empty list, which stands for nothing known.
fn chosen<T: Clone>(list: &[T], indices: &[u32]) -> Vec<T> {
    if list.is_empty() { Vec::new() } else { indices.iter().map(|&i| list[i as usize].clone()).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_channels() -> Dataset {
        let names = ["a", "b", "c"].map(str::to_owned);
        let (pixels, classes) = ((0..12).map(|i| i * 20).collect::<Vec<u8>>(), &names[..2]);
        let data = Dataset::new([2, 1, 2], pixels, vec![1, 0, 1], classes.to_vec());
        Dataset { names: names.to_vec(), ..data }
    }

    #[test]
    fn gives_the_images_and_labels_asked_for() {
        let data = two_channels();
        assert_eq!(data.image(2), [160, 180, 200, 220]);
        assert_eq!(data.image(0), [0, 20, 40, 60]);
        let mut labels = [9; 2];
        data.gather_labels(&[2, 1], &mut labels);
        assert_eq!(labels, [1, 0]);
    }

    #[test]
    fn moments_are_those_of_the_images_meant() {
        let data = two_channels();
        let bytes = [80.0, 120.0, 160.0, 200.0].map(|byte: f64| byte / 255.0);
        let mean = bytes.iter().sum::<f64>() / 4.0;
        let std = (bytes.iter().map(|byte| (byte - mean).powi(2)).sum::<f64>() / 4.0).sqrt();
        let (means, deviations) = data.moments([1, 2].into_iter());
        assert!((f64::from(means[0]) - mean).abs() < 1e-6 && (f64::from(deviations[0]) - std).abs() < 1e-6);
        let flat = Dataset::new([1, 1, 2], vec![7, 7], vec![0], vec!["a".to_owned()]);
        assert_eq!(flat.moments([0].into_iter()), (vec![7.0 / 255.0], vec![1.0]));
    }

    #[test]
    fn subset_keeps_images_with_their_labels() {
        let data = two_channels();
        let subset = data.subset(&[1, 1, 2]);
        assert_eq!(subset.labels, [0, 0, 1]);
        assert_eq!(*subset.pixels, [80, 100, 120, 140, 80, 100, 120, 140, 160, 180, 200, 220]);
        assert_eq!(subset.names, ["b", "b", "c"]);
        assert_eq!(subset.class_counts(), [2, 1]);
        assert_eq!(data.subset(&[0, 1, 2]), data);
    }
}
