//! A data set by name: the sources in their order.

use std::fmt;
use std::path::PathBuf;

use crate::cache;
use crate::catalog::CATALOG;
use crate::dataset::{Dataset, DatasetInfo};
use crate::definition::{self, Definition, Half, Holding, Home};
use crate::error::{Attempt, DataError};
use crate::fetch::{self, FetchProgress, Listener};
use crate::files::{self, Decoded};
use crate::places::{Package, Places};

/// Where to look for a data set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// The folder that holds it; nothing else is then tried.
    pub data_dir: Option<PathBuf>,
    /// Never fetch.
    pub offline: bool,
    /// Folder of fetched data sets; None: `toile` in the platform's cache folder.
    pub cache_dir: Option<PathBuf>,
    /// Folder of this machine that [`open`](crate::open) copies the data to once and reads them from: for nodes that share a
    /// slow one.
    pub stage: Option<PathBuf>,
}

/// Said of a data set that nothing speaks against, and for which no digest vouches.
pub const NOT_VERIFIED: &str = "not verified: no digest of its published files is known";

/// A data set, its content verified where that can be.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What it is called.
    pub name: String,
    /// To learn from.
    pub train: Dataset,
    /// To choose an epoch by, where the data set sets images aside for that.
    pub validation: Option<Dataset>,
    /// To be judged by.
    pub test: Dataset,
    /// (file, SHA-256 of its uncompressed bytes), in the order of the files, those of test images last.
    pub digests: Vec<(String, String)>,
    /// How many of these are of test images.
    pub test_digests: usize,
    /// Whether every file of a data set of the catalogue is the published one. If not, none is known to be another: no
    /// digest of it could be had yet. Somebody's own data have nothing to be compared with, and count as verified.
    pub is_verified: bool,
    /// Where it was.
    pub origin: Origin,
    /// Files that could not be used, each with the reason.
    pub skipped: Vec<(String, String)>,
    /// What a user should know of it.
    pub notes: Vec<String>,
}

impl Loaded {
    /// What a study is checked against.
    pub fn info(&self) -> DatasetInfo {
        DatasetInfo {
            name: self.name.clone(),
            image_shape: self.train.image_shape,
            class_names: self.train.class_names.clone(),
            train_images: self.train.len(),
            validation_images: self.validation.as_ref().map_or(0, Dataset::len),
            test_images: self.test.len(),
        }
    }
}

/// Where a data set came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The folder that was named.
    Named(PathBuf),
    /// The cache.
    Cache(PathBuf),
    /// A folder that other software filled.
    System(PathBuf),
    /// The folder in which this machine keeps its copy.
    Staged(PathBuf),
    /// Fetched just now.
    Fetched {
        /// From this address or by this command.
        source: String,
        /// Into this folder.
        folder: PathBuf,
    },
    /// Part of the program.
    BuiltIn,
    /// Somebody's own, as bytes in a file of the cache.
    Decoded {
        /// Folder, table or file of the source.
        place: PathBuf,
        /// The file with the bytes.
        file: PathBuf,
        /// Its size.
        bytes: u64,
    },
}

impl Origin {
    /// Where the data come from, without the place that this machine keeps them in: for what is passed on.
    pub fn source(&self) -> String {
        match self {
            Origin::Decoded { place, .. } => place.display().to_string(),
            Origin::Fetched { source, .. } => source.clone(),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Named(folder)
            | Origin::Cache(folder)
            | Origin::System(folder)
            | Origin::Staged(folder) => write!(f, "{}", folder.display()),
            Origin::Fetched { source, folder } => write!(f, "{source}, kept in {}", folder.display()),
            Origin::BuiltIn => f.write_str("built in"),
            Origin::Decoded { place, file, bytes } => {
                let megabytes = *bytes as f64 / 1e6;
                write!(f, "{}, as {megabytes:.1} MB of pixels in {}", place.display(), file.display())
            }
        }
    }
}

/// Finds the data set, fetches it if need be, verifies and decodes it.
///
/// # Errors
/// An unknown name; a named folder that does not hold exactly that data set; no source that does, with all
/// that was tried and what would help.
pub fn load(
    name: &str,
    options: &LoadOptions,
    progress: &mut dyn FnMut(FetchProgress),
) -> Result<Loaded, DataError> {
    let definition = definition(name)?;
    load_from(definition, &Places::of(definition), options, progress)
}

/// The definition behind a name.
pub(crate) fn definition(name: &str) -> Result<&'static Definition, DataError> {
    definition::find(name).ok_or_else(|| {
        let known = CATALOG.iter().map(|info| info.name).collect();
        DataError::UnknownDataset { name: name.to_owned(), known }
    })
}

