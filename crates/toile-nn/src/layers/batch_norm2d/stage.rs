//! The engine's stage: batch normalisation with what follows it, which is the sum at the end of a residual
//! block, an activation or 2x2 max-pooling.

use toile_kernels::activation::Activation;
use toile_kernels::add;
use toile_kernels::batch_norm::reference::{Moments, invstd};
use toile_kernels::batch_norm::{
    Backward, GradientTerms, Normalise, OutputGradient, Pooled, image_moments_len, input_gradient,
    join_moments, join_sums, moments, normalise, normalise_pooled, pooled_workspace_len, sums, workspace_len,
};
use toile_kernels::buffer::{Buffer, OutOfMemory, try_filled};
use toile_kernels::optimizer::{Partials, update};

use super::{Affine, BatchNorm2d};
use crate::engine::left::{Left, LeftOutput};
use crate::engine::parameters::Slot;
use crate::engine::stage::{Built, Context, Site, Source, Stage};
use crate::graph::place::TensorId;
use crate::graph::tail::{Tail, activation};

/// An activation before pooling or behind a sum, and pooling where there is no sum.
pub(super) fn accepts(tails: &[Tail], next: &Tail) -> bool {
    let activated = activation(tails);
    let is_halved = tails.contains(&Tail::Halving);
    let is_sum = tails.iter().any(|tail| matches!(tail, Tail::Sum { .. }));
    match next {
        Tail::Activation(_) => activated.is_none() && !is_halved,
        Tail::Halving => !is_halved && !is_sum,
        _ => false,
    }
}

/// Where nothing but ReLU follows, which costs next to nothing a second time.
pub(super) fn leaves_output(tails: &[Tail]) -> bool {
    tails.iter().all(|tail| match tail {
        Tail::Nothing => true,
        Tail::Activation(activation) => !activation.keeps_input(),
        _ => false,
    })
}

pub(super) fn build(layer: BatchNorm2d, site: Site<'_>) -> Result<Built, OutOfMemory> {
    let Site { place, tails, sources, output, sizes, .. } = site;
    let channels = site.input_layout.channels;
    let pool = tails.contains(&Tail::Halving);
    let (skip, input) = match *sources {
        [skip, input] => (Some(skip), input),
        [input] => (None, input),
        _ => unreachable!("a normalisation reads its input and at most a skip"),
    };
    let activation = activation(tails);
    // Directly behind the normalisation what goes into an activation is made again.
    let keeps_before = activation.is_some_and(Activation::keeps_input) && (pool || skip.is_some());
    let before_len = if keeps_before { site.output_layout.buffer_len(sizes.batch_size) } else { 0 };
    let pooled_workspace_len =
        if pool { pooled_workspace_len(activation, site.output_layout, sizes.threads) } else { 0 };
    let zeros = vec![0.0; channels];
    let kept = [zeros.clone(), zeros.clone()];
    let workspace_len = if site.leaves_output {
        image_moments_len(site.input_layout, sizes.batch_size)
    } else {
        workspace_len(site.input_layout, sizes.batch_size, sizes.threads)
    };
    let has_parameters = layer.affine != Affine::Neither;
    let first = place.parameters.start;
    let stage = BatchNormStage {
        layer,
        activation,
        pool,
        input,
        skip,
        output,
        measured: site.measured,
        leaves: site.leaves,
        leaves_output: site.leaves_output,
        kept,
        parameters: has_parameters.then_some([first, first + 1]),
        statistics: place.parameters.end - 2,
        constant: (!has_parameters).then(|| [vec![1.0; channels], zeros.clone()]),
        moments: vec![Moments::default(); channels],
        mean: zeros.clone(),
        invstd: zeros.clone(),
        winners: try_filled(0, if pool { sizes.capacity * site.output_layout.image_len() } else { 0 })?,
        before: Buffer::try_zeroed(before_len)?,
        pooled_workspace: Buffer::try_zeroed(pooled_workspace_len)?,
        workspace: Buffer::try_zeroed(workspace_len)?,
        terms: GradientTerms::new(channels),
        dgamma: zeros.clone(),
        dbeta: zeros,
    };
    Ok(Built { stage: Box::new(stage), packings: vec![] })
}

