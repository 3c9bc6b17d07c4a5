//! The name of a decoded file: a digest of what decides its content.

use sha2::{Digest as _, Sha256};

use super::contents::Contents;
use crate::source::{DataSource, Location};

/// Raised when the same files would come to other bytes, or the file's form changes.
const VERSION: u32 = 2;

/// Thirty-two hexadecimal digits.
pub(super) fn of(source: &DataSource, contents: &Contents) -> String {
    let mut hasher = Hasher(Sha256::new());
    let DataSource { channels, image_size, resize, background, classes, layout, range, .. } = source;
    hasher.text(&format!("toile {VERSION}"));
    hasher.text(&format!("{channels:?} {image_size:?} {resize:?} {background:?} {layout:?} {range:?}"));
    hasher.text(&format!("{classes:?}"));
    match contents {
        Contents::Pictures(listing) => {
            listing.class_names.iter().chain(&listing.group_names).for_each(|name| hasher.text(name));
            for item in &listing.items {
                hasher.text(&item.name);
                let part = item.part.map_or(0, |part| part as u64 + 1);
                let group = item.group.map_or(0, |group| u64::from(group) + 1);
                for number in [item.bytes, item.modified_ns as u64, u64::from(item.class), part, group] {
                    hasher.0.update(number.to_le_bytes());
                }
            }
        }
        Contents::Arrays(files) => {
            let share = if source.keeps_all { 0.0 } else { source.test_share };
            hasher.text(&format!("{share:?} {}", source.split_seed));
            if let Location::DescribedArray { columns, .. } = &source.location {
                hasher.text(&format!("{columns:?}"));
            }
            for file in files {
                hasher.text(&file.path.file_name().unwrap_or_default().to_string_lossy());
                for number in [file.bytes, file.modified_ns as u64] {
                    hasher.0.update(number.to_le_bytes());
                }
            }
        }
    }
    hasher.0.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

struct Hasher(Sha256);

impl Hasher {
    /// With its length: neighbours cannot trade letters.
    fn text(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }
}
