//! The files of a data set in a folder: found, unwrapped, verified.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::dataset::Dataset;
use crate::definition::{Content, DEFINITIONS, Definition, Half};
use crate::error::DataError;
use crate::gzip;
use crate::idx;
use crate::published::{self, Found};

/// No file of a known data set is larger; a stop for endless streams and compression bombs.
pub(crate) const BYTES_MAX: u64 = 1 << 30;

/// A data set with what is known of its files.
pub(crate) struct Decoded {
    pub(crate) train: Dataset,
    pub(crate) test: Dataset,
    /// (file, SHA-256 of its uncompressed bytes).
    pub(crate) digests: Vec<(String, String)>,
    /// Whether each of them is the published one.
    pub(crate) is_verified: bool,
}

/// The SHA-256 of a file that is not known to be another than it should be.
pub(crate) struct Checked {
    pub(crate) sha256: String,
    /// Whether it was compared with the published one: there may be none.
    pub(crate) is_verified: bool,
}

/// The folder's data set, verified.
pub(crate) fn load_folder(definition: &Definition, folder: &Path) -> Result<Decoded, DataError> {
    if !folder.is_dir() {
        return Err(DataError::NoFolder { path: folder.to_owned() });
    }
    let paths: Vec<PathBuf> = (0..definition.files.len())
        .map(|file| path_in(definition, folder, file))
        .collect::<Result<_, _>>()?;
    // Unwrapping is most of the work.
    let found: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = paths.iter().map(|path| scope.spawn(|| read(path))).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, _>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().map(join).collect()
    });
    let found = paths
        .iter()
        .zip(found)
        .map(|(path, bytes)| bytes.map(|bytes| Found { origin: path.display().to_string(), bytes }));
    verify_and_decode(definition, found.collect::<Result<_, _>>()?)
}

/// The data set that is part of the program, if it is.
pub(crate) fn load_embedded(definition: &Definition) -> Option<Result<Decoded, DataError>> {
    let embedded = definition.embedded?;
    let found = definition.files.iter().zip(embedded).map(|(spec, gz)| {
        let origin = format!("built-in {}", spec.name);
        Ok(Found { bytes: unwrap(gz.to_vec(), &origin)?, origin })
    });
    Some(found.collect::<Result<_, _>>().and_then(|found| verify_and_decode(definition, found)))
}

/// Path of a file in a folder: plain or else in gzip, with dots or hyphens in its name, there or where other programs
/// keep it below.
pub(crate) fn path_in(definition: &Definition, folder: &Path, file: usize) -> Result<PathBuf, DataError> {
    let name = definition.files[file].name;
    let dotted = dotted(name);
    let names = [name.to_owned(), format!("{name}.gz"), dotted.clone(), format!("{dotted}.gz")];
    let folders: Vec<PathBuf> = [""].iter().chain(definition.below).map(|below| folder.join(below)).collect();
    let mut paths = folders.iter().flat_map(|folder| names.iter().map(|name| folder.join(name)));
    if let Some(path) = paths.clone().find(|path| path.is_file()) {
        return Ok(path);
    }
    Err(match paths.find(|path| path.exists()) {
        Some(path) => DataError::NoFile { path },
        None => {
            let below = definition.below.join(", ");
            DataError::Missing { folder: folder.to_owned(), file: name, below, remark: pickled(folder) }
        }
    })
}

/// CIFAR is published in a second form, which most programs keep and which is not read.
fn pickled(folder: &Path) -> &'static str {
    match folder.join("cifar-10-batches-py").is_dir() {
        true => {
            "; cifar-10-batches-py holds Python's pickles, which are never run: the binary version is needed"
        }
        false => "",
    }
}

/// `train-images.idx3-ubyte`, as some archives write `train-images-idx3-ubyte`.
fn dotted(name: &str) -> String {
    name.replacen("-idx", ".idx", 1)
}

