//! The sheet of a report as it is kept beside it, for when the data set is not at hand.

use std::collections::BTreeMap;

use super::images::{Album, Pictures};
use crate::sheet;

/// The sheet's file.
const PNG: &str = "images.png";
/// Which images are in it.
const CSV: &str = "images.csv";
const HEADER: &str = "place,index,cell_images_max";
/// Of a sheet that does not say how many images of a cell it holds.
const SHORT_HEADER: &str = "place,index";
/// All that may be kept.
pub(in crate::report) const NAMES: [&str; 2] = [PNG, CSV];

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
    pub fn read(shape: [usize; 3], png: &[u8], csv: &str) -> Result<Kept, String> {
        let sheet = sheet::decode(shape, png).map_err(|problem| format!("{PNG}: {problem}"))?;
        let mut lines = csv.lines();
        if !lines.next().is_some_and(|line| [HEADER, SHORT_HEADER].contains(&line)) {
            return Err(format!("{CSV}: line 1 is not {HEADER}"));
        }
        let mut cell_images_max = None;
        let mut images = BTreeMap::new();
        for (line, image) in lines.enumerate().zip(sheet.into_iter().map(Some).chain(std::iter::repeat(None)))
        {
            let (place, text) = line;
            let mut fields = text.split(',').map(str::parse);
            let is_next = fields.next() == Some(Ok(place));
            let index = fields.next().and_then(Result::ok).and_then(|index| u32::try_from(index).ok());
            let (Some(index), Some(image), true) = (index, image, is_next) else {
                return Err(format!("{CSV}: line {} is no image of {PNG}", place + 2));
            };
            cell_images_max = fields.next().and_then(Result::ok);
            images.insert(index, image);
        }
        Ok(Kept { shape, cell_images_max, images })
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

/// The files that keep an album; none for an empty one.
pub(in crate::report) fn files(album: &Album) -> Vec<(String, Vec<u8>)> {
    if album.is_empty() {
        return Vec::new();
    }
    let mut csv = format!("{HEADER}\n");
    for (place, index) in album.indices().enumerate() {
        csv += &format!("{place},{index},{}\n", album.limit);
    }
    vec![(PNG.into(), album.png().to_vec()), (CSV.into(), csv.into_bytes())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_read_back_and_what_was_not_is_refused() {
        let shape = [1, 1, 2];
        let png = sheet::encode(shape, 2, &[&[1, 2], &[3, 4], &[5, 6]]);
        let text = "place,index,cell_images_max\n0,7,16\n1,9,16\n2,12,16\n";
        for (csv, most) in [(text, Some(16)), ("place,index\n0,7\n1,9\n2,12\n", None)] {
            let kept = Kept::read(shape, &png, csv).unwrap();
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
            let problem = Kept::read(shape, &png, csv).err().unwrap();
            assert!(problem.contains(expected), "{csv}: {problem}");
        }
        assert!(Kept::read(shape, b"no sheet", "place,index\n").err().unwrap().contains("images.png"));
    }
}
