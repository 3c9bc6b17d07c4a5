//! Batch normalisation kernels against the reference.

use toile_kernels::batch_norm::reference::{self, BatchNormGeometry, Moments, Normalisation};
use toile_kernels::batch_norm::{
    Backward, GradientTerms, Normalise, OutputGradient, Pooled, WayBack, image_moments_len, input_gradient,
    join_moments, moments, normalise, normalise_pooled, pooled_workspace_len, sums, workspace_len,
};
use toile_kernels::layout::{Images, ImagesMut, Layout};
use toile_kernels::team::Team;
use toile_kernels::window::WindowGeometry;
use toile_kernels::{activation, activation::Activation, add, max_pool2d};

use crate::support::{
    CHANNELS, MAKERS, Maker, POISON, another, inside, layouts, same_bits, surrounded, teams, uniform,
};

/// [images, height, width]
const SHAPES: [[usize; 3]; 4] = [[3, 3, 5], [1, 2, 1], [10, 1, 4], [2, 5, 7]];

#[track_caller]
fn same_moments(got: &[Moments], expected: &[Moments], what: &str) {
    let bits = |m: &Moments| {
        // Every NaN is the same one.
        [m.count, m.mean, m.m2].map(|v| if v.is_nan() { f64::NAN } else { v }.to_bits())
    };
    for (c, (g, e)) in got.iter().zip(expected).enumerate() {
        assert_eq!(bits(g), bits(e), "moments of channel {c} of {what}: {g:?}, expected {e:?}");
    }
}

#[test]
fn moments_equal_the_references() {
    let mut teams = teams();
    for [images, rows, columns] in SHAPES {
        for channels in CHANNELS {
            for (values, make) in MAKERS {
                let seed = 6000 + channels as u64 * 10;
                let g = BatchNormGeometry { rows, columns, channels };
                let x = make(seed, images * rows * columns * channels);
                let expected = reference::moments(&g, &x);
                for team in &mut teams {
                    for layout in layouts([channels, rows, columns]) {
                        let what = format!("{images} {layout:?} {values} {seed} {team:?}");
                        let buffer = surrounded(layout, &x);
                        let mut got = vec![Moments { count: 1.0, mean: 2.0, m2: 3.0 }; channels];
                        let len = image_moments_len(layout, images);
                        let mut of_images = vec![POISON; len + 3];
                        moments(team, images, Images { values: &buffer, layout }, &mut of_images);
                        join_moments(layout, images, &of_images, &mut got);
                        same_moments(&got, &expected, &what);
                        same_bits(&of_images[len..], &[POISON; 3], &format!("behind the moments of {what}"));
                    }
                }
            }
        }
    }
}

/// What follows the normalisation.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Then {
    Nothing,
    Sum,
    Pool,
}

/// What lost its window has no gradient, where 0 times an activation's slope is NaN in the reference.
fn forget_losers<const N: usize>(got: [&mut [f32]; N], expected: [&[f32]; N]) {
    for (got, expected) in got.into_iter().zip(expected) {
        got.iter_mut().zip(expected).filter(|(_, e)| e.is_nan()).for_each(|(g, _)| *g = f32::NAN);
    }
}

/// A batch, and what the references make of it one after the other.
struct Case {
    images: usize,
    dims: [usize; 3],
    then: Then,
    activation: Option<Activation>,
    x: Vec<f32>,
    skip: Vec<f32>,
    dy: Vec<f32>,
    /// What is in the input's gradient before.
    before: Vec<f32>,
    /// mean, invstd, gamma, beta
    channel: [Vec<f32>; 4],
    y: Vec<f32>,
    /// Gradient of the sum, where ReLU follows it.
    d_sum: Vec<f32>,
    dgamma: Vec<f32>,
    dbeta: Vec<f32>,
    /// Written, and added to `before`.
    dx: [Vec<f32>; 2],
}

