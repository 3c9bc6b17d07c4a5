//! The gradient directly behind the normalisation, from that of what follows it.

use super::block::Block;
use super::plane::Plane;
use super::sizes::{dims, pooled_dims};
use crate::LANES;
use crate::activation::{Activation, OfRows, is_relu};
use crate::isa::Isa;
use crate::layout::{Images, ImagesMut, Layout, product};
use crate::simd::Simd;
use crate::team::Shares;

/// Gradient of what came out.
#[derive(Debug)]
pub enum OutputGradient<'a> {
    /// Of the normalised images, after ReLU where it follows. (Behind another activation see
    /// [`Activated`](OutputGradient::Activated).)
    Dense(Images<'a>),
    /// Of what max-pooling made of them.
    Pooled {
        /// In the pooled layout.
        values: Images<'a>,
        /// As [`normalise_pooled`](super::normalise_pooled) wrote them.
        winners: &'a [u8],
    },
    /// Of ReLU of a sum: the gradient of the sum is written over it.
    Sum {
        /// What ReLU gave.
        y: Images<'a>,
        /// Its gradient.
        dy: ImagesMut<'a>,
    },
    /// Of an activation other than ReLU, of the normalised images or of a sum: the gradient of what went into
    /// it is written over it. Where it is max-pooled, the gradient is the pooled one before and after that.
    Activated {
        /// What went into the activation, laid out as the gradient. Where the activation comes directly behind the
        /// normalisation, without pooling, that is made again from the input instead.
        before: Option<&'a [f32]>,
        /// The gradient of what it gave.
        dy: ImagesMut<'a>,
        /// With pooling: as [`normalise_pooled`](super::normalise_pooled) wrote them.
        winners: Option<&'a [u8]>,
    },
}

/// [`OutputGradient`], checked, to be shared by items.
#[derive(Clone, Copy)]
pub(super) enum Source {
    Dense {
        dy: Shares<f32>,
        layout: Layout,
        relu: bool,
    },
    Pooled {
        dy: Shares<f32>,
        layout: Layout,
        winners: Shares<u8>,
    },
    Sum {
        y: Shares<f32>,
        y_layout: Layout,
        dy: Shares<f32>,
        layout: Layout,
    },
    Activated {
        before: Option<Shares<f32>>,
        dy: Shares<f32>,
        layout: Layout,
        activation: Activation,
        winners: Option<Shares<u8>>,
    },
}

/// Panics where the gradient of pooled images or their winners do not fit images in this layout.
fn checked_winners(winners: &[u8], pooled: Layout, images: usize, input: Layout) -> Shares<u8> {
    assert_eq!(dims(pooled), pooled_dims(input), "not the shape of the pooled input");
    assert!(winners.len() >= product([images, pooled.image_len()]), "winners");
    Shares(winners.as_ptr().cast_mut())
}

/// One image of a [`Source`].
#[derive(Clone, Copy)]
pub(super) enum ImageSource {
    Dense(Dense),
    Relu(Relu),
    Pooled(Pooled),
    Sum(Sum),
}

