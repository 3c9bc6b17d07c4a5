//! An array as labels.

use super::array::{Array, Element};
use super::error::ArrayProblem;
use super::set::Labels;
use crate::plain_text::is_no_plain_text;

/// One label an image: numbers or names.
pub(super) fn labels(array: &Array) -> Result<Labels, ArrayProblem> {
    let refused = |remedy: String| ArrayProblem::LabelShape { shape: array.shape.clone(), remedy };
    match *array.shape {
        [0] | [0, _] => return Err(ArrayProblem::Empty { shape: array.shape.clone() }),
        [_] | [_, 1] => {}
        [_, classes] => {
            return Err(refused(format!(
                "if these are one-hot rows of {classes} classes, save y.argmax(axis=1) instead"
            )));
        }
        [_, _, _] | [_, _, _, _] => {
            return Err(refused("these look like images, given in the labels' place".to_owned()));
        }
        _ => return Err(refused("expected (N,) or (N, 1)".to_owned())),
    }
    let elements = array.bytes.chunks_exact(array.element.width());
    match array.element {
        Element::Bool => Ok(Labels::Integers(elements.map(|bytes| i64::from(bytes[0] != 0)).collect())),
        Element::Unsigned(_) | Element::Signed(_) => {
            let is_signed = matches!(array.element, Element::Signed(_));
            let label = |(index, bytes)| {
                let too_large = || ArrayProblem::Label { index, why: format!("is more than {}", i64::MAX) };
                integer(bytes, is_signed).ok_or_else(too_large)
            };
            Ok(Labels::Integers(elements.enumerate().map(label).collect::<Result<_, _>>()?))
        }
        Element::Bytes(_) | Element::Unicode(_) => {
            let is_wide = matches!(array.element, Element::Unicode(_));
            let name = |(index, bytes)| {
                text(bytes, is_wide).map_err(|why| ArrayProblem::Label { index, why: why.to_owned() })
            };
            Ok(Labels::Names(elements.enumerate().map(name).collect::<Result<_, _>>()?))
        }
        Element::Float(bytes) => Err(ArrayProblem::Type {
            descr: format!("float{}", 8 * bytes),
            wanted: "labels are whole numbers or text: save y.astype(\"int64\")",
        }),
    }
}

/// A whole number of up to eight bytes; None beyond i64.
fn integer(bytes: &[u8], is_signed: bool) -> Option<i64> {
    let is_negative = is_signed && bytes.last().is_some_and(|last| last >> 7 == 1);
    let mut wide = [if is_negative { 0xff } else { 0 }; 8];
    wide[..bytes.len()].copy_from_slice(bytes);
    match is_signed {
        true => Some(i64::from_le_bytes(wide)),
        false => i64::try_from(u64::from_le_bytes(wide)).ok(),
    }
}

/// Text without the zeros that fill it up.
fn text(bytes: &[u8], is_wide: bool) -> Result<String, &'static str> {
    let text = match is_wide {
        true => bytes
            .chunks_exact(4)
            .map(|point| char::from_u32(u32::from_le_bytes([point[0], point[1], point[2], point[3]])))
            .collect::<Option<String>>()
            .ok_or("has a character that Unicode does not know")?,
        false => {
            String::from_utf8(bytes.to_vec()).map_err(|_| "is no UTF-8; save y.astype(\"U\") instead")?
        }
    };
    match text.trim_end_matches('\0') {
        "" => Err("is an empty name"),
        name if name.contains(is_no_plain_text) => Err(
            "is not one line of plain text; rename its class, without control characters, byte-order marks and marks that turn the direction of \
             writing",
        ),
        name => Ok(name.to_owned()),
    }
}
