//! Data sets of several files: one with images and one with labels for each part.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};

use super::array::{Array, Element, Place, Placed};
use super::assemble::{Part, Role, assemble};
use super::error::{ArrayError, ArrayProblem};
use super::images::images;
use super::limits::{BYTES_MAX, unpacked_max};
use super::npy::read as read_npy;
use super::options::ArrayOptions;
use super::set::ArraySet;
use crate::error::DataError;
use crate::gzip;
use crate::idx::{self, Kind};

/// A file of images and the file of their labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The images.
    pub images: PathBuf,
    /// The labels.
    pub labels: PathBuf,
}

/// The files of a data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairs {
    /// To learn from; without a `test`, all there is.
    pub train: Pair,
    /// To choose an epoch by.
    pub validation: Option<Pair>,
    /// To be judged by.
    pub test: Option<Pair>,
}

impl Pairs {
    fn file(&self, part: Part, role: Role) -> Option<&Path> {
        let pair = match part {
            Part::Train => Some(&self.train),
            Part::Validation => self.validation.as_ref(),
            Part::Test => self.test.as_ref(),
        }?;
        Some(match role {
            Role::Images => &pair.images,
            Role::Labels => &pair.labels,
        })
    }

    fn read(
        &self,
        options: &ArrayOptions,
        read: impl Fn(&Path, Role) -> Result<Array, ArrayProblem>,
    ) -> Result<ArraySet, ArrayError> {
        let has = [self.validation.is_some(), self.test.is_some()];
        assemble(options, has, &mut |part, role| {
            let path = self.file(part, role).unwrap_or(Path::new(""));
            let place = Place::file(path);
            let array = read(path, role).map_err(|problem| place.error(problem))?;
            Ok(Placed { place, array })
        })
    }
}

/// Reads pairs of NumPy's `.npy` files; images and labels as [`super::npz`] has them.
///
/// # Errors
/// Whatever is wrong, with the file, the index and what would help.
pub fn npy(pairs: &Pairs, options: &ArrayOptions) -> Result<ArraySet, ArrayError> {
    pairs.read(options, |path, _| npy_array(path))
}

fn npy_array(path: &Path) -> Result<Array, ArrayProblem> {
    let (file, len) = open_file(path)?;
    let shown = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let conversion = || {
        format!(
            "  a = np.load(\"{shown}\", allow_pickle=True)\n  np.save(\"plain-{shown}\", np.array(list(a)))"
        )
    };
    read_npy(&mut BufReader::new(file), Some(len), &conversion)
}

/// Reads a file of images alone, as [`npy`] or [`idx()`] does: channels, height and width, and the pixels.
///
/// # Errors
/// As theirs.
pub fn images_alone(path: &Path, options: &ArrayOptions) -> Result<([usize; 3], Vec<u8>), ArrayError> {
    let array = match is_numpy(path) {
        true => npy_array(path),
        false => read_unwrapped(path).and_then(|bytes| idx_array(bytes, Kind::AnyImages)),
    };
    let images = array.and_then(|array| images(array, options.layout, options.range, None));
    let (shape, pixels, _) = images.map_err(|problem| Place::file(path).error(problem))?;
    Ok((shape, pixels))
}

/// Whether a file is NumPy's, by its name.
pub(crate) fn is_numpy(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npy"))
}

/// Reads pairs of IDX files, plain or in gzip: images of any width of the format, of rank 3 or, with channels, 4; labels
/// of any integer width. Values are brought to bytes as [`super::npz`] has it.
///
/// # Errors
/// Whatever is wrong, with the file, the index and what would help.
pub fn idx(pairs: &Pairs, options: &ArrayOptions) -> Result<ArraySet, ArrayError> {
    pairs.read(options, |path, role| {
        let kind = if role == Role::Images { Kind::AnyImages } else { Kind::AnyLabels };
        idx_array(read_unwrapped(path)?, kind)
    })
}

fn idx_array(mut bytes: Vec<u8>, kind: Kind) -> Result<Array, ArrayProblem> {
    let header = idx::header(&bytes, kind)?;
    bytes.drain(..header.len());
    let element = match header.element {
        idx::Element::U8 => Element::Unsigned(1),
        idx::Element::I8 => Element::Signed(1),
        idx::Element::I16 => Element::Signed(2),
        idx::Element::I32 => Element::Signed(4),
        idx::Element::F32 => Element::Float(4),
        idx::Element::F64 => Element::Float(8),
    };
    Ok(Array { element, shape: header.dims, is_fortran: false, bytes }.swapped())
}

/// A file that is one, and its length.
pub(super) fn open_file(path: &Path) -> Result<(File, u64), ArrayProblem> {
    let file = File::open(path)?;
    let meta = file.metadata()?;
    match meta.is_file() {
        true => Ok((file, meta.len())),
        false => Err(ArrayProblem::NoFile { is_folder: meta.is_dir() }),
    }
}

/// All bytes of a file, out of gzip if it is.
pub(super) fn read_unwrapped(path: &Path) -> Result<Vec<u8>, ArrayProblem> {
    let (file, len) = open_file(path)?;
    if len > BYTES_MAX {
        return Err(ArrayProblem::TooLarge { bytes: u128::from(len), limit: BYTES_MAX });
    }
    let mut bytes = Vec::with_capacity(len as usize + 1);
    file.take(BYTES_MAX).read_to_end(&mut bytes)?;
    let limit = unpacked_max(len);
    gzip::unwrap(bytes, "", limit).map_err(|error| match error {
        DataError::Gzip { source, .. } => ArrayProblem::Gzip(source),
        _ => ArrayProblem::Bomb { packed: len, unpacked: limit + 1 },
    })
}
