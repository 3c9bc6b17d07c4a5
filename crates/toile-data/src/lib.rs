//! Data of Toile: bytes to data sets to batches.
//!
//! [`load`] finds a data set of the [`catalog`] by name: in a folder the caller names, in the cache, in
//! the folder of Debian's package, on the network. Whatever it finds, it checks the content by SHA-256.
//!
//! Two features, both on by default, reach the network: `fetch` asks a data set's public home, and `apt` the Debian
//! package of it. Without them nothing here does, and no C compiler is needed.

pub mod arrays;
pub mod batches;
mod cache;
pub mod catalog;
pub mod dataset;
pub mod decoded;
mod definition;
mod describe;
mod error;
mod fetch;
mod files;
mod folder;
pub mod folds;
mod gzip;
pub mod idx;
mod inspect;
pub mod listing;
mod load;
mod open;
pub mod parallel;
mod pixels;
mod places;
pub mod plain_text;
mod published;
pub mod source;
pub mod split;
mod stage;
mod zip;

pub use arrays::ArrayError;
pub use dataset::{Dataset, DatasetInfo};
pub use error::{Attempt, DataError};
pub use fetch::{CAN_FETCH, FetchProgress};
pub use inspect::{FileReport, FileState, FolderReport, Place, find_places, inspect, is_verifiable};
pub use load::{LoadOptions, Loaded, NOT_VERIFIED, Origin, load};
pub use open::open;
pub use pixels::Pixels;
pub use source::DataSource;
pub use zip::ZipError;
