//! Zeroes each value with probability p in training and scales the rest by 1 / (1 - p).

use toile_kernels::buffer::{Buffer, OutOfMemory};
use toile_kernels::dropout::reference as kernel;
use toile_kernels::layout::{Images, Layout};
use toile_kernels::random::{Purpose, Stream};
use toile_kernels::real::Real;
use toile_kernels::{add, dropout};

use super::operation::{Family, Kind, Operation};
use crate::engine::stage::{Build, Built, Context, Site, Source, Stage};
use crate::graph::mistake::Mistake;
use crate::graph::parameter::Claims;
use crate::graph::place::{Place, TensorId};
use crate::graph::shape::Shape;
use crate::graph::tail::Tail;
use crate::plain::node::{Backward, Forward, Mode, Plain, Saved};
use crate::setting::{Bound, ReadSettings, Setting};

/// Zeroes each value with probability p in training and scales the rest by 1 / (1 - p).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    /// Probability to zero a value, in [0, 1); 0.5.
    pub p: f64,
}

impl Default for Dropout {
    fn default() -> Self {
        Dropout { p: 0.5 }
    }
}

impl Kind for Dropout {
    const NAME: &'static str = "Dropout";
    const FAMILY: Family = Family::Dropout;
    const KEYS: &'static [&'static str] = &["p"];
    const EXAMPLE: &'static str = "{ Dropout = { p = 0.5 } }";

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        Ok(Dropout { p: settings.number("p", Bound::BELOW_ONE, Dropout::default().p)? })
    }

    fn resolve(&self, input: Shape, claims: &mut Claims) -> Result<Shape, Mistake> {
        check(self.p)?;
        claims.stream();
        Ok(input)
    }
}

/// Checks a probability to drop.
pub(super) fn check(p: f64) -> Result<(), Mistake> {
    if (Bound::BELOW_ONE.allows)(p) {
        return Ok(());
    }
    Err(Mistake::new(format!("dropout probability p = {p}"), "choose p from 0 (inclusive) to 1 (exclusive)"))
}

impl Operation for Dropout {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn settings(&self) -> Vec<Setting> {
        vec![Setting::new("p", self.p)]
    }

    fn pytorch(&self, _place: &Place) -> String {
        format!("Dropout(p={})", self.p)
    }

    fn tail(&self, place: &Place) -> Option<Tail> {
        Some(Tail::Dropout { p: self.p, stream: stream(place) })
    }

    fn stage(&self, site: Site<'_>) -> Build {
        DropoutStage::build(self.p, false, site).map(Some)
    }
}

impl<T: Real> Plain<T> for Dropout {
    fn forward(&self, run: &Forward<'_, T>, y: &mut [T]) -> Saved {
        forward(self.p, run.place.input_shape.len(), run, y)
    }

    fn backward(&self, run: Backward<'_, T>) {
        backward(run);
    }
}

fn stream(place: &Place) -> u16 {
    place.stream.expect("a dropout layer has claimed its stream")
}

/// Which units were kept, `[image][unit]`, and what they were scaled by.
struct Kept<T> {
    scale: T,
    keep: Vec<bool>,
    units: usize,
}

/// Drops `units` units an image: each a value, or each a channel.
pub(super) fn forward<T: Real>(p: f64, units: usize, run: &Forward<'_, T>, y: &mut [T]) -> Saved {
    let Mode::Training { image_ids, epoch, seed, masks } = run.mode else {
        y.copy_from_slice(run.x());
        return Saved::new(None::<Kept<T>>);
    };
    let (threshold, scale) = (kernel::threshold(p), kernel::scale(p));
    let (len, ordinal) = (run.place.input_shape.len(), stream(run.place));
    let mut keep = Vec::with_capacity(image_ids.len() * units);
    for &image_id in image_ids {
        let stream = Stream::new(seed, Purpose::Dropout(ordinal), epoch, image_id);
        keep.extend((0..units).map(|unit| match masks {
            Some(masks) => masks.keep(ordinal, image_id, unit),
            None => kernel::keep(&stream, threshold, unit),
        }));
    }
    let images = run.x().chunks_exact(len).zip(y.chunks_exact_mut(len));
    for ((x, y), keep) in images.zip(keep.chunks_exact(units)) {
        kernel::apply(scale, keep, x, false, y);
    }
    Saved::new(Some(Kept { scale, keep, units }))
}

