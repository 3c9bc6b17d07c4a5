//! Arrays as a data set: which label is which class, and which images are tested on.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::array_images::{ArrayImages, Classified};
use super::array_table;
use super::contents::ArrayFile;
use crate::arrays::{self, ArrayOptions, ArraySet, Labelled, Labels, Pair, Pairs};
use crate::error::DataError;
use crate::source::{DataSource, Location};
use crate::split;

/// Reads the files of a source of arrays.
pub(super) fn read(source: &DataSource, files: &[ArrayFile]) -> Result<ArrayImages, DataError> {
    let options = ArrayOptions { layout: source.layout, range: source.range };
    let paths: Vec<&PathBuf> = files.iter().map(|file| &file.path).collect();
    let set = match &source.location {
        Location::DescribedArray { columns, .. } => {
            return array_table::read(source, [paths[0], paths[1]], columns, &options);
        }
        Location::Npz(_) => arrays::npz(paths[0], &options),
        Location::Cifar(_) => arrays::cifar(paths.first().and_then(|path| path.parent()).unwrap_or(paths[0])),
        _ => {
            let pair = |at: usize| Pair { images: paths[at].clone(), labels: paths[at + 1].clone() };
            let pairs = Pairs { train: pair(0), validation: None, test: (paths.len() > 2).then(|| pair(2)) };
            if arrays::is_numpy(paths[0]) {
                arrays::npy(&pairs, &options)
            } else {
                arrays::idx(&pairs, &options)
            }
        }
    }?;
    classify(source, set)
}

fn classify(source: &DataSource, set: ArraySet) -> Result<ArrayImages, DataError> {
    let image_shape = set.train.image_shape;
    let ArraySet { train, validation, test } = set;
    let present: Vec<&Labelled> =
        [Some(&train), validation.as_ref(), test.as_ref()].into_iter().flatten().collect();
    let class_names = match &source.classes {
        Some(names) => names.clone(),
        None => found(&present),
    };
    let classified = |images: Labelled| -> Result<Classified, DataError> {
        let labels = indices(source, &class_names, &images.labels)?;
        Ok(Classified::new(images.pixels, labels))
    };
    let none = || Classified::new(Vec::new(), Vec::new());
    let validation = validation.map_or(Ok(none()), classified)?;
    let (train, test) = match test {
        Some(test) => (classified(train)?, classified(test)?),
        None if source.keeps_all => (classified(train)?, none()),
        None => halves(source, &class_names, image_shape.iter().product(), classified(train)?),
    };
    let (group_names, notes) = (Vec::new(), Vec::new());
    Ok(ArrayImages { image_shape, class_names, group_names, notes, parts: [train, validation, test] })
}

/// The classes that labels name, in their natural order.
fn found(sets: &[&Labelled]) -> Vec<String> {
    let mut numbers = BTreeSet::new();
    let mut names = BTreeSet::new();
    for set in sets {
        match &set.labels {
            Labels::Integers(labels) => numbers.extend(labels.iter().copied()),
            Labels::Names(labels) => names.extend(labels.iter().cloned()),
        }
    }
    numbers.into_iter().map(|number| number.to_string()).chain(names).collect()
}

/// The class of each label. Where classes are named in the study, numbers count them from 0.
fn indices(source: &DataSource, class_names: &[String], labels: &Labels) -> Result<Vec<u32>, DataError> {
    let by_name: std::collections::HashMap<&str, u32> =
        class_names.iter().enumerate().map(|(index, name)| (name.as_str(), index as u32)).collect();
    let unknown = |label: String, index: usize| DataError::UnknownLabel {
        name: source.name.clone(),
        label,
        index,
        classes: class_names.len(),
    };
    let of = |label: String, index: usize| {
        by_name.get(label.as_str()).copied().ok_or_else(|| unknown(label, index))
    };
    match labels {
        Labels::Names(names) => names.iter().enumerate().map(|(i, name)| of(name.clone(), i)).collect(),
        Labels::Integers(numbers) if source.classes.is_some() => {
            let counted = |(index, &number): (usize, &i64)| match usize::try_from(number) {
                Ok(class) if class < class_names.len() => Ok(class as u32),
                _ => of(number.to_string(), index),
            };
            numbers.iter().enumerate().map(counted).collect()
        }
        Labels::Integers(numbers) => {
            numbers.iter().enumerate().map(|(i, number)| of(number.to_string(), i)).collect()
        }
    }
}

/// A share of each class is tested on, where the files do not say which images are.
fn halves(
    source: &DataSource,
    classes: &[String],
    image_len: usize,
    all: Classified,
) -> (Classified, Classified) {
    let (train, test) = split::stratified(&all.labels, classes.len(), source.test_share, source.split_seed);
    let chosen = |indices: Vec<u32>| {
        let pixels = indices.iter().flat_map(|&i| &all.pixels[i as usize * image_len..][..image_len]);
        Classified::new(pixels.copied().collect(), indices.iter().map(|&i| all.labels[i as usize]).collect())
    };
    (chosen(train), chosen(test))
}
