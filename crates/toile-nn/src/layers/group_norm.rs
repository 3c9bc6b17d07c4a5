//! Normalisation of groups of channels, each image by itself (Wu and He 2018).

use toile_kernels::batch_norm::moments;
use toile_kernels::buffer::{Buffer, OutOfMemory, try_filled};
use toile_kernels::group_norm::reference::{self as kernel, GroupNormGeometry, Statistics};
use toile_kernels::group_norm::{
    Backward as Args, GroupNorm as Norm, Normalise, Workspace, backward, forward, statistics,
};
use toile_kernels::optimizer::{Partials, update};
use toile_kernels::real::Real;

use super::operation::{Family, Kind, Operation};
use crate::engine::stage::{Build, Built, Context, Site, Source, Stage};
use crate::graph::mistake::Mistake;
use crate::graph::parameter::{Claims, Initial};
use crate::graph::place::{Place, TensorId};
use crate::graph::shape::Shape;
use crate::graph::tail::{Tail, activation};
use crate::plain::node::{Backward, Forward, Plain, Saved};
use crate::setting::{Absent, Bound, CHANNELS_MAX, ReadSettings, Setting};

/// Normalisation of groups of channels, each image by itself (Wu and He 2018).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupNorm {
    /// Number of groups of adjacent channels; divides the number of channels.
    pub num_groups: usize,
    /// Added to the variance; 1e-5.
    pub eps: f64,
    /// Whether a scale and a shift for each channel are learnt; true.
    pub affine: bool,
}

impl GroupNorm {
    /// So many groups, everything else PyTorch's defaults.
    pub fn new(num_groups: usize) -> Self {
        GroupNorm { num_groups, eps: 1e-5, affine: true }
    }

    fn geometry(&self, place: &Place) -> GroupNormGeometry {
        let [channels, rows, columns] = place.input_shape.dims();
        GroupNormGeometry { rows, columns, channels, groups: self.num_groups }
    }
}

impl Kind for GroupNorm {
    const NAME: &'static str = "GroupNorm";
    const FAMILY: Family = Family::Norm;
    const KEYS: &'static [&'static str] = &["num_groups", "eps", "affine"];
    const EXAMPLE: &'static str = "{ GroupNorm = { num_groups = 4 } }";

    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error> {
        let num_groups = settings.integer("num_groups", 1..=CHANNELS_MAX, Absent::Refuse { example: 4 })?;
        let default = GroupNorm::new(num_groups);
        let eps = settings.number("eps", Bound { words: "more than 0", ..Bound::POSITIVE }, default.eps)?;
        Ok(GroupNorm { num_groups, eps, affine: settings.boolean("affine", default.affine)? })
    }

    fn resolve(&self, input: Shape, claims: &mut Claims) -> Result<Shape, Mistake> {
        let [channels, ..] = input.image(Self::NAME)?;
        let GroupNorm { num_groups, eps, affine } = *self;
        if num_groups == 0 || !channels.is_multiple_of(num_groups) {
            let message =
                format!("num_groups = {num_groups} does not divide the {channels} channels of {input}");
            return Err(Mistake::new(message, "choose a divisor of the number of channels"));
        }
        if !(eps > 0.0 && eps.is_finite()) {
            return Err(Mistake::new(format!("eps = {eps}"), "choose a small positive number, as 1e-5"));
        }
        if affine {
            let name = claims.name("gn");
            claims.parameter(format!("{name}.weight"), vec![channels], Initial::Ones);
            claims.parameter(format!("{name}.bias"), vec![channels], Initial::Zeros);
        }
        Ok(input)
    }
}

impl Operation for GroupNorm {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn settings(&self) -> Vec<Setting> {
        vec![
            Setting::new("num_groups", self.num_groups),
            Setting::new("eps", self.eps),
            Setting::new("affine", self.affine),
        ]
    }

    fn pytorch(&self, place: &Place) -> String {
        let [channels, ..] = place.input_shape.dims();
        let affine = if self.affine { "" } else { ", affine=False" };
        format!("GroupNorm({}, {channels}{affine})", self.num_groups)
    }

    fn wants_moments(&self) -> bool {
        true
    }

    /// One activation.
    fn accepts(&self, tails: &[Tail], next: &Tail) -> bool {
        matches!(next, Tail::Activation(_)) && activation(tails).is_none()
    }

    fn stage(&self, site: Site<'_>) -> Build {
        GroupNormStage::build(self, site).map(Some)
    }
}

/// The statistics of a batch, `[image][channel]` each.
struct Kept<T> {
    mean: Vec<T>,
    invstd: Vec<T>,
}

impl<T: Real> Plain<T> for GroupNorm {
    fn forward(&self, run: &Forward<'_, T>, y: &mut [T]) -> Saved {
        let (g, x) = (self.geometry(run.place), run.x());
        let len = x.len() / (g.rows * g.columns);
        let (mut mean, mut invstd) = (vec![T::ZERO; len], vec![T::ZERO; len]);
        kernel::statistics(&g, self.eps, x, &mut mean, &mut invstd);
        let (ones, zeros) = (vec![T::ONE; g.channels], vec![T::ZERO; g.channels]);
        let parameters = if self.affine { [run.parameter(0), run.parameter(1)] } else { [&ones[..], &zeros] };
        kernel::forward(&g, Statistics { mean: &mean, invstd: &invstd }, parameters, x, y);
        Saved::new(Kept { mean, invstd })
    }

