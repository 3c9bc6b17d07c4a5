//! Changes brightness, contrast, saturation and hue of an image, in a random order.

use crate::augment::colour;
use crate::augment::draws::Draws;
use crate::augment::image::Image;
use crate::augment::kind::{Effect, ImageTransform, Kind};
use crate::augment::mistake::{Mistake, check_range};
use crate::augment::setting::{ReadSettings, Setting, Single};

/// Changes brightness, contrast, saturation and hue of an image, in a random order. Saturation and hue leave grey
/// images as they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColorJitter {
    /// Range of the factor of brightness; 1.
    pub brightness: (f64, f64),
    /// Range of the factor of contrast; 1.
    pub contrast: (f64, f64),
    /// Range of the factor of saturation; 1.
    pub saturation: (f64, f64),
    /// Range of the share of the circle that hues are turned by; 0.
    pub hue: (f64, f64),
}

const NO_FACTOR: (f64, f64) = (1.0, 1.0);
const NO_TURN: (f64, f64) = (0.0, 0.0);

impl Default for ColorJitter {
    fn default() -> Self {
        ColorJitter { brightness: NO_FACTOR, contrast: NO_FACTOR, saturation: NO_FACTOR, hue: NO_TURN }
    }
}

impl Kind for ColorJitter {
    const NAME: &'static str = "ColorJitter";
    const KEYS: &'static [&'static str] = &["brightness", "contrast", "saturation", "hue"];
    const EXAMPLE: &'static str = "{ ColorJitter = { brightness = 0.2, contrast = 0.2 } }";

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        let mut factor = |name| settings.numbers(name, Single::Around1, Some(NO_FACTOR));
        Ok(ColorJitter {
            brightness: factor("brightness")?,
            contrast: factor("contrast")?,
            saturation: factor("saturation")?,
            hue: settings.numbers("hue", Single::Around0, Some(NO_TURN))?,
        })
    }

    fn settings(&self) -> Vec<Setting> {
        vec![
            Setting::new("brightness", self.brightness, NO_FACTOR),
            Setting::new("contrast", self.contrast, NO_FACTOR),
            Setting::new("saturation", self.saturation, NO_FACTOR),
            Setting::new("hue", self.hue, NO_TURN),
        ]
    }

    fn check(&self) -> Result<(), Mistake> {
        let ColorJitter { brightness, contrast, saturation, hue } = *self;
        for (range, name) in [(brightness, "brightness"), (contrast, "contrast"), (saturation, "saturation")]
        {
            let factor = |x: f64| (0.0..=100.0).contains(&x);
            check_range(range, factor, name, "0 or more: 0.2, or a range of factors as [0.8, 1.2]")?;
        }
        check_range(hue, |x| x.abs() <= 0.5, "hue", "shares of the circle from -0.5 to 0.5")?;
        match *self == ColorJitter::default() {
            true => Err(Mistake::new("", "nothing is changed", format!("write {}", Self::EXAMPLE))),
            false => Ok(()),
        }
    }

    fn fits(&self, [channels, ..]: [usize; 3]) -> Result<(), Mistake> {
        if channels == 1 || channels == 3 {
            return Ok(());
        }
        let message = format!("the images have {channels} channels, and colours are grey or RGB");
        Err(Mistake::new("", message, "remove it, or choose channels = 1 or 3 for the data set"))
    }

    fn effect(&self) -> Effect<'_> {
        Effect::OnImage(self)
    }
}

/// One of the four changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Change {
    Brightness(f32),
    Contrast(f32),
    Saturation(f32),
    Hue(f32),
}

impl Change {
    pub(super) fn apply(self, image: &mut Image<'_>) {
        let (channels, pixels) = (image.shape[0], &mut *image.pixels);
        match self {
            Change::Brightness(factor) => colour::brightness(factor, pixels),
            Change::Contrast(factor) => colour::contrast(factor, channels, pixels),
            Change::Saturation(factor) => colour::saturation(factor, channels, pixels),
            Change::Hue(turn) => colour::hue(turn, channels, pixels),
        }
    }
}

impl ColorJitter {
    /// What is changed, in this order; those that are not set are left out.
    pub(super) fn draw(&self, draws: &mut Draws) -> [Option<Change>; 4] {
        let mut change = |range, without, change: fn(f32) -> Change| {
            let drawn = draws.between(range) as f32;
            (range != without).then(|| change(drawn))
        };
        let mut changes = [
            change(self.brightness, NO_FACTOR, Change::Brightness),
            change(self.contrast, NO_FACTOR, Change::Contrast),
            change(self.saturation, NO_FACTOR, Change::Saturation),
            change(self.hue, NO_TURN, Change::Hue),
        ];
        // Fisher and Yates.
        for last in (1..changes.len()).rev() {
            changes.swap(last, draws.below(last + 1));
        }
        changes
    }
}

impl ImageTransform for ColorJitter {
    fn apply(&self, draws: &mut Draws, mut image: Image<'_>) {
        self.draw(draws).into_iter().flatten().for_each(|change| change.apply(&mut image));
    }
}
