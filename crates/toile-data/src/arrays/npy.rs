//! NumPy's own format for one array, versions 1.0, 2.0 and 3.0 (NEP 1): a magic, a header, the elements.
//!
//! The parser is our own: the crates that read the format build a grammar of all of Python's literals for these three
//! keys.

use std::io::{self, Read};

use super::array::{Array, Element};
use super::error::ArrayProblem;
use super::limits::BYTES_MAX;
use super::literal::{self, STRUCTURED};
use crate::describe::describe;

const MAGIC: &[u8] = b"\x93NUMPY";

/// NumPy itself reads no header of more than 10,000 bytes without being asked.
const HEADER_BYTES_MAX: u32 = 1 << 16;

const READ: &str = "what is read: bool, integers, float16, float32, float64, and text as labels. Convert it with \
                    .astype(\"uint8\"), .astype(\"float32\") or, labels, .astype(\"int64\") before it is saved";

/// Two lines of Python that make plain arrays of objects.
pub(super) type Conversion<'a> = &'a dyn Fn() -> String;

/// The array of a stream that holds nothing else. `len` is what the stream has, if that is known for certain.
pub(super) fn read(
    reader: &mut dyn Read,
    len: Option<u64>,
    conversion: Conversion<'_>,
) -> Result<Array, ArrayProblem> {
    let (text, header_len) = header(reader)?;
    let literal = literal::parse(&text).map_err(|what| ArrayProblem::Header { what })?;
    let (element, is_big) = element(&literal.descr, conversion)?;
    let shape = literal.shape;
    // A product of usizes in u128 can overflow where there are three and more.
    let elements = shape.iter().try_fold(1u128, |product, &size| product.checked_mul(size as u128));
    let bytes =
        elements.and_then(|elements| elements.checked_mul(element.width() as u128)).unwrap_or(u128::MAX);
    if let Some(found) =
        len.map(|len| len.saturating_sub(header_len)).filter(|&found| u128::from(found) != bytes)
    {
        return Err(ArrayProblem::Length { found, expected: bytes, shape });
    }
    if bytes > u128::from(BYTES_MAX) {
        return Err(ArrayProblem::TooLarge { bytes, limit: BYTES_MAX });
    }
    let mut elements = Vec::new();
    if len.is_some() {
        // So many bytes are there.
        elements.reserve_exact(bytes as usize);
    }
    reader.take(bytes as u64).read_to_end(&mut elements)?;
    // Reading past the end also lets an archive compare its checksum.
    let more = reader.read(&mut [0; 1])?;
    let found = (elements.len() + more) as u64;
    if u128::from(found) != bytes {
        return Err(ArrayProblem::Length { found, expected: bytes, shape });
    }
    elements.shrink_to_fit();
    let array = Array { element, shape, is_fortran: literal.is_fortran, bytes: elements };
    Ok(if is_big { array.swapped() } else { array })
}

/// The header's text, and how many bytes of the file it takes with all before it.
fn header(reader: &mut dyn Read) -> Result<(String, u64), ArrayProblem> {
    let damaged = |what: &str| ArrayProblem::Header { what: what.to_owned() };
    let mut start = Vec::new();
    reader.take(8).read_to_end(&mut start)?;
    if !start.starts_with(MAGIC) {
        // A little more of it, to say what it is.
        reader.take(60).read_to_end(&mut start)?;
        return Err(ArrayProblem::Foreign { found: describe(&start) });
    }
    let &[.., major, minor] = &start[..] else { return Err(damaged("it is cut off")) };
    let len_bytes = match (start.len(), major, minor) {
        (8, 1, 0) => 2,
        (8, 2 | 3, 0) => 4,
        (8, ..) => return Err(ArrayProblem::Version { major, minor }),
        _ => return Err(damaged("it is cut off")),
    };
    let cut = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof => damaged("it is cut off"),
        _ => error.into(),
    };
    let mut len = [0; 4];
    reader.read_exact(&mut len[..len_bytes]).map_err(cut)?;
    let len = u32::from_le_bytes(len);
    if len > HEADER_BYTES_MAX {
        return Err(ArrayProblem::Header { what: format!("it claims {len} bytes") });
    }
    let mut text = vec![0; len as usize];
    reader.read_exact(&mut text).map_err(cut)?;
    let text = match major {
        3 => String::from_utf8(text).map_err(|_| damaged("it is no UTF-8"))?,
        // Latin-1: each byte is the code point.
        _ => text.into_iter().map(char::from).collect(),
    };
    Ok((text, 8 + len_bytes as u64 + u64::from(len)))
}

/// What a type's description means, and whether its elements are big-endian.
fn element(descr: &str, conversion: Conversion<'_>) -> Result<(Element, bool), ArrayProblem> {
    let other = |wanted| ArrayProblem::Type { descr: descr.to_owned(), wanted };
    if descr == STRUCTURED {
        return Err(other("a structured type, whose fields have to be saved as arrays of their own"));
    }
    let (order, of_order) = match descr.chars().next() {
        Some(order @ ('<' | '>' | '|' | '=')) => (order, &descr[1..]),
        _ => ('=', descr),
    };
    let mut kind = of_order.chars();
    let (kind, size) = (kind.next().unwrap_or(' '), kind.as_str());
    if kind == 'O' {
        return Err(ArrayProblem::Objects { lines: conversion() });
    }
    let is_number = !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_digit());
    let size: usize = match size.parse() {
        Ok(size) if is_number => size,
        _ => return Err(other(READ)),
    };
    let element = match (kind, size) {
        ('b', 1) => Element::Bool,
        ('u', 1 | 2 | 4 | 8) => Element::Unsigned(size),
        ('i', 1 | 2 | 4 | 8) => Element::Signed(size),
        ('f', 2 | 4 | 8) => Element::Float(size),
        ('S', 1..) => Element::Bytes(size),
        ('U', 1..=0x1000_0000) => Element::Unicode(size),
        _ => return Err(other(READ)),
    };
    Ok((element, order == '>' || order == '=' && cfg!(target_endian = "big")))
}