/// The way back of [`forward`]: in evaluation all is kept as it is.
pub(super) fn backward<T: Real>(mut run: Backward<'_, T>) {
    let (len, dy) = (run.place.input_shape.len(), run.dy);
    let Some(Kept { scale, keep, units }) = run.saved.get::<Option<Kept<T>>>() else {
        return run.visit(|accumulate, dx| kernel::apply(T::ONE, &vec![true; dy.len()], dy, accumulate, dx));
    };
    run.visit(|accumulate, dx| {
        let images = dx.chunks_exact_mut(len).zip(dy.chunks_exact(len));
        for ((dx, dy), keep) in images.zip(keep.chunks_exact(*units)) {
            kernel::apply(*scale, keep, dy, accumulate, dx);
        }
    });
}

/// A dropout layer's mask in the engine.
#[derive(Debug)]
pub(super) struct Mask {
    p: f64,
    ordinal: u16,
    channels: bool,
    layout: Layout,
    values: Buffer,
}

impl Mask {
    /// For batches of up to `batch_size` images; `channels` drops whole channels.
    pub(super) fn new(
        p: f64,
        ordinal: u16,
        channels: bool,
        layout: Layout,
        batch_size: usize,
    ) -> Result<Mask, OutOfMemory> {
        let layout = Layout::dense([layout.channels, layout.height, layout.width]);
        let values = Buffer::try_zeroed(layout.buffer_len(batch_size))?;
        Ok(Mask { p, ordinal, channels, layout, values })
    }

    /// Draws the masks of a step.
    pub(super) fn draw(&mut self, context: &mut Context<'_>) {
        let Mask { p, ordinal, channels, layout, .. } = *self;
        let Context { seed, epoch, image_ids, .. } = *context;
        let which = dropout::Mask { layout, p, channels, seed, ordinal, epoch, image_ids };
        dropout::mask(context.team, which, &mut self.values);
    }

    pub(super) fn images(&self) -> Images<'_> {
        Images { values: &self.values, layout: self.layout }
    }
}

/// The engine's stage of either kind of dropout where no other stage does it on the way.
#[derive(Debug)]
pub(super) struct DropoutStage {
    mask: Mask,
    input: Source,
    output: TensorId,
}

impl DropoutStage {
    pub(super) fn build(p: f64, channels: bool, site: Site<'_>) -> Result<Built, OutOfMemory> {
        let Site { place, sources, output, sizes, input_layout, .. } = site;
        let mask = Mask::new(p, stream(place), channels, input_layout, sizes.batch_size)?;
        let stage = DropoutStage { mask, input: sources[0], output };
        Ok(Built { stage: Box::new(stage), packings: vec![] })
    }
}

impl Stage for DropoutStage {
    fn forward(&mut self, context: &mut Context<'_>) {
        if context.training {
            self.mask.draw(context);
        }
        let ([x], y) = context.tensors.forward([self.input.tensor], self.output);
        if context.training {
            dropout::apply(context.team, context.images, [x, self.mask.images()], false, y);
        } else {
            // Evaluation copies: the gradient of a sum does just that.
            add::backward(context.team, context.images, x, false, y);
        }
    }

    fn backward(&mut self, context: &mut Context<'_>) {
        if self.input.gradient {
            let ([.., dy], dx) = context.tensors.backward(self.input.tensor, self.output);
            let accumulate = self.input.accumulate;
            dropout::apply(context.team, context.images, [dy, self.mask.images()], accumulate, dx);
        }
    }
}
