//! Covers a rectangle of an image.

use toile_kernels::math;

use crate::augment::draws::Draws;
use crate::augment::image::{Image, Rectangle};
use crate::augment::kind::{Effect, ImageTransform, Kind};
use crate::augment::mistake::{Mistake, check_byte, check_probability, check_range};
use crate::augment::setting::{ReadSettings, Setting, SettingValue, Single};

/// Covers a random rectangle with a probability (Zhong, Zheng, Kang, Li and Yang, "Random erasing data augmentation",
/// AAAI 2020, algorithm 1).
///
/// torchvision's transform is most often given normalised numbers; this one is given bytes, so that `value` is a byte
/// before normalization, and `"random"` uniform bytes in place of normal numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomErasing {
    /// Probability; 0.5.
    pub p: f64,
    /// Share of the image's area that is covered; 0.02 to 0.33.
    pub scale: (f64, f64),
    /// Height to width of the rectangle; 0.3 to 3.3, the logarithm uniform.
    pub ratio: (f64, f64),
    /// What covers it; 0.
    pub value: Cover,
}

/// What covers a rectangle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cover {
    /// A byte in every channel, before normalization.
    Value(usize),
    /// Random bytes.
    Random,
}

const RANDOM: &str = "random";

/// A rectangle that does not fit is drawn again, so often.
const TRIES: usize = 10;

impl Default for RandomErasing {
    fn default() -> Self {
        RandomErasing { p: 0.5, scale: (0.02, 0.33), ratio: (0.3, 3.3), value: Cover::Value(0) }
    }
}

impl From<Cover> for SettingValue {
    fn from(cover: Cover) -> Self {
        match cover {
            Cover::Value(value) => value.into(),
            Cover::Random => RANDOM.into(),
        }
    }
}

impl Kind for RandomErasing {
    const NAME: &'static str = "RandomErasing";
    const KEYS: &'static [&'static str] = &["p", "scale", "ratio", "value"];
    const EXAMPLE: &'static str = "{ RandomErasing = { p = 0.5 } }";

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        let default = RandomErasing::default();
        Ok(RandomErasing {
            p: settings.number("p", Some(default.p))?,
            scale: settings.numbers("scale", Single::Refused, Some(default.scale))?,
            ratio: settings.numbers("ratio", Single::Refused, Some(default.ratio))?,
            value: settings.integer_or("value", RANDOM, 0)?.map_or(Cover::Random, Cover::Value),
        })
    }

    fn settings(&self) -> Vec<Setting> {
        let default = RandomErasing::default();
        vec![
            Setting::new("p", self.p, default.p),
            Setting::new("scale", self.scale, default.scale),
            Setting::new("ratio", self.ratio, default.ratio),
            Setting::new("value", self.value, default.value),
        ]
    }

    fn check(&self) -> Result<(), Mistake> {
        check_probability(self.p)?;
        check_range(self.scale, |x| (0.0..=1.0).contains(&x), "scale", "shares of the area from 0 to 1")?;
        check_ratio(self.ratio)?;
        match self.value {
            Cover::Value(value) => check_byte(value, "value"),
            Cover::Random => Ok(()),
        }
    }

    fn effect(&self) -> Effect<'_> {
        Effect::OnImage(self)
    }
}

/// Checks the ratio of the sides of a rectangle.
pub(super) fn check_ratio(ratio: (f64, f64)) -> Result<(), Mistake> {
    check_range(ratio, |x| (0.01..=100.0).contains(&x), "ratio", "numbers from 0.01 to 100, as [0.3, 3.3]")
}

/// A side of a rectangle and the other one: of this area (`first` / `second` is the ratio, whose logarithm is uniform),
/// each rounded to whole pixels as Python rounds.
pub(super) fn sides(area: f64, ratio: (f64, f64), draws: &mut Draws) -> [usize; 2] {
    let log = |ratio: f64| f64::from(math::ln(ratio as f32));
    let ratio = f64::from(math::exp(draws.between((log(ratio.0), log(ratio.1))) as f32));
    [area * ratio, area / ratio].map(|square| square.sqrt().round_ties_even() as usize)
}

impl RandomErasing {
    /// The rectangle that is covered; `None` for none.
    pub(super) fn draw(&self, draws: &mut Draws, [_, height, width]: [usize; 3]) -> Option<Rectangle> {
        if !draws.happens(self.p) {
            return None;
        }
        for _ in 0..TRIES {
            let area = (height * width) as f64 * draws.between(self.scale);
            let [h, w] = sides(area, self.ratio, draws);
            if h < height && w < width {
                let (top, left) = (draws.below(height - h + 1), draws.below(width - w + 1));
                return Some(Rectangle { top, left, height: h, width: w });
            }
        }
        None
    }

    /// Covers the rectangle in a row of an image, if it is in it: `cover(column, channel, byte)`.
    pub(super) fn cover_row(
        &self,
        rectangle: Rectangle,
        channels: usize,
        row: usize,
        draws: &Draws,
        mut cover: impl FnMut(usize, usize, u8),
    ) {
        let Rectangle { top, left, height, width } = rectangle;
        let Some(row) = row.checked_sub(top).filter(|row| *row < height) else { return };
        let mut noise = draws.noise();
        for (index, column) in (left..left + width).enumerate() {
            for channel in 0..channels {
                cover(
                    column,
                    channel,
                    match self.value {
                        Cover::Value(value) => value as u8,
                        Cover::Random => noise.byte((row * width + index) * channels + channel),
                    },
                );
            }
        }
    }
}

impl ImageTransform for RandomErasing {
    fn apply(&self, draws: &mut Draws, image: Image<'_>) {
        let [channels, height, width] = image.shape;
        let Some(rectangle) = self.draw(draws, image.shape) else { return };
        for row in 0..height {
            self.cover_row(rectangle, channels, row, draws, |column, channel, byte| {
                image.pixels[(row * width + column) * channels + channel] = byte;
            });
        }
    }
}