/// Uncompressed bytes of a file. The content says whether it is gzip, not the name: browsers unwrap
/// downloads and leave the name.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    let origin = path.display().to_string();
    let io = |source| DataError::Io { what: "cannot read", path: path.to_owned(), source };
    let file = File::open(path).map_err(io)?;
    let len = file.metadata().map_err(io)?.len();
    if len > BYTES_MAX {
        return Err(DataError::TooLarge { file: origin, limit: BYTES_MAX });
    }
    let mut bytes = Vec::with_capacity(len as usize + 1);
    file.take(BYTES_MAX).read_to_end(&mut bytes).map_err(io)?;
    unwrap(bytes, &origin)
}

/// Takes the gzip wrapper off, where there is one.
pub(crate) fn unwrap(bytes: Vec<u8>, origin: &str) -> Result<Vec<u8>, DataError> {
    gzip::unwrap(bytes, origin, BYTES_MAX)
}

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The digest, if it is the published one, or if none is known and it is no other file's either.
pub(crate) fn verify(
    definition: &Definition,
    file: usize,
    origin: &str,
    bytes: &[u8],
) -> Result<Checked, DataError> {
    let spec = &definition.files[file];
    let sha256 = sha256(bytes);
    let (dataset, file) = (definition.info.name, origin.to_owned());
    match spec.sha256 {
        Some(expected) if expected == sha256 => Ok(Checked { sha256, is_verified: true }),
        Some(expected) => {
            let remark = known(definition, &sha256).unwrap_or_else(|| seems(spec.content, bytes));
            Err(DataError::Digest { file, dataset, found: sha256, expected, remark })
        }
        None => match known(definition, &sha256) {
            Some(remark) => Err(DataError::OtherFile { file, dataset, found: sha256, remark }),
            None => Ok(Checked { sha256, is_verified: false }),
        },
    }
}

/// As [`verify`]; where no digest is known, the content by itself has to be as the file's should be.
pub(crate) fn verify_alone(
    definition: &Definition,
    file: usize,
    origin: &str,
    bytes: &[u8],
) -> Result<Checked, DataError> {
    let checked = verify(definition, file, origin, bytes)?;
    if !checked.is_verified {
        published::check(definition, &definition.files[file], origin, bytes)?;
    }
    Ok(checked)
}

/// Which file of the catalogue has this digest.
fn known(definition: &Definition, digest: &str) -> Option<String> {
    let mut published = DEFINITIONS.iter().flat_map(|d| d.files.iter().map(move |spec| (d, spec)));
    let (other, spec) = published.find(|(_, spec)| spec.sha256 == Some(digest))?;
    let name = other.info.name;
    Some(match name == definition.info.name {
        true => format!("it is that data set's {}", spec.name),
        false => {
            format!("it is {} of the data set \"{name}\", whose name you may have meant", spec.name)
        }
    })
}

/// What a file of the catalogue seems to be that is not the expected one.
fn seems(content: Content, bytes: &[u8]) -> String {
    let parsed = match content {
        Content::Images(_) => idx::images(bytes.to_vec()).map(|images| format!("{} images", images.count)),
        Content::Labels { .. } => idx::labels(bytes, 0..256).map(|labels| format!("{} labels", labels.len())),
        Content::CifarBatch => return format!("{} bytes of another content", bytes.len()),
    };
    match parsed {
        Ok(what) => format!("a sound IDX file of {what}, with another content"),
        Err(error) => error.to_string(),
    }
}

fn verify_and_decode(definition: &Definition, mut found: Vec<Found>) -> Result<Decoded, DataError> {
    let (mut digests, mut is_verified) = (Vec::new(), true);
    for (file, Found { origin, bytes }) in found.iter().enumerate() {
        let checked = verify(definition, file, origin, bytes)?;
        is_verified &= checked.is_verified;
        digests.push((definition.files[file].name.to_owned(), checked.sha256));
    }
    let train = published::half(definition, Half::Train, &mut found)?;
    let test = published::half(definition, Half::Test, &mut found)?;
    Ok(Decoded { train, test, digests, is_verified })
}

#[cfg(test)]
mod tests;
