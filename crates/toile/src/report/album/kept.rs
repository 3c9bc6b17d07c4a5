//! The sheet of a report as it is kept beside it, for when the data set is not at hand.

use std::collections::BTreeMap;

use super::{Album, Pictures, sheet};

/// The sheet's file.
const PNG: &str = "images.png";
/// Which images are in it.
const CSV: &str = "images.csv";
const HEADER: &str = "place,index";

/// Images read back from a kept sheet.
pub struct Kept {
    shape: [usize; 3],
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
        if lines.next() != Some(HEADER) {
            return Err(format!("{CSV}: line 1 is not {HEADER}"));
        }
        let mut images = BTreeMap::new();
        for (line, image) in lines.enumerate().zip(sheet.into_iter().map(Some).chain(std::iter::repeat(None)))
        {
            let (place, text) = line;
            let index = text
                .split_once(',')
                .filter(|row| row.0.parse() == Ok(place))
                .and_then(|row| row.1.parse().ok());
            let (Some(index), Some(image)) = (index, image) else {
                return Err(format!("{CSV}: line {} is no image of {PNG}", place + 2));
            };
            images.insert(index, image);
        }
        Ok(Kept { shape, images })
    }
}

impl Pictures for Kept {
    fn shape(&self) -> [usize; 3] {
        self.shape
    }

    fn picture(&self, index: u32) -> Option<&[u8]> {
        self.images.get(&index).map(Vec::as_slice)
    }
}

/// The files that keep an album; none for an empty one.
pub(in crate::report) fn files(album: &Album) -> Vec<(String, Vec<u8>)> {
    if album.is_empty() {
        return Vec::new();
    }
    let mut csv = format!("{HEADER}\n");
    for (place, index) in album.indices().enumerate() {
        csv += &format!("{place},{index}\n");
    }
    vec![(PNG.into(), album.png.clone()), (CSV.into(), csv.into_bytes())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_read_back_and_what_was_not_is_refused() {
        let shape = [1, 1, 2];
        let png = sheet::encode(shape, 2, &[&[1, 2], &[3, 4], &[5, 6]]);
        let kept = Kept::read(shape, &png, "place,index\n0,7\n1,9\n2,12\n").unwrap();
        assert_eq!(kept.picture(9), Some(&[3, 4][..]));
        assert_eq!(kept.picture(8), None);
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
