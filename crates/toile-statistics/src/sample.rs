//! What one model did: a quantity for every seed and test image.

use thiserror::Error;

/// One model's runs: a row a seed, a column a test image.
///
/// Rows are kept in ascending order of their seeds, so that the order in which runs were made cannot matter.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    seeds: Vec<u64>,
    per_seed: Vec<f64>,
    images: usize,
    /// `seeds` rows of `images`: the quantity itself, or jackknife pseudo-values.
    values: Vec<f64>,
    folds: Option<Folds>,
}

/// In which fold of its repeat each image was tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folds {
    /// Folds of a repeat, at least 2.
    count: usize,
    /// As many rows of images as the sample has, in the same order.
    of: Vec<u32>,
}

impl Folds {
    /// Folds of a repeat.
    pub fn count(&self) -> usize {
        self.count
    }
}

/// Why something is no sample.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SampleError {
    /// There must be one row a seed.
    #[error("a sample needs a row a seed: expected {seeds}, got {rows}")]
    Rows {
        /// Seeds listed.
        seeds: usize,
        /// Rows given.
        rows: usize,
    },
    /// Every row must cover the same images.
    #[error(
        "the run with seed {seed} must cover the same images as the others: expected {expected}, got {got}"
    )]
    Images {
        /// The run that differs.
        seed: u64,
        /// Images of the first run.
        expected: usize,
        /// Images of this one.
        got: usize,
    },
    /// There is no run, or there are fewer than two images: nothing varies.
    #[error("a sample needs a run and two images: got {seeds} runs and {images} images")]
    TooSmall {
        /// Seeds listed.
        seeds: usize,
        /// Images of the first run.
        images: usize,
    },
    /// A seed stands twice in the list.
    #[error("the seed {seed} stands twice")]
    SeedTwice {
        /// The seed.
        seed: u64,
    },
    /// A value is NaN or infinite: the run diverged, and no mean may hide it.
    #[error("the run with seed {seed} has a value that is not finite at image {image}")]
    NotFinite {
        /// The run.
        seed: u64,
        /// The image's place in the row.
        image: usize,
    },
    /// A class index lies outside the classes.
    #[error("the run with seed {seed} names class {class} of {classes} at image {image}")]
    Class {
        /// The run.
        seed: u64,
        /// The image's place in the row.
        image: usize,
        /// The index.
        class: usize,
        /// Number of classes.
        classes: usize,
    },
    /// A repeat of a cross-validation does not say of each image in which fold it was tested.
    #[error("repeat {repeat} does not name a fold from 0 to {} for each of {images} images", folds - 1)]
    Folds {
        /// The repeat.
        repeat: u64,
        /// Folds of a repeat.
        folds: usize,
        /// Images of the sample.
        images: usize,
    },
}

impl Sample {
    /// A metric that is a mean over images: `values[seed][image]` is the image's share in it, such as the
    /// loss (for `nll`).
    pub fn of_means(seeds: &[u64], values: &[Vec<f64>]) -> Result<Sample, SampleError> {
        let order = check(seeds, values)?;
        let images = values[0].len();
        let per_seed = order.iter().map(|&row| values[row].iter().sum::<f64>() / images as f64).collect();
        Ok(Sample {
            seeds: order.iter().map(|&row| seeds[row]).collect(),
            per_seed,
            images,
            values: order.iter().flat_map(|&row| &values[row]).copied().collect(),
            folds: None,
        })
    }

    /// The same where each row is a repeat of a cross-validation with so many folds, and its images were tested by
    /// the network of their fold. `of` has the fold of each image (from 0) for each repeat.
    ///
    /// # Errors
    /// A repeat without folds, or with folds for other images.
    ///
    /// # Panics
    /// If there are fewer than two folds.
    pub fn in_folds(mut self, count: usize, of: &[(u64, &[u32])]) -> Result<Sample, SampleError> {
        assert!(count >= 2, "a cross-validation has two folds or more: {count}");
        let mut all = Vec::with_capacity(self.values.len());
        for &repeat in &self.seeds {
            let fits = |folds: &&[u32]| {
                folds.len() == self.images && folds.iter().all(|&fold| (fold as usize) < count)
            };
            let found = of.iter().find(|(of_repeat, _)| *of_repeat == repeat).map(|(_, folds)| *folds);
            let wrong = SampleError::Folds { repeat, folds: count, images: self.images };
            all.extend(found.filter(fits).ok_or(wrong)?);
        }
        self.folds = Some(Folds { count, of: all });
        Ok(self)
    }

