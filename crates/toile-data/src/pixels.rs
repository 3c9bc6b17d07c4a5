//! Pixel bytes, in memory of their own or in a file that is mapped; and their sums, from which means and deviations come.

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
    Mapped { file: Arc<MappedBytes>, pixels: Range<usize>, sums: Range<usize> },
}

impl Pixels {
    /// Those of a mapped file, with the sums of each image and channel (see [`sums_of`]) as little-endian u64.
    ///
    /// # Panics
    /// A range that ends behind the file.
    pub(crate) fn mapped(file: Arc<MappedBytes>, pixels: Range<usize>, sums: Range<usize>) -> Pixels {
        for range in [&pixels, &sums] {
            assert!(range.start <= range.end && range.end <= file.len(), "a range of the file");
        }
        Pixels(Kept::Mapped { file, pixels, sums })
    }

    /// The sums of an image's channel: looked up where they were kept, added up otherwise.
    pub(crate) fn sums(&self, image: usize, image_len: usize, channels: usize, channel: usize) -> [u64; 2] {
        match &self.0 {
            Kept::Here(bytes) => sums_of(&bytes[image * image_len..][..image_len], channels, channel),
            Kept::Mapped { file, sums, .. } => {
                let kept = &file[sums.clone()][(image * channels + channel) * 16..][..16];
                let [sum, squares] = [0, 8].map(|at| kept[at..at + 8].try_into().expect("eight bytes"));
                [u64::from_le_bytes(sum), u64::from_le_bytes(squares)]
            }
        }
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
            Kept::Mapped { file, pixels, .. } => &file[pixels.clone()],
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
