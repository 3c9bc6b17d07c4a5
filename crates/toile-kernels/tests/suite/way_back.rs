//! A convolution takes the gradient of its output back through the normalisation behind it: the same bits as the two
//! one after the other, for every kernel.

use std::collections::BTreeSet;

use toile_kernels::GROUP;
use toile_kernels::activation::Activation;
use toile_kernels::batch_norm::{
    self, DOutput, GradientTerms, Input, Normalise, OutputGradient, WayBack, sums, workspace_len,
};
use toile_kernels::conv2d::{self, Scratch};
use toile_kernels::grouped_conv2d;
use toile_kernels::layout::{Images, ImagesMut, Layout};
use toile_kernels::team::Team;

use crate::conv2d::Then;
use crate::support::{POISON, another, hostile, same_bits, surrounded, teams, uniform};

/// A normalisation of images in this layout, and the gradient of what comes out.
struct Behind {
    images: usize,
    /// mean, invstd, gamma, beta
    channel: [Vec<f32>; 4],
    activation: Option<Activation>,
    x: Vec<f32>,
    layout: Layout,
    dy: Vec<f32>,
    /// Of `dy`, which max-pooling makes half as high and wide.
    dy_layout: Layout,
    winners: Option<Vec<u8>>,
    terms: GradientTerms,
}

impl Behind {
    fn new(team: &mut Team, images: usize, layout: Layout, relu: bool, pool: bool) -> Behind {
        let (channels, seed) = (layout.channels, 9100 + layout.channels as u64);
        let of = |images: usize| images * layout.image_len();
        let small = Layout { height: layout.height / 2, width: layout.width / 2, ..layout };
        let dy_layout = if pool { small } else { layout };
        let mut behind = Behind {
            images,
            channel: [1, 2, 3, 4].map(|i| uniform(seed + i, channels)),
            activation: relu.then_some(Activation::ReLU),
            x: surrounded(layout, &uniform(seed + 5, of(images))),
            layout,
            dy: surrounded(dy_layout, &hostile(seed + 6, images * dy_layout.image_len(), 97)),
            dy_layout,
            winners: pool.then(|| (0..images * small.image_len()).map(|i| (i * 7 % 5) as u8).collect()),
            terms: GradientTerms::new(channels),
        };
        let (mut dgamma, mut dbeta) = (vec![0.0; channels], vec![0.0; channels]);
        let mut workspace = vec![0.0; workspace_len(layout, images, team.threads())];
        let mut terms = GradientTerms::new(channels);
        sums(team, behind.args(), [&mut dgamma, &mut dbeta], &mut workspace, &mut terms);
        behind.terms = terms;
        behind
    }

    fn args(&self) -> batch_norm::Backward<'_> {
        let [mean, invstd, gamma, beta] = self.channel.each_ref().map(|values| &values[..]);
        let dy = Images { values: &self.dy, layout: self.dy_layout };
        batch_norm::Backward {
            images: self.images,
            with: Normalise { mean, invstd, gamma, beta, activation: self.activation },
            x: Images { values: &self.x, layout: self.layout },
            gradient: match &self.winners {
                Some(winners) => OutputGradient::Pooled { values: dy, winners },
                None => OutputGradient::Dense(dy),
            },
        }
    }

    /// Calls `run` with the gradient of the normalisation's input, stored and yet to be made.
    fn both(&self, team: &mut Team, mut run: impl FnMut(&mut Team, DOutput<'_>) -> Vec<f32>, what: &str) {
        let mut stored = vec![POISON; self.layout.buffer_len(self.images)];
        let dx = ImagesMut { values: &mut stored, layout: self.layout };
        batch_norm::input_gradient(team, WayBack::new(self.args(), &self.terms), false, dx);
        let expected = run(team, DOutput::Stored(&stored));
        let mut room = vec![POISON; team.threads() * self.layout.image_stride()];
        let way_back = WayBack::new(self.args(), &self.terms);
        let got = run(team, DOutput::Normalised { way_back, room: &mut room });
        same_bits(&got, &expected, what);
    }
}

/// ReLU and pooling behind the normalisation.
const THEN: [[bool; 2]; 4] = [[false, false], [true, false], [false, true], [true, true]];

