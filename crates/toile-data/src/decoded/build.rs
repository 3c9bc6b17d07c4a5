//! Making a decoded file: pictures are decoded on all cores, some hundred at a time, and written in their order.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::contents::{ArrayFile, Contents};
use super::file::{Description, MAGIC, PARTS, PartDescription, part_name};
use super::shape;
use crate::error::DataError;
use crate::fetch::{FetchProgress, Listener};
use crate::listing::{Item, Listing, Skipped};
use crate::parallel;
use crate::pixels::sums_of;
use crate::source::{DataSource, Location};
use toile_picture::{Limits, Preprocessing};

/// Pictures decoded between two writes.
const CHUNK: usize = 512;

/// Makes the file; under its name it is whole or not there.
pub(super) fn build(
    source: &DataSource,
    contents: Contents,
    path: &Path,
    progress: Listener<'_>,
) -> Result<(), DataError> {
    let io = |source| DataError::Io { what: "cannot write", path: path.to_owned(), source };
    let folder = path.parent().expect("a file of the cache's folder");
    let mut builder = tempfile::Builder::new();
    // Others may use a shared cache too; nobody is to change the file under those who have mapped it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o444));
    let file = builder.prefix(".new-").tempfile_in(folder).map_err(io)?;
    let mut writer = Writer::new(file.as_file(), path)?;
    let description = match contents {
        Contents::Pictures(listing) => pictures(source, &listing, &mut writer, progress)?,
        Contents::Arrays(files) => array_files(source, &files, &mut writer)?,
    };
    check(source, &description)?;
    writer.end(&description)?;
    file.as_file().sync_all().map_err(io)?;
    file.persist(path).map_err(|error| io(error.error))?;
    Ok(())
}

/// Writes pixels, and keeps what is written behind them.
struct Writer<'a> {
    out: BufWriter<&'a File>,
    path: &'a Path,
    bytes: usize,
    sums: Vec<u8>,
    digest: Sha256,
}

impl<'a> Writer<'a> {
    fn new(file: &'a File, path: &'a Path) -> Result<Writer<'a>, DataError> {
        let out = BufWriter::with_capacity(1 << 20, file);
        let mut writer = Writer { out, path, bytes: 0, sums: Vec::new(), digest: Sha256::new() };
        writer.write(MAGIC)?;
        Ok(writer)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), DataError> {
        self.bytes += bytes.len();
        let io = |source| DataError::Io { what: "cannot write", path: self.path.to_owned(), source };
        self.out.write_all(bytes).map_err(io)
    }

    fn image(&mut self, pixels: &[u8], channels: usize) -> Result<(), DataError> {
        self.digest.update(pixels);
        for channel in 0..channels {
            for sum in sums_of(pixels, channels, channel) {
                self.sums.extend_from_slice(&sum.to_le_bytes());
            }
        }
        self.write(pixels)
    }

    /// The digest of the images written since the last call, with what else training depends on.
    fn digest(&mut self, description: &Description, part: &PartDescription) -> String {
        description.digest(std::mem::take(&mut self.digest), part)
    }

    fn end(mut self, description: &Description) -> Result<(), DataError> {
        let padding = self.bytes.next_multiple_of(8) - self.bytes;
        self.write(&[0; 8][..padding])?;
        let sums = std::mem::take(&mut self.sums);
        self.write(&sums)?;
        self.write(&description.end())?;
        let io = |source| DataError::Io { what: "cannot write", path: self.path.to_owned(), source };
        self.out.flush().map_err(io)
    }
}

