//! The IDX format of the MNIST family: big-endian magic, dimensions, then bytes.
//!
//! Magic 0x00000803 is "unsigned bytes, rank 3" (count, rows, columns), 0x00000801 "unsigned bytes, rank 1"
//! (count). Nothing may follow the last element.

use std::fmt;

const IMAGES_MAGIC: u32 = 0x0803;
const LABELS_MAGIC: u32 = 0x0801;

/// What an IDX file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bytes of rank 3: grey images.
    Images,
    /// Bytes of rank 1: a class index an image.
    Labels,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Images => "images (IDX magic 0x00000803)",
            Kind::Labels => "labels (IDX magic 0x00000801)",
        })
    }
}

/// What is wrong with the bytes of an IDX file. Which file it was, the caller adds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdxError {
    /// Another format, or none.
    #[error("expected an IDX file of {expected}, found {found}")]
    Foreign {
        /// What it looks like.
        found: String,
        /// What was asked for.
        expected: Kind,
    },
    /// Labels where images were expected, or the reverse.
    #[error("expected an IDX file of {expected}, found one of {found}")]
    Swapped {
        /// What it is.
        found: Kind,
        /// What was asked for.
        expected: Kind,
    },
    /// An IDX file of another element type or rank.
    #[error(
        "expected an IDX file of {expected}, found one of {element}, rank {rank} (magic {magic:#010x})",
        element = element_name(*magic), rank = *magic & 0xff
    )]
    OtherIdx {
        /// Its first four bytes.
        magic: u32,
        /// What was asked for.
        expected: Kind,
    },
    /// The end came too early.
    #[error("truncated: {found} bytes, where {header} need {expected}")]
    Truncated {
        /// Bytes there.
        found: usize,
        /// Bytes there should be.
        expected: u128,
        /// What the header says, in words.
        header: String,
    },
    /// Something follows the last element.
    #[error("oversized: {found} bytes, where {header} need {expected}")]
    Oversized {
        /// Bytes there.
        found: usize,
        /// Bytes there should be.
        expected: u128,
        /// What the header says, in words.
        header: String,
    },
    /// A dimension is 0.
    #[error("empty: its header says {header}")]
    Empty {
        /// What the header says, in words.
        header: String,
    },
    /// A label that names no class.
    #[error("label {label} at index {index} (byte {offset}) names no class: labels run from 0 to {last}",
        offset = *index + 8, last = *classes - 1)]
    Label {
        /// Which label, from 0.
        index: usize,
        /// Its value.
        label: u8,
        /// Number of classes.
        classes: usize,
    },
}

/// Grey images as IDX holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// Number of images.
    pub count: usize,
    /// Height of an image.
    pub rows: usize,
    /// Width of an image.
    pub columns: usize,
    /// `[image][row][column]`, `count * rows * columns` bytes.
    pub pixels: Vec<u8>,
}

/// Images of an IDX file. Takes the bytes, to hand the same memory on as pixels.
///
/// # Errors
/// Whatever is not exactly one IDX file of images.
pub fn images(mut bytes: Vec<u8>) -> Result<Images, IdxError> {
    let [count, rows, columns] = dimensions::<3>(&bytes, Kind::Images)?;
    bytes.drain(..16);
    Ok(Images { count, rows, columns, pixels: bytes })
}

/// Labels of an IDX file, each less than `classes`.
///
/// # Errors
/// Whatever is not exactly one IDX file of labels below `classes`.
pub fn labels(bytes: &[u8], classes: usize) -> Result<Vec<u32>, IdxError> {
    dimensions::<1>(bytes, Kind::Labels)?;
    let labels = &bytes[8..];
    if let Some(index) = labels.iter().position(|&label| usize::from(label) >= classes) {
        return Err(IdxError::Label { index, label: labels[index], classes });
    }
    Ok(labels.iter().map(|&label| u32::from(label)).collect())
}