impl Case {
    fn new(
        shape: [usize; 3],
        channels: usize,
        then: Then,
        activation: Option<Activation>,
        make: Maker,
    ) -> Case {
        let [images, rows, columns] = shape;
        let seed = 6500 + channels as u64 * 10;
        let g = BatchNormGeometry { rows, columns, channels };
        let x = make(seed, images * rows * columns * channels);
        let skip = make(seed + 7, x.len());
        let before = uniform(seed + 2, x.len());
        let [mean, spread, gamma, beta] = [3, 4, 5, 6].map(|i| uniform(seed + i, channels));
        let invstd: Vec<f32> = spread.iter().map(|v| v.abs() + 0.5).collect();

        let n = Normalisation { mean: &mean, invstd: &invstd, gamma: &gamma };
        let mut normalised = vec![0.0; x.len()];
        reference::forward(&g, n, &beta, &x, &mut normalised);
        let mut summed = normalised.clone();
        if then == Then::Sum {
            add::reference::forward(&normalised, &skip, &mut summed);
        }
        let mut activated = summed.clone();
        if let Some(f) = activation {
            activation::reference::forward(f, &summed, &mut activated);
        }
        let window = WindowGeometry {
            input: [rows, columns],
            output: [rows / 2, columns / 2],
            kernel: [2, 2],
            stride: [2, 2],
            padding: [0, 0],
        };
        let mut y = activated.clone();
        let mut winners = vec![];
        if then == Then::Pool {
            y = vec![0.0; images * (rows / 2) * (columns / 2) * channels];
            winners = vec![0; y.len()];
            max_pool2d::reference::forward(&window, channels, &activated, &mut y, &mut winners);
        }

        let dy = make(seed + 1, y.len());
        let mut d = dy.clone();
        if then == Then::Pool {
            d = vec![0.0; x.len()];
            max_pool2d::reference::input_gradient(&window, channels, &dy, &winners, false, &mut d);
        }
        let mut d_sum = d.clone();
        if let Some(f) = activation {
            activation::reference::input_gradient(f, &summed, &d, false, &mut d_sum);
        }
        let (mut dgamma, mut dbeta) = (vec![0.0; channels], vec![0.0; channels]);
        let dx = [false, true].map(|accumulate| {
            let mut dx = before.clone();
            reference::gradients(&g, n, &x, &d_sum, [&mut dgamma, &mut dbeta], accumulate, &mut dx);
            dx
        });
        let channel = [mean, invstd, gamma, beta];
        let dims = [channels, rows, columns];
        Case { images, dims, then, activation, x, skip, dy, before, channel, y, d_sum, dgamma, dbeta, dx }
    }

