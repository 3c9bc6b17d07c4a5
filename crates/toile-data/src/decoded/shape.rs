//! Channels and size of the images that pictures become, where the study leaves them open.

use std::collections::BTreeMap;

use crate::error::DataError;
use crate::listing::{Item, Skipped};
use crate::parallel;
use crate::source::DataSource;
use toile_picture::{Limits, Preprocessing};

/// How this source's pictures become bytes; pictures that are found to be none are noted. The headers of all pictures
/// are read where something is left open.
pub(super) fn preprocessing(
    source: &DataSource,
    items: &[&Item],
    limits: &Limits,
    skipped: &mut Vec<Skipped>,
) -> Result<Preprocessing, DataError> {
    let DataSource { resize, background, .. } = *source;
    if let (Some(channels), Some(size)) = (source.channels, source.image_size) {
        return Ok(Preprocessing { channels, size, resize, background });
    }
    let probes = parallel::map(items.len(), |i| {
        let bytes = toile_picture::read(&items[i].path, limits)?;
        toile_picture::probe(&bytes, limits)
    });
    let mut sizes: BTreeMap<[usize; 2], (usize, &str)> = BTreeMap::new();
    let mut is_colour = false;
    for (item, probe) in items.iter().zip(probes) {
        match probe {
            Ok(probe) => {
                sizes.entry(probe.size).or_insert((0, &item.name)).0 += 1;
                is_colour |= probe.is_colour;
            }
            Err(error) => skipped.push(Skipped { path: item.path.clone(), reason: error.to_string() }),
        }
    }
    let channels = source.channels.unwrap_or(if is_colour { 3 } else { 1 });
    let size = match (source.image_size, sizes.len()) {
        (Some(size), _) => size,
        (None, 0) => return Err(DataError::NoPicture { name: source.name.clone(), skipped: told(skipped) }),
        (None, 1) => *sizes.keys().next().expect("one size"),
        (None, _) => return Err(mixed(source, &sizes)),
    };
    Ok(Preprocessing { channels, size, resize, background })
}

/// The first reasons, one a line.
pub(super) fn told(skipped: &[Skipped]) -> String {
    const SHOWN: usize = 3;
    let lines = skipped.iter().take(SHOWN).map(|file| format!("\n  {file}"));
    let more = match skipped.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("\n  and {more} more"),
    };
    lines.collect::<String>() + &more
}

fn mixed(source: &DataSource, sizes: &BTreeMap<[usize; 2], (usize, &str)>) -> DataError {
    let area = |size: &&[usize; 2]| size[0] * size[1];
    let (smallest, largest) = (sizes.keys().min_by_key(area), sizes.keys().max_by_key(area));
    let told = |size: Option<&[usize; 2]>| {
        let size = size.expect("more than one size");
        format!("{} x {} ({})", size[0], size[1], sizes[size].1)
    };
    DataError::MixedSizes {
        name: source.name.clone(),
        sizes: sizes.len(),
        smallest: told(smallest),
        largest: told(largest),
    }
}
