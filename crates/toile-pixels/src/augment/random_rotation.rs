//! Turns an image around its middle.

use crate::augment::angle::sine_and_cosine;
use crate::augment::draws::Draws;
use crate::augment::image::Image;
use crate::augment::kind::{Effect, ImageTransform, Kind};
use crate::augment::mistake::{Mistake, check_byte, check_range};
use crate::augment::sampling::{Interpolation, Map, sample};
use crate::augment::setting::{ReadSettings, Setting, Single};

/// Turns an image around its middle by a random angle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomRotation {
    /// Range of the angle, counter-clockwise.
    pub degrees: (f64, f64),
    /// What stands between pixels; the nearest one.
    pub interpolation: Interpolation,
    /// What stands outside of the image: a byte, before normalization; 0.
    pub fill: usize,
}

impl RandomRotation {
    /// By up to so many degrees in either direction.
    pub fn new(degrees: f64) -> Self {
        let degrees = Single::Around0.numbers(degrees).unwrap_or_default();
        RandomRotation { degrees, interpolation: Interpolation::Nearest, fill: 0 }
    }
}

/// The settings that all transforms have which move pixels to places between pixels.
pub(super) fn read_sampling<S: ReadSettings>(
    settings: &mut S,
    default: Interpolation,
) -> Result<Interpolation, S::Error> {
    let word = settings.word("interpolation", &Interpolation::WORDS)?;
    Ok(word.and_then(Interpolation::of_word).unwrap_or(default))
}

/// Checks a range of angles.
pub(super) fn check_degrees(degrees: (f64, f64)) -> Result<(), Mistake> {
    check_range(degrees, |x| x.abs() <= 360.0, "degrees", "degrees from -360 to 360")
}

impl Kind for RandomRotation {
    const NAME: &'static str = "RandomRotation";
    const KEYS: &'static [&'static str] = &["degrees", "interpolation", "fill"];
    const EXAMPLE: &'static str = "{ RandomRotation = { degrees = 10 } }";

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        Ok(RandomRotation {
            degrees: settings.numbers("degrees", Single::Around0, None)?,
            interpolation: read_sampling(settings, Interpolation::Nearest)?,
            fill: settings.integer("fill", Some(0))?,
        })
    }

    fn settings(&self) -> Vec<Setting> {
        vec![
            Setting::required("degrees", self.degrees),
            Setting::new("interpolation", self.interpolation.word(), Interpolation::Nearest.word()),
            Setting::new("fill", self.fill, 0usize),
        ]
    }

    fn check(&self) -> Result<(), Mistake> {
        check_degrees(self.degrees)?;
        check_byte(self.fill, "fill")
    }

    fn effect(&self) -> Effect<'_> {
        Effect::OnImage(self)
    }
}

impl RandomRotation {
    /// The image turned by this angle.
    pub(super) fn turn(&self, degrees: f64, image: Image<'_>) {
        let (sine, cosine) = sine_and_cosine(degrees);
        let map = Map { x: [cosine, -sine, 0.0], y: [sine, cosine, 0.0] };
        sample(map, self.interpolation, self.fill as u8, image);
    }
}

impl ImageTransform for RandomRotation {
    fn apply(&self, draws: &mut Draws, image: Image<'_>) {
        self.turn(draws.between(self.degrees), image);
    }
}
