//! What the data sets of the catalogue consist of: their files, what is in each, and where they are to be had.

use std::borrow::Cow;

use crate::catalog::*;

/// A data set of the catalogue as it is published.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Definition {
    pub(crate) info: &'static CatalogEntry,
    /// Its folder in the cache; data sets of one archive share one.
    pub(crate) folder: &'static str,
    /// Folders below a named one in which other programs keep the files.
    pub(crate) below: &'static [&'static str],
    pub(crate) files: &'static [FileSpec],
    /// Who publishes it, in the order in which they are asked.
    pub(crate) homes: &'static [Home],
    /// Folders that other software fills.
    pub(crate) system_folders: &'static [&'static str],
    /// A Debian package of it.
    pub(crate) package: Option<&'static str>,
    /// All files in gzip, where they are part of the program.
    pub(crate) embedded: Option<&'static [&'static [u8]]>,
}

/// A file as published, before any compression.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileSpec {
    pub(crate) name: &'static str,
    pub(crate) half: Half,
    pub(crate) content: Content,
    /// SHA-256 of the uncompressed bytes, lower-case hexadecimal. None where none could be compared with the published
    /// file yet: such a file is used and told to be not verified.
    pub(crate) sha256: Option<&'static str>,
}

/// What a file's images are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    Train,
    Test,
}

/// What is in a file and how it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// An IDX file of images.
    Images(Orientation),
    /// An IDX file of labels; the classes are counted from `first` on.
    Labels { first: u8 },
    /// One of CIFAR-10's batches, which holds both.
    CifarBatch,
}

/// How images lie in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Orientation {
    Upright,
    /// Column by column: each image's rows and columns are exchanged.
    Transposed,
}

/// Who publishes a data set.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    pub(crate) address: Cow<'static, str>,
    pub(crate) holds: Holding,
}

/// What lies at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holding {
    /// Each file in gzip, below the address, which ends in a slash.
    Files,
    /// One zip archive of all files, each of them in gzip.
    Zip,
    /// One tar archive in gzip.
    TarGz,
}

impl Definition {
    /// Files whose content can be verified.
    pub(crate) fn is_verifiable(&self) -> bool {
        self.files.iter().all(|spec| spec.sha256.is_some())
    }

    /// Number of images of a half.
    pub(crate) fn images(&self, half: Half) -> usize {
        match half {
            Half::Train => self.info.train_images,
            Half::Test => self.info.test_images,
        }
    }

    /// The file of the same half that holds the same content.
    pub(crate) fn of_half(&self, half: Half) -> impl Iterator<Item = (usize, &'static FileSpec)> + use<> {
        self.files.iter().enumerate().filter(move |(_, spec)| spec.half == half)
    }
}

const fn home(address: &'static str, holds: Holding) -> Home {
    Home { address: Cow::Borrowed(address), holds }
}

