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

/// All of them.
pub const CATALOG: &[CatalogEntry] = &[FASHION_MNIST, FASHION_MNIST_SMALL];

/// The data set of this name.
pub fn find(name: &str) -> Option<&'static CatalogEntry> {
    CATALOG.iter().find(|info| info.name == name)
}
