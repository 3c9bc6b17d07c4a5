//! A normalisation that its reader makes, an image at a time.
//!
//! Where one convolution alone reads what is normalised, nobody stores it: the convolution makes each image for itself
//! while it is in the cache ([`Input`]), forward and once more on the way back. There it also takes the image's part of
//! the sums that the normalisation's own way back needs, as soon as it has made the gradient they are taken of
//! ([`InputSums`]).

use std::fmt;
use std::ops::Range;

use super::backward::image_sums;
use super::behind::Source;
use super::normalise::{Normalise, normalise_image};
use super::plane::Plane;
use super::sizes::{dims, image_moments_len};
use crate::activation::Activation;
use crate::isa::Isa;
use crate::layout::{Images, Layout, product};
use crate::team::Shares;

/// The way from a batch to what a normalisation, and ReLU where that follows, make of it.
#[derive(Clone, Copy)]
pub struct WayIn<'a> {
    images: usize,
    with: Normalise<'a>,
    x: Images<'a>,
}

impl fmt::Debug for WayIn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WayIn { images, with, .. } = self;
        f.debug_struct("WayIn").field("images", images).field("with", with).finish_non_exhaustive()
    }
}

impl<'a> WayIn<'a> {
    /// Of so many images of the normalisation's input. Panics where an activation other than ReLU follows: it would be
    /// computed twice.
    pub fn new(images: usize, with: Normalise<'a>, x: Images<'a>) -> WayIn<'a> {
        x.check(images, "the input");
        with.check(x.layout.channels);
        assert!(!with.activation.is_some_and(Activation::keeps_input), "{:?} follows", with.activation);
        WayIn { images, with, x }
    }

    /// Panics where it is not that of so many images of this shape.
    fn check(&self, images: usize, layout: Layout) {
        assert_eq!(self.images, images, "a normalisation of another batch");
        assert_eq!(dims(self.x.layout), dims(layout), "a normalisation of another shape");
    }

    /// # Safety
    /// The batch has this image.
    unsafe fn plane(&self, image: usize) -> Plane {
        // SAFETY: lengths were checked when it was made, the rest is the caller's promise.
        unsafe { Plane::new(self.x.values.as_ptr().cast_mut(), self.x.layout, image) }
    }
}

/// What a convolution reads.
#[derive(Debug)]
pub enum Input<'a> {
    /// It is there, in the layout of the input.
    Stored(&'a [f32]),
    /// It has yet to be normalised.
    Normalised {
        /// How.
        way_in: WayIn<'a>,
        /// Where each thread keeps an image of it: as many values an image as the layout of the input has, zero at
        /// first. The border stays as it is.
        room: &'a mut [f32],
    },
}

/// Which part of an image is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Region {
    /// Those inside the image are meant.
    pub(crate) rows: Range<usize>,
    pub(crate) channels: Range<usize>,
}

impl Region {
    /// All of an image.
    pub(crate) fn whole(layout: Layout) -> Region {
        Region { rows: 0..layout.height, channels: 0..layout.channels }
    }
}

/// [`Input`], checked, to be shared by items.
#[derive(Clone, Copy)]
pub(crate) struct SharedInput<'a> {
    layout: Layout,
    values: Shares<f32>,
    /// What makes the values, a thread's image at a time; without, they are those of all images.
    way_in: Option<WayIn<'a>>,
}

impl<'a> Input<'a> {
    /// Panics where it is not that of so many images in this layout.
    pub(crate) fn shared(self, images: usize, layout: Layout, threads: usize) -> SharedInput<'a> {
        match self {
            Input::Stored(values) => {
                Images { values, layout }.check(images, "the input");
                SharedInput { layout, values: Shares(values.as_ptr().cast_mut()), way_in: None }
            }
            Input::Normalised { way_in, room } => {
                way_in.check(images, layout);
                assert!(
                    room.len() >= product([threads, layout.image_stride()]),
                    "room for an image a thread"
                );
                SharedInput { layout, values: Shares(room.as_mut_ptr()), way_in: Some(way_in) }
            }
        }
    }
}

impl SharedInput<'_> {
    /// The first value of an image, border included, of which the region is there. It stays until the thread asks for
    /// another.
    ///
    /// # Safety
    /// The batch has this image and the image this region, and the thread is the one that runs.
    pub(crate) unsafe fn image(&self, isa: Isa, thread: usize, image: usize, region: Region) -> *const f32 {
        let SharedInput { layout, values, way_in } = *self;
        let Some(way_in) = way_in else {
            // SAFETY: lengths were checked when it was made, the rest is the caller's promise.
            return unsafe { values.at(image * layout.image_stride()) };
        };
        let Region { rows, channels } = region;
        let with = way_in.with.of_channels(channels.clone());
        // SAFETY: lengths were checked when it was made, the rest is the caller's promise.
        unsafe {
            let (x, to) = (way_in.plane(image), Plane::new(values.at(0), layout, thread));
            let [x, to] =
                [x, to].map(|plane| Plane { values: plane.at(rows.start, 0, channels.start), ..plane });
            normalise_image(isa, &with, [channels.len(), rows.len(), layout.width], x, None, to);
            values.at(thread * layout.image_stride())
        }
    }

    /// From an image to the one that comes behind it, where that is read from far away.
    pub(crate) fn next(&self) -> usize {
        if self.way_in.is_some() { 0 } else { self.layout.image_stride() }
    }
}

/// The sums that a normalisation's way back needs, to be taken of the gradient that a convolution makes of its input.
#[derive(Debug)]
pub struct InputSums<'a> {
    /// The normalisation.
    pub way_in: WayIn<'a>,
    /// [image][sum of dy, then of dy xhat][channel], for [`join_sums`](super::join_sums): as many values as
    /// [`image_moments_len`] says.
    pub sums: &'a mut [f32],
}

/// [`InputSums`], checked, to be shared by items.
#[derive(Clone, Copy)]
pub(crate) struct SharedInputSums<'a> {
    way_in: WayIn<'a>,
    gradient: Source,
    sums: Shares<f32>,
}

impl<'a> InputSums<'a> {
    /// Panics where they are not those of so many images in this layout. The gradient's length has been checked.
    pub(crate) fn shared(self, images: usize, layout: Layout, gradient: Shares<f32>) -> SharedInputSums<'a> {
        let InputSums { way_in, sums } = self;
        way_in.check(images, layout);
        assert!(sums.len() >= image_moments_len(layout, images), "sums");
        let gradient = Source::Dense { dy: gradient, layout, relu: way_in.with.relu() };
        SharedInputSums { way_in, gradient, sums: Shares(sums.as_mut_ptr()) }
    }
}

impl SharedInputSums<'_> {
    /// Takes those of an image.
    ///
    /// # Safety
    /// The batch has this image, whose gradient is all there and stays; nobody else writes its sums.
    pub(crate) unsafe fn image(&self, isa: Isa, image: usize) {
        let SharedInputSums { way_in, gradient, sums } = *self;
        let layout = way_in.x.layout;
        // SAFETY: lengths were checked when it was made, the rest is the caller's promise.
        unsafe {
            let to = sums.at(2 * image * layout.channels);
            image_sums(isa, &way_in.with, dims(layout), way_in.plane(image), gradient.image(image), to);
        }
    }
}