pub(crate) fn load_from(
    definition: &Definition,
    places: &Places,
    options: &LoadOptions,
    progress: Listener<'_>,
) -> Result<Loaded, DataError> {
    // A folder somebody names is a decision: what is wrong with it is said, not worked around.
    if let Some(folder) = &options.data_dir {
        let decoded = files::load_folder(definition, folder).map_err(|problem| DataError::NamedFolder {
            name: definition.info.name,
            problem: Box::new(problem),
        })?;
        return Ok(with(definition, Origin::Named(folder.clone()))(decoded));
    }
    if let Some(decoded) = files::load_embedded(definition) {
        return decoded.map(with(definition, Origin::BuiltIn));
    }
    let mut attempts = Vec::new();
    let cache = cache::folder(definition, options.cache_dir.as_deref());
    let cached =
        cache.iter().map(|folder| (format!("the cache {}", folder.display()), Origin::Cache(folder.clone())));
    let system = places.system_folders.iter();
    let system =
        system.map(|folder| (format!("the folder {}", folder.display()), Origin::System(folder.clone())));
    for (source, origin) in cached.chain(system) {
        let (Origin::Cache(folder) | Origin::System(folder)) = &origin else { continue };
        match files::load_folder(definition, folder) {
            Ok(decoded) => return Ok(with(definition, origin)(decoded)),
            Err(error) => attempts.push(Attempt { source, said: error.to_string() }),
        }
    }
    match cache {
        _ if options.offline => {
            let said = "not asked: offline".to_owned();
            attempts.push(Attempt { source: "the network".to_owned(), said });
        }
        None => attempts.push(Attempt {
            source: "the network".to_owned(),
            said: "not asked: this system names no cache folder to keep the files in".to_owned(),
        }),
        Some(folder) => match fetch::fetch(definition, places, &folder, progress) {
            Ok(source) => match files::load_folder(definition, &folder) {
                Ok(decoded) => return Ok(with(definition, Origin::Fetched { source, folder })(decoded)),
                Err(error) => attempts.push(Attempt { source, said: error.to_string() }),
            },
            Err(failed) => attempts.extend(failed),
        },
    }
    Err(DataError::Nowhere {
        name: definition.info.name,
        attempts,
        remedies: remedies(definition, places, options.offline),
    })
}

pub(crate) fn with(definition: &Definition, origin: Origin) -> impl FnOnce(Decoded) -> Loaded {
    let name = definition.info.name.to_owned();
    let test_digests = definition.of_half(Half::Test).count();
    move |Decoded { train, test, digests, is_verified }| Loaded {
        test_digests,
        name,
        train,
        validation: None,
        test,
        digests,
        is_verified,
        origin,
        skipped: Vec::new(),
        notes: if is_verified { Vec::new() } else { vec![NOT_VERIFIED.to_owned()] },
    }
}

/// Commands that would help, with a word on each.
fn remedies(definition: &Definition, places: &Places, offline: bool) -> Vec<(String, String)> {
    let name = definition.info.name;
    let mut remedies = Vec::new();
    if fetch::CAN_FETCH {
        let when = if offline { "on a machine with a network" } else { "once the network is there" };
        remedies.push((when.to_owned(), format!("toile data get {name}")));
    }
    if let Some(Package { name, .. }) = &places.package {
        let command = format!("sudo apt-get update && sudo apt-get install {name}");
        remedies.push(("on Debian or Ubuntu".to_owned(), command));
    }
    if let Some(Home { address, holds }) = places.homes.last() {
        let archive = address.rsplit('/').next().unwrap_or_default();
        let fetched = match holds {
            Holding::Files => {
                let names = definition.files.iter().map(|spec| spec.name).collect::<Vec<_>>().join(",");
                format!("curl -fLO \"{address}{{{names}}}.gz\"")
            }
            Holding::Zip => format!("curl -fLO \"{address}\" && unzip {archive}"),
            Holding::TarGz => format!("curl -fLO \"{address}\" && tar xzf {archive}"),
        };
        let command = format!("mkdir -p {name} && cd {name} && {fetched}");
        remedies.push(("fetch the files yourself, on any machine".to_owned(), command));
    }
    let why = "with the files in a folder, plain or .gz".to_owned();
    remedies.push((
        why,
        format!("toile data verify {name} --data-dir FOLDER, then toile run ... --data-dir FOLDER"),
    ));
    remedies
}
