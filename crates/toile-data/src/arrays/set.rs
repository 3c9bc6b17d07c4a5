//! What array files give.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// Images of one shape with their labels as a file has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// Channels, height and width of an image.
    pub image_shape: [usize; 3],
    /// `[image][row][column][channel]`.
    pub pixels: Vec<u8>,
    /// One an image.
    pub labels: Labels,
}

/// Labels as a file has them: which class is which index is decided elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Labels {
    /// Whole numbers of any size and sign.
    Integers(Vec<i64>),
    /// Names of classes.
    Names(Vec<String>),
}

/// All that the files of a data set hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArraySet {
    /// To learn from; without a `test`, all there is.
    pub train: Labelled,
    /// To choose an epoch by, where the files say which.
    pub validation: Option<Labelled>,
    /// To be judged by, where the files say which.
    pub test: Option<Labelled>,
}

impl Labels {
    /// Number of labels.
    pub fn len(&self) -> usize {
        match self {
            Labels::Integers(labels) => labels.len(),
            Labels::Names(names) => names.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Labelled {
    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// SHA-256 of shape, pixels and labels in lower-case hexadecimal: the same for the same content, however a file
    /// packs, orders or scales it.
    pub fn sha256(&self) -> String {
        let mut digest = Sha256::new();
        let [channels, height, width] = self.image_shape;
        for size in [channels, height, width, self.pixels.len()] {
            digest.update((size as u64).to_le_bytes());
        }
        digest.update(&self.pixels);
        match &self.labels {
            Labels::Integers(labels) => {
                digest.update(b"integers");
                labels.iter().for_each(|label| digest.update(label.to_le_bytes()));
            }
            Labels::Names(names) => {
                digest.update(b"names");
                for name in names {
                    digest.update((name.len() as u64).to_le_bytes());
                    digest.update(name);
                }
            }
        }
        digest.finalize().iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}
