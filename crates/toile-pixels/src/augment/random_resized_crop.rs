//! Cuts a random piece out of an image and enlarges it to the image's size.

use crate::augment::draws::Draws;
use crate::augment::image::{Image, Rectangle};
use crate::augment::kind::{Effect, ImageTransform, Kind};
use crate::augment::mistake::{Mistake, check_range};
use crate::augment::random_erasing::{check_ratio, sides};
use crate::augment::random_rotation::read_sampling;
use crate::augment::sampling::Interpolation;
use crate::augment::setting::{ReadSettings, Setting, Single};

/// Cuts a random piece out of an image and enlarges it to the image's size (Szegedy et al., "Going deeper with
/// convolutions", CVPR 2015, section 6). torchvision's transform with the image's size as `size`; a piece is never
/// larger than the image, so that nothing is reduced and `antialias` changes nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomResizedCrop {
    /// Share of the image's area; 0.08 to 1.
    pub scale: (f64, f64),
    /// Width to height; 3/4 to 4/3, the logarithm uniform.
    pub ratio: (f64, f64),
    /// What stands between pixels; bilinear.
    pub interpolation: Interpolation,
}

/// A piece that does not fit is drawn again, so often.
const TRIES: usize = 10;

impl Default for RandomResizedCrop {
    fn default() -> Self {
        RandomResizedCrop {
            scale: (0.08, 1.0),
            ratio: (0.75, 4.0 / 3.0),
            interpolation: Interpolation::Bilinear,
        }
    }
}

impl Kind for RandomResizedCrop {
    const NAME: &'static str = "RandomResizedCrop";
    const KEYS: &'static [&'static str] = &["scale", "ratio", "interpolation"];
    const EXAMPLE: &'static str = "{ RandomResizedCrop = { scale = [0.5, 1.0] } }";

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        let default = RandomResizedCrop::default();
        Ok(RandomResizedCrop {
            scale: settings.numbers("scale", Single::Refused, Some(default.scale))?,
            ratio: settings.numbers("ratio", Single::Refused, Some(default.ratio))?,
            interpolation: read_sampling(settings, default.interpolation)?,
        })
    }

    fn settings(&self) -> Vec<Setting> {
        let default = RandomResizedCrop::default();
        vec![
            Setting::new("scale", self.scale, default.scale),
            Setting::new("ratio", self.ratio, default.ratio),
            Setting::new("interpolation", self.interpolation.word(), default.interpolation.word()),
        ]
    }

    fn check(&self) -> Result<(), Mistake> {
        let share = |x: f64| x > 0.0 && x <= 1.0;
        check_range(self.scale, share, "scale", "shares of the area, more than 0 and at most 1")?;
        check_ratio(self.ratio)
    }

    fn effect(&self) -> Effect<'_> {
        Effect::OnImage(self)
    }
}

impl RandomResizedCrop {
    fn draw(&self, draws: &mut Draws, [_, height, width]: [usize; 3]) -> Rectangle {
        for _ in 0..TRIES {
            let area = (height * width) as f64 * draws.between(self.scale);
            let [w, h] = sides(area, self.ratio, draws);
            if (1..=width).contains(&w) && (1..=height).contains(&h) {
                let (top, left) = (draws.below(height - h + 1), draws.below(width - w + 1));
                return Rectangle { top, left, height: h, width: w };
            }
        }
        self.largest(height, width)
    }

    /// The largest piece around the middle whose ratio is in range.
    fn largest(&self, height: usize, width: usize) -> Rectangle {
        let (least, most) = self.ratio;
        let (h, w) = (height as f64, width as f64);
        let whole = |side: f64| side.round_ties_even().max(1.0) as usize;
        let (h, w) = match w / h {
            ratio if ratio < least => (whole(w / least).min(height), width),
            ratio if ratio > most => (height, whole(h * most).min(width)),
            _ => (height, width),
        };
        Rectangle { top: (height - h) / 2, left: (width - w) / 2, height: h, width: w }
    }

    /// The piece, enlarged.
    pub(super) fn enlarge(&self, piece: Rectangle, mut image: Image<'_>) {
        let [channels, height, width] = image.shape;
        let (from, to) = image.split();
        for (row, to) in to.chunks_exact_mut(width * channels).enumerate() {
            let y = Place::of(row, piece.height, height, self.interpolation);
            let rows = [y.first, y.second].map(|y| (piece.top + y) * width + piece.left);
            for (column, to) in to.chunks_exact_mut(channels).enumerate() {
                let x = Place::of(column, piece.width, width, self.interpolation);
                for (channel, to) in to.iter_mut().enumerate() {
                    let [upper, lower] = rows.map(|row| {
                        let byte = |x: usize| i64::from(from[(row + x) * channels + channel]);
                        byte(x.first) * (ONE - x.second_weight) + byte(x.second) * x.second_weight
                    });
                    let sum = upper * (ONE - y.second_weight) + lower * y.second_weight;
                    *to = ((sum + ONE * ONE / 2) / (ONE * ONE)) as u8;
                }
            }
        }
    }
}

/// What weights of pixels add up to.
const ONE: i64 = 1 << 16;

/// Which two pixels a pixel of the result lies between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    first: usize,
    second: usize,
    second_weight: i64,
}

impl Place {
    /// `to` pixels out of `from`, the middle of a pixel counted as its place.
    fn of(at: usize, from: usize, to: usize, interpolation: Interpolation) -> Place {
        if interpolation == Interpolation::Nearest {
            let first = at * from / to;
            return Place { first, second: first, second_weight: 0 };
        }
        // In units of 1 / (2 to) pixels: (at + 1/2) from / to - 1/2.
        let place = ((2 * at + 1) * from) as i64 - to as i64;
        let place = place.clamp(0, (2 * to * (from - 1)) as i64);
        let unit = 2 * to as i64;
        let first = (place / unit) as usize;
        let second_weight = (place % unit) * ONE / unit;
        Place { first, second: (first + 1).min(from - 1), second_weight }
    }
}

impl ImageTransform for RandomResizedCrop {
    fn apply(&self, draws: &mut Draws, image: Image<'_>) {
        self.enlarge(self.draw(draws, image.shape), image);
    }
}
