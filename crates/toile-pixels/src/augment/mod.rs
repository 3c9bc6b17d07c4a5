//! Augmentation: training images changed at random, by torchvision's names and meanings.
//!
//! What happens to an image is a function of (seed, epoch, image): neither the order of images, nor the number of
//! threads, nor an interruption shows in it. Transforms see bytes, as torchvision's see `uint8` tensors; numbers are
//! made of them afterwards.
//!
//! A transform's file holds its settings with their defaults, how they are read and shown, what they may be, what is
//! drawn, and what is done. The list at the end of this file is the only other place that names them.

mod angle;
mod augmenter;
mod batch;
mod color_jitter;
mod colour;
mod cut_mix;
mod draws;
mod image;
mod kind;
mod mistake;
mod mix_up;
mod mixer;
mod mixture;
mod padding;
mod random_affine;
mod random_crop;
mod random_erasing;
mod random_flip;
mod random_resized_crop;
mod random_rotation;
mod sampling;
mod setting;
mod shift;
#[cfg(test)]
mod tests;

pub use augmenter::Augmenter;
pub use batch::AugmentedBatch;
pub use draws::Moment;
pub use mistake::{AugmentError, Mistake};
pub use padding::PaddingMode;
pub use random_erasing::Cover;
pub use sampling::Interpolation;
pub use setting::{ReadSettings, Setting, SettingValue, Single};

use kind::{Effect, Kind};

/// Defines [`Transform`] from the list of transforms.
macro_rules! registry {
    ($($module:ident::$kind:ident,)*) => {
        $(pub use $module::$kind;)*

        /// One entry of a list of transforms.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum Transform {
            $(#[doc = concat!("See [`", stringify!($kind), "`].")] $kind($kind),)*
        }

        $(impl From<$kind> for Transform {
            fn from(transform: $kind) -> Transform {
                Transform::$kind(transform)
            }
        })*

        impl Transform {
            /// Names of all transforms, as torchvision has them.
            pub const NAMES: &'static [&'static str] = &[$($kind::NAME,)*];

            /// Settings of the transform of this name, and how a study file writes it; `None` for no such transform.
            pub fn keys_and_example(name: &str) -> Option<(&'static [&'static str], &'static str)> {
                match name {
                    $($kind::NAME => Some(($kind::KEYS, $kind::EXAMPLE)),)*
                    _ => None,
                }
            }

            /// Reads the settings of the transform of this name; `None` for no such transform. Whether they can be is
            /// for [`Transform::check`] to say.
            pub fn read<S: ReadSettings>(name: &str, settings: &mut S) -> Option<Result<Transform, S::Error>> {
                match name {
                    $($kind::NAME => Some($kind::read(settings).map(Transform::$kind)),)*
                    _ => None,
                }
            }

            /// Its name, as torchvision has it.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Transform::$kind(_) => $kind::NAME,)*
                }
            }

            /// Its settings as data.
            pub fn settings(&self) -> Vec<Setting> {
                match self {
                    $(Transform::$kind(transform) => transform.settings(),)*
                }
            }

            /// Checks the values of its settings.
            ///
            /// # Errors
            /// A value that cannot be.
            pub fn check(&self) -> Result<(), Mistake> {
                match self {
                    $(Transform::$kind(transform) => transform.check(),)*
                }
            }

            /// Checks it for images of this shape ([channels, height, width]).
            ///
            /// # Errors
            /// A transform that cannot be done to such images.
            pub fn fits(&self, shape: [usize; 3]) -> Result<(), Mistake> {
                match self {
                    $(Transform::$kind(transform) => transform.fits(shape),)*
                }
            }

            fn effect(&self) -> Effect<'_> {
                match self {
                    $(Transform::$kind(transform) => transform.effect(),)*
                }
            }
        }
    };
}

impl Transform {
    /// Whether it mixes the images of a batch, and their labels.
    pub fn mixes(&self) -> bool {
        matches!(self.effect(), Effect::OnBatch(_))
    }
}

/// Checks what of a list of transforms does not depend on the images.
///
/// # Errors
/// A setting that cannot be, a transform behind one that mixes a batch.
pub fn check(transforms: &[Transform]) -> Result<(), AugmentError> {
    for (index, transform) in transforms.iter().enumerate() {
        let at = |mistake| AugmentError { index, transform: transform.name(), mistake };
        transform.check().map_err(at)?;
        if let Some(mixer) = transforms[..index].iter().find(|before| before.mixes()) {
            let message = format!("it stands behind {}, which mixes whole batches", mixer.name());
            let help = match transform.mixes() {
                true => format!("keep one of {} and {}", mixer.name(), transform.name()),
                false => format!("move {} to the end of the list", mixer.name()),
            };
            return Err(at(Mistake { setting: "", message, help }));
        }
    }
    if transforms.len() > TRANSFORMS_MAX {
        let (index, transform) = (TRANSFORMS_MAX, transforms[TRANSFORMS_MAX].name());
        let message = format!("a list of more than {TRANSFORMS_MAX} transforms");
        let mistake = Mistake { setting: "", message, help: "choose fewer".into() };
        return Err(AugmentError { index, transform, mistake });
    }
    Ok(())
}

/// Transforms of a list.
const TRANSFORMS_MAX: usize = 100;

// A line a transform, in the order in which messages list them.
registry! {
    random_crop::RandomCrop,
    random_flip::RandomHorizontalFlip,
    random_flip::RandomVerticalFlip,
    random_erasing::RandomErasing,
    random_rotation::RandomRotation,
    random_affine::RandomAffine,
    random_resized_crop::RandomResizedCrop,
    color_jitter::ColorJitter,
    mix_up::MixUp,
    cut_mix::CutMix,
}
