//! What `toile data inspect` says of a data set: as text, as JSON, and as one page with pictures.
//!
//! Pure: a data set and its survey in, text out.

mod images;
pub mod json;
pub mod page;
mod sentences;
pub mod text;
pub(crate) mod thumbnail;

use std::num::NonZero;

use toile_data::decoded::FileFacts;
use toile_data::{Dataset, Loaded};
use toile_survey::{Group, ImageId, Part, Survey};

/// A data set that was looked through.
pub struct Inspection<'a> {
    /// What the user calls it.
    pub name: &'a str,
    /// Where it was found.
    pub origin: String,
    /// Where it comes from, for a page that is passed on.
    pub source: String,
    /// Its parts; the first is trained on.
    pub parts: Vec<Part<'a>>,
    /// Files that could not be used, each with its reason.
    pub skipped: Vec<(String, String)>,
    /// What its pictures are as files; none where it holds arrays.
    pub files: Option<FileFacts>,
    /// What was found.
    pub survey: Survey,
}

impl<'a> Inspection<'a> {
    /// Looks through a data set.
    pub fn new(loaded: &'a Loaded, files: Option<FileFacts>, threads: NonZero<usize>) -> Self {
        let validation = loaded.validation.as_ref().map(|data| Part { name: "validation", data });
        let train = Part { name: "train", data: &loaded.train };
        let test = Part { name: "test", data: &loaded.test };
        let parts: Vec<Part<'_>> = [Some(train), validation, Some(test)].into_iter().flatten().collect();
        let survey = toile_survey::survey(&parts, threads);
        let (origin, source) = (loaded.origin.to_string(), loaded.origin.source());
        Inspection {
            name: &loaded.name,
            origin,
            source,
            parts,
            skipped: loaded.skipped.clone(),
            files,
            survey,
        }
    }

    fn first(&self) -> &'a Dataset {
        self.parts[0].data
    }

    fn images(&self) -> usize {
        self.parts.iter().map(|part| part.data.len()).sum()
    }

    fn class_names(&self) -> &'a [String] {
        &self.first().class_names
    }

    fn label(&self, image: ImageId) -> u32 {
        self.parts[image.part].data.labels[image.index as usize]
    }

    fn class(&self, image: ImageId) -> &'a str {
        &self.class_names()[self.label(image) as usize]
    }

    /// `train 1234`, with its file where it has one: `train 1234 (cats/a b.png)`.
    fn called(&self, image: ImageId) -> String {
        let place = format!("{} {}", self.parts[image.part].name, image.index);
        match self.file(image) {
            Some(file) => format!("{place} ({file})"),
            None => place,
        }
    }

    fn file(&self, image: ImageId) -> Option<&'a str> {
        self.parts[image.part].data.names.get(image.index as usize).map(String::as_str)
    }

    /// Whether images that show one picture have several classes: at least one of them is wrong.
    fn crosses_classes(&self, group: &Group) -> bool {
        group.images.iter().any(|&image| self.label(image) != self.label(group.images[0]))
    }

    /// Groups with several classes first, then those within a part, then those across parts, which are told as leaks too;
    /// within each the most alike first.
    fn groups_by_weight(&self) -> Vec<&Group> {
        let mut groups: Vec<&Group> = self.survey.duplicates.groups.iter().collect();
        let weight = |group: &Group| (!self.crosses_classes(group), group.crosses_parts(), !group.is_exact);
        groups.sort_by(|a, b| weight(a).cmp(&weight(b)).then(b.correlation.total_cmp(&a.correlation)));
        groups
    }

    /// The classes from the one with most images to that with fewest.
    fn classes_by_size(&self) -> Vec<usize> {
        let all = |class: usize| self.survey.class_counts.iter().map(|part| part[class]).sum::<usize>();
        let mut classes: Vec<usize> = (0..self.class_names().len()).collect();
        classes.sort_by_key(|&class| std::cmp::Reverse(all(class)));
        classes
    }
}

#[cfg(test)]
mod tests;