    fn backward(&self, run: Backward<'_, T>) {
        let Backward { place, x, dy, parameters, saved, d_parameters, gradients, .. } = run;
        let g = self.geometry(place);
        let Kept { mean, invstd } = saved.get::<Kept<T>>();
        let ones = vec![T::ONE; g.channels];
        let gamma = if self.affine { &parameters[0].1.data } else { &ones };
        let mut unused = [ones.clone(), ones.clone()];
        let d_parameters = if self.affine { d_parameters } else { &mut unused[..] };
        let [d_gamma, d_beta] = d_parameters else { unreachable!("a scale and a shift") };
        // The kernel also makes the parameters' gradients: it runs even where nobody needs dx.
        gradients.visit_always(place.input(), x.len(), |accumulate, dx| {
            let s = Statistics { mean, invstd };
            kernel::gradients(&g, s, gamma, [x, dy], [d_gamma, d_beta], accumulate, dx);
        });
    }
}

/// The engine's stage: group normalisation with the activation behind it.
#[derive(Debug)]
struct GroupNormStage {
    norm: Norm,
    input: Source,
    output: TensorId,
    /// Whether the convolution before has taken the input's moments, in training.
    measured: bool,
    /// Index of the scale, behind which the shift stands; none without them.
    weight: Option<usize>,
    /// Of each channel where nothing is learnt.
    ones: Vec<f32>,
    zeros: Vec<f32>,
    /// `[image][channel]` each.
    mean: Vec<f32>,
    invstd: Vec<f32>,
    /// What went into the activation, where its gradient needs that.
    before: Buffer,
    workspace: Workspace,
    d_gamma: Vec<f32>,
    d_beta: Vec<f32>,
}

impl GroupNormStage {
    fn build(layer: &GroupNorm, site: Site<'_>) -> Result<Built, OutOfMemory> {
        let Site { place, tails, sources, output, input_layout, output_layout, measured, sizes, .. } = site;
        let (dims, activation) = (place.input_shape.dims(), activation(tails));
        let norm = Norm { dims, groups: layer.num_groups, eps: layer.eps, activation };
        let channels = dims[0];
        let unlearnt = if layer.affine { 0 } else { channels };
        let of_images = || try_filled(0.0, sizes.capacity * input_layout.channels);
        let stage = GroupNormStage {
            norm,
            input: sources[0],
            output,
            measured,
            weight: layer.affine.then_some(place.parameters.start),
            ones: vec![1.0; unlearnt],
            zeros: vec![0.0; unlearnt],
            mean: of_images()?,
            invstd: of_images()?,
            before: Buffer::try_zeroed(norm.before_len(output_layout, sizes.batch_size))?,
            workspace: Workspace::new(sizes.batch_size, channels)?,
            d_gamma: vec![0.0; channels],
            d_beta: vec![0.0; channels],
        };
        Ok(Built { stage: Box::new(stage), packings: vec![] })
    }
}

impl Stage for GroupNormStage {
    fn forward(&mut self, context: &mut Context<'_>) {
        let (norm, images, input) = (self.norm, context.images, self.input.tensor);
        let (x, of_images) = context.tensors.moments_mut(input);
        if !(self.measured && context.training) {
            moments(context.team, images, x, of_images);
        }
        statistics(norm, images, of_images, &mut self.mean, &mut self.invstd);
        let slots = &context.parameters.slots;
        let (gamma, beta) = match self.weight {
            Some(weight) => (&slots[weight].values[..], &slots[weight + 1].values[..]),
            None => (&self.ones[..], &self.zeros[..]),
        };
        let with = Normalise { mean: &self.mean, invstd: &self.invstd, gamma, beta };
        let before = Some(&mut self.before[..]).filter(|kept| context.training && !kept.is_empty());
        let ([x], y) = context.tensors.forward([input], self.output);
        forward(context.team, norm, images, with, x, before, y);
    }

    fn backward(&mut self, context: &mut Context<'_>) {
        let Source { tensor, gradient, accumulate, .. } = self.input;
        let ([x, y], dy, dx) = context.tensors.backward_in_place(tensor, self.output);
        let slots = &mut context.parameters.slots;
        let (gamma, beta) = match self.weight {
            Some(weight) => (&slots[weight].values[..], &slots[weight + 1].values[..]),
            None => (&self.ones[..], &self.zeros[..]),
        };
        let with = Normalise { mean: &self.mean, invstd: &self.invstd, gamma, beta };
        let before = if self.before.is_empty() { y.values } else { &self.before };
        let args = Args { norm: self.norm, images: context.images, with, x, before };
        let parameters = [&mut self.d_gamma[..], &mut self.d_beta[..]];
        let dx = gradient.then_some((accumulate, dx));
        backward(context.team, args, dy, parameters, &mut self.workspace, dx);
        let Some(weight) = self.weight else { return };
        for (index, values) in [(weight, &self.d_gamma), (weight + 1, &self.d_beta)] {
            let partials = Partials { values, groups: 1, stride: values.len(), offset: 0 };
            update(context.team, slots[index].parameter(), partials);
        }
    }
}
