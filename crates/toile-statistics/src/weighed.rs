//! A weighed sum of samples with the same rows, seed by seed and image by image.

use crate::sample::Sample;

/// The contrast of models with the same seeds, for each seed.
pub(crate) fn per_seed(models: &[(f64, &Sample)]) -> Vec<f64> {
    (0..models[0].1.seeds().len())
        .map(|seed| {
            let terms = models.iter().map(|(weight, model)| weight * model.per_seed()[seed]);
            without_rounding(terms.clone().sum(), terms.map(f64::abs).sum())
        })
        .collect()
}

/// The same for each image: a row a seed.
pub(crate) fn cells(models: &[(f64, &Sample)]) -> Vec<f64> {
    let (seeds, images) = (models[0].1.seeds().len(), models[0].1.images());
    let (mut cells, mut size) = (vec![0.0; seeds * images], vec![0.0; images]);
    for (seed, row) in cells.chunks_exact_mut(images).enumerate() {
        size.fill(0.0);
        for (weight, model) in models {
            for ((cell, size), value) in row.iter_mut().zip(&mut size).zip(model.row(seed)) {
                *cell += weight * value;
                *size += (weight * value).abs();
            }
        }
        for (cell, size) in row.iter_mut().zip(&size) {
            *cell = without_rounding(*cell, *size);
        }
    }
    cells
}

/// A sum of terms whose absolute values sum to `size`; exactly 0 where what is left is rounding, so that
/// identical models have no variance at all.
fn without_rounding(sum: f64, size: f64) -> f64 {
    if sum.abs() <= 1e-14 * size { 0.0 } else { sum }
}
