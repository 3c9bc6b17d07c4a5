//! Pads an image and cuts its size out of it again, somewhere.

use crate::augment::draws::Draws;
use crate::augment::image::Image;
use crate::augment::kind::{Effect, ImageTransform, Kind};
use crate::augment::mistake::{Mistake, check_byte};
use crate::augment::padding::PaddingMode;
use crate::augment::setting::{ReadSettings, Setting};

/// Pads an image on all sides and cuts a piece of the image's own size out at a random place: every shift by up to
/// `padding` pixels in each direction is equally probable. torchvision's `RandomCrop` with the image's size as `size`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RandomCrop {
    /// Pixels on each side.
    pub padding: usize,
    /// What they are.
    pub padding_mode: PaddingMode,
    /// What they are filled with where `padding_mode` is constant: a byte, before normalization; 0.
    pub fill: usize,
}

impl Default for RandomCrop {
    fn default() -> Self {
        RandomCrop { padding: 4, padding_mode: PaddingMode::default(), fill: 0 }
    }
}

impl Kind for RandomCrop {
    const NAME: &'static str = "RandomCrop";
    const KEYS: &'static [&'static str] = &["padding", "padding_mode", "fill"];
    const EXAMPLE: &'static str = "{ RandomCrop = { padding = 4 } }";

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        let word = settings.word("padding_mode", &PaddingMode::WORDS)?;
        Ok(RandomCrop {
            padding: settings.integer("padding", None)?,
            padding_mode: word.and_then(PaddingMode::of_word).unwrap_or_default(),
            fill: settings.integer("fill", Some(0))?,
        })
    }

    fn settings(&self) -> Vec<Setting> {
        vec![
            Setting::required("padding", self.padding),
            Setting::new("padding_mode", self.padding_mode.word(), PaddingMode::default().word()),
            Setting::new("fill", self.fill, 0usize),
        ]
    }

    fn check(&self) -> Result<(), Mistake> {
        if self.padding == 0 {
            let message = "`padding`: 0 pixels, and the piece that is cut out has the image's size";
            return Err(Mistake::new("padding", message, "choose 1 or more: the image would never move"));
        }
        check_byte(self.fill, "fill")
    }

    fn fits(&self, [_, height, width]: [usize; 3]) -> Result<(), Mistake> {
        let most = self.padding_mode.most(height.min(width));
        if self.padding <= most {
            return Ok(());
        }
        let message = format!(
            "`padding`: {} pixels of \"{}\" for images of {height} x {width}",
            self.padding,
            self.padding_mode.word()
        );
        Err(Mistake::new("padding", message, format!("choose at most {most}")))
    }

    fn effect(&self) -> Effect<'_> {
        Effect::OnImage(self)
    }
}

impl RandomCrop {
    /// Where the upper left corner of the piece stands in the image: rows and columns, `-padding` to `padding`.
    pub(super) fn draw(&self, draws: &mut Draws) -> [isize; 2] {
        std::array::from_fn(|_| draws.below(2 * self.padding + 1) as isize - self.padding as isize)
    }
}

impl ImageTransform for RandomCrop {
    fn apply(&self, draws: &mut Draws, image: Image<'_>) {
        self.cut(self.draw(draws), image);
    }
}

impl RandomCrop {
    /// The piece whose upper left corner is here.
    pub(super) fn cut(&self, [top, left]: [isize; 2], mut image: Image<'_>) {
        let [channels, height, width] = image.shape;
        let (from, to) = image.split();
        for (index, to) in to.chunks_exact_mut(channels).enumerate() {
            let (row, column) = ((index / width) as isize + top, (index % width) as isize + left);
            let source = self.padding_mode.index(row, height).zip(self.padding_mode.index(column, width));
            match source {
                Some((row, column)) => {
                    let start = (row * width + column) * channels;
                    to.copy_from_slice(&from[start..start + channels]);
                }
                None => to.fill(self.fill as u8),
            }
        }
    }
}
