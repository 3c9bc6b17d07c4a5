//! The published files of each data set of the catalogue.

use crate::catalog::{CatalogEntry, FASHION_MNIST, FASHION_MNIST_SMALL};

/// Places of the four files in every array of four.
pub(crate) const TRAIN: Half = Half { images: 0, labels: 1 };
pub(crate) const TEST: Half = Half { images: 2, labels: 3 };

/// Where the images and the labels of a half stand.
#[derive(Clone, Copy)]
pub(crate) struct Half {
    pub(crate) images: usize,
    pub(crate) labels: usize,
}

impl Half {
    pub(crate) fn of(file: usize) -> Half {
        if file < 2 { TRAIN } else { TEST }
    }
}

/// A file as published, before any compression.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileSpec {
    pub(crate) name: &'static str,
    /// SHA-256 of the uncompressed bytes, lower-case hexadecimal.
    pub(crate) sha256: &'static str,
}

/// A data set that consists of four IDX files.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Definition {
    pub(crate) info: &'static CatalogEntry,
    /// What torchvision calls it: it keeps the files in the folder `raw` of a folder of this name.
    pub(crate) torchvision: &'static str,
    /// Training images and labels, test images and labels.
    pub(crate) files: [FileSpec; 4],
    /// The same four in gzip, where they are part of the program.
    pub(crate) embedded: Option<[&'static [u8]; 4]>,
}

const NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

const fn files(digests: [&'static str; 4]) -> [FileSpec; 4] {
    let mut files = [FileSpec { name: "", sha256: "" }; 4];
    let mut i = 0;
    while i < 4 {
        files[i] = FileSpec { name: NAMES[i], sha256: digests[i] };
        i += 1;
    }
    files
}

pub(crate) const DEFINITIONS: &[Definition] = &[
    Definition {
        info: &FASHION_MNIST,
        torchvision: "FashionMNIST",
        files: files([
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ]),
        embedded: None,
    },
    Definition {
        info: &FASHION_MNIST_SMALL,
        torchvision: "FashionMNIST",
        files: files([
            "9f65cf2e97dd5acefd1f1db37b40cbf98304c8d2325c8954b3e12a660cc6a589",
            "54e756021a528b6e9cc5d2db84c6ca0e572e51dccd9b70d2e13594cf50a35207",
            "63dfac4062db99715de9e7bb52d6e525528f14d7fb6d49fbc8f31023ed06265b",
            "ab4a18827ccc2305edd145a04a71ce517d213e537a681c46196d520bc1b23536",
        ]),
        embedded: Some([
            include_bytes!("../tests/data/fashion-mnist-small/train-images-idx3-ubyte.gz"),
            include_bytes!("../tests/data/fashion-mnist-small/train-labels-idx1-ubyte.gz"),
            include_bytes!("../tests/data/fashion-mnist-small/t10k-images-idx3-ubyte.gz"),
            include_bytes!("../tests/data/fashion-mnist-small/t10k-labels-idx1-ubyte.gz"),
        ]),
    },
];

/// The definition behind a name of the catalogue.
pub(crate) fn find(name: &str) -> Option<&'static Definition> {
    DEFINITIONS.iter().find(|definition| definition.info.name == name)
}
