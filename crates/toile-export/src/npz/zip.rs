//! A zip archive whose members are stored as they are (PKWARE's APPNOTE.TXT, section 4.3), which is what `numpy.savez`
//! writes. The same arrays make the same bytes: no member has a time.

use super::npy::Array;
use crate::error::ExportError;

/// The archive so far.
#[derive(Debug, Default)]
pub(super) struct Archive {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    members: u16,
}

/// Offsets and sizes have 32 bits.
const BYTES_MAX: u64 = u32::MAX as u64;

impl Archive {
    /// Adds an array under this name.
    pub(super) fn add(&mut self, name: &str, Array(contents): &Array) {
        let name = format!("{name}.npy");
        let offset = self.bytes.len() as u32;
        let mut about = Vec::new();
        // Version 2.0 reads it; names are UTF-8; stored; midnight of 1 January 1980, the earliest there is.
        for value in [20, 1 << 11, 0, 0, 0x21] {
            about.extend(u16::to_le_bytes(value));
        }
        let len = contents.len() as u32;
        for value in [crc32fast::hash(contents), len, len] {
            about.extend(value.to_le_bytes());
        }
        about.extend((name.len() as u16).to_le_bytes());
        about.extend([0; 2]);

        self.bytes.extend(b"PK\x03\x04");
        self.bytes.extend(&about);
        self.bytes.extend(name.as_bytes());
        self.bytes.extend(contents);

        self.directory.extend(b"PK\x01\x02\x14\x00");
        self.directory.extend(&about);
        // No comment, the first disk, no attributes.
        self.directory.extend([0; 10]);
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.members += 1;
    }

    /// The archive with its directory.
    ///
    /// # Errors
    /// More bytes than offsets can name.
    pub(super) fn finish(self) -> Result<Vec<u8>, ExportError> {
        let Archive { mut bytes, directory, members } = self;
        let whole = (bytes.len() + directory.len()) as u64;
        if whole > BYTES_MAX {
            return Err(ExportError::TooLarge { format: "an .npz file", bytes: whole, limit: BYTES_MAX });
        }
        let offset = bytes.len() as u32;
        bytes.extend(&directory);
        bytes.extend(b"PK\x05\x06\x00\x00\x00\x00");
        bytes.extend(members.to_le_bytes());
        bytes.extend(members.to_le_bytes());
        bytes.extend((directory.len() as u32).to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        bytes.extend([0; 2]);
        Ok(bytes)
    }
}