#[derive(Debug)]
struct BatchNormStage {
    layer: BatchNorm2d,
    activation: Option<Activation>,
    /// Excludes a skip.
    pool: bool,
    input: Source,
    /// What is added to the normalised values.
    skip: Option<Source>,
    output: TensorId,
    /// Whether the convolution before has taken the input's moments.
    measured: bool,
    /// Whether the gradient of the input is left to an earlier stage, and the output to a later one.
    leaves: bool,
    leaves_output: bool,
    /// Scale and shift as they were going forward, before their update.
    kept: [Vec<f32>; 2],
    /// Weight and bias, where it has them.
    parameters: Option<[usize; 2]>,
    /// The running mean; the running variance comes next.
    statistics: usize,
    /// Ones and zeros in the place of weight and bias.
    constant: Option<[Vec<f32>; 2]>,
    moments: Vec<Moments>,
    /// Mean and invstd in use, [channel] each.
    mean: Vec<f32>,
    invstd: Vec<f32>,
    /// With pooling: which pixel of each window won.
    winners: Vec<u8>,
    /// What went into the activation, where its gradient needs that behind a sum or pooling: of the values that won.
    before: Buffer,
    pooled_workspace: Buffer,
    workspace: Buffer,
    terms: GradientTerms,
    /// Gradients of weight and bias.
    dgamma: Vec<f32>,
    dbeta: Vec<f32>,
}

/// Scale and shift of each channel: the layer's parameters, or ones and zeros.
fn scale_and_shift<'a>(
    slots: &'a [Slot],
    parameters: Option<[usize; 2]>,
    constant: Option<&'a [Vec<f32>; 2]>,
) -> [&'a [f32]; 2] {
    match (parameters, constant) {
        (Some(indices), _) => indices.map(|index| &slots[index].values[..]),
        (None, Some(constant)) => constant.each_ref().map(|values| &values[..]),
        (None, None) => unreachable!("a BatchNorm has parameters, or what stands in their place"),
    }
}

impl Stage for BatchNormStage {
    fn forward(&mut self, context: &mut Context<'_>) {
        let BatchNorm2d { eps, momentum, .. } = self.layer;
        let statistics = self.statistics..self.statistics + 2;
        let [running_mean, running_variance] = &mut context.parameters.slots[statistics] else {
            unreachable!("a BatchNorm has running statistics")
        };
        if context.training {
            let (x, of_images) = context.tensors.moments_mut(self.input.tensor);
            if !self.measured {
                moments(context.team, context.images, x, of_images);
            }
            join_moments(x.layout, context.images, of_images, &mut self.moments);
            let share = context.follow.share(momentum);
            for (c, moments) in self.moments.iter().enumerate() {
                self.mean[c] = moments.mean as f32;
                self.invstd[c] = invstd(moments.variance(), eps);
                let (mean, variance) = (&mut running_mean.values[c], &mut running_variance.values[c]);
                moments.update_running(share, mean, variance);
            }
        } else {
            self.mean.copy_from_slice(&running_mean.values);
            for (to, &variance) in self.invstd.iter_mut().zip(running_variance.values.iter()) {
                *to = invstd(f64::from(variance), eps);
            }
        }
        let (mean, invstd) = (&self.mean, &self.invstd);
        let [gamma, beta] =
            scale_and_shift(&context.parameters.slots, self.parameters, self.constant.as_ref());
        for (kept, values) in self.kept.iter_mut().zip([gamma, beta]) {
            kept.copy_from_slice(values);
        }
        if self.leaves_output {
            return;
        }
        let with = Normalise { mean, invstd, gamma, beta, activation: self.activation };
        let before = Some(&mut self.before[..]).filter(|kept| context.training && !kept.is_empty());
        if let Some(skip) = self.skip {
            let ([x, skip], y) = context.tensors.forward([self.input.tensor, skip.tensor], self.output);
            normalise(context.team, context.images, with, x, Some(skip), before, y);
        } else {
            let ([x], y) = context.tensors.forward([self.input.tensor], self.output);
            if self.pool {
                let (winners, workspace) = (&mut self.winners[..], &mut self.pooled_workspace[..]);
                let pooled = Pooled { y, winners, before, workspace };
                normalise_pooled(context.team, context.images, with, x, pooled);
            } else {
                normalise(context.team, context.images, with, x, None, before, y);
            }
        }
    }

