//! The data sets Toile knows by name.

use crate::dataset::DatasetInfo;

/// What is known of a data set before it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogEntry {
    /// Name in study files.
    pub name: &'static str,
    /// Name in sentences.
    pub title: &'static str,
    /// Channels, height and width of an image.
    pub image_shape: [usize; 3],
    /// Names of the classes, in the order of their indices.
    pub class_names: &'static [&'static str],
    /// Number of training images.
    pub train_images: usize,
    /// Number of test images.
    pub test_images: usize,
}

impl CatalogEntry {
    /// The same, as it is known of any data set.
    pub fn info(&self) -> DatasetInfo {
        DatasetInfo {
            name: self.name.to_owned(),
            image_shape: self.image_shape,
            class_names: self.class_names.iter().map(|&name| name.to_owned()).collect(),
            train_images: self.train_images,
            validation_images: 0,
            test_images: self.test_images,
        }
    }
}

/// Zalando's articles (Xiao, Rasul and Vollgraf 2017), MIT licence.
pub const FASHION_MNIST: CatalogEntry = CatalogEntry {
    name: "fashion-mnist",
    title: "Fashion-MNIST",
    image_shape: [1, 28, 28],
    class_names: &[
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ],
    train_images: 60_000,
    test_images: 10_000,
};

/// The first images of each class of Fashion-MNIST: built into the library, there without a network.
pub const FASHION_MNIST_SMALL: CatalogEntry = CatalogEntry {
    name: "fashion-mnist-small",
    title: "Fashion-MNIST, a small subset for trying things out",
    image_shape: FASHION_MNIST.image_shape,
    class_names: FASHION_MNIST.class_names,
    train_images: 512,
    test_images: 256,
};

const DIGITS: &[&str] = &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// Handwritten digits (LeCun, Cortes and Burges).
pub const MNIST: CatalogEntry = CatalogEntry {
    name: "mnist",
    title: "MNIST, handwritten digits",
    image_shape: [1, 28, 28],
    class_names: DIGITS,
    train_images: 60_000,
    test_images: 10_000,
};

/// Cursive Japanese (Clanuwat et al. 2018), CC BY-SA 4.0; the classes are named by their sound.
pub const KMNIST: CatalogEntry = CatalogEntry {
    name: "kmnist",
    title: "Kuzushiji-MNIST, cursive Japanese characters",
    class_names: &["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"],
    ..MNIST
};

/// Digits and letters of both cases where they differ (Cohen et al. 2017, section II): letters whose two cases look
/// alike are one class, named by its upper case.
const MERGED: &[&str] = &[
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K",
    "L", "M", "N", "O", "P", "Q", "R", "S", "T", "U", "V", "W", "X", "Y", "Z", "a", "b", "d", "e", "f", "g",
    "h", "n", "q", "r", "t",
];

/// EMNIST, as many images of each class.
pub const EMNIST_BALANCED: CatalogEntry = CatalogEntry {
    name: "emnist-balanced",
    title: "EMNIST Balanced, handwritten digits and letters",
    image_shape: [1, 28, 28],
    class_names: MERGED,
    train_images: 112_800,
    test_images: 18_800,
};

/// EMNIST, all images, both cases of every letter.
pub const EMNIST_BYCLASS: CatalogEntry = CatalogEntry {
    name: "emnist-byclass",
    title: "EMNIST ByClass, handwritten digits and letters of both cases",
    class_names: &[
        "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "A", "B", "C", "D", "E", "F", "G", "H", "I", "J",
        "K", "L", "M", "N", "O", "P", "Q", "R", "S", "T", "U", "V", "W", "X", "Y", "Z", "a", "b", "c", "d",
        "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x",
        "y", "z",
    ],
    train_images: 697_932,
    test_images: 116_323,
    ..EMNIST_BALANCED
};

/// EMNIST, all images, letters whose cases look alike merged.
pub const EMNIST_BYMERGE: CatalogEntry = CatalogEntry {
    name: "emnist-bymerge",
    title: "EMNIST ByMerge, handwritten digits and letters",
    class_names: MERGED,
    ..EMNIST_BYCLASS
};

/// EMNIST, digits alone.
pub const EMNIST_DIGITS: CatalogEntry = CatalogEntry {
    name: "emnist-digits",
    title: "EMNIST Digits",
    class_names: DIGITS,
    train_images: 240_000,
    test_images: 40_000,
    ..EMNIST_BALANCED
};

/// EMNIST, letters alone, both cases merged.
pub const EMNIST_LETTERS: CatalogEntry = CatalogEntry {
    name: "emnist-letters",
    title: "EMNIST Letters",
    class_names: &[
        "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S", "T",
        "U", "V", "W", "X", "Y", "Z",
    ],
    train_images: 124_800,
    test_images: 20_800,
    ..EMNIST_BALANCED
};

/// EMNIST, digits in the numbers of MNIST.
pub const EMNIST_MNIST: CatalogEntry = CatalogEntry {
    name: "emnist-mnist",
    title: "EMNIST MNIST, digits in the numbers of MNIST",
    class_names: DIGITS,
    train_images: 60_000,
    test_images: 10_000,
    ..EMNIST_BALANCED
};

/// Photographs of ten kinds of things (Krizhevsky 2009).
pub const CIFAR10: CatalogEntry = CatalogEntry {
    name: "cifar-10",
    title: "CIFAR-10, small photographs",
    image_shape: [3, 32, 32],
    class_names: &["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
    train_images: 50_000,
    test_images: 10_000,
};

/// All of them.
pub const CATALOG: &[CatalogEntry] = &[
    FASHION_MNIST,
    FASHION_MNIST_SMALL,
    MNIST,
    KMNIST,
    EMNIST_BALANCED,
    EMNIST_BYCLASS,
    EMNIST_BYMERGE,
    EMNIST_DIGITS,
    EMNIST_LETTERS,
    EMNIST_MNIST,
    CIFAR10,
];

/// The data set of this name.
pub fn find(name: &str) -> Option<&'static CatalogEntry> {
    CATALOG.iter().find(|info| info.name == name)
}
