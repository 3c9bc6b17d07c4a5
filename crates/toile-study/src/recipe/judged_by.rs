//! The images that judge a finished network.

/// The images that a run is judged by. They choose nothing in it, but where [`HeldOut`](JudgedBy::HeldOut) says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JudgedBy {
    /// The test images; where it is cross-validated, those of its fold.
    #[default]
    Test,
    /// Those held out of its training (needs `validation`), which choose its epoch too: the run is shown no test image. So
    /// are the candidates of `toile sweep`, of which one is chosen, for a study that holds out images itself.
    HeldOut,
    /// The same, but it is the last epoch that counts: candidates for a study that holds out none, whose runs end there.
    HeldOutLast,
}

/// What a study file says, where it says something.
const WORDS: [(JudgedBy, &str); 2] =
    [(JudgedBy::HeldOut, "validation"), (JudgedBy::HeldOutLast, "validation_last")];

impl JudgedBy {
    /// Of the word of a study file.
    pub fn named(word: &str) -> Option<JudgedBy> {
        WORDS.iter().find(|(_, name)| *name == word).map(|(of, _)| *of)
    }

    /// Its word in a study file; `None` for test images, of which nothing is said.
    pub fn name(self) -> Option<&'static str> {
        WORDS.iter().find(|(of, _)| *of == self).map(|(_, name)| *name)
    }

    /// Whether it is shown no test image.
    pub fn is_held_out(self) -> bool {
        self != JudgedBy::Test
    }

    /// As a table has it.
    pub(super) fn words(self) -> &'static str {
        match self {
            JudgedBy::Test => "the test images",
            JudgedBy::HeldOut => "the images held out of training",
            JudgedBy::HeldOutLast => "the images held out of training, at the last epoch",
        }
    }
}
