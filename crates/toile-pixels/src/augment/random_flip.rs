//! Mirrors an image with a probability.

use crate::augment::draws::Draws;
use crate::augment::image::Image;
use crate::augment::kind::{Effect, ImageTransform, Kind};
use crate::augment::mistake::{Mistake, check_probability};
use crate::augment::setting::{ReadSettings, Setting};

/// Mirrors an image left to right with a probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomHorizontalFlip {
    /// The probability; 0.5.
    pub p: f64,
}

/// Mirrors an image top to bottom with a probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomVerticalFlip {
    /// The probability; 0.5.
    pub p: f64,
}

const P: f64 = 0.5;

/// The two differ in their names and in what they swap.
macro_rules! flip {
    ($kind:ident, $name:literal, $flip:ident) => {
        impl Default for $kind {
            fn default() -> Self {
                $kind { p: P }
            }
        }

        impl Kind for $kind {
            const NAME: &'static str = $name;
            const KEYS: &'static [&'static str] = &["p"];
            const EXAMPLE: &'static str = concat!("\"", $name, "\"");

            fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
                Ok($kind { p: settings.number("p", Some(P))? })
            }

            fn settings(&self) -> Vec<Setting> {
                vec![Setting::new("p", self.p, P)]
            }

            fn check(&self) -> Result<(), Mistake> {
                check_probability(self.p)
            }

            fn effect(&self) -> Effect<'_> {
                Effect::OnImage(self)
            }
        }

        impl $kind {
            /// Whether this image is mirrored.
            pub(super) fn draw(&self, draws: &mut Draws) -> bool {
                draws.happens(self.p)
            }
        }

        impl ImageTransform for $kind {
            fn apply(&self, draws: &mut Draws, image: Image<'_>) {
                if self.draw(draws) {
                    $flip(image);
                }
            }
        }
    };
}

flip!(RandomHorizontalFlip, "RandomHorizontalFlip", left_to_right);
flip!(RandomVerticalFlip, "RandomVerticalFlip", top_to_bottom);

fn left_to_right(image: Image<'_>) {
    let [channels, _, width] = image.shape;
    for row in image.pixels.chunks_exact_mut(width * channels) {
        let (left, right) = row.split_at_mut(width / 2 * channels);
        let mirrored = right.chunks_exact_mut(channels).rev();
        left.chunks_exact_mut(channels).zip(mirrored).for_each(|(a, b)| a.swap_with_slice(b));
    }
}

fn top_to_bottom(image: Image<'_>) {
    let [channels, height, width] = image.shape;
    let row = width * channels;
    let (top, bottom) = image.pixels.split_at_mut(height / 2 * row);
    let mirrored = bottom.chunks_exact_mut(row).rev();
    top.chunks_exact_mut(row).zip(mirrored).for_each(|(a, b)| a.swap_with_slice(b));
}
