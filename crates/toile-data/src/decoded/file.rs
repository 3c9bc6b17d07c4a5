//! The form of a decoded file: pixels, sums of each image, and a description in JSON at the end.
//!
//! ```text
//! magic (16 bytes), pixels of the parts one after the other, padding to 8 bytes,
//! per image and channel: sum and sum of squares (two u64, little-endian),
//! description (JSON), its length (u64), its SHA-256 (32 bytes), magic (16 bytes)
//! ```

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use toile_kernels::mapped::MappedBytes;

use crate::dataset::Dataset;
use crate::error::DataError;
use crate::listing::Part;
use crate::load::{Loaded, Origin};
use crate::pixels::Pixels;
use crate::source::DataSource;
use toile_picture::Preprocessing;

pub(super) const EXTENSION: &str = "images";
pub(super) const MAGIC: &[u8; 16] = b"toile images 1\r\n";
/// What follows the description: its length, its digest and the magic.
const END: usize = 8 + 32 + 16;

/// Everything but pixels and sums.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Description {
    /// Folder, table or file that it was made from. It is shown and nothing else.
    #[serde(serialize_with = "as_shown")]
    pub(super) place: PathBuf,
    pub(super) image_shape: [usize; 3],
    pub(super) class_names: Vec<String>,
    pub(super) group_names: Vec<String>,
    /// Training, validation and test images.
    pub(super) parts: [PartDescription; 3],
    /// (what, SHA-256) of what training depends on.
    pub(super) digests: Vec<(String, String)>,
    /// Files that could not be used, with the reason.
    pub(super) skipped: Vec<(String, String)>,
    /// What a user should know.
    pub(super) notes: Vec<String>,
    /// How pictures became bytes; none for arrays.
    pub(super) preprocessing: Option<Preprocessing>,
}

/// Not every path is text.
fn as_shown<S: Serializer>(place: &Path, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&place.to_string_lossy())
}

/// A part's images.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct PartDescription {
    pub(super) labels: Vec<u32>,
    pub(super) names: Vec<String>,
    pub(super) groups: Vec<u32>,
}

pub(super) const PARTS: [Part; 3] = [Part::Train, Part::Validation, Part::Test];

/// The names of the parts in digests.
pub(super) fn part_name(part: Part) -> &'static str {
    match part {
        Part::Train => "train",
        Part::Validation => "validation",
        Part::Test => "test",
    }
}

impl Description {
    fn image_len(&self) -> usize {
        self.image_shape.iter().product()
    }

    fn images(&self) -> usize {
        self.parts.iter().map(|part| part.labels.len()).sum()
    }

    /// Places of the pixels of all images, and of their sums.
    fn places(&self) -> (Range<usize>, Range<usize>) {
        let pixels = MAGIC.len()..MAGIC.len() + self.images() * self.image_len();
        let sums = pixels.end.next_multiple_of(8);
        (pixels, sums..sums + self.images() * self.image_shape[0] * 16)
    }