impl Source {
    /// Panics where it does not fit images in this layout. The activation is looked at where the gradient is
    /// dense or behind it.
    pub(super) fn new(
        gradient: OutputGradient<'_>,
        activation: Option<Activation>,
        images: usize,
        input: Layout,
    ) -> Source {
        match gradient {
            OutputGradient::Dense(dy) => {
                dy.check(images, "the output gradient");
                assert_eq!(dims(dy.layout), dims(input), "shapes differ");
                let (dy, layout) = (Shares(dy.values.as_ptr().cast_mut()), dy.layout);
                Source::Dense { dy, layout, relu: is_relu(activation) }
            }
            OutputGradient::Pooled { values: dy, winners } => {
                dy.check(images, "the output gradient");
                let winners = checked_winners(winners, dy.layout, images, input);
                Source::Pooled { dy: Shares(dy.values.as_ptr().cast_mut()), layout: dy.layout, winners }
            }
            OutputGradient::Sum { y, dy } => {
                y.check(images, "the output");
                dy.check(images, "the output gradient");
                assert_eq!(dims(dy.layout), dims(input), "shapes differ");
                assert_eq!(dims(y.layout), dims(input), "shapes differ");
                let (y, y_layout) = (Shares(y.values.as_ptr().cast_mut()), y.layout);
                Source::Sum { y, y_layout, dy: Shares(dy.values.as_mut_ptr()), layout: dy.layout }
            }
            OutputGradient::Activated { before, dy, winners } => {
                dy.check(images, "the output gradient");
                let winners = winners.map(|winners| checked_winners(winners, dy.layout, images, input));
                assert!(winners.is_some() || dims(dy.layout) == dims(input), "shapes differ");
                assert!(before.is_some() || winners.is_none(), "what won its window is not made again");
                if let Some(before) = before {
                    assert!(before.len() >= dy.layout.buffer_len(images), "what went into the activation");
                }
                let activation = activation.filter(|a| a.keeps_input());
                let activation = activation.expect("an activation that keeps what went into it");
                let before = before.map(|before| Shares(before.as_ptr().cast_mut()));
                Source::Activated {
                    before,
                    dy: Shares(dy.values.as_mut_ptr()),
                    layout: dy.layout,
                    activation,
                    winners,
                }
            }
        }
    }

    /// Takes an image's gradient back through an activation other than ReLU. `again` writes a row of what went into
    /// that to `room`, where it was not kept.
    ///
    /// # Safety
    /// The batch has this image, and nobody else touches its gradient; there is room for a row.
    pub(super) unsafe fn take_back(
        &self,
        isa: Isa,
        image: usize,
        room: *mut f32,
        again: impl Fn(usize, *mut f32),
    ) {
        let Source::Activated { before, dy, layout, activation, .. } = *self else { return };
        let Some(rows) = OfRows::new(isa, Some(activation)) else { return };
        // SAFETY: lengths were checked when it was made, the rest is the caller's promise.
        unsafe {
            let before = before.map(|before| Plane::new(before.at(0), layout, image));
            let dy = Plane::new(dy.at(0), layout, image);
            for row in 0..layout.height {
                let before = before.map(|before| before.at(row, 0, 0)).unwrap_or_else(|| {
                    again(row, room);
                    room
                });
                rows.backward_in_place(before, dy.at(row, 0, 0), layout.row_len());
            }
        }
    }

    /// # Safety
    /// The batch has this image.
    pub(super) unsafe fn image(&self, image: usize) -> ImageSource {
        // SAFETY: lengths were checked when it was made.
        unsafe {
            match *self {
                Source::Dense { dy, layout, relu } => {
                    let dense = Dense { dy: Plane::new(dy.at(0), layout, image) };
                    if relu { ImageSource::Relu(Relu { dense }) } else { ImageSource::Dense(dense) }
                }
                // It has been taken back.
                Source::Activated { dy, layout, winners: None, .. } => {
                    ImageSource::Dense(Dense { dy: Plane::new(dy.at(0), layout, image) })
                }
                Source::Activated { dy, layout, winners: Some(winners), .. }
                | Source::Pooled { dy, layout, winners } => ImageSource::Pooled(Pooled {
                    dy: Plane::new(dy.at(0), layout, image),
                    winners: winners.at(image * layout.image_len()),
                    rows: layout.height,
                    columns: layout.width,
                }),
                Source::Sum { y, y_layout, dy, layout } => ImageSource::Sum(Sum {
                    y: Plane::new(y.at(0), y_layout, image),
                    dense: Dense { dy: Plane::new(dy.at(0), layout, image) },
                }),
            }
        }
    }
}

/// The gradient behind the normalisation, pixel by pixel.
pub(super) trait Behind: Copy {
    /// Asks for what a later pixel will read.
    unsafe fn prefetch<const V: usize>(&self, block: Block, row: usize, column: usize);

    /// Vector `v` of the block at a pixel, where the normalisation gave `value`.
    unsafe fn at<S: Simd>(&self, block: Block, row: usize, column: usize, v: usize, value: S::F) -> S::F;
}

