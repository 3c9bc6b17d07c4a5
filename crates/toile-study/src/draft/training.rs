//! How the models of a first study are trained, by the number of images.

use super::subject::Subject;

/// Steps that small networks need before they change little.
const STEPS: usize = 3000;
/// Epochs at least and at most: with few images more of them only learn these by heart.
const EPOCHS: [usize; 2] = [10, 60];
/// From so many images a tenth can be held out, if each class has enough.
const VALIDATION_FROM: usize = 500;
const VALIDATION_FROM_A_CLASS: usize = 20;
/// Smaller images have nothing to lose by shifting.
const AUGMENTED_FROM: usize = 16;

pub(super) struct Training {
    pub(super) batch_size: usize,
    pub(super) epochs: usize,
    validation: Validation,
    augment: Augment,
}

enum Validation {
    /// Too few images.
    None,
    /// A tenth of the training images.
    Share,
    /// The data set's own.
    Part,
}

enum Augment {
    None {
        why: &'static str,
    },
    /// Shifted by so many pixels; colour pictures are also mirrored.
    Crop {
        padding: usize,
        is_mirrored: bool,
    },
}

impl Training {
    pub(super) fn of(subject: &Subject<'_>) -> Training {
        let data = subject.data;
        let validation = if data.validation_images > 0 {
            Validation::Part
        } else if data.train_images >= VALIDATION_FROM && subject.class_sizes[0] >= VALIDATION_FROM_A_CLASS {
            Validation::Share
        } else {
            Validation::None
        };
        let images = match validation {
            Validation::Share => data.train_images - data.train_images / 10,
            Validation::None | Validation::Part => data.train_images,
        };
        let batch_size = match images {
            0..200 => (images / 4).clamp(1, 16),
            200..2_000 => 32,
            2_000..20_000 => 64,
            _ => 128,
        };
        // Tens: nobody takes them for exact.
        let epochs = (STEPS * batch_size / images.max(1)).clamp(EPOCHS[0], EPOCHS[1]) / 10 * 10;
        let [channels, height, width] = data.image_shape;
        let side = height.min(width);
        let augment = if side < AUGMENTED_FROM {
            Augment::None { why: "images so small lose too much" }
        } else if subject.is_binary {
            Augment::None { why: "black and white shapes are often placed with care" }
        } else {
            Augment::Crop { padding: (side / 8).max(2), is_mirrored: channels == 3 }
        };
        Training { batch_size, epochs, validation, augment }
    }

    pub(super) fn validation_lines(&self) -> Vec<String> {
        let lines: &[&str] = match self.validation {
            Validation::None => &[],
            Validation::Share => &[
                "# A tenth of the training images is held out: the weights of the epoch that does best on it count.",
                "validation = 0.1",
                "",
            ],
            Validation::Part => &[
                "# The weights of the epoch that does best on the data set's own validation images count.",
                "validation = \"val\"",
                "",
            ],
        };
        lines.iter().map(|&line| line.to_owned()).collect()
    }

    pub(super) fn augment_lines(&self) -> Vec<String> {
        match self.augment {
            Augment::None { why } => vec![format!("# Nothing is augmented: {why}.")],
            Augment::Crop { padding, is_mirrored: false } => vec![
                format!(
                    "# Each image is shifted by up to {padding} pixels, anew in every epoch. If left and right do not"
                ),
                "# matter, add \"RandomHorizontalFlip\".".to_owned(),
                format!("augment = [{{ RandomCrop = {{ padding = {padding} }} }}]"),
            ],
            Augment::Crop { padding, is_mirrored: true } => vec![
                format!(
                    "# Each image is shifted by up to {padding} pixels and mirrored half of the times, anew in every epoch."
                ),
                "# Take the flip out where left and right matter, as in digits, letters and signs."
                    .to_owned(),
                format!("augment = [{{ RandomCrop = {{ padding = {padding} }} }}, \"RandomHorizontalFlip\"]"),
            ],
        }
    }
}
