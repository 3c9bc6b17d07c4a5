//! The parts of a data set.

use std::fmt;

/// What a picture is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// To learn from.
    Train,
    /// To choose by.
    Validation,
    /// To measure by, when everything is chosen.
    Test,
}

impl Part {
    /// The part that a folder's name or a table's word means, in letters of any case: `train` or `training`; `val`,
    /// `valid` or `validation`; `test` or `testing`.
    pub fn of(word: &str) -> Option<Part> {
        const WORDS: [(&str, Part); 7] = [
            ("train", Part::Train),
            ("training", Part::Train),
            ("val", Part::Validation),
            ("valid", Part::Validation),
            ("validation", Part::Validation),
            ("test", Part::Test),
            ("testing", Part::Test),
        ];
        WORDS.iter().find(|(name, _)| word.eq_ignore_ascii_case(name)).map(|&(_, part)| part)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Part::Train => "train",
            Part::Validation => "validation",
            Part::Test => "test",
        })
    }
}
