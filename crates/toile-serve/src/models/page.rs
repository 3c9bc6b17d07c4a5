//! The live page of a model: made when somebody asks for it, and kept once it could be.

use std::fmt;
use std::sync::{Arc, OnceLock};

use axum::body::Bytes;
use toile::Ensemble;

use crate::options::PageOf;

pub(crate) struct LivePage {
    run: String,
    /// Where the page asks.
    address: String,
    make: PageOf,
    /// The network that answers: the run's files may hold another one by the time when somebody asks.
    served: Arc<Ensemble>,
    made: OnceLock<Bytes>,
}

impl fmt::Debug for LivePage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LivePage({})", self.run)
    }
}

impl LivePage {
    pub(super) fn new(run: String, address: String, served: Arc<Ensemble>, make: PageOf) -> LivePage {
        LivePage { run, address, make, served, made: OnceLock::new() }
    }

    /// The page, or why there is none: that may pass. It reads the run's files until there is one.
    pub(crate) fn get(&self) -> Result<Bytes, String> {
        if let Some(page) = self.made.get() {
            return Ok(page.clone());
        }
        let page = (self.make)(&self.run, &self.address, &self.served.first().weights_sha256())?;
        Ok(self.made.get_or_init(|| page.into()).clone())
    }
}
