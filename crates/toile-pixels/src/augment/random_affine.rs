//! Turns, moves, scales and shears an image.

use crate::augment::angle::sine_and_cosine;
use crate::augment::draws::Draws;
use crate::augment::image::Image;
use crate::augment::kind::{Effect, ImageTransform, Kind};
use crate::augment::mistake::{Mistake, check_byte, check_range};
use crate::augment::random_rotation::{check_degrees, read_sampling};
use crate::augment::sampling::{Interpolation, Map, sample};
use crate::augment::setting::{ReadSettings, Setting, Single};

/// Turns, moves, scales and shears an image around its middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomAffine {
    /// Range of the angle, clockwise.
    pub degrees: (f64, f64),
    /// Largest shift as a share of width and height; none.
    pub translate: (f64, f64),
    /// Range of the factor of its size; 1.
    pub scale: (f64, f64),
    /// Range of the angle that its columns are tilted by, in degrees; 0.
    pub shear: (f64, f64),
    /// What stands between pixels; the nearest one.
    pub interpolation: Interpolation,
    /// What stands outside of the image: a byte, before normalization; 0.
    pub fill: usize,
}

impl RandomAffine {
    /// Turns by up to so many degrees in either direction, and does nothing else.
    pub fn new(degrees: f64) -> Self {
        RandomAffine {
            degrees: Single::Around0.numbers(degrees).unwrap_or_default(),
            translate: (0.0, 0.0),
            scale: (1.0, 1.0),
            shear: (0.0, 0.0),
            interpolation: Interpolation::Nearest,
            fill: 0,
        }
    }
}

impl Kind for RandomAffine {
    const NAME: &'static str = "RandomAffine";
    const KEYS: &'static [&'static str] =
        &["degrees", "translate", "scale", "shear", "interpolation", "fill"];
    const EXAMPLE: &'static str = "{ RandomAffine = { degrees = 10, translate = [0.1, 0.1] } }";

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        let default = RandomAffine::new(0.0);
        Ok(RandomAffine {
            degrees: settings.numbers("degrees", Single::Around0, None)?,
            translate: settings.numbers("translate", Single::Both, Some(default.translate))?,
            scale: settings.numbers("scale", Single::Refused, Some(default.scale))?,
            shear: settings.numbers("shear", Single::Around0, Some(default.shear))?,
            interpolation: read_sampling(settings, default.interpolation)?,
            fill: settings.integer("fill", Some(default.fill))?,
        })
    }

    fn settings(&self) -> Vec<Setting> {
        let default = RandomAffine::new(0.0);
        vec![
            Setting::required("degrees", self.degrees),
            Setting::new("translate", self.translate, default.translate),
            Setting::new("scale", self.scale, default.scale),
            Setting::new("shear", self.shear, default.shear),
            Setting::new("interpolation", self.interpolation.word(), default.interpolation.word()),
            Setting::new("fill", self.fill, default.fill),
        ]
    }

    fn check(&self) -> Result<(), Mistake> {
        check_degrees(self.degrees)?;
        let share = |x: f64| (0.0..=1.0).contains(&x);
        let (x, y) = self.translate;
        // Two shares, no range: either may be the larger.
        for one in [x, y] {
            check_range((one, one), share, "translate", "shares of width and height from 0 to 1")?;
        }
        let factor = |x: f64| (0.01..=100.0).contains(&x);
        check_range(self.scale, factor, "scale", "factors from 0.01 to 100, as [0.9, 1.1]")?;
        check_range(self.shear, |x| x.abs() <= 80.0, "shear", "degrees from -80 to 80")?;
        check_byte(self.fill, "fill")
    }

    fn effect(&self) -> Effect<'_> {
        Effect::OnImage(self)
    }
}

/// What an image is moved by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Affine {
    /// Degrees, clockwise.
    pub(super) angle: f64,
    /// Pixels to the right and down.
    pub(super) translate: [f64; 2],
    /// Factor.
    pub(super) scale: f64,
    /// Degrees.
    pub(super) shear: f64,
}

impl Affine {
    /// From a place in the result to the place in the image: the inverse of translation * rotation * scale * shear, as
    /// torchvision's `affine` has it.
    pub(super) fn inverse(self) -> Map {
        let (sine, cosine) = sine_and_cosine(self.angle);
        let (shear_sine, shear_cosine) = sine_and_cosine(self.shear);
        let tangent = shear_sine / shear_cosine;
        let [a, b, c, d] = [cosine, -(cosine * tangent + sine), sine, cosine - sine * tangent];
        let [x, y] = [[d, -b], [-c, a]].map(|row| row.map(|value| value / self.scale));
        let [right, down] = self.translate;
        let with_shift = |[of_x, of_y]: [f64; 2]| [of_x, of_y, -of_x * right - of_y * down];
        Map { x: with_shift(x), y: with_shift(y) }
    }
}

impl RandomAffine {
    fn draw(&self, draws: &mut Draws, [_, height, width]: [usize; 3]) -> Affine {
        let angle = draws.between(self.degrees);
        let (x, y) = self.translate;
        let translate =
            [x * width as f64, y * height as f64].map(|most| draws.between((-most, most)).round_ties_even());
        let scale = draws.between(self.scale);
        Affine { angle, translate, scale, shear: draws.between(self.shear) }
    }

    /// The image moved so.
    pub(super) fn move_by(&self, affine: Affine, image: Image<'_>) {
        sample(affine.inverse(), self.interpolation, self.fill as u8, image);
    }
}

impl ImageTransform for RandomAffine {
    fn apply(&self, draws: &mut Draws, image: Image<'_>) {
        self.move_by(self.draw(draws, image.shape), image);
    }
}
