//! The gradient of a normalisation's input, an image at a time.
//!
//! Whoever made the input wants its gradient in turn: a convolution takes each image back for itself while it is in the
//! cache ([`DOutput`]), and nobody stores what would be read once.

use std::fmt;

use super::backward::{Backward, GradientTerms};
use super::behind::{Behind, ImageSource, OutputGradient, Source};
use super::block::{Block, each_run};
use super::normalise::{Normalise, Normaliser};
use super::plane::Plane;
use super::sizes::dims;
use crate::isa::Isa;
use crate::layout::{Images, ImagesMut, Layout, product};
use crate::simd::{Simd, versions};
use crate::team::{Shares, Team};

/// The way back through a normalisation of a batch whose [`sums`](super::sums) are known.
#[derive(Clone, Copy)]
pub struct WayBack<'a> {
    images: usize,
    with: Normalise<'a>,
    x: Images<'a>,
    source: Source,
    terms: &'a [f32],
}

impl fmt::Debug for WayBack<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WayBack { images, with, .. } = self;
        f.debug_struct("WayBack").field("images", images).field("with", with).finish_non_exhaustive()
    }
}

impl<'a> WayBack<'a> {
    /// `terms` are those of [`sums`](super::sums); a gradient of a sum, or one behind an activation other than ReLU, has
    /// been written over by it and is dense now, or merely pooled.
    pub fn new(args: Backward<'a>, terms: &'a GradientTerms) -> WayBack<'a> {
        let Backward { images, with, x, gradient } = args;
        x.check(images, "the input");
        with.check(x.layout.channels);
        let written_over = matches!(gradient, OutputGradient::Sum { .. } | OutputGradient::Activated { .. });
        assert!(!written_over, "the sums have made this gradient dense");
        assert_eq!(terms.values.len(), 3 * x.layout.channels, "a value a channel");
        let source = Source::new(gradient, with.activation, images, x.layout);
        WayBack { images, with, x, source, terms: &terms.values }
    }

    /// Writes the gradient of an image of the input, or adds to it.
    ///
    /// # Safety
    /// The batch has this image, and `dx` is one of its shape that nobody else touches.
    unsafe fn image(&self, isa: Isa, image: usize, accumulate: bool, dx: Plane) {
        let WayBack { with, x: Images { values, layout }, terms, .. } = *self;
        // SAFETY: lengths were checked when it was made, the rest is the caller's promise.
        unsafe {
            let x = Plane::new(values.as_ptr().cast_mut(), layout, image);
            let source = self.source.image(image);
            image_gradient(isa, &with, terms, dims(layout), x, source, accumulate, dx);
        }
    }
}

/// Writes the gradient of the input, or adds to it.
pub fn input_gradient(team: &mut Team, way_back: WayBack<'_>, accumulate: bool, dx: ImagesMut<'_>) {
    dx.check(way_back.images, "the input gradient");
    assert_eq!(dims(way_back.x.layout), dims(dx.layout), "shapes differ");
    let (isa, layout, to) = (team.isa(), dx.layout, Shares(dx.values.as_mut_ptr()));
    team.for_each(way_back.images, |_, image| {
        // SAFETY: this function has checked the lengths above; an item writes its own image.
        unsafe { way_back.image(isa, image, accumulate, Plane::new(to.at(0), layout, image)) };
    });
}

/// Gradient of what a convolution gave.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "one at a time, on the stack")]
pub enum DOutput<'a> {
    /// It is there, in the layout of the output.
    Stored(&'a [f32]),
    /// It has yet to be taken back through the normalisation that follows.
    Normalised {
        /// That way.
        way_back: WayBack<'a>,
        /// Where each thread keeps an image's: as many values an image as the layout of the output has. None are wanted
        /// by a convolution with neither pooling nor activation, which makes them where its kernels read them.
        room: &'a mut [f32],
    },
}

/// [`DOutput`], checked, to be shared by items.
#[derive(Clone, Copy)]
pub(crate) struct SharedDOutput<'a> {
    layout: Layout,
    values: Shares<f32>,
    /// What makes the values, a thread's image at a time; without, they are those of all images.
    way_back: Option<WayBack<'a>>,
}

