//! The sheet of a report as it is kept beside it, for when the data set is not at hand: `images.png` with its images,
//! `images.csv`, which lists them, and `images.json`, which says that the two belong together and whose images they are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toile_store::sealed::seal;
use toile_store::table::{self, Table, fields};
use toile_store::{names, sha256};
use toile_study::results::StudyResults;

use super::images::{Album, Pictures};
use crate::sheet;

const COLUMNS: [&str; 3] = ["place", "index", "cell_images_max"];
/// Of a sheet that does not say how many images of a cell it holds.
const FEWER_COLUMNS: [&str; 2] = ["place", "index"];
/// All that may be kept.
pub(in crate::report) const NAMES: [&str; 3] = names::IMAGES;
const PNG: &str = NAMES[0];
const CSV: &str = NAMES[1];

/// Whose images a sheet holds. An index in its list means an image of these and of no others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whose {
    /// (file or part, SHA-256) of the data.
    pub data: Vec<(String, String)>,
    /// Whether its models are cross-validated: they are then tested on the images that others learn from.
    pub is_cross_validated: bool,
}

impl Whose {
    /// Those that the models of a study were tested on.
    pub fn of(results: &StudyResults) -> Whose {
        let (data, is_cross_validated) =
            (results.dataset.digests.clone(), results.cross_validation.is_some());
        Whose { data, is_cross_validated }
    }
}

/// What `images.json` says of the two files beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    png_sha256: String,
    csv_sha256: String,
    images: Whose,
}

impl Binding {
    fn new(png: &[u8], csv: &[u8], images: Whose) -> Binding {
        Binding { png_sha256: sha256(png), csv_sha256: sha256(csv), images }
    }

    /// That these are the two files; and that they hold somebody's images, where it is known whose they have to be.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self, png: &[u8], csv: &[u8], whose: Option<&Whose>) -> Result<(), String> {
        for (name, bytes, digest) in [(PNG, png, &self.png_sha256), (CSV, csv, &self.csv_sha256)] {
            if sha256(bytes) != *digest {
                return Err(format!("{name} is not as the report left it"));
            }
        }
        match whose.is_none_or(|whose| *whose == self.images) {
            true => Ok(()),
            false => Err(format!("{PNG} holds images of another data set")),
        }
    }
}

/// Images read back from a kept sheet.
pub struct Kept {
    shape: [usize; 3],
    cell_images_max: Option<usize>,
    images: BTreeMap<u32, Vec<u8>>,
}

impl Kept {
    /// Reads the two files, of images with these channels, height and width.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn read(shape: [usize; 3], png: &[u8], csv: &[u8]) -> Result<Kept, String> {
        let sheet = sheet::decode(shape, png).map_err(|problem| format!("{PNG}: {problem}"))?;
        let mut rows = table::read(csv).map_err(|problem| format!("{CSV}: {problem}"))?.into_iter();
        if !rows.next().is_some_and(|header| header.fields == COLUMNS || header.fields == FEWER_COLUMNS) {
            return Err(format!("{CSV}: line 1 is not {}", COLUMNS.join(",")));
        }
        let mut kept = Kept { shape, cell_images_max: None, images: BTreeMap::new() };
        let mut sheet = sheet.into_iter();
        for (place, row) in rows.enumerate() {
            let number = |column: usize| row.fields.get(column)?.parse::<usize>().ok();
            let index = number(1).and_then(|index| u32::try_from(index).ok());
            let (Some(index), Some(image), true) = (index, sheet.next(), number(0) == Some(place)) else {
                return Err(format!("{CSV}: line {} is no image of {PNG}", row.line));
            };
            kept.cell_images_max = number(2);
            kept.images.insert(index, image);
        }
        Ok(kept)
    }
}

impl Pictures for Kept {
    fn shape(&self) -> [usize; 3] {
        self.shape
    }

    fn picture(&self, index: u32) -> Option<&[u8]> {
        self.images.get(&index).map(Vec::as_slice)
    }

    fn cell_images_max(&self) -> Option<usize> {
        self.cell_images_max
    }
}

/// The files that keep an album of these images; none for an empty one.
pub(in crate::report) fn files(album: &Album, whose: Whose) -> Vec<(String, Vec<u8>)> {
    if album.is_empty() {
        return Vec::new();
    }
    let mut list = Table::new(COLUMNS);
    for (place, index) in album.indices().enumerate() {
        list.row(fields![place, index, album.limit]);
    }
    let (png, csv) = (album.png().to_vec(), list.write());
    let binding = seal(&Binding::new(&png, &csv, whose));
    NAMES.into_iter().map(str::to_owned).zip([png, csv, binding]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Vec<u8> {
        sheet::encode([1, 1, 2], 2, &[&[1, 2], &[3, 4], &[5, 6]])
    }

    #[test]
    fn what_was_kept_is_read_back_and_what_was_not_is_refused() {
        let shape = [1, 1, 2];
        let png = sheet();
        let text = "place,index,cell_images_max\n0,7,16\n1,9,16\n2,12,16\n";
        for (csv, most) in [(text, Some(16)), ("place,index\n0,7\n1,9\n2,12\n", None)] {
            let kept = Kept::read(shape, &png, csv.as_bytes()).unwrap();
            assert_eq!(kept.picture(9), Some(&[3, 4][..]));
            assert_eq!(kept.picture(8), None);
            assert_eq!(kept.cell_images_max(), most);
        }
        for (csv, expected) in [
            ("index\n", "line 1"),
            ("place,index\n1,7\n", "line 2"),
            ("place,index\n0,x\n", "line 2"),
            ("place,index\n0,1\n1,2\n2,3\n3,4\n4,5\n", "line 6"),
        ] {
            let problem = Kept::read(shape, &png, csv.as_bytes()).err().unwrap();
            assert!(problem.contains(expected), "{csv}: {problem}");
        }
        assert!(Kept::read(shape, b"no sheet", b"place,index\n").err().unwrap().contains("images.png"));
    }

    #[test]
    fn a_sheet_is_bound_to_its_list_and_to_whose_images_it_holds() {
        let (png, csv) = (sheet(), b"place,index\n0,7\n1,9\n".to_vec());
        let whose = Whose { data: vec![("test".into(), "ab".into())], is_cross_validated: false };
        let binding = Binding::new(&png, &csv, whose.clone());
        assert_eq!(binding.check(&png, &csv, Some(&whose)), Ok(()));
        assert_eq!(binding.check(&png, &csv, None), Ok(()));
        let other_png = sheet::encode([1, 1, 2], 2, &[&[1, 2], &[3, 4], &[5, 7]]);
        assert!(binding.check(&other_png, &csv, None).unwrap_err().contains("images.png is not as"));
        let other_csv = b"place,index\n0,9\n1,7\n";
        assert!(binding.check(&png, other_csv, None).unwrap_err().contains("images.csv is not as"));
        let folds = Whose { is_cross_validated: true, ..whose.clone() };
        let others = Whose { data: vec![("test".into(), "cd".into())], ..whose };
        for another in [folds, others] {
            let problem = binding.check(&png, &csv, Some(&another)).unwrap_err();
            assert!(problem.contains("another data set"), "{problem}");
        }
    }
}
