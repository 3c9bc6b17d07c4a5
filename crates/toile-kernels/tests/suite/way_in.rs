//! A convolution normalises its input itself, and sums up what the normalisation wants of its gradient: the same bits
//! as the two one after the other, whatever the convolution is and does beside.

use toile_kernels::GROUP;
use toile_kernels::activation::Activation;
use toile_kernels::batch_norm::{
    Backward, DOutput, GradientTerms, Input, InputSums, Normalise, OutputGradient, WayIn, image_moments_len,
    join_sums, normalise, sums, workspace_len,
};
use toile_kernels::conv2d::{self, Again, Scratch};
use toile_kernels::grouped_conv2d;
use toile_kernels::isa::Isa;
use toile_kernels::layout::{Images, ImagesMut, Layout};
use toile_kernels::precision::Precision;
use toile_kernels::team::Team;

use crate::arguments::refused;
use crate::conv2d::{IN_BF16, SHAPES, Then, conv_in};
use crate::support::{POISON, another, hostile, same_bits, surrounded, teams, teams_of_bf16, uniform};

/// A normalisation whose output a convolution reads.
struct Before {
    images: usize,
    /// mean, invstd, gamma, beta
    channel: [Vec<f32>; 4],
    activation: Option<Activation>,
    x: Vec<f32>,
    layout: Layout,
}

impl Before {
    /// Of images of this shape, which lie otherwise.
    fn new(images: usize, to: Layout, relu: bool) -> Before {
        let layout = Layout { border_rows: to.border_columns, border_columns: 1, ..to };
        let seed = 9300 + to.channels as u64;
        Before {
            images,
            channel: [1, 2, 3, 4].map(|i| uniform(seed + i, to.channels)),
            activation: relu.then_some(Activation::ReLU),
            x: surrounded(layout, &hostile(seed + 5, images * layout.image_len(), 1009)),
            layout,
        }
    }

    fn with(&self) -> Normalise<'_> {
        let [mean, invstd, gamma, beta] = self.channel.each_ref().map(|values| &values[..]);
        Normalise { mean, invstd, gamma, beta, activation: self.activation }
    }

    fn x(&self) -> Images<'_> {
        Images { values: &self.x, layout: self.layout }
    }

    fn way_in(&self) -> WayIn<'_> {
        WayIn::new(self.images, self.with(), self.x())
    }

    /// What it makes of its input, with a border of zeros.
    fn stored(&self, team: &mut Team, layout: Layout) -> Vec<f32> {
        let mut values = vec![0.0; layout.buffer_len(self.images)];
        let y = ImagesMut { values: &mut values, layout };
        normalise(team, self.images, self.with(), self.x(), None, None, y);
        values
    }

    /// Gradients of scale and shift from that of what came out.
    fn gradients(&self, team: &mut Team, dy: Images<'_>) -> Vec<f32> {
        let Before { images, layout, .. } = *self;
        let mut workspace = vec![POISON; workspace_len(layout, images, team.threads())];
        let gradient = OutputGradient::Dense(dy);
        let args = Backward { images, with: self.with(), x: self.x(), gradient };
        let mut terms = GradientTerms::new(layout.channels);
        let (mut dgamma, mut dbeta) = (vec![POISON; layout.channels], vec![POISON; layout.channels]);
        sums(team, args, [&mut dgamma, &mut dbeta], &mut workspace, &mut terms);
        [dgamma, dbeta].concat()
    }

    /// The same from the images' sums.
    fn joined(&self, of_images: &[f32]) -> Vec<f32> {
        let Before { images, layout, .. } = *self;
        let mut terms = GradientTerms::new(layout.channels);
        let (mut dgamma, mut dbeta) = (vec![POISON; layout.channels], vec![POISON; layout.channels]);
        join_sums(images, layout, self.with(), of_images, [&mut dgamma, &mut dbeta], &mut terms);
        [dgamma, dbeta].concat()
    }

    /// Calls `run` with the input stored and yet to be made: what it returns, and the input's gradient that it leaves in
    /// its last argument, are the same; and so are the sums that are taken of that on the way.
    fn both(
        &self,
        team: &mut Team,
        layout: Layout,
        mut run: impl FnMut(&mut Team, [Input<'_>; 2], Option<InputSums<'_>>, &mut [f32]) -> Vec<f32>,
        what: &str,
    ) {
        let stored = self.stored(team, layout);
        let mut dx = vec![0.0; layout.buffer_len(self.images)];
        let expected = run(team, [Input::Stored(&stored), Input::Stored(&stored)], None, &mut dx);
        let gradients = self.gradients(team, Images { values: &dx, layout });

        let mut rooms = [0, 1].map(|_| vec![0.0; team.threads() * layout.image_stride()]);
        let inputs = rooms.each_mut().map(|room| Input::Normalised { way_in: self.way_in(), room });
        let mut of_images = vec![POISON; image_moments_len(layout, self.images)];
        let mut dx_again = vec![0.0; dx.len()];
        let of = InputSums { way_in: self.way_in(), sums: &mut of_images };
        let got = run(team, inputs, Some(of), &mut dx_again);
        same_bits(&got, &expected, what);
        same_bits(&dx_again, &dx, &format!("input gradient of {what}"));
        same_bits(&self.joined(&of_images), &gradients, &format!("sums of {what}"));
    }
}