impl<'a> DOutput<'a> {
    /// Panics where it is not that of so many images in this layout, or has no room for so many.
    pub(crate) fn shared(self, images: usize, layout: Layout, rooms: usize) -> SharedDOutput<'a> {
        match self {
            DOutput::Stored(values) => {
                Images { values, layout }.check(images, "the output gradient");
                SharedDOutput { layout, values: Shares(values.as_ptr().cast_mut()), way_back: None }
            }
            DOutput::Normalised { way_back, room } => {
                assert_eq!(way_back.images, images, "a normalisation of another batch");
                assert_eq!(dims(way_back.x.layout), dims(layout), "a normalisation of another shape");
                assert!(room.len() >= product([rooms, layout.image_stride()]), "room for an image a thread");
                SharedDOutput { layout, values: Shares(room.as_mut_ptr()), way_back: Some(way_back) }
            }
        }
    }
}

impl SharedDOutput<'_> {
    /// Pixel (0, 0) of an image's gradient, in the layout of the output. It stays until the thread asks for another.
    ///
    /// # Safety
    /// The batch has this image, and the thread is the one that runs.
    pub(crate) unsafe fn image(&self, isa: Isa, thread: usize, image: usize) -> *const f32 {
        let SharedDOutput { layout, values, way_back } = *self;
        // SAFETY: lengths were checked when it was made, the rest is the caller's promise.
        unsafe {
            let Some(way_back) = way_back else {
                return values.at(image * layout.image_stride() + layout.origin());
            };
            let to = Plane::new(values.at(0), layout, thread);
            way_back.image(isa, image, false, to);
            to.at(0, 0, 0)
        }
    }

    /// Whether images are made when they are asked for.
    pub(crate) fn is_made(&self) -> bool {
        self.way_back.is_some()
    }

    /// Makes an image's gradient where it is wanted: at pixel (0, 0), with so many values from row to row.
    ///
    /// # Safety
    /// The batch has this image, which is made, and there is room for it that nobody else touches.
    pub(crate) unsafe fn make(&self, isa: Isa, image: usize, values: *mut f32, row: usize) {
        let way_back = self.way_back.expect("a gradient that is made");
        // SAFETY: the caller promises what stands under Safety.
        unsafe { way_back.image(isa, image, false, Plane { values, row, column: self.layout.channels }) };
    }
}

/// How an input gradient is written.
#[derive(Clone, Copy)]
struct Target<'a> {
    terms: &'a [f32],
    accumulate: bool,
    dx: Plane,
}

versions! {
    fn image_gradient<S>(
        with: &Normalise<'_>,
        terms: &[f32],
        dims: [usize; 3],
        x: Plane,
        source: ImageSource,
        accumulate: bool,
        dx: Plane,
    ) {
        let [channels, rows, columns] = dims;
        let to = Target { terms, accumulate, dx };
        for row in 0..rows {
            match source {
                ImageSource::Dense(dense) => {
                    each_run!(S, channels, columns, gradient_row(with, row, x, dense, to));
                }
                ImageSource::Relu(relu) => {
                    each_run!(S, channels, columns, gradient_row(with, row, x, relu, to));
                }
                ImageSource::Pooled(pooled) => {
                    each_run!(S, channels, columns, gradient_row(with, row, x, pooled, to));
                }
                ImageSource::Sum(_) => unreachable!("refused by the façade"),
            }
        }
    }
}

#[inline(always)]
unsafe fn gradient_row<S: Simd, const V: usize>(
    block: Block,
    [from, end]: [usize; 2],
    with: &Normalise<'_>,
    row: usize,
    x: Plane,
    behind: impl Behind,
    to: Target<'_>,
) {
    // SAFETY: the public functions of this folder have compared the buffers with the layouts.
    unsafe {
        let n = Normaliser::<S, V>::new(block, with);
        let terms = to.terms.as_ptr();
        let c1 = block.of_channels::<S, V>(terms);
        let c2 = block.of_channels::<S, V>(terms.add(block.channels));
        let k = block.of_channels::<S, V>(terms.add(2 * block.channels));
        for column in from..end {
            let x = x.at(row, column, block.first);
            let dx = to.dx.at(row, column, block.first);
            block.prefetch::<V>(x);
            behind.prefetch::<V>(block, row, column);
            for v in 0..V {
                let xhat = n.xhat(v, block.load::<S>(x, v));
                let dy = behind.at::<S>(block, row, column, v, n.scale(v, xhat));
                let minus = S::mul(xhat, S::splat(-1.0));
                let term = S::mul(S::fma(minus, c2[v], S::sub(dy, c1[v])), k[v]);
                let value = if to.accumulate { S::add(block.load::<S>(dx, v), term) } else { term };
                block.store::<S>(dx, v, value);
            }
        }
    }
}
