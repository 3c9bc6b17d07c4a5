//! What a study is drafted for.

use toile_data::DatasetInfo;
use toile_data::source::DataSource;

/// What a study is drafted for.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// Name of the study: one that can be a folder (see [`super::name`]).
    pub name: String,
    /// What the study file will be called, for the commands in its comments.
    pub file: String,
    /// Where the images are, as the study file is to say it.
    pub source: &'a DataSource,
    /// What is known of them.
    pub data: &'a DatasetInfo,
    /// Training images of the smallest and the largest class.
    pub class_sizes: [usize; 2],
    /// Whether every pixel is black or white.
    pub is_binary: bool,
    /// Who says which images are tested.
    pub test_images: TestImages,
    /// Runs of each model.
    pub seeds: u64,
}

/// Who says which images are tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestImages {
    /// The data does.
    Named,
    /// A share of each class is chosen at random.
    Chosen,
    /// It is one or the other; nobody has looked.
    Unsaid,
}
