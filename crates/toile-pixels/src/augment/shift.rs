//! The quick way: crops and flips as a shift and a mirroring, row by row on the way to the network. What comes out is
//! what [`crate::augment::Augmenter::apply`] makes, byte for byte.

use crate::Normalizer;
use crate::augment::draws::{Draws, Moment};
use crate::augment::image::Rectangle;
use crate::augment::padding::PaddingMode;
use crate::augment::random_crop::RandomCrop;
use crate::augment::random_erasing::RandomErasing;
use crate::augment::{Augmenter, Transform};

/// A list of transforms that do nothing but shift and mirror, except that the last one may cover a rectangle.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shifter {
    augmenter: Augmenter,
    padding_mode: PaddingMode,
    fill: u8,
    erasing: Option<(usize, RandomErasing)>,
}

/// What happens to an image.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shift {
    rows: Axis,
    columns: Axis,
    covered: Option<(Rectangle, Draws)>,
}

/// Where a row or column of the result stands in the image: at `offset + at`, or mirrored at `offset - at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Axis {
    mirrored: bool,
    offset: isize,
}

impl Axis {
    fn source(self, at: usize) -> isize {
        if self.mirrored { self.offset - at as isize } else { self.offset + at as isize }
    }

    /// Behind this one, counted from the result, the image is mirrored.
    fn mirror(&mut self, len: usize) {
        *self = Axis { mirrored: !self.mirrored, offset: len as isize - 1 - self.offset };
    }
}

impl Shifter {
    /// `None` where the list is not of this kind: more than one crop (padding of padding), something in front of a crop
    /// or a flip that covers, or any other transform.
    pub(super) fn of(augmenter: &Augmenter) -> Option<Shifter> {
        let (mut crop, mut erasing) = (None, None);
        for (place, transform) in augmenter.transforms().iter().enumerate() {
            match transform {
                _ if erasing.is_some() => return None,
                Transform::RandomCrop(_) if crop.is_some() => return None,
                Transform::RandomCrop(this) => crop = Some(*this),
                Transform::RandomHorizontalFlip(_) | Transform::RandomVerticalFlip(_) => {}
                Transform::RandomErasing(this) => erasing = Some((place, *this)),
                _ => return None,
            }
        }
        let RandomCrop { padding_mode, fill, .. } = crop.unwrap_or_default();
        Some(Shifter { augmenter: augmenter.clone(), padding_mode, fill: fill as u8, erasing })
    }

    /// What happens to an image.
    pub(super) fn shift(&self, moment: Moment, image: u32) -> Shift {
        let shape @ [_, height, width] = self.augmenter.shape();
        let start = Axis { mirrored: false, offset: 0 };
        let (mut rows, mut columns) = (start, start);
        // From the result back to the image: the last transform is the first to say where a pixel comes from.
        for (place, transform) in self.augmenter.transforms().iter().enumerate().rev() {
            let mut draws = Draws::new(moment, place, image);
            match transform {
                Transform::RandomCrop(crop) => {
                    let [down, right] = crop.draw(&mut draws);
                    (rows.offset, columns.offset) = (rows.offset + down, columns.offset + right);
                }
                Transform::RandomHorizontalFlip(flip) if flip.draw(&mut draws) => columns.mirror(width),
                Transform::RandomVerticalFlip(flip) if flip.draw(&mut draws) => rows.mirror(height),
                _ => {}
            }
        }
        let covered = self.erasing.and_then(|(place, erasing)| {
            let mut draws = Draws::new(moment, place, image);
            Some((erasing.draw(&mut draws, shape)?, draws))
        });
        Shift { rows, columns, covered }
    }

    /// Writes a row of the result, as numbers.
    pub(super) fn write(
        &self,
        shift: &Shift,
        (image, normalizer): (&[u8], &Normalizer),
        row: usize,
        to: &mut [f32],
    ) {
        let [channels, height, width] = self.augmenter.shape();
        match self.padding_mode.index(shift.rows.source(row), height) {
            Some(source) => {
                let source = &image[source * width * channels..][..width * channels];
                self.write_columns(shift.columns, (source, normalizer), width, to);
            }
            None => self.fill(normalizer, to),
        }
        if let (Some((rectangle, draws)), Some((_, erasing))) = (&shift.covered, &self.erasing) {
            erasing.cover_row(*rectangle, channels, row, draws, |column, channel, byte| {
                to[column * channels + channel] = normalizer.value(channel, byte);
            });
        }
    }

    fn write_columns(
        &self,
        axis: Axis,
        (source, normalizer): (&[u8], &Normalizer),
        width: usize,
        to: &mut [f32],
    ) {
        let channels = normalizer.channels();
        // The columns of the result that come out of the image itself.
        let first = if axis.mirrored { axis.offset - width as isize + 1 } else { -axis.offset };
        let inside = first.clamp(0, width as isize) as usize
            ..(first + width as isize).clamp(0, width as isize) as usize;
        for column in (0..inside.start).chain(inside.end..width) {
            let to = &mut to[column * channels..][..channels];
            match self.padding_mode.index(axis.source(column), width) {
                Some(from) => normalizer.apply(&source[from * channels..][..channels], to),
                None => self.fill(normalizer, to),
            }
        }
        if inside.is_empty() {
            return;
        }
        let ends = [inside.start, inside.end - 1].map(|column| axis.source(column) as usize);
        let from = &source[ends[0].min(ends[1]) * channels..(ends[0].max(ends[1]) + 1) * channels];
        let to = &mut to[inside.start * channels..inside.end * channels];
        if axis.mirrored { normalizer.apply_mirrored(from, to) } else { normalizer.apply(from, to) }
    }

    fn fill(&self, normalizer: &Normalizer, to: &mut [f32]) {
        for pixel in to.chunks_exact_mut(normalizer.channels()) {
            let channels = pixel.iter_mut().enumerate();
            channels.for_each(|(channel, to)| *to = normalizer.value(channel, self.fill));
        }
    }
}
