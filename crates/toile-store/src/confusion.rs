//! A confusion matrix. Rows are the true class, columns the predicted one, everywhere.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Up to so many classes a matrix is written whole, a list a row; beyond, what is not zero alone: `{ "classes": n,
/// "cells": [[true, predicted, images], ...] }`.
pub const WHOLE_CLASSES_MAX: usize = 256;

/// How many images of each class are called by which. Only cells with images take memory, so that thousands of classes
/// cost no more than their images do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfusionMatrix {
    /// By true class: (predicted class, images), ascending, none without an image.
    rows: Vec<Vec<(u32, u64)>>,
}

impl ConfusionMatrix {
    /// Without an image.
    pub fn new(classes: usize) -> Self {
        ConfusionMatrix { rows: vec![Vec::new(); classes] }
    }

    /// Of images as (true class, predicted class).
    ///
    /// # Panics
    /// A class not below `classes`.
    pub fn of(classes: usize, images: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut matrix = ConfusionMatrix::new(classes);
        images.into_iter().for_each(|(truth, predicted)| matrix.add(truth as usize, predicted as usize, 1));
        matrix
    }

    /// From every cell; `None` unless they are a square.
    pub fn from_rows(rows: &[Vec<u64>]) -> Option<Self> {
        let mut matrix = ConfusionMatrix::new(rows.len());
        for (truth, row) in rows.iter().enumerate() {
            if row.len() != rows.len() {
                return None;
            }
            row.iter().enumerate().for_each(|(predicted, images)| matrix.add(truth, predicted, *images));
        }
        Some(matrix)
    }

    /// Adds images to a cell.
    ///
    /// # Panics
    /// A class beyond those it has.
    pub fn add(&mut self, truth: usize, predicted: usize, images: u64) {
        assert!(predicted < self.rows.len(), "a class of the matrix");
        let row = &mut self.rows[truth];
        match row.binary_search_by_key(&(predicted as u32), |cell| cell.0) {
            Ok(place) => row[place].1 = row[place].1.saturating_add(images),
            Err(_) if images == 0 => {}
            Err(place) => row.insert(place, (predicted as u32, images)),
        }
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.rows.len()
    }

    /// Images of a class that are called by another; 0 beyond the classes.
    pub fn at(&self, truth: usize, predicted: usize) -> u64 {
        let row = self.row(truth);
        let place = row.binary_search_by_key(&predicted, |cell| cell.0 as usize);
        place.map_or(0, |place| row[place].1)
    }

    /// What the images of a class are called, as (predicted class, images): ascending, none without an image.
    pub fn row(&self, truth: usize) -> &[(u32, u64)] {
        self.rows.get(truth).map_or(&[], Vec::as_slice)
    }

    /// Images of a class.
    pub fn support(&self, truth: usize) -> u64 {
        self.row(truth).iter().fold(0, |sum, cell| sum.saturating_add(cell.1))
    }

    /// The cells with images as (true class, predicted class, images), row by row.
    pub fn cells(&self) -> impl Iterator<Item = (usize, usize, u64)> {
        let rows = self.rows.iter().enumerate();
        rows.flat_map(|(truth, row)| row.iter().map(move |&(predicted, n)| (truth, predicted as usize, n)))
    }

    /// All images.
    pub fn images(&self) -> u64 {
        self.cells().fold(0, |sum, cell| sum.saturating_add(cell.2))
    }

    /// Images called by their own class.
    pub fn right(&self) -> u64 {
        (0..self.classes()).fold(0, |sum, class| sum.saturating_add(self.at(class, class)))
    }

    /// Every cell: of thousands of classes millions.
    pub fn to_rows(&self) -> Vec<Vec<u64>> {
        let mut rows = vec![vec![0; self.classes()]; self.classes()];
        self.cells().for_each(|(truth, predicted, images)| rows[truth][predicted] = images);
        rows
    }
}

/// What a matrix is written as where it is not written whole.
#[derive(Serialize, Deserialize)]
struct Sparse {
    classes: usize,
    cells: Vec<(usize, usize, u64)>,
}

/// More classes than anything here has: a damaged number must not ask for all memory.
const CLASSES_MAX: usize = 1 << 24;

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Whole(Vec<Vec<u64>>),
    Sparse(Sparse),
}

impl Serialize for ConfusionMatrix {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.classes() {
            0..=WHOLE_CLASSES_MAX => self.to_rows().serialize(serializer),
            classes => Sparse { classes, cells: self.cells().collect() }.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for ConfusionMatrix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Whole(rows) => ConfusionMatrix::from_rows(&rows)
                .ok_or_else(|| D::Error::custom("a matrix that is not square")),
            Written::Sparse(Sparse { classes, cells }) => {
                let is_inside = |cell: &(usize, usize, u64)| cell.0 < classes && cell.1 < classes;
                if classes > CLASSES_MAX || !cells.iter().all(is_inside) {
                    return Err(D::Error::custom("a matrix with cells beyond its classes"));
                }
                let mut matrix = ConfusionMatrix::new(classes);
                cells.iter().for_each(|&(truth, predicted, images)| matrix.add(truth, predicted, images));
                Ok(matrix)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ConfusionMatrix, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn cells_are_counted() {
        let matrix = ConfusionMatrix::of(3, [(0, 0), (2, 1), (0, 2), (2, 1)]);
        assert_eq!(matrix.to_rows(), [[1, 0, 1], [0, 0, 0], [0, 2, 0]]);
        assert_eq!(ConfusionMatrix::from_rows(&matrix.to_rows()), Some(matrix.clone()));
        assert_eq!((matrix.images(), matrix.right(), matrix.support(2), matrix.support(1)), (4, 1, 2, 0));
        assert_eq!(matrix.row(0), [(0, 1), (2, 1)]);
        assert_eq!([matrix.at(2, 1), matrix.at(1, 2), matrix.at(3, 0)], [2, 0, 0]);
        assert_eq!(ConfusionMatrix::from_rows(&[vec![1, 2]]), None);
    }

    #[test]
    fn few_classes_are_written_whole_and_many_by_their_cells() {
        let few = ConfusionMatrix::of(2, [(0, 1), (1, 1)]);
        assert_eq!(serde_json::to_string(&few).unwrap(), "[[0,1],[0,1]]");
        let images = (0..20_000u32).map(|image| (image % 5000, image * 7 % 5000));
        let many = ConfusionMatrix::of(5000, images);
        let text = serde_json::to_string(&many).unwrap();
        assert!(
            text.starts_with("{\"classes\":5000,\"cells\":[[0,0,") && text.len() < 20_000 * 16,
            "{}",
            text.len()
        );
        for matrix in [few, many, ConfusionMatrix::new(0), ConfusionMatrix::new(WHOLE_CLASSES_MAX + 1)] {
            assert_eq!(read(&serde_json::to_string(&matrix).unwrap()), Ok(matrix));
        }
        for bad in
            ["[[1,2]]", r#"{"classes":300,"cells":[[0,300,1]]}"#, r#"{"classes":99999999999,"cells":[]}"#]
        {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
