//! Mapped files have the bytes of the file, also when its name is gone.

use std::fs::{self, File};

use toile_kernels::mapped::MappedBytes;

#[test]
fn a_mapped_file_has_its_bytes_for_as_long_as_it_is_held() {
    let path = std::env::temp_dir().join(format!("toile-mapped-{}", std::process::id()));
    for len in [0usize, 1, 4095, 4096, 10_000] {
        let bytes: Vec<u8> = (0..len).map(|i| (i * 31 % 251) as u8).collect();
        fs::write(&path, &bytes).unwrap();
        let mapped = MappedBytes::of(&File::open(&path).unwrap()).unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(*mapped, *bytes, "{len} bytes");
    }
}

#[test]
fn what_cannot_be_mapped_is_an_error() {
    let folder = File::open(std::env::temp_dir()).unwrap();
    assert!(MappedBytes::of(&folder).is_err());
}
