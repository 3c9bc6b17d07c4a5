//! Memory that the bodies of all requests share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// So many bytes, and how many of them are taken.
#[derive(Debug)]
pub(crate) struct Room {
    bytes_max: usize,
    taken: AtomicUsize,
}

/// Bytes of a body that comes in several reads: they count for as long as somebody holds them.
#[derive(Debug)]
pub(crate) struct Held {
    bytes: Vec<u8>,
    room: Arc<Room>,
}

impl Room {
    pub(crate) fn new(bytes_max: usize) -> Room {
        Room { bytes_max, taken: AtomicUsize::new(0) }
    }

    /// How many bytes there may be.
    pub(crate) fn bytes_max(&self) -> usize {
        self.bytes_max
    }
}

impl Held {
    /// None yet, of about so many.
    pub(crate) fn new(room: &Arc<Room>, capacity: usize) -> Held {
        Held { bytes: Vec::with_capacity(capacity), room: Arc::clone(room) }
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Holds some more; false where there is no room for them.
    ///
    /// What has come counts, and not what a client says will come: saying so takes no memory.
    pub(crate) fn extend(&mut self, more: &[u8]) -> bool {
        let before = self.room.taken.fetch_add(more.len(), Relaxed);
        if before + more.len() > self.room.bytes_max {
            self.room.taken.fetch_sub(more.len(), Relaxed);
            return false;
        }
        self.bytes.extend_from_slice(more);
        true
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.room.taken.fetch_sub(self.bytes.len(), Relaxed);
    }
}
