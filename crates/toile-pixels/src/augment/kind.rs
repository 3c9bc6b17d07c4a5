//! What every transform offers.

use crate::augment::draws::Draws;
use crate::augment::image::Image;
use crate::augment::mistake::Mistake;
use crate::augment::mixture::Mixture;
use crate::augment::setting::{ReadSettings, Setting};

/// A transform by its settings.
pub(super) trait Kind: Sized {
    /// torchvision's name.
    const NAME: &'static str;
    /// Its settings.
    const KEYS: &'static [&'static str];
    /// How a study file writes it.
    const EXAMPLE: &'static str;

    /// Reads its settings, whatever their values.
    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error>;

    /// Its settings as data.
    fn settings(&self) -> Vec<Setting>;

    /// Whether the values of its settings can be.
    fn check(&self) -> Result<(), Mistake>;

    /// Whether it can be done to images of this shape ([channels, height, width]).
    fn fits(&self, _shape: [usize; 3]) -> Result<(), Mistake> {
        Ok(())
    }

    /// What it changes.
    fn effect(&self) -> Effect<'_>;
}

/// What a transform changes.
pub(super) enum Effect<'a> {
    /// One image after the other.
    OnImage(&'a dyn ImageTransform),
    /// The images of a batch, with each other.
    OnBatch(&'a dyn BatchTransform),
}

/// Changes an image.
pub(super) trait ImageTransform {
    /// Draws what happens to the image, and does it.
    fn apply(&self, draws: &mut Draws, image: Image<'_>);
}

/// Mixes the images of a batch.
pub(super) trait BatchTransform {
    /// Draws how the images of a batch are mixed.
    fn mixture(&self, draws: &mut Draws, shape: [usize; 3]) -> Mixture;
}
