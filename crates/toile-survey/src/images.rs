//! The images of all parts of a data set in one row.

use toile_data::Dataset;

/// A part of a data set with its name, as `train`.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Its images.
    pub data: &'a Dataset,
}

/// Which image of which part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageId {
    /// Place of the part among the parts.
    pub part: usize,
    /// Place of the image in its part.
    pub index: u32,
}

/// The parts one after the other: an image is a number from 0.
pub(super) struct Images<'a> {
    parts: &'a [Part<'a>],
    /// Number of the first image of each part, and of all images.
    starts: Vec<u32>,
}

impl<'a> Images<'a> {
    pub(super) fn new(parts: &'a [Part<'a>]) -> Self {
        let mut starts = vec![0];
        starts.extend(parts.iter().scan(0, |end, part| {
            *end += part.data.len() as u32;
            Some(*end)
        }));
        Images { parts, starts }
    }

    pub(super) fn len(&self) -> usize {
        self.starts[self.parts.len()] as usize
    }

    pub(super) fn id(&self, image: u32) -> ImageId {
        let part = self.starts.partition_point(|&start| start <= image) - 1;
        ImageId { part, index: image - self.starts[part] }
    }

    pub(super) fn pixels(&self, image: u32) -> &'a [u8] {
        let ImageId { part, index } = self.id(image);
        self.parts[part].data.image(index)
    }

    pub(super) fn label(&self, image: u32) -> u32 {
        let ImageId { part, index } = self.id(image);
        self.parts[part].data.labels[index as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_each_other_and_may_be_empty() {
        let part = |pixels: Vec<u8>| {
            let labels = pixels.iter().map(|&pixel| u32::from(pixel)).collect();
            Dataset::new([1, 1, 1], pixels, labels, vec![String::new(); 9])
        };
        let data = [part(vec![5, 6]), part(vec![]), part(vec![7])];
        let parts = data.each_ref().map(|data| Part { name: "part", data });
        let images = Images::new(&parts);
        let found: Vec<_> = (0..images.len() as u32)
            .map(|image| (images.id(image), images.pixels(image)[0], images.label(image)))
            .collect();
        let id = |part, index| ImageId { part, index };
        assert_eq!(found, [(id(0, 0), 5, 5), (id(0, 1), 6, 6), (id(2, 0), 7, 7)]);
    }
}