fn pictures(
    source: &DataSource,
    listing: &Listing,
    writer: &mut Writer<'_>,
    progress: Listener<'_>,
) -> Result<Description, DataError> {
    let limits = Limits::default();
    let mut unreadable = Vec::new();
    let items: Vec<&Item> = listing.items.iter().collect();
    let how = shape::preprocessing(source, &items, &limits, &mut unreadable)?;
    let mut description = Description {
        place: place(source),
        image_shape: [how.channels, how.size[0], how.size[1]],
        class_names: listing.class_names.clone(),
        group_names: listing.group_names.clone(),
        notes: listing.notes.clone(),
        preprocessing: Some(how),
        ..Description::default()
    };
    unreadable.clear();
    let mut done = 0;
    for (at, part) in PARTS.into_iter().enumerate() {
        let of_part = Contents::of_part(listing, part);
        let mut kept = PartDescription::default();
        for chunk in of_part.chunks(CHUNK) {
            let decoded = parallel::map(chunk.len(), |i| decode(&listing.items[chunk[i]], &how, &limits));
            for (&index, decoded) in chunk.iter().zip(decoded) {
                let item = &listing.items[index];
                match decoded {
                    Ok(pixels) => {
                        writer.image(&pixels, how.channels)?;
                        kept.labels.push(item.class);
                        kept.names.push(item.name.clone());
                        kept.groups.extend(item.group);
                    }
                    Err(reason) => unreadable.push(Skipped { path: item.path.clone(), reason }),
                }
            }
            done += chunk.len();
            progress(FetchProgress::Decoding { done, total: listing.items.len() });
        }
        // A group is known of all images or of none.
        if kept.groups.len() != kept.labels.len() {
            kept.groups.clear();
        }
        if !kept.labels.is_empty() {
            let digest = writer.digest(&description, &kept);
            description.digests.push((part_name(part).to_owned(), digest));
        }
        description.parts[at] = kept;
    }
    let skipped = listing.skipped.iter().chain(&unreadable);
    description.skipped = skipped.map(|s| (s.place(), s.reason.clone())).collect();
    // By path: in which part a picture would have been is of no interest.
    description.skipped.sort();
    Ok(description)
}

fn decode(item: &Item, how: &Preprocessing, limits: &Limits) -> Result<Vec<u8>, String> {
    let bytes = toile_picture::read(&item.path, limits).map_err(|error| error.to_string())?;
    toile_picture::preprocess(&bytes, how, limits).map_err(|error| error.to_string())
}

fn array_files(
    source: &DataSource,
    files: &[ArrayFile],
    writer: &mut Writer<'_>,
) -> Result<Description, DataError> {
    let set = super::arrays::read(source, files)?;
    let mut description = Description {
        place: place(source),
        image_shape: set.image_shape,
        class_names: set.class_names,
        group_names: set.group_names,
        notes: set.notes,
        ..Description::default()
    };
    for ((at, part), images) in PARTS.into_iter().enumerate().zip(set.parts) {
        let kept =
            PartDescription { labels: images.labels, groups: images.groups, ..PartDescription::default() };
        for image in images.pixels.chunks_exact(set.image_shape.iter().product()) {
            writer.image(image, set.image_shape[0])?;
        }
        if !kept.labels.is_empty() {
            let digest = writer.digest(&description, &kept);
            description.digests.push((part_name(part).to_owned(), digest));
        }
        description.parts[at] = kept;
    }
    Ok(description)
}

/// Refuses what nothing can be learned from.
fn check(source: &DataSource, description: &Description) -> Result<(), DataError> {
    let [train, _, test] = &description.parts;
    let skipped: Vec<Skipped> = description
        .skipped
        .iter()
        .map(|(path, reason)| Skipped { path: PathBuf::from(path), reason: reason.clone() })
        .collect();
    if train.labels.is_empty() && test.labels.is_empty() {
        return Err(DataError::NoPicture { name: source.name.clone(), skipped: shape::told(&skipped) });
    }
    for (part, images) in [("train", train), ("test", test)] {
        let may_be_empty = part == "test" && source.keeps_all;
        if images.labels.is_empty() && !may_be_empty {
            return Err(DataError::EmptyPart { name: source.name.clone(), part });
        }
    }
    Ok(())
}

fn place(source: &DataSource) -> PathBuf {
    match &source.location {
        Location::Folders(roots) => roots.first().cloned().unwrap_or_default(),
        Location::Table { table, .. } | Location::DescribedArray { table, .. } => table.clone(),
        Location::Npz(path) | Location::Cifar(path) => path.clone(),
        Location::Arrays { images, .. } => images.clone(),
        Location::Catalog => PathBuf::from(&source.name),
    }
}