    /// The digest of a part: of the images that were digested, and of what else training depends on.
    pub(super) fn digest(&self, pixels: Sha256, part: &PartDescription) -> String {
        let mut digest = Sha256::new();
        digest.update(pixels.finalize());
        for size in self.image_shape {
            digest.update((size as u64).to_le_bytes());
        }
        for name in &self.class_names {
            digest.update((name.len() as u64).to_le_bytes());
            digest.update(name);
        }
        part.labels.iter().for_each(|label| digest.update(label.to_le_bytes()));
        digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What follows the sums.
    pub(super) fn end(&self) -> Vec<u8> {
        let json = serde_json::to_vec(self).expect("a description is plain data");
        let (length, digest) = ((json.len() as u64).to_le_bytes(), Sha256::digest(&json));
        [&json, &length[..], &digest, MAGIC].concat()
    }
}

/// The images of a decoded file; nothing where it is not there, or not whole.
pub(super) fn read(path: &Path) -> Option<Decoded> {
    let file = Arc::new(MappedBytes::of(&File::open(path).ok()?).ok()?);
    let description = description(&file)?;
    let (pixels, sums) = description.places();
    let is_whole = file.starts_with(MAGIC) && sums.end + description.end_len(&file) == file.len();
    is_whole.then_some(Decoded { path: path.to_owned(), file, description, pixels, sums })
}

/// The description at the end of a file.
fn description(file: &[u8]) -> Option<Description> {
    let end = file.len().checked_sub(END)?;
    let (length, rest) = file[end..].split_at(8);
    let (digest, magic) = rest.split_at(32);
    let length = usize::try_from(u64::from_le_bytes(length.try_into().ok()?)).ok()?;
    let json = &file[end.checked_sub(length)?..end];
    let is_sound = magic == MAGIC && Sha256::digest(json)[..] == *digest;
    is_sound.then(|| serde_json::from_slice(json).ok()).flatten()
}

impl Description {
    fn end_len(&self, file: &[u8]) -> usize {
        let end = file.len() - END;
        let length: [u8; 8] = file[end..end + 8].try_into().expect("eight bytes");
        u64::from_le_bytes(length) as usize + END
    }
}

/// A decoded file that is whole.
pub(super) struct Decoded {
    path: PathBuf,
    file: Arc<MappedBytes>,
    description: Description,
    pixels: Range<usize>,
    sums: Range<usize>,
}

impl Decoded {
    /// What it was made from.
    pub(super) fn place(&self) -> &Path {
        &self.description.place
    }

    /// Whether its pixels have the digests that its description names: a pass over all of them.
    pub(super) fn is_as_described(&self) -> bool {
        let mut pixels = &self.file[self.pixels.clone()];
        let parts = PARTS.into_iter().zip(&self.description.parts);
        let digests = parts.filter(|(_, part)| !part.labels.is_empty()).map(|(name, part)| {
            let of_part;
            (of_part, pixels) = pixels.split_at(part.labels.len() * self.description.image_len());
            let digest = self.description.digest(Sha256::new_with_prefix(of_part), part);
            (part_name(name).to_owned(), digest)
        });
        digests.eq(self.description.digests.iter().cloned())
    }

    /// The data set, if the source is content with it.
    pub(super) fn checked(self, source: &DataSource) -> Result<Loaded, DataError> {
        let skipped = &self.description.skipped;
        if source.strict && !skipped.is_empty() {
            let lines = skipped.iter().map(|(name, reason)| format!("\n  {name}: {reason}"));
            return Err(DataError::Unreadable { files: skipped.len(), told: lines.take(10).collect() });
        }
        Ok(self.loaded(source))
    }

    fn loaded(self, source: &DataSource) -> Loaded {
        let Decoded { path, file, mut description, pixels, sums } = self;
        let mut first = 0;
        let [train, validation, test] = std::mem::take(&mut description.parts).map(|part| {
            let images = part.labels.len();
            let of = |range: &Range<usize>, bytes: usize| {
                let start = range.start + first * bytes;
                start..start + images * bytes
            };
            let image_sums = of(&sums, description.image_shape[0] * 16);
            let pixels = Pixels::mapped(Arc::clone(&file), of(&pixels, description.image_len()), image_sums);
            first += images;
            Dataset {
                image_shape: description.image_shape,
                pixels,
                labels: part.labels,
                class_names: description.class_names.clone(),
                names: part.names,
                groups: part.groups,
                preprocessing: description.preprocessing,
            }
        });
        let Description { place, digests, skipped, mut notes, .. } = description;
        if !skipped.is_empty() {
            notes.push(left_out(&skipped));
        }
        let of_test = digests.iter().filter(|(part, _)| part == part_name(Part::Test));
        Loaded {
            name: source.name.clone(),
            test_digests: of_test.count(),
            train,
            validation: (!validation.is_empty()).then_some(validation),
            test,
            digests,
            is_verified: true,
            origin: Origin::Decoded { place, bytes: file.len() as u64, file: path },
            skipped,
            notes,
        }
    }
}

/// How many files are left out, and the first of them.
fn left_out(skipped: &[(String, String)]) -> String {
    let (name, reason) = &skipped[0];
    match skipped.len() {
        1 => format!("1 file is left out: {name}: {reason}"),
        files => format!(
            "{files} files are left out; the first is {name}: {reason}; `toile data inspect` lists them all"
        ),
    }
}