/// Checks all of the file but the elements' values; its dimensions.
fn dimensions<const RANK: usize>(bytes: &[u8], expected: Kind) -> Result<[usize; RANK], IdxError> {
    check_magic(bytes, expected)?;
    let header_len = 4 + 4 * RANK;
    if bytes.len() < header_len {
        return Err(IdxError::Truncated {
            found: bytes.len(),
            expected: header_len as u128,
            header: "its header alone would".to_owned(),
        });
    }
    let dims: [u32; RANK] = std::array::from_fn(|i| word(bytes, 1 + i));
    let header = match dims[..] {
        [count, rows, columns] => format!("{count} images of {rows} x {columns}"),
        _ => format!("{} labels", dims[0]),
    };
    // Four factors below 2^32 and a small sum: no overflow in u128.
    let needed = header_len as u128 + dims.iter().map(|&d| u128::from(d)).product::<u128>();
    let found = bytes.len();
    match (found as u128).cmp(&needed) {
        std::cmp::Ordering::Less => Err(IdxError::Truncated { found, expected: needed, header }),
        std::cmp::Ordering::Greater => Err(IdxError::Oversized { found, expected: needed, header }),
        std::cmp::Ordering::Equal if dims.contains(&0) => Err(IdxError::Empty { header }),
        std::cmp::Ordering::Equal => Ok(dims.map(|d| d as usize)),
    }
}

fn word(bytes: &[u8], index: usize) -> u32 {
    let at = 4 * index;
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn check_magic(bytes: &[u8], expected: Kind) -> Result<(), IdxError> {
    if bytes.len() < 4 {
        return Err(IdxError::Foreign { found: describe(bytes), expected });
    }
    let magic = word(bytes, 0);
    match (magic, expected) {
        (IMAGES_MAGIC, Kind::Images) | (LABELS_MAGIC, Kind::Labels) => Ok(()),
        (IMAGES_MAGIC, _) => Err(IdxError::Swapped { found: Kind::Images, expected }),
        (LABELS_MAGIC, _) => Err(IdxError::Swapped { found: Kind::Labels, expected }),
        _ if magic >> 16 == 0
            && (0x08..=0x0e).contains(&(magic >> 8))
            && (1..=8).contains(&(magic & 0xff)) =>
        {
            Err(IdxError::OtherIdx { magic, expected })
        }
        _ => Err(IdxError::Foreign { found: describe(bytes), expected }),
    }
}

fn element_name(magic: u32) -> &'static str {
    match magic >> 8 {
        0x08 => "unsigned bytes",
        0x09 => "signed bytes",
        0x0b => "16-bit integers",
        0x0c => "32-bit integers",
        0x0d => "32-bit floats",
        0x0e => "64-bit floats",
        _ => "an unknown element type",
    }
}

/// What bytes that are no IDX file look like.
fn describe(bytes: &[u8]) -> String {
    const KNOWN: &[(&[u8], &str)] = &[
        (b"\x1f\x8b", "gzip data that was not unwrapped"),
        (b"\x89PNG", "a PNG image"),
        (b"\xff\xd8\xff", "a JPEG image"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\xfd7zXZ\0", "xz data"),
        (b"\x93NUMPY", "a NumPy array"),
        (b"!<arch>\n", "an ar archive (a Debian package?)"),
        (b"%PDF", "a PDF document"),
    ];
    if bytes.is_empty() {
        return "an empty file".to_owned();
    }
    if let Some((_, name)) = KNOWN.iter().find(|(start, _)| bytes.starts_with(start)) {
        return (*name).to_owned();
    }
    let start = &bytes[..bytes.len().min(60)];
    if start.iter().all(|&b| b.is_ascii_graphic() || b.is_ascii_whitespace()) {
        let text = String::from_utf8_lossy(start);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let what = if text.starts_with('<') { "an HTML or XML page" } else { "text" };
        return format!("{what} that begins with \"{text}\"");
    }
    let hex: Vec<String> = start.iter().take(8).map(|b| format!("{b:02x}")).collect();
    format!("a file that begins with the bytes {}", hex.join(" "))
}

#[cfg(test)]
mod tests;
