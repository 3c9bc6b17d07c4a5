//! One array in NumPy's format, version 1.0 (<https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>).

/// An array's bytes: header and values.
#[derive(Debug)]
pub(super) struct Array(pub(super) Vec<u8>);

impl Array {
    /// 32 bit floats.
    pub(super) fn floats(shape: &[usize], values: &[f32]) -> Array {
        Array::new("<f4", shape, values.iter().flat_map(|value| value.to_le_bytes()))
    }

    /// Whole numbers of 64 bits, from 0.
    pub(super) fn integers(shape: &[usize], values: &[u64]) -> Array {
        Array::new("<u8", shape, values.iter().flat_map(|value| value.to_le_bytes()))
    }

    /// Texts: each as many characters of 32 bits as the longest has, filled up with zeros.
    pub(super) fn texts(shape: &[usize], texts: &[String]) -> Array {
        let longest = texts.iter().map(|text| text.chars().count()).max().unwrap_or(0).max(1);
        let padded = |text: &String| {
            let mut units: Vec<u32> = text.chars().map(u32::from).collect();
            units.resize(longest, 0);
            units
        };
        let units = texts.iter().flat_map(padded).flat_map(u32::to_le_bytes);
        Array::new(&format!("<U{longest}"), shape, units)
    }

    fn new(kind: &str, shape: &[usize], values: impl Iterator<Item = u8>) -> Array {
        // A tuple of one has a comma behind it, and so may any other but the empty one.
        let sides: String = shape.iter().map(|side| format!("{side},")).collect();
        let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({sides}), }}");
        // Spaces and a line break up to a multiple of 64 keep the values aligned.
        while !(MAGIC.len() + 2 + header.len() + 1).is_multiple_of(64) {
            header.push(' ');
        }
        header.push('\n');
        let mut bytes = MAGIC.to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(values);
        Array(bytes)
    }
}

/// The format's name and version 1.0.
const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";