#[derive(Clone, Copy)]
pub(super) struct Dense {
    dy: Plane,
}

impl Behind for Dense {
    #[inline(always)]
    unsafe fn prefetch<const V: usize>(&self, block: Block, row: usize, column: usize) {
        // SAFETY: the caller promises a pixel inside the image.
        unsafe { block.prefetch::<V>(self.dy.at(row, column, block.first)) }
    }

    #[inline(always)]
    unsafe fn at<S: Simd>(&self, block: Block, row: usize, column: usize, v: usize, _: S::F) -> S::F {
        // SAFETY: the caller promises a pixel inside the image.
        unsafe { block.load::<S>(self.dy.at(row, column, block.first), v) }
    }
}

/// ReLU's gradient from its input: what it cut off is at most 0 before and after it.
#[inline(always)]
unsafe fn cut_off<S: Simd>(value: S::F, dy: S::F) -> S::F {
    // SAFETY: only registers; the caller vouches for the instruction set `S`.
    unsafe { S::select(S::le(value, S::zero()), S::zero(), dy) }
}

#[derive(Clone, Copy)]
pub(super) struct Relu {
    dense: Dense,
}

impl Behind for Relu {
    #[inline(always)]
    unsafe fn prefetch<const V: usize>(&self, block: Block, row: usize, column: usize) {
        // SAFETY: the caller promises a pixel inside the image.
        unsafe { self.dense.prefetch::<V>(block, row, column) }
    }

    #[inline(always)]
    unsafe fn at<S: Simd>(&self, block: Block, row: usize, column: usize, v: usize, value: S::F) -> S::F {
        // SAFETY: the caller promises a pixel inside the image.
        unsafe { cut_off::<S>(value, self.dense.at::<S>(block, row, column, v, value)) }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Pooled {
    dy: Plane,
    winners: *const u8,
    /// Of the pooled image.
    rows: usize,
    columns: usize,
}

impl Behind for Pooled {
    /// A quarter of the values, which few misses are.
    #[inline(always)]
    unsafe fn prefetch<const V: usize>(&self, _: Block, _: usize, _: usize) {}

    #[inline(always)]
    unsafe fn at<S: Simd>(&self, block: Block, row: usize, column: usize, v: usize, _: S::F) -> S::F {
        // SAFETY: the caller promises a pixel inside the image; what is looked at here keeps its window inside the
        // pooled one.
        unsafe {
            // An odd last row or column is in no window.
            if row / 2 >= self.rows || column / 2 >= self.columns {
                return S::zero();
            }
            let pixel = (row / 2) * self.columns + column / 2;
            let winners = self.winners.add(pixel * block.channels + block.first + v * LANES);
            let winner = S::load_bytes_first(winners, block.lanes(v));
            let dy = block.load::<S>(self.dy.at(row / 2, column / 2, block.first), v);
            let here = S::eq(winner, S::splat((2 * (row % 2) + column % 2) as f32));
            // Max-pooling adds to +0, which makes +0 of a -0.
            S::select(here, S::add(S::zero(), dy), S::zero())
        }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Sum {
    y: Plane,
    dense: Dense,
}

impl Behind for Sum {
    #[inline(always)]
    unsafe fn prefetch<const V: usize>(&self, block: Block, row: usize, column: usize) {
        // SAFETY: the caller promises a pixel inside the image.
        unsafe {
            block.prefetch::<V>(self.y.at(row, column, block.first));
            self.dense.prefetch::<V>(block, row, column);
        }
    }

    /// Also keeps it, for the skip and for the input's gradient: may be asked only once for each pixel.
    #[inline(always)]
    unsafe fn at<S: Simd>(&self, block: Block, row: usize, column: usize, v: usize, value: S::F) -> S::F {
        // SAFETY: the caller promises a pixel inside the image.
        unsafe {
            let y = block.load::<S>(self.y.at(row, column, block.first), v);
            let dy = cut_off::<S>(y, self.dense.at::<S>(block, row, column, v, value));
            block.store::<S>(self.dense.dy.at(row, column, block.first), v, dy);
            dy
        }
    }
}