    fn backward(&mut self, context: &mut Context<'_>) {
        let images = context.images;
        let slots = &mut context.parameters.slots;
        let [scale, shift] = scale_and_shift(slots, self.parameters, self.constant.as_ref());
        let BatchNormStage { activation, pool, input, skip, .. } = *self;
        let (mean, invstd) = (&self.mean[..], &self.invstd[..]);
        let activation_behind = self.activation_behind();
        let with = Normalise { mean, invstd, gamma: scale, beta: shift, activation: activation_behind };
        let ([x, y], dy) = context.tensors.input_and_output_gradient_mut(input.tensor, self.output);
        let gradient = if activation.is_some_and(Activation::keeps_input) {
            let before = Some(&self.before[..]).filter(|kept| !kept.is_empty());
            OutputGradient::Activated { before, dy, winners: pool.then_some(&self.winners[..]) }
        } else if pool {
            OutputGradient::Pooled { values: dy.as_images(), winners: &self.winners }
        } else if activation.is_some() && skip.is_some() {
            OutputGradient::Sum { y, dy }
        } else {
            OutputGradient::Dense(dy.as_images())
        };
        let gradients = [&mut self.dgamma[..], &mut self.dbeta[..]];
        if self.leaves_output {
            join_sums(images, x.layout, with, &self.workspace, gradients, &mut self.terms);
        } else {
            let args = Backward { images, with, x, gradient };
            sums(context.team, args, gradients, &mut self.workspace, &mut self.terms);
        }
        if let Some(skip) = skip.filter(|skip| skip.gradient && !skip.shared) {
            let ([.., dy], dx) = context.tensors.backward(skip.tensor, self.output);
            add::backward(context.team, images, dy, skip.accumulate, dx);
        }
        if !self.leaves && input.gradient {
            let ([x, _, dy], dx) = context.tensors.backward(input.tensor, self.output);
            let winners = pool.then_some(&self.winners[..]);
            let left = Left { output: self.output, with, terms: &self.terms, winners };
            input_gradient(context.team, left.way_back(images, x, dy), input.accumulate, dx);
        }
        let Some([gamma, beta]) = self.parameters else { return };
        for (parameter, values) in [(gamma, &self.dgamma), (beta, &self.dbeta)] {
            if parameter == gamma && self.layer.affine == Affine::Bias {
                continue;
            }
            let partials = Partials { values, groups: 1, stride: values.len(), offset: 0 };
            update(context.team, slots[parameter].parameter(), partials);
        }
    }

    fn left_output(&mut self) -> LeftOutput<'_> {
        let [gamma, beta] = &self.kept;
        let (mean, invstd, activation) = (&self.mean[..], &self.invstd[..], self.activation);
        let with = Normalise { mean, invstd, gamma, beta, activation };
        LeftOutput { made_of: self.input.tensor, with, sums: &mut self.workspace }
    }

    fn left(&self) -> Left<'_> {
        let ([gamma, beta], activation) = (&self.kept, self.activation_behind());
        let (mean, invstd) = (&self.mean[..], &self.invstd[..]);
        Left {
            output: self.output,
            with: Normalise { mean, invstd, gamma, beta, activation },
            terms: &self.terms,
            winners: self.pool.then_some(&self.winners[..]),
        }
    }
}

impl BatchNormStage {
    /// The activation that the way back looks at: what ReLU passed on behind pooling or a sum, they know themselves.
    fn activation_behind(&self) -> Option<Activation> {
        let directly = !self.pool && self.skip.is_none();
        self.activation.filter(|activation| activation.keeps_input() || directly)
    }
}
