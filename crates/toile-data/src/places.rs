//! Where a data set of the catalogue may be, beyond the folder a user names and the cache.

use std::path::PathBuf;

use crate::definition::{Definition, Home};

/// Where to look, and whom to ask.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    /// Folders that other software fills.
    pub(crate) system_folders: Vec<PathBuf>,
    /// Who publishes it.
    pub(crate) homes: Vec<Home>,
    /// The Debian package of it.
    pub(crate) package: Option<Package>,
}

/// A Debian package, and the command that fetches it.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    #[cfg_attr(not(feature = "apt"), expect(dead_code, reason = "only a build with apt runs it"))]
    pub(crate) apt_get: PathBuf,
    pub(crate) name: &'static str,
}

impl Places {
    /// Those of a data set of the catalogue.
    pub(crate) fn of(definition: &Definition) -> Places {
        Places {
            system_folders: definition.system_folders.iter().map(PathBuf::from).collect(),
            homes: definition.homes.to_vec(),
            package: definition.package.map(|name| Package { apt_get: "apt-get".into(), name }),
        }
    }
}
