//! Where a data set of the catalogue may be, beyond the folder a user names and the cache.

use std::path::PathBuf;

use crate::definition::Definition;

/// Debian's package of Fashion-MNIST.
pub(crate) const PACKAGE: &str = "dataset-fashion-mnist";

/// Where to look, and whom to ask.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// Folders that other software fills.
    pub(crate) system_folders: Vec<PathBuf>,
    /// Addresses below which the four files lie in gzip; each ends in a slash.
    pub(crate) mirrors: Vec<String>,
    /// The command that fetches Debian's package.
    pub(crate) apt_get: Option<PathBuf>,
}

impl Places {
    /// Those of a data set of the catalogue.
    pub(crate) fn of(definition: &Definition) -> Places {
        if definition.embedded.is_some() {
            return Places { system_folders: Vec::new(), mirrors: Vec::new(), apt_get: None };
        }
        Places {
            system_folders: vec!["/usr/share/datasets/fashion-mnist".into()],
            mirrors: vec![
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/".to_owned(),
                "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"
                    .to_owned(),
            ],
            apt_get: Some("apt-get".into()),
        }
    }
}
