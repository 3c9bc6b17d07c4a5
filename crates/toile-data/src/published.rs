//! The bytes of a published data set's files as images and labels.

use std::path::PathBuf;

use crate::arrays::{ArrayError, ArrayProblem, CIFAR10_BATCHES, planar_records};
use crate::dataset::Dataset;
use crate::definition::{Content, Definition, FileSpec, Half, Orientation};
use crate::error::DataError;
use crate::idx::{self, IdxError, Kind};

/// Uncompressed bytes of a file, with where they came from.
#[derive(Clone, Default)]
pub(crate) struct Found {
    pub(crate) origin: String,
    pub(crate) bytes: Vec<u8>,
}

/// What was read of a half so far.
#[derive(Default)]
struct Read {
    pixels: Vec<u8>,
    labels: Vec<u32>,
    /// Where the images and the labels are, for an error's sentence.
    images_file: String,
    labels_file: String,
}

/// The images and labels of a half; takes the images' bytes.
pub(crate) fn half(definition: &Definition, half: Half, found: &mut [Found]) -> Result<Dataset, DataError> {
    let info = definition.info;
    let mut read = Read::default();
    for (file, spec) in definition.of_half(half) {
        let Found { origin, bytes } = std::mem::take(&mut found[file]);
        add(definition, spec, &origin, bytes, &mut read)?;
    }
    let image_len: usize = info.image_shape.iter().product();
    let (images, labels) = (read.pixels.len() / image_len, read.labels.len());
    if images != labels {
        let (images_file, labels_file) = (read.images_file, read.labels_file);
        return Err(DataError::Counts { images_file, images, labels_file, labels });
    }
    let expected = definition.images(half);
    if images != expected {
        return Err(DataError::Size { file: read.images_file, dataset: info.name, images, expected });
    }
    let class_names = info.class_names.iter().map(|&name| name.to_owned()).collect();
    Ok(Dataset::new(info.image_shape, read.pixels, read.labels, class_names))
}

/// Whether a file by itself is as its specification says; nothing is known of what it should hold.
pub(crate) fn check(
    definition: &Definition,
    spec: &FileSpec,
    origin: &str,
    bytes: &[u8],
) -> Result<(), DataError> {
    match spec.content {
        // The largest files are not copied for that.
        Content::Images(_) => {
            let header = idx::header(bytes, Kind::Images);
            let header = header.map_err(|source| DataError::Idx { file: origin.to_owned(), source })?;
            expect_shape(definition, origin, header.dims[1], header.dims[2])
        }
        _ => add(definition, spec, origin, bytes.to_vec(), &mut Read::default()),
    }
}

fn expect_shape(definition: &Definition, origin: &str, rows: usize, columns: usize) -> Result<(), DataError> {
    let expected = definition.info.image_shape;
    match [1, rows, columns] == expected {
        true => Ok(()),
        false => Err(DataError::Shape { file: origin.to_owned(), rows, columns, expected }),
    }
}

fn add(
    definition: &Definition,
    spec: &FileSpec,
    origin: &str,
    bytes: Vec<u8>,
    read: &mut Read,
) -> Result<(), DataError> {
    let info = definition.info;
    let idx_error = |source: IdxError| DataError::Idx { file: origin.to_owned(), source };
    match spec.content {
        Content::Images(orientation) => {
            let mut images = idx::images(bytes).map_err(idx_error)?;
            let (rows, columns) = (images.rows, images.columns);
            expect_shape(definition, origin, rows, columns)?;
            if orientation == Orientation::Transposed {
                images.pixels.chunks_exact_mut(rows * columns).for_each(|image| transpose(image, rows));
            }
            read.pixels = images.pixels;
            read.images_file = origin.to_owned();
        }
        Content::Labels { first } => {
            let first = usize::from(first);
            read.labels = idx::labels(&bytes, first..first + info.class_names.len()).map_err(idx_error)?;
            read.labels_file = origin.to_owned();
        }
        Content::CifarBatch => {
            let labels = planar_records(&CIFAR10_BATCHES, &bytes, info.class_names.len(), &mut read.pixels);
            let labels = labels.map_err(|what| ArrayError {
                file: PathBuf::from(origin),
                array: None,
                problem: Box::new(ArrayProblem::Batches { what }),
            })?;
            read.labels.extend(labels);
            read.images_file = origin.to_owned();
        }
    }
    Ok(())
}

/// Exchanges the rows and the columns of a square.
fn transpose(square: &mut [u8], side: usize) {
    for row in 1..side {
        for column in 0..row {
            square.swap(row * side + column, column * side + row);
        }
    }
}
