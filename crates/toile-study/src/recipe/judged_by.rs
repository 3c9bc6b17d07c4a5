//! The images that judge a finished network.

/// The images that a run is judged by. They choose nothing in it, but for those held out, which choose its epoch too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JudgedBy {
    /// The test images; where it is cross-validated, those of its fold.
    #[default]
    Test,
    /// Those held out of its training (needs `validation`): the run is shown no test image. So are the candidates of
    /// `toile sweep`, of which one is chosen.
    HeldOut,
}

/// What a study file says of the second.
pub const JUDGED_BY_HELD_OUT: &str = "validation";

impl JudgedBy {
    /// As a table has it.
    pub(super) fn words(self) -> &'static str {
        match self {
            JudgedBy::Test => "the test images",
            JudgedBy::HeldOut => "the images held out of training",
        }
    }
}
