//! An array as its file has it: elements in a row, a shape, and which axis runs fastest.

use std::path::{Path, PathBuf};

use super::error::{ArrayError, ArrayProblem};

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Bool,
    /// Whole numbers of so many bytes.
    Unsigned(usize),
    Signed(usize),
    /// IEEE 754 of so many bytes: 2, 4 or 8.
    Float(usize),
    /// Text of so many bytes, padded with zeros.
    Bytes(usize),
    /// Text of so many code points of four bytes each, padded with zeros.
    Unicode(usize),
}

impl Element {
    /// Bytes of an element.
    pub(super) fn width(self) -> usize {
        match self {
            Element::Bool => 1,
            Element::Unsigned(bytes)
            | Element::Signed(bytes)
            | Element::Float(bytes)
            | Element::Bytes(bytes) => bytes,
            Element::Unicode(points) => 4 * points,
        }
    }

    /// Bytes that byte order turns round.
    fn word(self) -> usize {
        match self {
            Element::Bytes(_) => 1,
            Element::Unicode(_) => 4,
            _ => self.width(),
        }
    }
}

/// Elements, little-endian, with what is needed to find one.
#[derive(Debug)]
pub(super) struct Array {
    pub(super) element: Element,
    pub(super) shape: Vec<usize>,
    /// Whether the first axis runs fastest, as Fortran and MATLAB have it, and not the last.
    pub(super) is_fortran: bool,
    /// As many as shape and element say.
    pub(super) bytes: Vec<u8>,
}

impl Array {
    /// The same with its elements' bytes turned round: of a big-endian file.
    pub(super) fn swapped(mut self) -> Array {
        let word = self.element.word();
        if word > 1 {
            self.bytes.chunks_exact_mut(word).for_each(<[u8]>::reverse);
        }
        self
    }

    /// Elements between neighbours along each axis.
    pub(super) fn strides(&self) -> Vec<usize> {
        let mut strides = vec![0; self.shape.len()];
        let mut stride = 1;
        let mut step = |axis: usize| {
            strides[axis] = stride;
            stride *= self.shape[axis];
        };
        match self.is_fortran {
            true => (0..self.shape.len()).for_each(&mut step),
            false => (0..self.shape.len()).rev().for_each(&mut step),
        }
        strides
    }

    /// Where the element at this place in the file stands along each axis.
    pub(super) fn index_of(&self, place: usize) -> Vec<usize> {
        self.strides().iter().zip(&self.shape).map(|(stride, size)| place / stride % size).collect()
    }

    /// Reads numbers as f64, which is exact for all of them but integers beyond 2^53; None of text.
    pub(super) fn numbers(&self) -> Option<fn(&[u8]) -> f64> {
        Some(match self.element {
            Element::Bool | Element::Unsigned(1) => |bytes| f64::from(bytes[0]),
            Element::Unsigned(2) => |bytes| f64::from(u16::from_le_bytes(fixed(bytes))),
            Element::Unsigned(4) => |bytes| f64::from(u32::from_le_bytes(fixed(bytes))),
            Element::Unsigned(_) => |bytes| u64::from_le_bytes(fixed(bytes)) as f64,
            Element::Signed(1) => |bytes| f64::from(bytes[0] as i8),
            Element::Signed(2) => |bytes| f64::from(i16::from_le_bytes(fixed(bytes))),
            Element::Signed(4) => |bytes| f64::from(i32::from_le_bytes(fixed(bytes))),
            Element::Signed(_) => |bytes| i64::from_le_bytes(fixed(bytes)) as f64,
            Element::Float(2) => |bytes| half(u16::from_le_bytes(fixed(bytes))),
            Element::Float(4) => |bytes| f64::from(f32::from_le_bytes(fixed(bytes))),
            Element::Float(_) => |bytes| f64::from_le_bytes(fixed(bytes)),
            Element::Bytes(_) | Element::Unicode(_) => return None,
        })
    }
}

/// The first bytes of an element that has as many.
fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
    std::array::from_fn(|i| bytes[i])
}

/// The value of an IEEE 754 half: exact.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let magnitude = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    };
    sign * magnitude
}

/// Where an array stands.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) file: PathBuf,
    pub(super) array: Option<String>,
}

impl Place {
    pub(super) fn file(file: &Path) -> Place {
        Place { file: file.to_owned(), array: None }
    }

    /// What is wrong here.
    pub(super) fn error(&self, problem: impl Into<ArrayProblem>) -> ArrayError {
        ArrayError { file: self.file.clone(), array: self.array.clone(), problem: Box::new(problem.into()) }
    }

    /// In words.
    pub(super) fn said(&self) -> String {
        match &self.array {
            Some(array) => format!("array {array}"),
            None => self.file.display().to_string(),
        }
    }
}

/// An array with where it stands.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) place: Place,
    pub(super) array: Array,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_those_of_the_standard() {
        // Bits and values of IEEE 754-2008, binary16.
        let cases = [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0400, 2f64.powi(-14)),
            (0x0001, 2f64.powi(-24)),
            (0x3555, 0.333251953125),
            (0x7c00, f64::INFINITY),
            (0xfc00, f64::NEG_INFINITY),
        ];
        for (bits, value) in cases {
            assert_eq!(half(bits), value, "{bits:#06x}");
        }
        assert!(half(0x7e00).is_nan());
    }

    #[test]
    fn a_place_in_the_file_is_an_index_along_the_axes() {
        for is_fortran in [false, true] {
            let array =
                Array { element: Element::Unsigned(1), shape: vec![2, 3, 4], is_fortran, bytes: vec![0; 24] };
            let strides = array.strides();
            assert_eq!(strides, if is_fortran { [1, 2, 6] } else { [12, 4, 1] });
            for place in 0..24 {
                let index = array.index_of(place);
                assert_eq!(index.iter().zip(&strides).map(|(i, stride)| i * stride).sum::<usize>(), place);
            }
        }
    }
}
