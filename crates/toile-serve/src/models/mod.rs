//! What is served: models by name, their versions by seed.

pub(crate) mod load;
mod page;

use std::sync::Arc;

use toile_protocol::ModelFacts;

use crate::queue::Queue;
use page::LivePage;

/// Everything that is served at a moment. A reload makes another; requests in flight keep theirs.
#[derive(Debug)]
pub(crate) struct Models {
    models: Vec<Model>,
}

/// A model under its name.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) facts: ModelFacts,
    /// By seed; the first is meant where nobody says which.
    versions: Vec<Version>,
    pub(crate) page: Arc<LivePage>,
}

/// One seed of a model, or the mean of all.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) name: String,
    inner: Arc<Inner>,
    /// How its pictures become images.
    pub(crate) preprocessing: toile_picture::Preprocessing,
}

/// What lives as long as somebody may ask.
#[derive(Debug)]
struct Inner {
    queue: Arc<Queue>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The worker answers what waits, and ends.
        self.queue.close();
    }
}

impl Version {
    pub(crate) fn queue(&self) -> &Queue {
        &self.inner.queue
    }
}

impl Model {
    /// The version of this name, or the one that is meant where there is none.
    pub(crate) fn version(&self, name: Option<&str>) -> Option<&Version> {
        match name {
            None => self.versions.first(),
            Some(name) => self.versions.iter().find(|version| version.name == name),
        }
    }

    /// By seed.
    pub(crate) fn versions(&self) -> &[Version] {
        &self.versions
    }
}

impl Models {
    /// In the order in which they were named.
    pub(crate) fn all(&self) -> &[Model] {
        &self.models
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.facts.name == name)
    }

    pub(crate) fn facts(&self) -> Vec<ModelFacts> {
        self.models.iter().map(|model| model.facts.clone()).collect()
    }

    /// Their names, for a sentence.
    pub(crate) fn names(&self) -> String {
        let names: Vec<&str> = self.models.iter().map(|model| &*model.facts.name).collect();
        names.join(", ")
    }
}
