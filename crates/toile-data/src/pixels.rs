//! Pixel bytes, in memory of their own or in a file that is mapped.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use toile_kernels::mapped::MappedBytes;

/// Bytes of images, `[image][row][column][channel]`. A copy of mapped bytes is the same mapping.
#[derive(Clone)]
pub struct Pixels(Kept);

#[derive(Clone)]
enum Kept {
    Here(Vec<u8>),
    Mapped { file: Arc<MappedBytes>, range: Range<usize> },
}

impl Pixels {
    /// Those of a mapped file in this range.
    ///
    /// # Panics
    /// A range that ends behind the file.
    pub fn mapped(file: Arc<MappedBytes>, range: Range<usize>) -> Pixels {
        assert!(range.start <= range.end && range.end <= file.len(), "a range of the file");
        Pixels(Kept::Mapped { file, range })
    }

    /// The sums of an image's channel.
    pub(crate) fn sums(&self, image: usize, image_len: usize, channels: usize, channel: usize) -> [u64; 2] {
        sums_of(&self[image * image_len..][..image_len], channels, channel)
    }

    /// Whether they take memory of this process.
    pub fn is_in_memory(&self) -> bool {
        matches!(self.0, Kept::Here(_))
    }
}

/// Sum and sum of squares of the bytes of a channel, `[row][column][channel]`.
pub(crate) fn sums_of(image: &[u8], channels: usize, channel: usize) -> [u64; 2] {
    let bytes = image.iter().skip(channel).step_by(channels).map(|&byte| u64::from(byte));
    bytes.fold([0, 0], |[sum, squares], byte| [sum + byte, squares + byte * byte])
}

impl Deref for Pixels {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match &self.0 {
            Kept::Here(bytes) => bytes,
            Kept::Mapped { file, range } => &file[range.clone()],
        }
    }
}

impl From<Vec<u8>> for Pixels {
    fn from(bytes: Vec<u8>) -> Pixels {
        Pixels(Kept::Here(bytes))
    }
}

impl PartialEq for Pixels {
    fn eq(&self, other: &Pixels) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Pixels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.is_in_memory() { "in memory" } else { "mapped" };
        write!(f, "Pixels({} bytes, {place})", self.len())
    }
}
