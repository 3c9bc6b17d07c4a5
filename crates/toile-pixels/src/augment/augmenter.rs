//! A list of transforms, checked for the images it is done to.

use crate::augment::draws::{Draws, Moment};
use crate::augment::image::Image;
use crate::augment::kind::Effect;
use crate::augment::mistake::AugmentError;
use crate::augment::mixture::Mixture;
use crate::augment::{Transform, check};

/// A list of transforms, checked for images of one shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Augmenter {
    shape: [usize; 3],
    transforms: Vec<Transform>,
}

impl Augmenter {
    /// For images of this shape ([channels, height, width]).
    ///
    /// # Errors
    /// A setting that cannot be, a transform that cannot be done to such images or in this order.
    pub fn new(transforms: &[Transform], shape: [usize; 3]) -> Result<Augmenter, AugmentError> {
        check(transforms)?;
        for (index, transform) in transforms.iter().enumerate() {
            let at = |mistake| AugmentError { index, transform: transform.name(), mistake };
            transform.fits(shape).map_err(at)?;
        }
        Ok(Augmenter { shape, transforms: transforms.to_vec() })
    }

    /// Channels, height and width of the images.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// The transforms, in their order.
    pub fn transforms(&self) -> &[Transform] {
        &self.transforms
    }

    /// Changes an image, all but what mixes a batch; `scratch` is as long, and its content does not matter.
    ///
    /// # Panics
    /// Pixels or a scratch of another length than the shape's.
    pub fn apply(&self, moment: Moment, image: u32, pixels: &mut [u8], scratch: &mut [u8]) {
        let shape = self.shape;
        let len: usize = shape.iter().product();
        assert_eq!(
            (pixels.len(), scratch.len()),
            (len, len),
            "a byte for each number of an image of {shape:?}"
        );
        for (place, transform) in self.transforms.iter().enumerate() {
            if let Effect::OnImage(transform) = transform.effect() {
                let mut draws = Draws::new(moment, place, image);
                transform.apply(&mut draws, Image { shape, pixels, scratch });
            }
        }
    }

    /// How a batch is mixed whose first image this is.
    pub(super) fn mixture(&self, moment: Moment, first_image: u32) -> Option<Mixture> {
        let (place, last) = self.transforms.iter().enumerate().next_back()?;
        match last.effect() {
            Effect::OnBatch(mixing) => {
                Some(mixing.mixture(&mut Draws::new(moment, place, first_image), self.shape))
            }
            Effect::OnImage(_) => None,
        }
    }
}
