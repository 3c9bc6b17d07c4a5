//! The IDX format of the MNIST family: big-endian magic, dimensions, then elements.
//!
//! The third byte of the magic says what an element is, the fourth how many dimensions follow: 0x00000803 is "unsigned
//! bytes, rank 3" (count, rows, columns), 0x00000801 "unsigned bytes, rank 1" (count). Elements are big-endian as well.
//! Nothing may follow the last one.

use std::fmt;
use std::ops::Range;

use crate::describe::describe;

/// What an element of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// 0x08.
    U8,
    /// 0x09.
    I8,
    /// 0x0b.
    I16,
    /// 0x0c.
    I32,
    /// 0x0d.
    F32,
    /// 0x0e.
    F64,
}

impl Element {
    /// From the third byte of the magic.
    fn of(byte: u8) -> Option<Element> {
        Some(match byte {
            0x08 => Element::U8,
            0x09 => Element::I8,
            0x0b => Element::I16,
            0x0c => Element::I32,
            0x0d => Element::F32,
            0x0e => Element::F64,
            _ => return None,
        })
    }

    /// Bytes of an element.
    pub fn width(self) -> usize {
        match self {
            Element::U8 | Element::I8 => 1,
            Element::I16 => 2,
            Element::I32 | Element::F32 => 4,
            Element::F64 => 8,
        }
    }

    /// Whether it holds whole numbers.
    pub fn is_integer(self) -> bool {
        !matches!(self, Element::F32 | Element::F64)
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Element::U8 => "unsigned bytes",
            Element::I8 => "signed bytes",
            Element::I16 => "16-bit integers",
            Element::I32 => "32-bit integers",
            Element::F32 => "32-bit floats",
            Element::F64 => "64-bit floats",
        })
    }
}

/// What an IDX file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bytes of rank 3: grey images, as the MNIST family publishes them.
    Images,
    /// Bytes of rank 1: a class index an image, as the MNIST family publishes them.
    Labels,
    /// Elements of any type, of rank 3 or, with channels, 4.
    AnyImages,
    /// Integers of any width, of rank 1.
    AnyLabels,
}

impl Kind {
    fn accepts(self, element: Element, rank: usize) -> bool {
        match self {
            Kind::Images => element == Element::U8 && rank == 3,
            Kind::Labels => element == Element::U8 && rank == 1,
            Kind::AnyImages => rank == 3 || rank == 4,
            Kind::AnyLabels => element.is_integer() && rank == 1,
        }
    }

    /// Labels for images, and the reverse.
    fn other(self) -> Kind {
        match self {
            Kind::Images => Kind::Labels,
            Kind::Labels => Kind::Images,
            Kind::AnyImages => Kind::AnyLabels,
            Kind::AnyLabels => Kind::AnyImages,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Images => "images (IDX magic 0x00000803)",
            Kind::Labels => "labels (IDX magic 0x00000801)",
            Kind::AnyImages => "images (rank 3, or 4 with channels)",
            Kind::AnyLabels => "labels (integers, rank 1)",
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
    #[error("label {label} at index {index} (byte {offset}) names no class: labels run from {first} to {last}",
        offset = *index + 8, first = range.start, last = range.end - 1)]
    Label {
        /// Which label, from 0.
        index: usize,
        /// Its value.
        label: u8,
        /// The labels that name one.
        range: Range<usize>,
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
    let header = header(&bytes, Kind::Images)?;
    bytes.drain(..header.len());
    Ok(Images { count: header.dims[0], rows: header.dims[1], columns: header.dims[2], pixels: bytes })
}

/// The classes that the labels of an IDX file name, counted from 0: `range` is that of the labels themselves, which need
/// not begin at 0.
///
/// # Errors
/// Whatever is not exactly one IDX file of labels within `range`.
pub fn labels(bytes: &[u8], range: Range<usize>) -> Result<Vec<u32>, IdxError> {
    let header = header(bytes, Kind::Labels)?;
    let labels = &bytes[header.len()..];
    if let Some(index) = labels.iter().position(|&label| !range.contains(&usize::from(label))) {
        return Err(IdxError::Label { index, label: labels[index], range });
    }
    Ok(labels.iter().map(|&label| u32::from(label) - range.start as u32).collect())
}

/// What stands before the elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// What an element is.
    pub element: Element,
    /// The dimensions, none of them 0: the number of images or labels first.
    pub dims: Vec<usize>,
}

impl Header {
    /// Bytes of the header itself: the first element follows.
    #[expect(clippy::len_without_is_empty, reason = "a header is never empty")]
    pub fn len(&self) -> usize {
        4 + 4 * self.dims.len()
    }
}

/// Checks all of a file but the elements' values: its kind, its dimensions, and that it is as long as they say.
///
/// # Errors
/// Whatever is not exactly one IDX file of this kind.
pub fn header(bytes: &[u8], expected: Kind) -> Result<Header, IdxError> {
    let (element, rank) = check_magic(bytes, expected)?;
    let header_len = 4 + 4 * rank;
    if bytes.len() < header_len {
        return Err(IdxError::Truncated {
            found: bytes.len(),
            expected: header_len as u128,
            header: "its header alone would".to_owned(),
        });
    }
    let dims: Vec<u32> = (1..=rank).map(|dimension| word(bytes, dimension)).collect();
    let header = match &dims[..] {
        [count] => format!("{count} labels"),
        [count, sides @ ..] => {
            format!("{count} images of {}", sides.iter().map(u32::to_string).collect::<Vec<_>>().join(" x "))
        }
        [] => String::new(),
    };
    // Four factors below 2^32 are below 2^128; their width and the header fit only where a file could be so long.
    let elements = dims.iter().map(|&dim| u128::from(dim)).product::<u128>();
    let needed = elements.saturating_mul(element.width() as u128).saturating_add(header_len as u128);
    let found = bytes.len();
    match (found as u128).cmp(&needed) {
        std::cmp::Ordering::Less => Err(IdxError::Truncated { found, expected: needed, header }),
        std::cmp::Ordering::Greater => Err(IdxError::Oversized { found, expected: needed, header }),
        std::cmp::Ordering::Equal if dims.contains(&0) => Err(IdxError::Empty { header }),
        std::cmp::Ordering::Equal => {
            Ok(Header { element, dims: dims.iter().map(|&dim| dim as usize).collect() })
        }
    }
}

fn word(bytes: &[u8], index: usize) -> u32 {
    let at = 4 * index;
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Element and rank, if they are those of the expected kind.
fn check_magic(bytes: &[u8], expected: Kind) -> Result<(Element, usize), IdxError> {
    let foreign = || IdxError::Foreign { found: describe(bytes), expected };
    let &[0, 0, type_byte, rank, ..] = bytes else { return Err(foreign()) };
    let rank = usize::from(rank);
    let element = Element::of(type_byte);
    match element {
        Some(element) if expected.accepts(element, rank) => Ok((element, rank)),
        Some(element) if expected.other().accepts(element, rank) => {
            Err(IdxError::Swapped { found: expected.other(), expected })
        }
        _ if (0x08..=0x0e).contains(&type_byte) && (1..=8).contains(&rank) => {
            Err(IdxError::OtherIdx { magic: word(bytes, 0), expected })
        }
        _ => Err(foreign()),
    }
}

fn element_name(magic: u32) -> String {
    Element::of((magic >> 8) as u8)
        .map_or_else(|| "an unknown element type".to_owned(), |element| element.to_string())
}

#[cfg(test)]
mod tests;
