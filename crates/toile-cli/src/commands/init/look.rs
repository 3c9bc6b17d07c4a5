//! A look at pictures before they are decoded: how many channels and pixels they should have.

use std::path::Path;

use anyhow::bail;
use toile_data::listing::{self, FolderOptions, Listing, TableOptions};
use toile_data::source::{DataSource, Location};
use toile_picture::Limits;

/// Pictures that are looked at: more change little in a median.
const LOOKED_AT: usize = 1000;
/// Pixels of the longer side at most, to begin with: networks for more take long on a CPU.
const SIDE_MAX: usize = 64;
/// Sides are multiples of it, so that pooling halves them without a rest.
const SIDE_STEP: usize = 8;

/// What a look at the files tells.
pub(super) struct Look {
    /// 1 for grey, 3 for colour.
    pub(super) channels: usize,
    /// Height and width.
    pub(super) image_size: [usize; 2],
    /// Whether it is said of the pictures which are tested.
    pub(super) names_test_images: bool,
}

/// Looks at the files of a source of pictures, by paths from here; None for others.
pub(super) fn look(source: &DataSource) -> anyhow::Result<Option<Look>> {
    let listing = match &source.location {
        Location::Folders(roots) => listing::folder(&FolderOptions { roots: roots.clone(), classes: None })?,
        Location::Table { table, .. } => listing::table(&TableOptions::of(table))?,
        _ => return Ok(None),
    };
    let names_test_images = listing.items.iter().all(|item| item.part.is_some());
    let mut sizes = Vec::new();
    let mut is_colour = false;
    let mut problem = None;
    for path in sample(&listing) {
        let limits = Limits::default();
        match toile_picture::read(path, &limits).and_then(|bytes| toile_picture::probe(&bytes, &limits)) {
            Ok(probe) => {
                sizes.push(probe.size);
                is_colour |= probe.is_colour;
            }
            Err(error) => _ = problem.get_or_insert((path, error)),
        }
    }
    if let ([], Some((path, error))) = (&sizes[..], problem) {
        bail!("none of the pictures can be read; {}: {error}", path.display());
    }
    let channels = if is_colour { 3 } else { 1 };
    Ok(Some(Look { channels, image_size: image_size(&sizes), names_test_images }))
}

/// Pictures in equal distances.
fn sample(listing: &Listing) -> impl Iterator<Item = &Path> {
    let step = listing.items.len().div_ceil(LOOKED_AT).max(1);
    listing.items.iter().step_by(step).map(|item| item.path.as_path())
}

/// The size that pictures of these sizes are brought to: their own if they have one that is not too large; otherwise
/// the median, made smaller if need be.
fn image_size(sizes: &[[usize; 2]]) -> [usize; 2] {
    let median = |side: usize| {
        let mut sides: Vec<usize> = sizes.iter().map(|size| size[side]).collect();
        sides.sort_unstable();
        sides[sides.len() / 2]
    };
    let size = [median(0), median(1)];
    let longer = size[0].max(size[1]);
    if longer <= SIDE_MAX && sizes.iter().all(|other| *other == size) {
        return size;
    }
    size.map(|side| {
        let side =
            if longer > SIDE_MAX { side as f64 * SIDE_MAX as f64 / longer as f64 } else { side as f64 };
        ((side / SIDE_STEP as f64).round() as usize).max(1) * SIDE_STEP
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_the_pictures_own_or_the_median_in_steps() {
        let cases: &[(&[[usize; 2]], [usize; 2])] = &[
            (&[[8, 8]; 3], [8, 8]),
            (&[[17, 40]; 3], [17, 40]),
            (&[[64, 64]], [64, 64]),
            (&[[65, 65]; 2], [64, 64]),
            (&[[480, 640]; 2], [48, 64]),
            (&[[3000, 20]], [64, 8]),
            (&[[20, 20], [30, 30], [1000, 1000]], [32, 32]),
            (&[[9, 10], [10, 12], [12, 12]], [8, 16]),
            (&[[1, 1], [2, 2]], [8, 8]),
        ];
        for (sizes, expected) in cases {
            assert_eq!(image_size(sizes), *expected, "{sizes:?}");
        }
    }
}