    /// Runs the kernels on images in these layouts of input and output.
    fn check(&self, team: &mut Team, [from, to]: [Layout; 2], what: &str) {
        let Case { images, then, activation, .. } = *self;
        let [mean, invstd, gamma, beta] = [0, 1, 2, 3].map(|i| &self.channel[i][..]);
        let with = Normalise { mean, invstd, gamma, beta, activation };
        let x = surrounded(from, &self.x);
        let x = Images { values: &x, layout: from };
        let mut output = vec![POISON; to.buffer_len(images)];
        let mut winners = vec![77; images * to.image_len() + 3];
        let keeps = activation.is_some_and(Activation::keeps_input);
        let mut before = vec![POISON; if keeps { output.len() } else { 0 }];
        let y = ImagesMut { values: &mut output, layout: to };
        let kept = keeps.then_some(&mut before[..]);
        match then {
            Then::Nothing => normalise(team, images, with, x, None, kept, y),
            Then::Sum => {
                let skip = surrounded(to, &self.skip);
                normalise(team, images, with, x, Some(Images { values: &skip, layout: to }), kept, y);
            }
            Then::Pool => {
                let mut workspace = vec![POISON; pooled_workspace_len(activation, to, team.threads()) + 3];
                let pooled = Pooled { y, winners: &mut winners, before: kept, workspace: &mut workspace };
                normalise_pooled(team, images, with, x, pooled);
                same_bits(
                    &workspace[workspace.len() - 3..],
                    &[POISON; 3],
                    &format!("behind the workspace of {what}"),
                );
            }
        }
        same_bits(&inside(to, &output, images, what), &self.y, &format!("output of {what}"));
        assert_eq!(winners[images * to.image_len()..], [77; 3], "behind the winners of {what}");

        let mut d_output = surrounded(to, &self.dy);
        let activation = activation.filter(|_| keeps || then == Then::Nothing);
        let with = Normalise { activation, ..with };
        let channels = self.dims[0];
        let [mut dgamma, mut dbeta] = [vec![POISON; channels], vec![POISON; channels]];
        let mut workspace = vec![POISON; workspace_len(from, images, team.threads())];
        let mut terms = GradientTerms::new(channels);
        let gradient = match then {
            _ if keeps => {
                let dy = ImagesMut { values: &mut d_output, layout: to };
                let winners = (then == Then::Pool).then_some(&winners[..]);
                // Directly behind the normalisation it can be kept, and need not.
                let kept = then != Then::Nothing || channels.is_multiple_of(2);
                OutputGradient::Activated { before: kept.then_some(&before[..]), dy, winners }
            }
            Then::Sum if self.activation.is_some() => {
                let y = Images { values: &output, layout: to };
                OutputGradient::Sum { y, dy: ImagesMut { values: &mut d_output, layout: to } }
            }
            Then::Pool => {
                OutputGradient::Pooled { values: Images { values: &d_output, layout: to }, winners: &winners }
            }
            _ => OutputGradient::Dense(Images { values: &d_output, layout: to }),
        };
        let args = Backward { images, with, x, gradient };
        sums(team, args, [&mut dgamma, &mut dbeta], &mut workspace, &mut terms);
        if then == Then::Pool && keeps {
            forget_losers([&mut dgamma, &mut dbeta], [&self.dgamma, &self.dbeta]);
        }
        same_bits(&dgamma, &self.dgamma, &format!("scale's gradient of {what}"));
        same_bits(&dbeta, &self.dbeta, &format!("shift's gradient of {what}"));
        if then != Then::Pool && (then == Then::Sum || keeps) {
            same_bits(
                &inside(to, &d_output, images, what),
                &self.d_sum,
                &format!("sum's gradient of {what}"),
            );
        }
        let dy = Images { values: &d_output, layout: to };
        for (accumulate, expected) in [false, true].into_iter().zip(&self.dx) {
            let what = format!("input gradient of {what} accumulate {accumulate}");
            let gradient = match then {
                Then::Pool => OutputGradient::Pooled { values: dy, winners: &winners },
                _ => OutputGradient::Dense(dy),
            };
            let args = Backward { images, with, x, gradient };
            let mut d_input = surrounded(from, &self.before);
            let dx = ImagesMut { values: &mut d_input, layout: from };
            input_gradient(team, WayBack::new(args, &terms), accumulate, dx);
            let mut got = inside(from, &d_input, images, &what);
            let mut expected = expected.clone();
            if then == Then::Pool && keeps {
                forget_losers([&mut got], [&expected]);
                // Without their slopes, a channel without a gradient has zeros of another sign.
                for value in got.iter_mut().chain(&mut expected) {
                    *value += 0.0;
                }
            }
            same_bits(&got, &expected, &what);
        }
    }
}

#[test]
fn normalisation_and_gradients_equal_the_references() {
    let mut teams = teams();
    for shape in SHAPES {
        for channels in CHANNELS {
            for (values, make) in MAKERS {
                let all = [Then::Nothing, Then::Sum, Then::Pool]
                    .into_iter()
                    .flat_map(|t| [(t, None), (t, Some(Activation::ReLU)), (t, another(channels))]);
                for (then, activation) in all {
                    let [_, rows, columns] = shape;
                    if then == Then::Pool && (rows < 2 || columns < 2) {
                        continue;
                    }
                    let case = Case::new(shape, channels, then, activation, make);
                    let from = layouts([channels, rows, columns]);
                    let pooled = layouts([channels, rows / 2, columns / 2]);
                    let to = if then == Then::Pool { pooled } else { from };
                    for team in &mut teams {
                        for [i, o] in [[0, 0], [1, 1], [0, 1]] {
                            let layouts = [from[i], to[o]];
                            let what =
                                format!("{shape:?} {layouts:?} {then:?} {activation:?} {values} {team:?}");
                            case.check(team, layouts, &what);
                        }
                    }
                }
            }
        }
    }
}
