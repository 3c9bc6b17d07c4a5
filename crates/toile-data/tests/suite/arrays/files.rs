//! Small array files, written here.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::{Compression, Crc, write::DeflateEncoder, write::GzEncoder};
use toile_data::arrays::{Pair, Pairs};

/// A NumPy file of format version 1.0 with this header.
pub(super) fn npy_with(header: &str, bytes: &[u8]) -> Vec<u8> {
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(bytes);
    file
}

/// A NumPy file as NumPy writes it.
pub(super) fn npy(descr: &str, shape: &[usize], bytes: &[u8]) -> Vec<u8> {
    let shape: String = shape.iter().map(|size| format!("{size}, ")).collect();
    npy_with(&format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}\n"), bytes)
}

/// A member of a zip archive, with what its directory claims.
#[derive(Clone)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) method: u16,
    pub(super) flags: u16,
    pub(super) packed: Vec<u8>,
    pub(super) unpacked_len: u32,
    pub(super) crc: u32,
}

impl Member {
    pub(super) fn new(name: &str, bytes: &[u8], is_deflated: bool) -> Member {
        let mut crc = Crc::new();
        crc.update(bytes);
        let packed = match is_deflated {
            true => {
                let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            false => bytes.to_vec(),
        };
        let method = if is_deflated { 8 } else { 0 };
        let unpacked_len = bytes.len() as u32;
        Member { name: name.to_owned(), method, flags: 0, packed, unpacked_len, crc: crc.sum() }
    }

    /// The fields that the header of the member and its entry in the directory share.
    fn fields(&self) -> Vec<u8> {
        let mut fields = Vec::new();
        for word in [20, self.flags, self.method, 0, 0] {
            fields.extend(word.to_le_bytes());
        }
        for word in [self.crc, self.packed.len() as u32, self.unpacked_len] {
            fields.extend(word.to_le_bytes());
        }
        fields.extend((self.name.len() as u16).to_le_bytes());
        fields.extend([0, 0]);
        fields
    }
}

pub(super) fn zip(members: &[Member]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for member in members {
        let offset = file.len() as u32;
        file.extend(b"PK\x03\x04");
        file.extend(member.fields());
        file.extend(member.name.as_bytes());
        file.extend(&member.packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(member.fields());
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(member.name.as_bytes());
    }
    let (offset, count) = (file.len() as u32, members.len() as u16);
    file.extend(&directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    file.extend((directory.len() as u32).to_le_bytes());
    file.extend(offset.to_le_bytes());
    file.extend([0, 0]);
    file
}

/// An archive of arrays by name.
pub(super) fn npz(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    zip(&arrays.iter().map(|(name, npy)| Member::new(&format!("{name}.npy"), npy, true)).collect::<Vec<_>>())
}

/// Four grey images of 2 x 3 with their labels.
pub(super) fn small_images() -> Vec<u8> {
    npy("|u1", &[4, 2, 3], &Vec::from_iter(0..24))
}

pub(super) fn small_labels() -> Vec<u8> {
    npy("<i4", &[4], &[1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0])
}

pub(super) fn idx(element: u8, dims: &[u32], bytes: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, element, dims.len() as u8];
    dims.iter().for_each(|dim| file.extend(dim.to_be_bytes()));
    file.extend(bytes);
    file
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// A pair of files without a test half.
pub(super) fn pair(folder: &Path, images: &[u8], labels: &[u8]) -> Pairs {
    let train = Pair { images: write(folder, "images", images), labels: write(folder, "labels", labels) };
    Pairs { train, validation: None, test: None }
}

/// CIFAR's records: each label byte, then so many pixels of a plane's brightness.
pub(super) fn cifar_records(labels: &[&[u8]]) -> Vec<u8> {
    let mut file = Vec::new();
    for (index, labels) in labels.iter().enumerate() {
        file.extend(*labels);
        for channel in 0..3 {
            file.extend((0..1024).map(|at| (at / 4 + 40 * channel + index) as u8));
        }
    }
    file
}

/// A folder of CIFAR-10 with one image a batch.
pub(super) fn cifar10(folder: &Path) {
    for batch in 1..=5 {
        write(folder, &format!("data_batch_{batch}.bin"), &cifar_records(&[&[batch]]));
    }
    write(folder, "test_batch.bin", &cifar_records(&[&[9], &[0]]));
    let names = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n";
    write(folder, "batches.meta.txt", names.as_bytes());
}
