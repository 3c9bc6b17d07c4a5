//! The live page of a model: made when somebody asks for it first, kept as long as the model is served.

use std::fmt;
use std::sync::OnceLock;

use axum::body::Bytes;

use crate::options::PageOf;

pub(crate) struct LivePage {
    run: String,
    /// Where the page asks.
    address: String,
    make: PageOf,
    made: OnceLock<Result<Bytes, String>>,
}

impl fmt::Debug for LivePage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LivePage({})", self.run)
    }
}

impl LivePage {
    pub(super) fn new(run: String, address: String, make: PageOf) -> LivePage {
        LivePage { run, address, make, made: OnceLock::new() }
    }

    /// The page, or why there is none. It reads the run's files the first time.
    pub(crate) fn get(&self) -> &Result<Bytes, String> {
        self.made.get_or_init(|| (self.make)(&self.run, &self.address).map(Bytes::from))
    }
}
