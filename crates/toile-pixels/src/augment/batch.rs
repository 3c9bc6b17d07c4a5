//! The images of a training step, augmented on the threads that ask for their rows.

use std::sync::{Mutex, OnceLock};

use crate::Normalizer;
use crate::augment::Augmenter;
use crate::augment::draws::Moment;
use crate::augment::mixture::{Mixing, Mixture};
use crate::augment::shift::{Shift, Shifter};

/// The images of a training step, augmented on the threads that ask for their rows. It is used for one step after the
/// other, and allocates nothing once it has seen the largest batch.
#[derive(Debug)]
pub struct AugmentedBatch {
    augmenter: Augmenter,
    way: Way,
    moment: Moment,
    images: Vec<u32>,
    identities: Vec<u32>,
    mixture: Option<Mixture>,
}

/// How rows come about.
#[derive(Debug)]
enum Way {
    /// There is no transform.
    Unchanged,
    /// Row by row from the image in its data set.
    Shifts { shifter: Shifter, shifts: Vec<Shift> },
    /// Whoever asks for an image's first row changes the whole image.
    Whole(Changed),
}

/// Changed images of a batch, made where they are first asked for.
#[derive(Debug, Default)]
struct Changed {
    /// An image, and as many bytes behind it that were needed on the way.
    images: Vec<OnceLock<Vec<u8>>>,
    /// Buffers for images that are still to be made, one for each.
    spare: Mutex<Vec<Vec<u8>>>,
}

impl AugmentedBatch {
    /// No images yet: see [`AugmentedBatch::begin`].
    pub fn new(augmenter: Augmenter) -> AugmentedBatch {
        let way = match augmenter.transforms() {
            [] => Way::Unchanged,
            _ => match Shifter::of(&augmenter) {
                Some(shifter) => Way::Shifts { shifter, shifts: Vec::new() },
                None => Way::Whole(Changed::default()),
            },
        };
        AugmentedBatch {
            augmenter,
            way,
            moment: Moment::default(),
            images: Vec::new(),
            identities: Vec::new(),
            mixture: None,
        }
    }

    /// Turns to the images with these indices in their data set. What happens to each depends on its identity: its index,
    /// unless an image may come several times an epoch.
    ///
    /// # Panics
    /// Not an identity for each image.
    pub fn begin(&mut self, moment: Moment, images: &[u32], identities: &[u32]) {
        assert_eq!(images.len(), identities.len(), "an identity for each image");
        self.moment = moment;
        self.images.clear();
        self.images.extend_from_slice(images);
        self.identities.clear();
        self.identities.extend_from_slice(identities);
        self.mixture = identities.first().and_then(|&first| self.augmenter.mixture(moment, first));
        match &mut self.way {
            Way::Unchanged => {}
            Way::Shifts { shifter, shifts } => {
                shifts.clear();
                shifts.extend(identities.iter().map(|&identity| shifter.shift(moment, identity)));
            }
            Way::Whole(changed) => changed.begin(images.len(), self.augmenter.shape().iter().product()),
        }
    }

    /// Writes a row of the image at this place of the batch, normalised, `[column][channel]`; `pixels` has the bytes of
    /// the image with an index.
    ///
    /// # Panics
    /// Images of another shape than the augmenter's, a place or a row past the end.
    pub fn write<'p>(
        &self,
        pixels: &dyn Fn(u32) -> &'p [u8],
        normalizer: &Normalizer,
        image: usize,
        row: usize,
        to: &mut [f32],
    ) {
        let original = |image: usize| pixels(self.images[image]);
        match &self.way {
            Way::Unchanged => {
                let start = row * to.len();
                normalizer.apply(&original(image)[start..start + to.len()], to);
            }
            Way::Shifts { shifter, shifts } => {
                shifter.write(&shifts[image], (original(image), normalizer), row, to);
            }
            Way::Whole(changed) => {
                let start = row * to.len();
                let row_of = |image: usize| {
                    let make = |pixels: &mut [u8], scratch: &mut [u8]| {
                        pixels.copy_from_slice(original(image));
                        self.augmenter.apply(self.moment, self.identities[image], pixels, scratch);
                    };
                    &changed.image(image, make)[start..start + to.len()]
                };
                match self.mixture {
                    None => normalizer.apply(row_of(image), to),
                    Some(mixture) => {
                        let other = row_of(self.partner(image));
                        mix(mixture, row, row_of(image), other, normalizer, to);
                    }
                }
            }
        }
    }

    /// What is left of each image's own label; the rest belongs to its partner's. `None` where nothing is mixed.
    pub fn share(&self) -> Option<f64> {
        self.mixture.map(|mixture| mixture.share)
    }

    /// The image that the one at this place of the batch is mixed with: the one before it.
    pub fn partner(&self, image: usize) -> usize {
        let images = self.images.len();
        (image + images - 1) % images
    }
}

#[cfg(test)]
impl AugmentedBatch {
    /// Addresses of the buffers that hold images.
    pub(super) fn buffers(&self) -> Vec<*const u8> {
        match &self.way {
            Way::Whole(changed) => {
                changed.images.iter().filter_map(OnceLock::get).map(|b| b.as_ptr()).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// A row of two images.
fn mix(mixture: Mixture, row: usize, own: &[u8], other: &[u8], normalizer: &Normalizer, to: &mut [f32]) {
    match mixture.how {
        Mixing::Everywhere => {
            let (share, rest) = (mixture.share as f32, (1.0 - mixture.share) as f32);
            normalizer.apply(own, to);
            let channels = normalizer.channels();
            for (to, other) in to.chunks_exact_mut(channels).zip(other.chunks_exact(channels)) {
                for (channel, (to, &other)) in to.iter_mut().zip(other).enumerate() {
                    *to = normalizer.value(channel, other) * rest + *to * share;
                }
            }
        }
        Mixing::Rectangle(rectangle) => {
            normalizer.apply(own, to);
            if (rectangle.top..rectangle.top + rectangle.height).contains(&row) {
                let channels = normalizer.channels();
                let columns = rectangle.left * channels..(rectangle.left + rectangle.width) * channels;
                normalizer.apply(&other[columns.clone()], &mut to[columns]);
            }
        }
    }
}

impl Changed {
    /// Takes all buffers back, and has one for each of so many images of this length.
    fn begin(&mut self, images: usize, len: usize) {
        let spare = self.spare.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner());
        spare.extend(self.images.iter_mut().filter_map(OnceLock::take));
        if self.images.len() < images {
            self.images.resize_with(images, OnceLock::new);
        }
        if spare.len() < images {
            spare.resize_with(images, || vec![0; 2 * len]);
        }
    }

    /// The image at this place of the batch, made by `make(pixels, scratch)` unless it is there already. Two threads that
    /// ask for the same one at the same time get the same one.
    fn image(&self, place: usize, make: impl FnOnce(&mut [u8], &mut [u8])) -> &[u8] {
        let buffer = self.images[place].get_or_init(|| {
            let mut spare = self.spare.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let mut buffer = spare.pop().expect("a buffer for each image");
            drop(spare);
            let len = buffer.len() / 2;
            let (pixels, scratch) = buffer.split_at_mut(len);
            make(pixels, scratch);
            buffer
        });
        &buffer[..buffer.len() / 2]
    }
}