#[test]
fn of_convolutions() {
    for (number, shape) in crate::conv2d::SHAPES.iter().enumerate() {
        let [images, then] = [shape[0], number % 3];
        // Nothing, pooling, and ReLU between the convolution and its normalisation.
        let activation = (then == 2).then_some(Activation::ReLU);
        let then = Then { pool: then == 1, activation, pool_first: false };
        let Some((conv, _)) = crate::conv2d::conv(shape, then) else { continue };
        for team in &mut teams() {
            let weight = uniform(17, conv.weight_len());
            let mut mirror = vec![0.0; conv.mirror_len()];
            conv.renew_mirror(team, &weight, &mut mirror);
            let [relu, pool] = THEN[number / 3 % THEN.len()];
            let pool = pool && conv.output.height.min(conv.output.width) >= 2;
            let behind = Behind::new(team, images, conv.output, relu, pool);
            let input = surrounded(conv.input, &uniform(18, images * conv.input.image_len()));
            let argmax: Vec<u8> = (0..images * conv.argmax_len()).map(|i| (i * 5 % 4) as u8).collect();
            let mut scratch: Vec<_> =
                (0..team.threads()).map(|_| Scratch::new(&conv).expect("memory")).collect();
            let run = |team: &mut Team, d_output: DOutput<'_>| {
                let mut made = vec![0.0; images.div_ceil(GROUP) * conv.partial_len()];
                let mut dx = vec![0.0; input.len()];
                let values = &mut dx;
                let args = conv2d::Backward {
                    conv,
                    images,
                    input: Input::Stored(&input),
                    output: &behind.x,
                    before: None,
                    again: None,
                    argmax: conv.pool.then_some(&argmax[..]),
                    d_output,
                    partials: Some(&mut made),
                    bias: true,
                    d_input: Some(conv2d::InputGradient {
                        values,
                        accumulate: false,
                        sums: None,
                        mirror: &mirror,
                    }),
                    scratch: &mut scratch,
                };
                conv2d::backward(team, args);
                made.extend(dx);
                made
            };
            behind.both(team, run, &format!("{conv:?} {team:?} relu {relu} pool {pool}"));
        }
    }
}

#[test]
fn of_grouped_convolutions() {
    for (number, shape) in crate::grouped_conv2d::SHAPES.iter().enumerate() {
        let images = shape[0];
        let (conv, _) = crate::grouped_conv2d::conv(shape, (number % 2 == 1).then_some(Activation::ReLU));
        for team in &mut teams() {
            let weight = uniform(17, conv.weight_len());
            let mut mirror = vec![0.0; conv.mirror_len()];
            conv.renew_mirror(&weight, &mut mirror);
            let [relu, pool] = THEN[number / 2 % THEN.len()];
            let pool = pool && conv.output.height.min(conv.output.width) >= 2;
            let behind = Behind::new(team, images, conv.output, relu, pool);
            let input = surrounded(conv.input, &uniform(18, images * conv.input.image_len()));
            let mut scratch = vec![0.0; team.threads() * conv.scratch_len()];
            let run = |team: &mut Team, d_output: DOutput<'_>| {
                let mut made = vec![0.0; images.div_ceil(GROUP) * conv.partial_len()];
                let mut dx = vec![0.0; input.len()];
                let weight = if conv.is_depthwise() { &weight } else { &mirror };
                let args = grouped_conv2d::Backward {
                    conv,
                    images,
                    input: Input::Stored(&input),
                    output: &behind.x,
                    before: None,
                    d_output,
                    partials: &mut made,
                    bias: true,
                    d_input: Some(grouped_conv2d::InputGradient {
                        values: &mut dx,
                        accumulate: false,
                        sums: None,
                        weight,
                    }),
                    scratch: &mut scratch,
                };
                grouped_conv2d::backward(team, args);
                made.extend(dx);
                made
            };
            behind.both(team, run, &format!("{conv:?} {team:?} relu {relu} pool {pool}"));
        }
    }
}

#[test]
fn what_goes_into_an_activation_is_kept_here_and_made_again_there() {
    let then = Then { pool: false, activation: another(0), pool_first: false };
    let convs = crate::conv2d::SHAPES.iter().filter_map(|shape| crate::conv2d::conv(shape, then));
    let made_again: BTreeSet<bool> = convs.map(|(conv, _)| conv.makes_again()).collect();
    assert_eq!(made_again.len(), 2, "the shapes of these tests: {made_again:?}");
}