#[test]
fn of_convolutions() {
    // Nothing, pooling, ReLU, another activation, and that with pooling on either side, behind the convolution.
    let thens = |number: usize| {
        let of = |pool, activation, pool_first| Then { pool, activation, pool_first };
        let (relu, other) = (Some(Activation::ReLU), another(number));
        [
            of(false, None, false),
            of(true, None, false),
            of(false, relu, false),
            of(false, other, false),
            of(true, other, false),
            of(true, other, true),
        ]
    };
    let precisions = [Precision::F32, Precision::Bf16];
    let shapes = SHAPES.iter().chain(IN_BF16).enumerate();
    for ((number, shape), precision) in
        shapes.flat_map(|shape| precisions.map(|precision| (shape, precision)))
    {
        let (images, then) = (shape[0], thens(number)[number % 6]);
        let Some((conv, _)) = conv_in(precision, shape, then) else { continue };
        let is_of_bf16 = conv.algorithms != conv.algorithms.in_f32();
        if is_of_bf16 != (precision == Precision::Bf16) {
            continue;
        }
        for team in &mut if is_of_bf16 { teams_of_bf16() } else { teams() } {
            let packed = uniform(17, conv.weight_len());
            let mut mirror = vec![0.0; conv.mirror_len()];
            conv.renew_mirror(team, &packed, &mut mirror);
            let mut transformed = vec![0.0; conv.transformed_len()];
            conv.renew_transformed(team, &packed, &mut transformed);
            let weight = if transformed.is_empty() { &packed } else { &transformed };
            let bias = uniform(19, conv.bias_len());
            let d_output = surrounded(conv.output, &uniform(18, images * conv.output.image_len()));
            let mut scratch: Vec<_> =
                (0..team.threads()).map(|_| Scratch::new(&conv).expect("memory")).collect();
            let run = |team: &mut Team,
                       [input, input_again]: [Input<'_>; 2],
                       sums: Option<InputSums<'_>>,
                       dx: &mut [f32]| {
                let mut output = vec![0.0; conv.output.buffer_len(images)];
                let mut before = vec![0.0; conv.before_len(images)];
                let mut argmax = vec![0u8; images * conv.argmax_len()];
                let args = conv2d::Forward {
                    conv,
                    images,
                    input,
                    weight,
                    bias: Some(&bias),
                    output: &mut output,
                    before: Some(&mut before[..]).filter(|before| !before.is_empty()),
                    argmax: conv.pool.then_some(&mut argmax[..]),
                    scratch: &mut scratch,
                };
                conv2d::forward(team, args);
                let mut partials = vec![0.0; images.div_ceil(GROUP) * conv.partial_len()];
                let args = conv2d::Backward {
                    conv,
                    images,
                    input: input_again,
                    output: &output,
                    before: Some(&before),
                    again: Some(Again { weight: &packed, bias: Some(&bias) }),
                    argmax: conv.pool.then_some(&argmax[..]),
                    d_output: DOutput::Stored(&d_output),
                    partials: Some(&mut partials),
                    bias: true,
                    d_input: Some(conv2d::InputGradient {
                        values: dx,
                        accumulate: false,
                        sums,
                        mirror: &mirror,
                    }),
                    scratch: &mut scratch,
                };
                conv2d::backward(team, args);
                [output, before, argmax.into_iter().map(f32::from).collect(), partials].concat()
            };
            let relu = number % 2 == 0;
            let what = format!("{conv:?} {team:?} relu {relu}");
            Before::new(images, conv.input, relu).both(team, conv.input, run, &what);
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
            let d_output = surrounded(conv.output, &uniform(18, images * conv.output.image_len()));
            let mut scratch = vec![0.0; team.threads() * conv.scratch_len()];
            let run = |team: &mut Team,
                       [input, input_again]: [Input<'_>; 2],
                       sums: Option<InputSums<'_>>,
                       dx: &mut [f32]| {
                let mut output = vec![0.0; conv.output.buffer_len(images)];
                let args = grouped_conv2d::Forward {
                    conv,
                    images,
                    input,
                    weight: &weight,
                    bias: None,
                    output: &mut output,
                    before: None,
                    moments: None,
                };
                grouped_conv2d::forward(team, args);
                let mut partials = vec![0.0; images.div_ceil(GROUP) * conv.partial_len()];
                let args = grouped_conv2d::Backward {
                    conv,
                    images,
                    input: input_again,
                    output: &output,
                    before: None,
                    d_output: DOutput::Stored(&d_output),
                    partials: &mut partials,
                    bias: true,
                    d_input: Some(grouped_conv2d::InputGradient {
                        values: dx,
                        accumulate: false,
                        sums,
                        weight: if conv.is_depthwise() { &weight } else { &mirror },
                    }),
                    scratch: &mut scratch,
                };
                grouped_conv2d::backward(team, args);
                [output, partials].concat()
            };
            let relu = number % 2 == 0;
            let what = format!("{conv:?} {team:?} relu {relu}");
            Before::new(images, conv.input, relu).both(team, conv.input, run, &what);
        }
    }
}

/// A convolution of two images that wants `less` values of a room, of sums, or of joined sums than it needs.
fn convolve(team: &mut Team, images: usize, less: [usize; 3]) {
    let (conv, _) =
        crate::conv2d::conv(&SHAPES[11], Then { pool: false, activation: None, pool_first: false })
            .expect("outputs");
    let before = Before::new(2, conv.input, true);
    let mut room = vec![0.0; conv.input.image_stride() - less[0]];
    let mut of_images = vec![0.0; image_moments_len(conv.input, 2) - less[1]];
    let mut scratch = [Scratch::new(&conv).expect("memory")];
    let zeros = vec![0.0; conv.output.buffer_len(images)];
    let args = conv2d::Backward {
        conv,
        images,
        input: Input::Normalised { way_in: before.way_in(), room: &mut room },
        output: &zeros,
        before: None,
        again: None,
        argmax: None,
        d_output: DOutput::Stored(&zeros),
        partials: Some(&mut vec![0.0; conv.partial_len()]),
        bias: true,
        d_input: Some(conv2d::InputGradient {
            values: &mut vec![0.0; conv.input.buffer_len(images)],
            accumulate: false,
            sums: Some(InputSums { way_in: before.way_in(), sums: &mut of_images }),
            mirror: &vec![0.0; conv.mirror_len()],
        }),
        scratch: &mut scratch,
    };
    conv2d::backward(team, args);
    before.joined(&vec![0.0; image_moments_len(conv.input, 2) - less[2]]);
}

#[test]
fn of_another_batch_or_without_room() {
    convolve(&mut Team::new(1, Isa::best()).expect("threads"), 2, [0; 3]);
    refused("one image of two", "a normalisation of another batch", |team| convolve(team, 1, [0; 3]));
    refused("a room too small", "room for an image a thread", |team| convolve(team, 2, [1, 0, 0]));
    refused("sums too short", "sums", |team| convolve(team, 2, [0, 1, 0]));
    refused("joined sums too short", "sums of the images", |team| convolve(team, 2, [0, 0, 1]));
    let (conv, _) = crate::grouped_conv2d::conv(&crate::grouped_conv2d::SHAPES[0], None);
    refused("another shape", "a normalisation of another shape", |team| {
        let layout = Layout { channels: conv.input.channels + 1, ..conv.input };
        let before = Before::new(2, layout, true);
        let args = grouped_conv2d::Forward {
            conv,
            images: 2,
            input: Input::Normalised {
                way_in: before.way_in(),
                room: &mut vec![0.0; conv.input.image_stride()],
            },
            weight: &vec![0.0; conv.weight_len()],
            bias: None,
            output: &mut vec![0.0; conv.output.buffer_len(2)],
            before: None,
            moments: None,
        };
        grouped_conv2d::forward(team, args);
    });
    let mut before = Before::new(2, conv.input, true);
    before.activation = another(0);
    refused("another activation", "follows", |_| {
        before.way_in();
    });
}