    /// Whether each image was classified rightly (for `accuracy_top1`).
    pub fn of_correctness(seeds: &[u64], correct: &[Vec<bool>]) -> Result<Sample, SampleError> {
        let values: Vec<Vec<f64>> =
            correct.iter().map(|row| row.iter().map(|&is| f64::from(u8::from(is))).collect()).collect();
        Sample::of_means(seeds, &values)
    }

    /// A metric that is no mean over images, by the jackknife over images.
    ///
    /// `per_seed[seed]` is the metric θ of the run, `without[seed][image]` the metric of the same run without
    /// that image. What is kept are the pseudo-values I θ - (I - 1) θ₍₋ᵢ₎, which take the place of a mean's
    /// terms in the variance (Tukey 1958; Efron and Stein 1981, Annals of Statistics 9, 586). The metric's
    /// value stays θ, not the mean of the pseudo-values.
    pub fn of_jackknife(
        seeds: &[u64],
        per_seed: &[f64],
        without: &[Vec<f64>],
    ) -> Result<Sample, SampleError> {
        if per_seed.len() != seeds.len() {
            return Err(SampleError::Rows { seeds: seeds.len(), rows: per_seed.len() });
        }
        if let Some(row) = per_seed.iter().position(|value| !value.is_finite()) {
            return Err(SampleError::NotFinite { seed: seeds[row], image: 0 });
        }
        let pseudo: Vec<Vec<f64>> = without
            .iter()
            .zip(per_seed)
            .map(|(row, &all)| {
                let images = row.len() as f64;
                // I θ - (I - 1) θ₋ᵢ, written so that little is lost to the difference of large numbers.
                row.iter().map(|&rest| all + (images - 1.0) * (all - rest)).collect()
            })
            .collect();
        let mut sample = Sample::of_means(seeds, &pseudo)?;
        let mut order: Vec<usize> = (0..seeds.len()).collect();
        order.sort_unstable_by_key(|&row| seeds[row]);
        sample.per_seed = order.iter().map(|&row| per_seed[row]).collect();
        Ok(sample)
    }

    /// The seeds, ascending.
    pub fn seeds(&self) -> &[u64] {
        &self.seeds
    }

    /// The metric of each seed's run, in the order of [`Sample::seeds`].
    pub fn per_seed(&self) -> &[f64] {
        &self.per_seed
    }

    /// The metric's mean over the seeds.
    pub fn mean(&self) -> f64 {
        self.per_seed.iter().sum::<f64>() / self.per_seed.len() as f64
    }

    /// Test images of every run.
    pub fn images(&self) -> usize {
        self.images
    }

    /// The terms of the run in this place of [`Sample::seeds`], one an image.
    pub fn row(&self, place: usize) -> &[f64] {
        &self.values[place * self.images..][..self.images]
    }

    /// The folds of a cross-validation; `None` where every run was tested on every image.
    pub fn folds(&self) -> Option<&Folds> {
        self.folds.as_ref()
    }

    /// The fold of each image in the repeat at this place of [`Sample::seeds`]; empty without a cross-validation.
    pub fn folds_of_row(&self, place: usize) -> &[u32] {
        self.folds.as_ref().map_or(&[], |folds| &folds.of[place * self.images..][..self.images])
    }
}

/// Checks the shape and every value; the places of the rows in ascending order of their seeds.
fn check(seeds: &[u64], values: &[Vec<f64>]) -> Result<Vec<usize>, SampleError> {
    if values.len() != seeds.len() {
        return Err(SampleError::Rows { seeds: seeds.len(), rows: values.len() });
    }
    let images = values.first().map_or(0, Vec::len);
    if images < 2 {
        return Err(SampleError::TooSmall { seeds: seeds.len(), images });
    }
    for (&seed, row) in seeds.iter().zip(values) {
        if row.len() != images {
            return Err(SampleError::Images { seed, expected: images, got: row.len() });
        }
        if let Some(image) = row.iter().position(|value| !value.is_finite()) {
            return Err(SampleError::NotFinite { seed, image });
        }
    }
    let mut order: Vec<usize> = (0..seeds.len()).collect();
    order.sort_unstable_by_key(|&row| seeds[row]);
    match order.windows(2).find(|pair| seeds[pair[0]] == seeds[pair[1]]) {
        Some(pair) => Err(SampleError::SeedTwice { seed: seeds[pair[0]] }),
        None => Ok(order),
    }
}
