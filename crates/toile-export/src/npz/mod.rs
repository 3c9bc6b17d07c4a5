//! NumPy: an archive of arrays that `numpy.load` opens with `allow_pickle=False`.
//!
//! The weights have their names in PyTorch's state dict. Beside them stand `class_names`, `mean`, `std`, `image_shape`,
//! `background`, `seed` and `epoch` as arrays, and what else the file says of itself ([`facts`]) as texts without
//! dimensions.

mod npy;
mod zip;

use toile_study::trained::Trained;

use crate::error::ExportError;
use crate::facts::facts;
use npy::Array;
use zip::Archive;

/// What is written as an array with dimensions, or is known from the names of the arrays.
const NO_TEXTS: [&str; 8] =
    ["class_names", "image_shape", "mean", "std", "background", "seed", "epoch", "weights"];

/// The bytes of an `.npz` file.
///
/// # Errors
/// More than the 4 GiB that an archive holds without the extension that few readers have.
pub fn file(trained: &Trained) -> Result<Vec<u8>, ExportError> {
    let mut archive = Archive::default();
    for (name, tensor) in &trained.weights.entries {
        archive.add(name, &Array::floats(&tensor.shape, &tensor.data));
    }
    let integers = |values: &[usize]| values.iter().map(|&value| value as u64).collect::<Vec<_>>();
    let scale = &trained.normalization;
    archive.add("class_names", &Array::texts(&[trained.class_names.len()], &trained.class_names));
    archive.add("mean", &Array::floats(&[scale.mean.len()], &scale.mean));
    archive.add("std", &Array::floats(&[scale.std.len()], &scale.std));
    archive.add("image_shape", &Array::integers(&[3], &integers(&trained.image_shape)));
    archive.add("background", &Array::integers(&[3], &trained.preprocessing.background.map(u64::from)));
    archive.add("seed", &Array::integers(&[], &[trained.run.seed]));
    archive.add("epoch", &Array::integers(&[], &[u64::from(trained.epoch)]));
    for (key, text) in facts(trained).into_iter().filter(|(key, _)| !NO_TEXTS.contains(&key.as_str())) {
        archive.add(&key, &Array::texts(&[], &[text]));
    }
    archive.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{EVERY_LAYER, trained};

    /// Names and contents of an archive's members, by its directory.
    fn members(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
        let number = |at: usize, bytes: usize| {
            archive[at..at + bytes].iter().rev().fold(0, |value, &byte| value << 8 | usize::from(byte))
        };
        let end = archive.len() - 22;
        assert_eq!(&archive[end..end + 4], b"PK\x05\x06");
        let (count, mut at) = (number(end + 10, 2), number(end + 16, 4));
        let mut found = Vec::new();
        for _ in 0..count {
            let (packed, unpacked, name) = (number(at + 20, 4), number(at + 24, 4), number(at + 28, 2));
            let (crc, offset) = (number(at + 16, 4), number(at + 42, 4));
            let name = String::from_utf8(archive[at + 46..at + 46 + name].to_vec()).unwrap();
            assert_eq!((&archive[offset..offset + 4], packed), (&b"PK\x03\x04"[..], unpacked), "{name}");
            // The local header says what the directory says.
            assert_eq!(archive[offset + 4..offset + 30], archive[at + 6..at + 32], "{name}");
            let start = offset + 30 + name.len();
            let contents = archive[start..start + packed].to_vec();
            assert_eq!(crc32fast::hash(&contents) as usize, crc, "{name}");
            at += 46 + name.len();
            found.push((name, contents));
        }
        assert_eq!(at, end);
        found
    }

    #[test]
    fn every_weight_and_every_fact_is_an_array() {
        let trained = trained(EVERY_LAYER, 1);
        let archive = members(&file(&trained).unwrap());
        let array = |name: &str| {
            let name = format!("{name}.npy");
            let (_, bytes) =
                archive.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no {name}"));
            let len = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
            assert_eq!(((10 + len) % 64, bytes[9 + len]), (0, b'\n'), "{name}");
            (String::from_utf8(bytes[10..10 + len].to_vec()).unwrap(), bytes[10 + len..].to_vec())
        };
        for (name, tensor) in &trained.weights.entries {
            let values: Vec<u8> = tensor.data.iter().flat_map(|value| value.to_le_bytes()).collect();
            assert_eq!(array(name).1, values, "{name}");
        }
        let (header, _) = array("conv1.weight");
        assert!(
            header.starts_with("{'descr': '<f4', 'fortran_order': False, 'shape': (6,1,3,5,), }"),
            "{header}"
        );
        let (header, names) = array("class_names");
        assert!(header.contains("'<U11'") && header.contains("(10,)"), "{header}");
        assert_eq!((names.len(), &names[..8]), (440, &[b'c', 0, 0, 0, b'l', 0, 0, 0][..]));
        assert_eq!(array("seed").1, 3u64.to_le_bytes());
        assert_eq!(array("study").1.len(), 4 * "every-layer".len());
        assert_eq!(
            archive.len(),
            trained.weights.entries.len() + 7 + 6,
            "arrays of weights, of numbers, of texts"
        );
    }
}
