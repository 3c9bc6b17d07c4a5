//! Why a network has no page.

/// Why a network has no page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LiveError {
    /// Images that a screen cannot show.
    #[error("its images have {channels} channels; a page shows grey (1) and coloured ones (3)")]
    Channels {
        /// Of the network's images.
        channels: usize,
    },
    /// An example that the network cannot take.
    #[error(
        "test image {index} has {found} bytes, the network takes {expected}; give images of its own data set"
    )]
    ExamplePixels {
        /// Its number in the test set.
        index: u32,
        /// Height times width times channels.
        expected: usize,
        /// Bytes that it has.
        found: usize,
    },
    /// An example of a class that the network does not know.
    #[error(
        "test image {index} is of class {label}, which the network does not know; give images of its own data set"
    )]
    ExampleLabel {
        /// Its number in the test set.
        index: u32,
        /// Its class, from 0.
        label: u32,
    },
    /// More weights than a page can hold.
    #[error(
        "{parameters} parameters come to {bytes} bytes in a page, more than browsers take; export it for another program"
    )]
    TooLarge {
        /// Trained values of the network.
        parameters: usize,
        /// What its weights take as text.
        bytes: usize,
    },
}