/// Training images and labels, test images and labels.
const fn pairs(
    names: [&'static str; 4],
    digests: [Option<&'static str>; 4],
    orientation: Orientation,
    first: u8,
) -> [FileSpec; 4] {
    let (images, labels) = (Content::Images(orientation), Content::Labels { first });
    [
        FileSpec { name: names[0], half: Half::Train, content: images, sha256: digests[0] },
        FileSpec { name: names[1], half: Half::Train, content: labels, sha256: digests[1] },
        FileSpec { name: names[2], half: Half::Test, content: images, sha256: digests[2] },
        FileSpec { name: names[3], half: Half::Test, content: labels, sha256: digests[3] },
    ]
}

/// The file names of MNIST, which those who followed it have kept.
const MNIST_NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

const fn batch(name: &'static str, half: Half) -> FileSpec {
    FileSpec { name, half, content: Content::CifarBatch, sha256: None }
}

const NOWHERE: Definition = Definition {
    info: &FASHION_MNIST,
    folder: "",
    below: &[],
    files: &[],
    homes: &[],
    system_folders: &[],
    package: None,
    embedded: None,
};

/// A split of EMNIST: its files lie in one archive with those of all others, their images transposed.
macro_rules! emnist {
    ($info:ident, $split:literal, first label $first:literal) => {
        Definition {
            info: &$info,
            folder: "emnist",
            below: &["gzip", "raw", "EMNIST/raw"],
            files: &pairs(
                [
                    concat!("emnist-", $split, "-train-images-idx3-ubyte"),
                    concat!("emnist-", $split, "-train-labels-idx1-ubyte"),
                    concat!("emnist-", $split, "-test-images-idx3-ubyte"),
                    concat!("emnist-", $split, "-test-labels-idx1-ubyte"),
                ],
                [None; 4],
                Orientation::Transposed,
                $first,
            ),
            homes: &[home("https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip", Holding::Zip)],
            ..NOWHERE
        }
    };
}

pub(crate) const DEFINITIONS: &[Definition] = &[
    Definition {
        info: &FASHION_MNIST,
        folder: FASHION_MNIST.name,
        below: &["raw", "FashionMNIST/raw"],
        files: &pairs(
            MNIST_NAMES,
            [
                Some("c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
                Some("bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
                Some("5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
                Some("0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
            ],
            Orientation::Upright,
            0,
        ),
        homes: &[
            home("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/", Holding::Files),
            home(
                "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
                Holding::Files,
            ),
        ],
        system_folders: &["/usr/share/datasets/fashion-mnist"],
        package: Some("dataset-fashion-mnist"),
        embedded: None,
    },
    Definition {
        info: &FASHION_MNIST_SMALL,
        folder: FASHION_MNIST_SMALL.name,
        below: &["raw", "FashionMNIST/raw"],
        files: &pairs(
            MNIST_NAMES,
            [
                Some("9f65cf2e97dd5acefd1f1db37b40cbf98304c8d2325c8954b3e12a660cc6a589"),
                Some("54e756021a528b6e9cc5d2db84c6ca0e572e51dccd9b70d2e13594cf50a35207"),
                Some("63dfac4062db99715de9e7bb52d6e525528f14d7fb6d49fbc8f31023ed06265b"),
                Some("ab4a18827ccc2305edd145a04a71ce517d213e537a681c46196d520bc1b23536"),
            ],
            Orientation::Upright,
            0,
        ),
        embedded: Some(&[
            include_bytes!("../tests/data/fashion-mnist-small/train-images-idx3-ubyte.gz"),
            include_bytes!("../tests/data/fashion-mnist-small/train-labels-idx1-ubyte.gz"),
            include_bytes!("../tests/data/fashion-mnist-small/t10k-images-idx3-ubyte.gz"),
            include_bytes!("../tests/data/fashion-mnist-small/t10k-labels-idx1-ubyte.gz"),
        ]),
        ..NOWHERE
    },
    Definition {
        info: &MNIST,
        folder: MNIST.name,
        below: &["raw", "MNIST/raw"],
        files: &pairs(
            MNIST_NAMES,
            [
                Some("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
                Some("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
                Some("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
                Some("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
            ],
            Orientation::Upright,
            0,
        ),
        homes: &[
            home("https://ossci-datasets.s3.amazonaws.com/mnist/", Holding::Files),
            home("https://storage.googleapis.com/cvdf-datasets/mnist/", Holding::Files),
        ],
        ..NOWHERE
    },
    Definition {
        info: &KMNIST,
        folder: KMNIST.name,
        below: &["raw", "KMNIST/raw"],
        files: &pairs(MNIST_NAMES, [None; 4], Orientation::Upright, 0),
        homes: &[home("http://codh.rois.ac.jp/kmnist/dataset/kmnist/", Holding::Files)],
        ..NOWHERE
    },
    emnist!(EMNIST_BALANCED, "balanced", first label 0),
    emnist!(EMNIST_BYCLASS, "byclass", first label 0),
    emnist!(EMNIST_BYMERGE, "bymerge", first label 0),
    emnist!(EMNIST_DIGITS, "digits", first label 0),
    emnist!(EMNIST_LETTERS, "letters", first label 1),
    emnist!(EMNIST_MNIST, "mnist", first label 0),
    Definition {
        info: &CIFAR10,
        folder: CIFAR10.name,
        below: &["cifar-10-batches-bin", "CIFAR10/cifar-10-batches-bin"],
        files: &[
            batch("data_batch_1.bin", Half::Train),
            batch("data_batch_2.bin", Half::Train),
            batch("data_batch_3.bin", Half::Train),
            batch("data_batch_4.bin", Half::Train),
            batch("data_batch_5.bin", Half::Train),
            batch("test_batch.bin", Half::Test),
        ],
        homes: &[home("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz", Holding::TarGz)],
        ..NOWHERE
    },
];

/// The definition behind a name of the catalogue.
pub(crate) fn find(name: &str) -> Option<&'static Definition> {
    DEFINITIONS.iter().find(|definition| definition.info.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_of_the_catalogue_has_one_definition_and_its_names_are_unique() {
        let defined: Vec<&str> = DEFINITIONS.iter().map(|definition| definition.info.name).collect();
        let known: Vec<&str> = CATALOG.iter().map(|entry| entry.name).collect();
        assert_eq!(defined, known);
        for definition in DEFINITIONS {
            let info = definition.info;
            let mut names = info.class_names.to_vec();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), info.class_names.len(), "{}", info.name);
            assert!(definition.embedded.is_some() || !definition.homes.is_empty(), "{}", info.name);
            let halves = [Half::Train, Half::Test].map(|half| definition.of_half(half).count());
            assert!(halves.iter().all(|&files| files > 0), "{}", info.name);
            // Who is shown no test image is shown the digests before theirs.
            let is_last = |(file, _)| file >= halves[0];
            assert!(definition.of_half(Half::Test).all(is_last), "{}", info.name);
        }
        // Cohen et al. 2017, table II; the letters as their files have them.
        let classes = ["balanced", "byclass", "bymerge", "digits", "letters", "mnist"]
            .map(|split| find(&format!("emnist-{split}")).unwrap().info.class_names.len());
        assert_eq!(classes, [47, 62, 47, 10, 26, 10]);
    }
}
