//! Four IDX files in a folder: read, unwrapped, verified, decoded.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::dataset::Dataset;
use crate::definition::{DEFINITIONS, Definition, Half, TEST, TRAIN};
use crate::error::DataError;
use crate::gzip;
use crate::idx;

/// No file of a known data set is larger; a stop for endless streams and compression bombs.
pub(crate) const BYTES_MAX: u64 = 256 << 20;

/// Images a class in the digits MNIST, whose files carry the same names.
const MNIST_TRAIN_COUNTS: [usize; 10] = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949];
const MNIST_TEST_COUNTS: [usize; 10] = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009];

/// Uncompressed bytes of the four files with where each came from.
pub(crate) struct Contents {
    pub(crate) origins: [String; 4],
    pub(crate) bytes: [Vec<u8>; 4],
}

/// Both halves with (file, SHA-256) of each file.
pub(crate) type Decoded = (Dataset, Dataset, Vec<(String, String)>);

/// The folder's data set, verified.
pub(crate) fn load_folder(definition: &Definition, folder: &Path) -> Result<Decoded, DataError> {
    if !folder.is_dir() {
        return Err(DataError::NoFolder { path: folder.to_owned() });
    }
    let mut contents = Contents { origins: Default::default(), bytes: Default::default() };
    let mut paths: [PathBuf; 4] = Default::default();
    for (file, path) in paths.iter_mut().enumerate() {
        *path = path_in(definition, folder, file)?;
        contents.origins[file] = path.display().to_string();
    }
    // Unwrapping is most of the work.
    let read = std::thread::scope(|scope| {
        let threads = paths.each_ref().map(|path| scope.spawn(|| read(path)));
        threads.map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    for (bytes, read) in contents.bytes.iter_mut().zip(read) {
        *bytes = read?;
    }
    verify_and_decode(definition, contents)
}

/// The data set that is part of the program, if it is.
pub(crate) fn load_embedded(definition: &Definition) -> Option<Result<Decoded, DataError>> {
    let embedded = definition.embedded?;
    let origins = definition.files.map(|spec| format!("built-in {}", spec.name));
    let mut contents = Contents { origins, bytes: Default::default() };
    for (file, gz) in embedded.iter().enumerate() {
        match unwrap(gz.to_vec(), &contents.origins[file]) {
            Ok(bytes) => contents.bytes[file] = bytes,
            Err(error) => return Some(Err(error)),
        }
    }
    Some(verify_and_decode(definition, contents))
}

/// Path of a file in a folder: plain or else in gzip, with dots or hyphens in its name, there or where torchvision
/// keeps it below.
pub(crate) fn path_in(definition: &Definition, folder: &Path, file: usize) -> Result<PathBuf, DataError> {
    let name = definition.files[file].name;
    let raw = format!("{}/raw", definition.torchvision);
    let dotted = dotted(name);
    let names = [name.to_owned(), format!("{name}.gz"), dotted.clone(), format!("{dotted}.gz")];
    let folders = ["", "raw", &raw].map(|below| folder.join(below));
    let mut paths = folders.iter().flat_map(|folder| names.iter().map(|name| folder.join(name)));
    if let Some(path) = paths.clone().find(|path| path.is_file()) {
        return Ok(path);
    }
    Err(match paths.find(|path| path.exists()) {
        Some(path) => DataError::NoFile { path },
        None => DataError::Missing { folder: folder.to_owned(), file: name, raw },
    })
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

/// The digest, if it is the published one. `labels` are the bytes of the same half's labels, if at hand: they
/// help to say what it is instead.
pub(crate) fn verify(
    definition: &Definition,
    file: usize,
    origin: &str,
    bytes: &[u8],
    labels: Option<&[u8]>,
) -> Result<String, DataError> {
    let spec = definition.files[file];
    let found = sha256(bytes);
    if found == spec.sha256 {
        return Ok(found);
    }
    let remark = remark(definition, file, bytes, &found, labels);
    let dataset = definition.info.name;
    Err(DataError::Digest { file: origin.to_owned(), dataset, found, expected: spec.sha256, remark })
}

/// What a file that is not the expected one seems to be.
fn remark(definition: &Definition, file: usize, bytes: &[u8], digest: &str, labels: Option<&[u8]>) -> String {
    let published = DEFINITIONS.iter().flat_map(|d| d.files.iter().map(move |spec| (d, spec)));
    if let Some((other, spec)) = published.clone().find(|(_, spec)| spec.sha256 == digest) {
        let name = other.info.name;
        return match name == definition.info.name {
            true => format!("it is that data set's {}", spec.name),
            false => format!("it is {} of the data set \"{name}\", whose name you may have meant", spec.name),
        };
    }
    let half = Half::of(file);
    let classes = definition.info.class_names.len();
    let counts = if half.images == TRAIN.images { MNIST_TRAIN_COUNTS } else { MNIST_TEST_COUNTS };
    let own_labels = if file == half.labels { Some(bytes) } else { labels };
    if own_labels.and_then(histogram).is_some_and(|found| found == counts) {
        return "these are the handwritten digits (MNIST), not Fashion-MNIST".to_owned();
    }
    let parsed = match file == half.images {
        true => idx::images(bytes.to_vec()).map(|images| format!("{} images", images.count)),
        false => idx::labels(bytes, classes).map(|labels| format!("{} labels", labels.len())),
    };
    match parsed {
        Ok(what) => format!("a sound IDX file of {what}, with another content"),
        Err(error) => error.to_string(),
    }
}

/// Images of each of ten classes.
fn histogram(labels: &[u8]) -> Option<[usize; 10]> {
    let labels = idx::labels(labels, 10).ok()?;
    let mut counts = [0; 10];
    labels.iter().for_each(|&label| counts[label as usize] += 1);
    Some(counts)
}

fn verify_and_decode(definition: &Definition, contents: Contents) -> Result<Decoded, DataError> {
    let mut digests = Vec::with_capacity(4);
    for (file, spec) in definition.files.iter().enumerate() {
        let labels = &contents.bytes[Half::of(file).labels];
        let digest = verify(definition, file, &contents.origins[file], &contents.bytes[file], Some(labels))?;
        digests.push((spec.name.to_owned(), digest));
    }
    let Contents { origins, mut bytes } = contents;
    let train = decode(definition, TRAIN, &origins, &mut bytes)?;
    let test = decode(definition, TEST, &origins, &mut bytes)?;
    Ok((train, test, digests))
}

/// Images and labels of a half as a data set; takes the images' bytes.
fn decode(
    definition: &Definition,
    half: Half,
    origins: &[String; 4],
    bytes: &mut [Vec<u8>; 4],
) -> Result<Dataset, DataError> {
    let info = definition.info;
    let idx_error = |file: usize| {
        let file = origins[file].clone();
        move |source| DataError::Idx { file, source }
    };
    let images = idx::images(std::mem::take(&mut bytes[half.images])).map_err(idx_error(half.images))?;
    let labels = idx::labels(&bytes[half.labels], info.class_names.len()).map_err(idx_error(half.labels))?;
    if [1, images.rows, images.columns] != info.image_shape {
        return Err(DataError::Shape {
            file: origins[half.images].clone(),
            rows: images.rows,
            columns: images.columns,
            expected: info.image_shape,
        });
    }
    if images.count != labels.len() {
        return Err(DataError::Counts {
            images_file: origins[half.images].clone(),
            images: images.count,
            labels_file: origins[half.labels].clone(),
            labels: labels.len(),
        });
    }
    let class_names = info.class_names.iter().map(|&name| name.to_owned()).collect();
    Ok(Dataset::new(info.image_shape, images.pixels, labels, class_names))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition;

    fn small() -> (Definition, Contents) {
        let definition = *definition::find("fashion-mnist-small").unwrap();
        let bytes = definition.embedded.unwrap().map(|gz| unwrap(gz.to_vec(), "").unwrap());
        (definition, Contents { origins: definition.files.map(|f| f.name.to_owned()), bytes })
    }

    /// The definition with the digests of whatever stands there: past the digests, decoding must judge.
    fn trusting(mut definition: Definition, contents: &Contents) -> Definition {
        for (spec, bytes) in definition.files.iter_mut().zip(&contents.bytes) {
            spec.sha256 = Box::leak(sha256(bytes).into_boxed_str());
        }
        definition
    }

    #[test]
    fn sha256_is_the_standards() {
        // FIPS 180-2, appendix B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc"), expected);
    }

    #[test]
    fn decoding_refuses_halves_that_do_not_go_together() {
        type Change = fn(&mut Contents);
        let cases: &[(Change, &str)] = &[
            (
                |c| c.bytes[TRAIN.labels] = c.bytes[TEST.labels].clone(),
                "train-images-idx3-ubyte holds 512 images, train-labels-idx1-ubyte 256 labels",
            ),
            (|c| c.bytes[TEST.labels][8 + 5] = 10, "t10k-labels-idx1-ubyte: label 10 at index 5"),
            (|c| c.bytes.swap(0, 1), "train-images-idx3-ubyte: expected an IDX file of images"),
            (
                |c| {
                    c.bytes[TEST.images][11] = 14;
                    c.bytes[TEST.images][15] = 56;
                },
                "t10k-images-idx3-ubyte: images of 14 x 56, expected 28 x 28",
            ),
        ];
        for (change, expected) in cases {
            let (definition, mut contents) = small();
            change(&mut contents);
            let definition = trusting(definition, &contents);
            let said = verify_and_decode(&definition, contents).unwrap_err().to_string();
            assert!(said.contains(expected), "{said:?} lacks {expected:?}");
        }
    }

    #[test]
    fn a_wrong_digest_says_what_the_file_is_instead() {
        let digits: Vec<u8> = (0..10u8)
            .zip(MNIST_TEST_COUNTS)
            .flat_map(|(class, count)| std::iter::repeat_n(class, count))
            .collect();
        let digits = [&[0, 0, 8, 1, 0, 0, 0x27, 0x10], &digits[..]].concat();
        let (small, contents) = small();
        let full = *definition::find("fashion-mnist").unwrap();
        let mut changed = contents.bytes[TEST.images].clone();
        changed[100_000] ^= 1;
        type Case<'a> = (&'a Definition, usize, &'a [u8], Option<&'a [u8]>, &'a str);
        let cases: &[Case<'_>] = &[
            (&full, 3, &digits, None, "these are the handwritten digits (MNIST), not Fashion-MNIST"),
            (&full, 2, &changed, Some(&digits), "these are the handwritten digits (MNIST)"),
            (
                &full,
                0,
                &contents.bytes[0],
                None,
                "it is train-images-idx3-ubyte of the data set \"fashion-mnist-small\"",
            ),
            (&small, 0, &contents.bytes[2], None, "it is that data set's t10k-images-idx3-ubyte"),
            (
                &small,
                2,
                &changed,
                Some(&contents.bytes[3]),
                "a sound IDX file of 256 images, with another content",
            ),
            (
                &small,
                2,
                &changed[..1000],
                None,
                "truncated: 1000 bytes, where 256 images of 28 x 28 need 200720",
            ),
            (&small, 1, b"<html>Sign in to the hotel's network", None, "an HTML or XML page"),
        ];
        for &(definition, file, bytes, labels, expected) in cases {
            let said = verify(definition, file, "some/file", bytes, labels).unwrap_err().to_string();
            for part in ["some/file", expected, &sha256(bytes), definition.files[file].sha256] {
                assert!(said.contains(part), "{said:?} lacks {part:?}");
            }
        }
    }
}
