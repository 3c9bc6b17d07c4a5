//! Why a layer cannot stand where it was put.

/// What is wrong with a layer; whoever knows its place adds that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// What is wrong, with the shapes involved.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) help: String,
}

impl Mistake {
    pub(crate) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Mistake { message: message.into(), help: help.into() }
    }
}
