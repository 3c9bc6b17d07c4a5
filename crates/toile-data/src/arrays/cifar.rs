//! The binary batches of CIFAR-10 and CIFAR-100 (Krizhevsky 2009): records of one or two bytes of labels and then the
//! red, the green and the blue plane of an image of 32 x 32.

use std::path::Path;

use super::array::Place;
use super::error::{ArrayError, ArrayProblem};
use super::pairs::read_unwrapped;
use super::set::{ArraySet, Labelled, Labels};
use crate::plain_text::{escaped, is_no_plain_text};

/// What the files of a folder are called and how their records begin.
pub(crate) struct Batches {
    /// Name in sentences.
    title: &'static str,
    /// Bytes of labels before the pixels.
    label_bytes: usize,
    /// Which of them is the class.
    class_byte: usize,
    /// Training files, in order.
    train: &'static [&'static str],
    test: &'static str,
    /// A line a class.
    names: &'static str,
}

pub(crate) const CIFAR10_BATCHES: Batches = Batches {
    title: "CIFAR-10",
    label_bytes: 1,
    class_byte: 0,
    train: &[
        "data_batch_1.bin",
        "data_batch_2.bin",
        "data_batch_3.bin",
        "data_batch_4.bin",
        "data_batch_5.bin",
    ],
    test: "test_batch.bin",
    names: "batches.meta.txt",
};

/// The fine label, of one hundred, is the class; the coarse one, of twenty, stands before it.
const CIFAR100_BATCHES: Batches = Batches {
    title: "CIFAR-100",
    label_bytes: 2,
    class_byte: 1,
    train: &["train.bin"],
    test: "test.bin",
    names: "fine_label_names.txt",
};

const SIDE: usize = 32;
const PLANE: usize = SIDE * SIDE;
const SHAPE: [usize; 3] = [3, SIDE, SIDE];

/// Reads a folder of CIFAR-10's files (`data_batch_1.bin` to `data_batch_5.bin`, `test_batch.bin`, `batches.meta.txt`) or
/// of CIFAR-100's (`train.bin`, `test.bin`, `fine_label_names.txt`; the fine labels are the classes). Labels are names
/// where the file of names is there, and numbers where not.
///
/// # Errors
/// A folder with neither, with a batch missing or damaged, and a label without a name.
pub fn cifar(folder: &Path) -> Result<ArraySet, ArrayError> {
    let has = |name: &str| folder.join(name).exists();
    let is_begun = |batches: &&&Batches| batches.train.iter().chain([&batches.test]).any(|name| has(name));
    let Some(batches) = [&CIFAR10_BATCHES, &CIFAR100_BATCHES].iter().find(is_begun).copied() else {
        let what = "it holds neither CIFAR-10's binary batches (data_batch_1.bin, test_batch.bin) nor CIFAR-100's \
                    (train.bin, test.bin): unpack the binary version's archive and name its folder";
        return Err(Place::file(folder).error(ArrayProblem::Batches { what: what.to_owned() }));
    };
    let missing = |name: &&&str| !has(name);
    if let Some(name) = batches.train.iter().chain([&batches.test]).find(missing) {
        let what = format!(
            "{name} is missing: {} has {} files of images; unpack its archive again",
            batches.title,
            batches.train.len() + 1
        );
        return Err(Place::file(folder).error(ArrayProblem::Batches { what }));
    }
    let names = names(&folder.join(batches.names))?;
    let read = |files: &[&str]| {
        let mut half =
            Labelled { image_shape: SHAPE, pixels: Vec::new(), labels: Labels::Integers(Vec::new()) };
        for file in files {
            let path = folder.join(file);
            let place = Place::file(&path);
            let bytes = read_unwrapped(&path).map_err(|problem| place.error(problem))?;
            append(batches, &bytes, names.as_deref(), &mut half).map_err(|problem| place.error(problem))?;
        }
        Ok(half)
    };
    Ok(ArraySet { train: read(batches.train)?, validation: None, test: Some(read(&[batches.test])?) })
}

/// The names of the classes, if their file is there: a line each, the empty ones at its end left out.
fn names(path: &Path) -> Result<Option<Vec<String>>, ArrayError> {
    if !path.exists() {
        return Ok(None);
    }
    let place = Place::file(path);
    let bytes = read_unwrapped(path).map_err(|problem| place.error(problem))?;
    let text = String::from_utf8_lossy(&bytes);
    let names: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if let Some(name) = names.iter().find(|name| name.contains(is_no_plain_text)) {
        let what = format!(
            "the name of the class \"{}\" is not one line of plain text: fetch the file again, or correct the name",
            escaped(name)
        );
        return Err(place.error(ArrayProblem::Batches { what }));
    }
    Ok(Some(names.into_iter().map(str::to_owned).collect()))
}

/// Adds the images of a file.
fn append(
    batches: &Batches,
    bytes: &[u8],
    names: Option<&[String]>,
    half: &mut Labelled,
) -> Result<(), ArrayProblem> {
    let classes = names.map_or(256, <[String]>::len);
    let labels = planar_records(batches, bytes, classes, &mut half.pixels)
        .map_err(|what| ArrayProblem::Batches { what })?;
    let numbers = labels.iter().map(|&label| i64::from(label));
    match (&mut half.labels, names) {
        (Labels::Integers(all), None) => all.extend(numbers),
        (Labels::Integers(_), Some(names)) => {
            half.labels = Labels::Names(labels.iter().map(|&label| names[label as usize].clone()).collect());
        }
        (Labels::Names(all), names) => {
            let names = names.unwrap_or_default();
            all.extend(labels.iter().map(|&label| names[label as usize].clone()));
        }
    }
    Ok(())
}

/// Appends the pixels of all records, channels last; their labels, each below `classes`. What is wrong, in words.
pub(crate) fn planar_records(
    batches: &Batches,
    bytes: &[u8],
    classes: usize,
    pixels: &mut Vec<u8>,
) -> Result<Vec<u32>, String> {
    let record = batches.label_bytes + 3 * PLANE;
    if bytes.is_empty() || !bytes.len().is_multiple_of(record) {
        return Err(format!(
            "{} bytes are no whole number of {}'s records of {record} bytes: unpack its archive again",
            bytes.len(),
            batches.title
        ));
    }
    let mut labels = Vec::with_capacity(bytes.len() / record);
    pixels.reserve_exact(bytes.len() / record * 3 * PLANE);
    for (index, record) in bytes.chunks_exact(record).enumerate() {
        let (of_labels, planes) = record.split_at(batches.label_bytes);
        let label = of_labels[batches.class_byte];
        if usize::from(label) >= classes {
            return Err(format!(
                "label {label} of record {index} (byte {}) names no class: there are {classes}",
                index * record.len() + batches.class_byte
            ));
        }
        labels.push(u32::from(label));
        pixels.extend((0..PLANE).flat_map(|at| [0, 1, 2].map(|channel| planes[channel * PLANE + at])));
    }
    Ok(labels)
}
