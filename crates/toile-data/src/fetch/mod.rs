//! Fetching a data set into the cache: mirrors over HTTP, then Debian's package through apt.
//!
//! Each way is a feature of this crate; without both nothing here can reach a network.

#[cfg(feature = "apt")]
mod apt;
#[cfg(feature = "fetch")]
mod archive;
#[cfg(feature = "fetch")]
mod http;
#[cfg(any(feature = "fetch", feature = "apt"))]
mod keep;
#[cfg(feature = "fetch")]
mod mirror;
#[cfg(any(feature = "fetch", feature = "apt"))]
mod sources;

use std::path::PathBuf;

#[cfg(any(feature = "fetch", feature = "apt"))]
pub(crate) use sources::fetch;

/// Whether this build can fetch anything: whether it has one of the features `fetch` and `apt`.
pub const CAN_FETCH: bool = cfg!(any(feature = "fetch", feature = "apt"));

/// What happens while a data set is fetched. The library itself prints nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchProgress {
    /// A source is asked.
    Started {
        /// Address or command.
        source: String,
    },
    /// Bytes of a file have come.
    Bytes {
        /// Name of the file.
        file: String,
        /// So far, those of an earlier, interrupted fetch included.
        bytes: u64,
        /// In the end, if the source says.
        total: Option<u64>,
    },
    /// Another process fetches the same; this one waits for it.
    Waiting {
        /// The file it holds locked.
        lock: PathBuf,
    },
    /// Pictures are decoded into the cache.
    Decoding {
        /// So far.
        done: usize,
        /// In the end.
        total: usize,
    },
    /// A source could not deliver; the next is asked.
    Failed {
        /// Address or command.
        source: String,
        /// What it said.
        said: String,
    },
    /// The data set is complete, verified where that can be, and kept.
    Stored {
        /// In which folder.
        folder: PathBuf,
    },
}

/// Who is told.
pub(crate) type Listener<'a> = &'a mut dyn FnMut(FetchProgress);

/// Where this build cannot fetch, nobody is asked.
#[cfg(not(any(feature = "fetch", feature = "apt")))]
pub(crate) fn fetch(
    _: &crate::definition::Definition,
    _: &crate::places::Places,
    _: &std::path::Path,
    _: Listener<'_>,
) -> Result<String, Vec<crate::error::Attempt>> {
    let said = "not asked: this build cannot fetch (it was made without the features fetch and apt)";
    Err(vec![crate::error::Attempt { source: "the network".to_owned(), said: said.to_owned() }])
}

#[cfg(all(test, feature = "fetch", feature = "apt"))]
mod tests;
