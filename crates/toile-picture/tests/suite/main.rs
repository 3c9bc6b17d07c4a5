//! Pictures: what Pillow reads from small files of every kind, what is refused and in which words, and files that are
//! cut off or changed at random.

mod bad;
mod damage;
mod golden;
mod made;
mod tiff_writer;

use std::path::PathBuf;

use toile_picture::{Limits, Preprocessing, Resize, probe};

/// The folder of the small files.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/pictures")
}

/// Names and bytes of all small files.
fn files() -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = (std::fs::read_dir(folder()).expect("the folder is there"))
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| toile_picture::has_picture_extension(path))
        .map(|path| {
            let name = path.file_name().expect("it has a name").to_string_lossy().into_owned();
            (name, std::fs::read(&path).expect("it can be read"))
        })
        .collect();
    files.sort();
    assert!(files.len() > 45, "only {} pictures are there", files.len());
    files
}

/// In a picture's own size.
fn own_size(bytes: &[u8], channels: usize, background: [u8; 3]) -> Preprocessing {
    let size = probe(bytes, &Limits::default()).expect("a whole file").size;
    Preprocessing { channels, size, resize: Resize::Squash, background }
}
